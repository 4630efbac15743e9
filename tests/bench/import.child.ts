import { createReadStream } from 'node:fs'
import { importCatalog } from '../../src/shops/catalog.ts'

/** Imports the file that the first argument names, and says how long it took and how much memory. */
const file = process.argv[2] as string
const start = performance.now()
const open = () => createReadStream(file, { highWaterMark: 256 * 1024 })
for await (const event of importCatalog(open, { currency: 'EUR' })) {
  if (event.type !== 'end') continue
  const seconds = (performance.now() - start) / 1000
  const peakMiB = process.resourceUsage().maxRSS / 1024
  console.log(JSON.stringify({ seconds, peakMiB, taken: event.summary.taken }))
}
