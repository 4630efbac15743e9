// Runs in a namespace whose disk is small, see folder.test.ts: `fill` first, then `look`. Each prints one line of JSON.
import { readdir, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { ApiClient, type ApiError } from '../../src/api/client.ts'
import { serveNode } from '../../src/api/serve.ts'
import { checkDataFolder } from '../../src/node/check.ts'
import { nodeConfig } from '../../src/node/config.ts'
import { createIdentity } from '../../src/node/init.ts'
import type { RepoVerification } from '../../src/node/views.ts'

const [, , phase, disk = ''] = process.argv
const folder = join(disk, 'data')
const filler = join(disk, 'filler')
const config = nodeConfig.parse({
  dataFolder: folder,
  listen: ['/ip4/127.0.0.1/tcp/0'],
  localDiscovery: false,
})

if (phase === 'fill') await fill()
else {
  // What the node called written must be there after it was killed.
  const checked = await checkDataFolder(folder, () => {})
  const served = await serveNode(config)
  const state = await stateOf(new ApiClient(served))
  const incoming = await readdir(join(folder, 'incoming'))
  say({ checked, incoming, ...state })
  await served.stop()
}

async function fill(): Promise<void> {
  await createIdentity(folder, { name: 'Anna' })
  const served = await serveNode(config)
  const api = new ApiClient(served)
  await importStock(api, 5)
  await api.post('/assortments', { id: 'public' })
  const before = await stateOf(api)
  const { bavail, bsize } = await statfs(disk)
  await writeFile(filler, Buffer.alloc(bavail * bsize)).catch(() => {}) // until nothing fits any more
  const refused = [
    await codeOf(importStock(api, 6)),
    await codeOf(api.post('/assortments', { id: 'garden' })),
    await codeOf(api.post('/assortments', { id: 'public', title: 'x'.repeat(100), replace: true })),
  ]
  const full = await stateOf(api)
  await rm(filler)
  await importStock(api, 7)
  say({ refused, before, full, after: await stateOf(api) })
  process.kill(process.pid, 'SIGKILL')
}

async function importStock(api: ApiClient, stock: number): Promise<void> {
  const rows = Array.from({ length: 2_000 }, (_, n) => `P-${n},Product ${n},${n + 1}.00,${stock}`)
  const content = Readable.from([Buffer.from(['sku,title,price,stock', ...rows, ''].join('\n'))])
  const options = JSON.stringify({ currency: 'EUR', language: 'en' })
  await api.run('/catalog/imports', { query: { name: 'stock.csv', options }, content }, () => {})
}

async function stateOf(api: ApiClient) {
  const { ok, rev, root } = await api.post<RepoVerification>('/repos/me/public/verify')
  return { ok, rev, root }
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => 'done',
    (error: ApiError) => error.code,
  )
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
