import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openDatabase } from '../../src/store/database.ts'
import { nodePrimitives as primitives } from '../../src/store/primitives.ts'
import { RepoStore } from '../../src/store/repo-store.ts'
import { merchantNamed, repoName } from './bench-node.ts'
import { BenchProcess } from './bench-process.ts'
import { diskBytes, nowMs, rounded } from './figures.ts'
import type { NodeMethods } from './node.child.ts'
import { keyOf, offerText } from './offers.ts'

const partners = 50
const partnerOffers = 1_000
const offersInStore = 1_000_000
const offersPerCommit = 50_000
const launcher = join(import.meta.dirname, '../../src/cli/mosaic.js')
const say = (line: string): void => console.error(line)

/** What a node costs while nothing happens, and with a large store. */
export async function benchNode(): Promise<Record<string, number | string>> {
  const folder = mkdtempSync(join(tmpdir(), 'mosaic-bench-'))
  try {
    const empty = await startedNode(join(folder, 'empty'), 0)
    say(
      `a new node: ready after ${Math.round(empty.readyMs)} ms; idle ${empty.rssMiB} MiB, of them ${empty.anonymousMiB} its own, the rest the program's file`,
    )
    const idle = await startedNode(join(folder, 'partners'), partners)
    say(
      `with ${partners} repos of ${partnerOffers} offers: ready after ${Math.round(idle.readyMs)} ms; idle ${idle.rssMiB} MiB, of them ${idle.anonymousMiB} its own`,
    )
    const large = await largeStore(join(folder, 'large'))
    say(
      `${offersInStore} offers: ${large.rssMiB} MiB after opening and 10,000 reads, ${large.bytesPerOffer} bytes an offer on the disk`,
    )
    return {
      bench: 'node',
      readyMs: rounded(empty.readyMs),
      idleMiB: empty.rssMiB,
      idleAnonymousMiB: empty.anonymousMiB,
      partners,
      partnersReadyMs: rounded(idle.readyMs),
      partnersIdleMiB: idle.rssMiB,
      partnersIdleAnonymousMiB: idle.anonymousMiB,
      storeOffers: offersInStore,
      storeMiB: large.rssMiB,
      storeBytesPerOffer: large.bytesPerOffer,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Idle {
  readonly readyMs: number
  readonly rssMiB: number
  /** Memory of this process alone; what is left is mapped from files and shared with other processes. */
  readonly anonymousMiB: number
}

/** `mosaic init`, repos of other merchants put into the store, then `mosaic start`, and a look after ten seconds. */
async function startedNode(data: string, repos: number): Promise<Idle> {
  await run(
    'init',
    '--data',
    data,
    '--name',
    'Bench',
    '--no-passphrase',
    '--words-file',
    `${data}.words`,
    '--json',
  )
  if (repos > 0)
    await fill(
      join(data, 'store'),
      Array.from({ length: repos }, (_, n) => `partner ${n}`),
      partnerOffers,
    )
  const start = nowMs()
  const node = spawn(
    process.execPath,
    [launcher, 'start', '--data', data, '--json', '--listen', '/ip4/127.0.0.1/tcp/0'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  try {
    await new Promise<void>((resolve, reject) => {
      let said = ''
      node.stdout?.on('data', (chunk) => {
        said += chunk
        if (said.includes('"ready"')) resolve()
      })
      node.once('exit', (code) => reject(new Error(`the node ended with ${code}`)))
    })
    const readyMs = nowMs() - start
    await pause(10_000)
    return { readyMs, ...memoryOf(node) }
  } finally {
    node.removeAllListeners('exit')
    node.kill('SIGTERM')
    await new Promise((resolve) => node.once('exit', resolve))
  }
}

function memoryOf({ pid }: ChildProcess): { rssMiB: number; anonymousMiB: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const mib = (name: string): number =>
    Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024)
  return { rssMiB: mib('VmRSS'), anonymousMiB: mib('RssAnon') }
}

async function run(...args: string[]): Promise<void> {
  const child = spawn(process.execPath, [launcher, ...args], { stdio: ['ignore', 'ignore', 'inherit'] })
  const code = await new Promise((resolve) => child.once('exit', resolve))
  if (code !== 0) throw new Error(`mosaic ${args[0]} ended with ${code}`)
}

/** Repos of so many offers each, as if they had been received. */
async function fill(directory: string, authors: readonly string[], each: number): Promise<void> {
  const database = await openDatabase(directory)
  const store = new RepoStore(database, primitives)
  for (const name of authors) {
    const { keyLog, seed } = merchantNamed(name)
    const repo = await store.repo(keyLog.merchant, repoName)
    for (let from = 0; from < each; from += offersPerCommit) {
      const changes = new Map<string, string>()
      for (let n = from; n < Math.min(each, from + offersPerCommit); n++) changes.set(keyOf(n), offerText(n))
      await repo.commit(changes, { signer: { seed }, keyEvent: keyLog.head.digest, time: 1_767_225_600 })
    }
    await repo.fold()
  }
  await database.close()
}

/** A store of a million offers, filled by this process and read by another. */
async function largeStore(directory: string): Promise<{ rssMiB: number; bytesPerOffer: number }> {
  await fill(directory, ['anna'], offersInStore)
  const child = await BenchProcess.start<NodeMethods>(join(import.meta.dirname, 'node.child.ts'))
  const rssMiB = await child.call('readStore', {
    directory,
    name: 'anna',
    count: offersInStore,
    gets: 10_000,
  })
  await child.stop()
  return { rssMiB: Math.round(rssMiB), bytesPerOffer: Math.round(diskBytes(directory) / offersInStore) }
}
