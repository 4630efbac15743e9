/** `npm run bench -- NAME`: see {@link usage}. Figures go to stdout, what happens meanwhile to stderr. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { writeCatalog } from './catalog.ts'
import { benchImport } from './import.ts'
import { benchNode } from './node.ts'
import { SyncBench } from './sync.ts'
import { benchTrust } from './trust.ts'

const usage = `npm run bench -- sync [--offers 100000] [--reps 3] [--profile DIR] [--data FILE …]
npm run bench -- import [--rows 1000000]
npm run bench -- node
npm run bench -- trust [--merchants 100000] [--endorsements 1000000]
With --json only one line of JSON goes to stdout. --data takes offers after those of catalog files.`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    offers: { type: 'string', default: '100000' },
    reps: { type: 'string', default: '3' },
    rows: { type: 'string', default: '1000000' },
    merchants: { type: 'string', default: '100000' },
    endorsements: { type: 'string', default: '1000000' },
    data: { type: 'string', multiple: true },
    profile: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
const { json } = values
const [name, ...files] = positionals

function count(option: 'offers' | 'reps' | 'rows' | 'merchants' | 'endorsements'): number {
  const number = Number(values[option])
  if (Number.isSafeInteger(number) && number > 0) return number
  console.error(`--${option} takes a whole number above 0, not "${values[option]}".`)
  process.exit(2)
}

function print(figures: object): void {
  console.log(json ? JSON.stringify(figures) : JSON.stringify(figures, null, 2))
}

async function benchSync(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mosaic-bench-'))
  try {
    const data = [...(values.data ?? []), ...files]
    const catalog = join(folder, 'catalog.json')
    if (data.length > 0) console.error(`after ${await writeCatalog(data, catalog)} real offers`)
    const options = {
      offers: count('offers'),
      reps: count('reps'),
      ...(data.length > 0 && { catalog }),
      ...(values.profile !== undefined && { profileTo: values.profile }),
    }
    print(await new SyncBench(options).run())
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

switch (name) {
  case 'sync':
    await benchSync()
    break
  case 'import':
    await benchImport({ rows: count('rows'), json })
    break
  case 'node':
    print(await benchNode())
    break
  case 'trust':
    benchTrust({ merchants: count('merchants'), endorsements: count('endorsements'), json })
    break
  default:
    console.error(usage)
    process.exit(2)
}
process.exit(0)
