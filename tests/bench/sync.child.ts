/** One node of the sync bench, a process of its own, driven by messages from its parent. */
import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { join } from 'node:path'
import { warmUpAdmission } from '../../src/core/admission/warm-up.ts'
import { nodePrimitives as primitives } from '../../src/store/primitives.ts'
import { BenchNode, merchantNamed } from './bench-node.ts'
import { serve } from './bench-process.ts'
import { diskBytes, fsyncAll, nowMs, type Timed, timed } from './figures.ts'
import { changedOnes, keyOf, type Offers, openOffers, random } from './offers.ts'

const offers: Offers = openOffers(process.argv[2])
const nodes: BenchNode[] = []
const profiler = new Session()

/** The node of this process; with a fleet, the first. */
const node = (): BenchNode => nodes[0] as BenchNode
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const authorNamed = (n: number): string => `author ${n}`

function offersFrom(from: number, to: number, version = 0): Map<string, string> {
  const entries = new Map<string, string>()
  for (let n = from; n < to; n++) entries.set(keyOf(n), offers(n, version))
  return entries
}

/** As a node does once it has started. */
async function warmUp(): Promise<void> {
  for (const _ of warmUpAdmission(primitives)) await pause(5)
}

const methods = {
  async open({
    directory,
    unchecked = false,
  }: {
    directory: string
    unchecked?: boolean
  }): Promise<string[]> {
    await warmUp()
    nodes.push(await BenchNode.open(directory, { unchecked }))
    return node().addresses()
  },

  async openFleet(args: { directory: string; size: number; addresses: string[]; name: string; rev: number }) {
    await warmUp()
    for (let n = 0; n < args.size; n++) {
      const one = await BenchNode.open(join(args.directory, String(n)))
      nodes.push(one)
      await one.connect(args.addresses, args.name)
      await one.follow([args.name], args.rev)
    }
  },

  async seed({ name, count }: { name: string; count: number }): Promise<Timed> {
    const entries = offersFrom(0, count)
    return timed(async () => void (await node().commit(name, entries)))
  },

  async seedMany({ authors, each }: { authors: number; each: number }): Promise<void> {
    for (let one = 0; one < authors; one++)
      await node().commit(authorNamed(one), offersFrom(one * each, (one + 1) * each))
  },

  async publish({ name }: { name: string }): Promise<void> {
    await node().publish(name)
  },

  async publishMany({ authors }: { authors: number }): Promise<void> {
    for (let one = 0; one < authors; one++) await node().publish(authorNamed(one))
  },

  /** Changes one offer in a hundred. */
  async change({ name, count, version }: { name: string; count: number; version: number }): Promise<Timed> {
    const changes = new Map(changedOnes(count).map((n) => [keyOf(n), offers(n, version)]))
    return timed(async () => void (await node().commit(name, changes)))
  },

  async connect({ addresses, name }: { addresses: string[]; name: string }): Promise<void> {
    await node().connect(addresses, name)
  },

  /** Until the repo is durable, all files of the store on the disk. */
  async follow({ name, rev, directory }: { name: string; rev: number; directory: string }): Promise<Timed> {
    return timed(async () => {
      await node().follow([name], rev)
      fsyncAll(directory)
    })
  },

  /** Follows what is held already, for what comes. */
  async followOn({ name }: { name: string }): Promise<void> {
    node().followOn(name)
  },

  async dialAndFollow(args: { addresses: string[]; name: string; rev: number; directory: string }) {
    return timed(async () => {
      await node().connect(args.addresses, args.name)
      await node().follow([args.name], args.rev)
      fsyncAll(args.directory)
    })
  },

  async followMany({ authors, directory }: { authors: number; directory: string }): Promise<Timed> {
    const names = Array.from({ length: authors }, (_, one) => authorNamed(one))
    for (const name of names) merchantNamed(name) // making keys is not the receiver's work
    return timed(async () => {
      await node().follow(names, 1)
      fsyncAll(directory)
    })
  },

  async unfollow({ name }: { name: string }): Promise<void> {
    node().unfollow(name)
    await pause(100)
  },

  /** Commits single changes at a steady rate. */
  async live(args: { name: string; count: number; everyMs: number; among: number }) {
    const starts: [rev: number, atMs: number][] = []
    const { cpuMs } = await timed(async () => {
      const start = nowMs()
      for (let k = 0; k < args.count; k++) {
        const wait = start + k * args.everyMs - nowMs()
        if (wait > 0) await pause(wait)
        const n = (k * 7919) % args.among
        const change = new Map([[keyOf(n), offers(n, 2, 1_000_000 + k)]])
        const at = nowMs()
        starts.push([await node().commit(args.name, change), at])
      }
    })
    return { starts, cpuMs }
  },

  /** Per node: when each rev became durable and readable, since the last call. */
  async arrivals(): Promise<[rev: number, atMs: number][][]> {
    return nodes.map((one) => {
      const { seen } = one
      one.seen = []
      return seen
    })
  },

  /** Random gets right after opening the store, the same again, then everything; each parsed. */
  async read({ name, count, gets }: { name: string; count: number; gets: number }) {
    await node().reopenStore()
    const next = random(99)
    const keys = Array.from({ length: gets }, () => keyOf((next() * count) | 0))
    const getAll = (): Promise<Timed> =>
      timed(async () => {
        const repo = await node().repo(name)
        for (const key of keys)
          if (JSON.parse(repo.get(key) as string).sku !== key.slice(6)) throw new Error(`lookup of ${key}`)
      })
    const cold = await getAll()
    const warm = await getAll()
    const repo = await node().repo(name)
    let entries = 0
    let sum = 0
    const all = await timed(() => {
      for (const [, text] of repo.entries()) {
        const offer = JSON.parse(text)
        sum = (sum + offer.price.minor * 31 + (offer.stock ?? 0)) % 2_147_483_647
        entries++
      }
    })
    return { coldMs: cold.ms, warmMs: warm.ms, iterateMs: all.ms, sum, entries }
  },

  async check({ name }: { name: string }): Promise<{ head: string; problems: string[] }> {
    const repo = await node().repo(name)
    return { head: repo.head?.digest ?? '', problems: await repo.check() }
  },

  async usage({ directory }: { directory?: string }) {
    const { user, system } = process.cpuUsage()
    return {
      cpuMs: (user + system) / 1000,
      rssMiB: process.resourceUsage().maxRSS / 1024,
      diskBytes: directory === undefined ? 0 : diskBytes(directory),
    }
  },

  async startProfile(): Promise<void> {
    profiler.connect()
    await profiler.post('Profiler.enable')
    await profiler.post('Profiler.setSamplingInterval', { interval: 100 })
    await profiler.post('Profiler.start')
  },

  async stopProfile({ file }: { file: string }): Promise<void> {
    const { profile } = await profiler.post('Profiler.stop')
    writeFileSync(file, JSON.stringify(profile))
    profiler.disconnect()
  },

  async close(): Promise<void> {
    for (const one of nodes) await one.close()
  },
}
export type SyncMethods = typeof methods

serve(methods)
