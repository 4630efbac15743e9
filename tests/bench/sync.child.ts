/** One node of the sync bench, a process of its own, driven by messages from its parent. */
import { closeSync, fsyncSync, openSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { admitTo } from '../../src/core/admission/kinds.ts'
import { warmUpAdmission } from '../../src/core/admission/warm-up.ts'
import type { KeyLog } from '../../src/core/identity/key-log.ts'
import { verifyKeyLog } from '../../src/core/identity/key-log.ts'
import type { MerchantId } from '../../src/core/identity/merchant-id.ts'
import { createHost, type Host } from '../../src/network/host.ts'
import { SyncDriver, syncProtocol } from '../../src/network/sync-driver.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { nodePrimitives as primitives } from '../../src/store/primitives.ts'
import { RepoStore } from '../../src/store/repo-store.ts'
import { keyLogOf } from '../sync/merchant.ts'
import { changedOnes, keyOf, offerText, random } from './offers.ts'

const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6
const repoName = 'assortment/all'

class BenchNode {
  readonly keyLogs = new Map<string, KeyLog>()
  readonly waiting = new Set<{ merchant: string; repo: string; rev: number; done: () => void }>()
  readonly seen: [rev: number, atMs: number][] = []
  database!: Database
  store!: RepoStore
  host!: Host
  driver!: SyncDriver
  unchecked = false

  async open(directory: string, unchecked: boolean): Promise<void> {
    this.unchecked = unchecked
    this.database = await openDatabase(directory)
    this.store = new RepoStore(this.database, primitives)
    this.store.onChange(({ merchant, repo, head }) => {
      this.driver?.changed({ merchant, repo, rev: head.commit.rev, head: head.digest })
      this.seen.push([head.commit.rev, nowMs()])
      for (const wait of this.waiting)
        if (wait.merchant === merchant && wait.repo === repo && head.commit.rev >= wait.rev) {
          this.waiting.delete(wait)
          wait.done()
        }
    })
  }

  async start(): Promise<string[]> {
    this.driver = new SyncDriver({
      primitives,
      mayRead: () => true,
      source: (merchant, repo) => this.store.repo(merchant, repo),
      sink: (merchant, repo) => this.store.repo(merchant, repo),
      keyLog: (merchant) => this.keyLogs.get(merchant),
      learnKeyLog: async (merchant, from, events) => {
        const log = verifyKeyLog(primitives, [
          ...(this.keyLogs.get(merchant)?.texts.slice(0, from) ?? []),
          ...events,
        ])
        if (log instanceof Error) throw log
        this.keyLogs.set(merchant, log)
        return log
      },
      // Only the bench has this switch: what receiving costs when, as in the rival, no schema is checked.
      admit: this.unchecked ? () => (text, _from, _to, valueFrom) => text.indexOf(10, valueFrom) : admitTo,
      equivocation: () => undefined,
      equivocated: async () => {},
      holdings: async function* () {},
      onError: (_peer, error) => {
        console.error('bench', error)
        process.exit(1)
      },
    })
    this.host = await createHost({
      nodeSeed: primitives.sha256(`${process.pid}`),
      listen: ['/ip4/127.0.0.1/tcp/0'],
    })
    await this.host.handleStream(syncProtocol, (stream) =>
      this.driver.attach(keyLogOf('replica').keyLog.merchant, stream),
    )
    return this.host.addresses()
  }
}

const nodes: BenchNode[] = []
const fleet: BenchNode[] = []
const node = (): BenchNode => nodes[0] as BenchNode
const author = (name: string) => keyLogOf(name)

function fsyncAll(directory: string): void {
  for (const name of readdirSync(directory)) {
    const file = openSync(join(directory, name), 'r')
    fsyncSync(file)
    closeSync(file)
  }
}

async function timed<T extends object>(
  work: () => Promise<T | undefined>,
): Promise<T & { ms: number; cpuMs: number }> {
  const cpu = process.cpuUsage()
  const th = process.threadCpuUsage()
  const start = nowMs()
  const result = await work()
  const ms = nowMs() - start
  const used = process.cpuUsage(cpu)
  const tu = process.threadCpuUsage(th)
  return { ...(result as T), ms, cpuMs: (used.user + used.system) / 1000, main: (tu.user + tu.system) / 1000 }
}

const arrived = (of: BenchNode, merchant: string, repo: string, rev: number): Promise<void> =>
  new Promise((done) => of.waiting.add({ merchant, repo, rev, done }))

async function commit(name: string, changes: Map<string, string>): Promise<void> {
  const { keyLog, seed } = author(name)
  node().keyLogs.set(keyLog.merchant, keyLog)
  const repo = await node().store.repo(keyLog.merchant, repoName)
  await repo.commit(changes, { signer: { seed }, keyEvent: keyLog.head.digest, time: 1_767_225_600 })
}

async function connect(of: BenchNode, addresses: string[], peer: string): Promise<void> {
  const connection = await of.host.dial(addresses)
  of.driver.attach(author(peer).keyLog.merchant, await of.host.openStream(connection, syncProtocol))
}

const methods: Record<string, (args: never) => Promise<unknown>> = {
  async open({ directory, unchecked }: { directory: string; unchecked: boolean }) {
    const opened = new BenchNode()
    await opened.open(directory, unchecked)
    nodes.push(opened)
    warmUpAdmission(primitives) // as a node does when it starts
    return opened.start()
  },
  async seed({ name, from, to, version = 0 }: { name: string; from: number; to: number; version?: number }) {
    const changes = new Map<string, string>()
    for (let n = from; n < to; n++) changes.set(keyOf(n), offerText(n, version))
    return timed(async () => void (await commit(name, changes)))
  },
  async change({ name, count, version }: { name: string; count: number; version: number }) {
    const changes = new Map(changedOnes(count).map((n) => [keyOf(n), offerText(n, version)]))
    return timed(async () => void (await commit(name, changes)))
  },
  async connect({ addresses, peer }: { addresses: string[]; peer: string }) {
    return timed(async () => void (await connect(node(), addresses, peer)))
  },
  async follow({ name, rev, directory }: { name: string; rev: number; directory: string }) {
    const { merchant } = author(name).keyLog
    return timed(async () => {
      const arrival = arrived(node(), merchant, repoName, rev)
      node().driver.follow(merchant, repoName)
      await arrival
      fsyncAll(directory)
      return undefined
    })
  },
  async unfollow({ name }: { name: string }) {
    node().driver.unfollow(author(name).keyLog.merchant, repoName)
    await new Promise((resolve) => setTimeout(resolve, 100))
  },
  async followMany({ count, directory }: { count: number; directory: string }) {
    const merchants = Array.from({ length: count }, (_, n) => author(`author ${n}`).keyLog.merchant)
    return timed(async () => {
      const arrivals = merchants.map((merchant) => arrived(node(), merchant, repoName, 1))
      for (const merchant of merchants) node().driver.follow(merchant, repoName)
      await Promise.all(arrivals)
      fsyncAll(directory)
      return undefined
    })
  },
  async seedMany({ count, each }: { count: number; each: number }) {
    for (let one = 0; one < count; one++) {
      const changes = new Map<string, string>()
      for (let n = one * each; n < (one + 1) * each; n++) changes.set(keyOf(n), offerText(n))
      await commit(`author ${one}`, changes)
    }
  },
  async live({
    name,
    count,
    everyMs,
    among,
  }: {
    name: string
    count: number
    everyMs: number
    among: number
  }) {
    const { keyLog, seed } = author(name)
    const repo = await node().store.repo(keyLog.merchant, repoName)
    const starts: [number, number][] = []
    const cpu = process.cpuUsage()
    const start = nowMs()
    for (let k = 0; k < count; k++) {
      const wait = start + k * everyMs - nowMs()
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
      const n = (k * 7919) % among
      const at = nowMs()
      const head = await repo.commit(new Map([[keyOf(n), offerText(n, 2, 1_000_000 + k)]]), {
        signer: { seed },
        keyEvent: keyLog.head.digest,
        time: 1_767_225_600,
      })
      starts.push([head?.commit.rev ?? 0, at])
    }
    const used = process.cpuUsage(cpu)
    return { starts, cpuMs: (used.user + used.system) / 1000 }
  },
  async arrivals() {
    return (fleet.length > 0 ? fleet : nodes).map((one) => one.seen.splice(0))
  },
  async read({ name, count, gets }: { name: string; count: number; gets: number }) {
    const repo = await node().store.repo(author(name).keyLog.merchant, repoName)
    const next = random(99)
    const keys = Array.from({ length: gets }, () => keyOf((next() * count) | 0))
    const getAll = () =>
      timed(async () => {
        for (const key of keys)
          if (JSON.parse(repo.get(key) as string).sku !== key.slice(6)) throw new Error(`lookup of ${key}`)
        return undefined
      })
    const cold = await getAll()
    const warm = await getAll()
    let entries = 0
    let sum = 0
    const all = await timed(async () => {
      for (const [, text] of repo.entries()) {
        const offer = JSON.parse(text)
        sum = (sum + offer.price.minor * 31 + offer.stock) % 2_147_483_647
        entries++
      }
      return undefined
    })
    return {
      cold: gets / cold.ms,
      warm: gets / warm.ms,
      iterate: entries / all.ms,
      sum,
      entries,
      problems: await repo.check(),
    }
  },
  async openFleet({
    directory,
    size,
    addresses,
    name,
    rev,
  }: {
    directory: string
    size: number
    addresses: string[]
    name: string
    rev: number
  }) {
    for (let n = 0; n < size; n++) {
      const one = new BenchNode()
      await one.open(join(directory, String(n)), false)
      await one.start()
      await connect(one, addresses, name)
      const arrival = arrived(one, author(name).keyLog.merchant, repoName, rev)
      one.driver.follow(author(name).keyLog.merchant as MerchantId, repoName)
      await arrival
      one.seen.length = 0
      fleet.push(one)
    }
  },
  async usage() {
    const { user, system } = process.cpuUsage()
    return { cpuMs: (user + system) / 1000, rssMiB: process.resourceUsage().maxRSS / 1024 }
  },
  async close() {
    for (const one of [...nodes, ...fleet]) {
      await one.host.stop()
      await one.database.close()
    }
    setTimeout(() => process.exit(0), 20)
  },
}

process.on('message', ({ id, method, args }: { id: number; method: string; args: never }) => {
  const run = methods[method]
  if (run === undefined) throw new Error(`no method ${method}`)
  run(args).then(
    (result) => process.send?.({ id, result }),
    (error) => process.send?.({ id, error: String(error?.stack ?? error) }),
  )
})
process.on('disconnect', () => process.exit(0))
process.send?.({ ready: true })
