import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { BenchNodes, type Node } from './bench-nodes.ts'
import { medians, quantile, rounded, wireBytes } from './figures.ts'
import { changedOnes, openOffers, sumOf } from './offers.ts'

export interface SyncBenchOptions {
  /** Offers of the one large repo. */
  readonly offers: number
  /** Runs to take medians of. */
  readonly reps: number
  /** A file of {@link writeCatalog}; without it the offers are made up. */
  readonly catalog?: string
  /** A folder for V8 profiles of the first cold sync: `<author or replica>-cold.cpuprofile`. */
  readonly profileTo?: string
}

const author = 'anna'
const liveUpdates = 200
const liveEveryMs = 50
const fleetSize = 20
const fleetOffers = 1_000
const authors = 1_000
const offersEach = 100
const gets = 10_000
const churnVersions = 20
const say = (line: string): void => console.error(line)
const ms = (value: number): string => `${value.toFixed(value < 100 ? 1 : 0)} ms`

/** Runs W1 to W5 of the sync bench and gives the figures of its JSON line. */
export class SyncBench {
  readonly #options: SyncBenchOptions
  readonly #nodes: BenchNodes

  constructor(options: SyncBenchOptions) {
    this.#options = options
    this.#nodes = new BenchNodes(options.catalog)
  }

  async run(): Promise<Record<string, number | string>> {
    try {
      return await this.#run()
    } finally {
      await this.#nodes.close()
    }
  }

  async #run(): Promise<Record<string, number | string>> {
    const { offers, reps } = this.#options
    const large = await this.#nodes.seed((node) => node.call('seed', { name: author, count: offers }))
    const small = await this.#nodes.seed((node) => node.call('seed', { name: author, count: fleetOffers }))
    const many = await this.#nodes.seed((node) => node.call('seedMany', { authors, each: offersEach }))
    const sums = this.#sums()
    const runs = []
    for (let rep = 0; rep < reps; rep++) {
      say(`run ${rep + 1} of ${reps}`)
      runs.push({
        ...(await this.#one(large, sums, rep)),
        ...(await this.#unchecked(large)),
        ...(await this.#dialled(large)),
        ...(await this.#fleet(small)),
        ...(await this.#many(many)),
      })
    }
    const { dialledOffersPerSecond, ...figures } = medians(runs)
    say(`median from a fresh dial: ${Math.round(dialledOffersPerSecond)} offers/s`)
    const entries = Object.entries(figures).map(([name, value]) => [name, rounded(value)])
    return { bench: 'sync', offers, ...Object.fromEntries(entries) }
  }

  /** What the contents must add up to: as seeded, after the delta and after the churn. */
  #sums(): { seeded: number; churned: number } {
    const text = openOffers(this.#options.catalog)
    const changed = new Set(changedOnes(this.#options.offers))
    let seeded = 0
    let churned = 0
    for (let n = 0; n < this.#options.offers; n++) {
      seeded = sumOf(seeded, text(n))
      churned = sumOf(churned, text(n, changed.has(n) ? churnVersions + 1 : 0))
    }
    return { seeded, churned }
  }

  /** W1 to W4 with one author and one replica. */
  async #one(seeded: string, sums: { churned: number }, rep: number) {
    const { offers, profileTo } = this.#options
    const { node: anna, addresses, port } = await this.#nodes.author(seeded)
    await anna.call('publish', { name: author })
    const ben = await this.#nodes.process()
    const directory = this.#nodes.folder()
    await ben.call('open', { directory })
    await ben.call('connect', { addresses, name: author })
    await pause(300)
    const profiled = rep === 0 && profileTo !== undefined ? [anna, ben] : []
    for (const node of profiled) await node.call('startProfile', {})

    const cpuBefore = (await anna.call('usage', {})).cpuMs
    const bytesBefore = wireBytes(port)
    const cold = await ben.call('follow', { name: author, rev: 1, directory })
    const coldBytes = wireBytes(port) - bytesBefore
    const sender = await anna.call('usage', {})
    const receiver = await ben.call('usage', { directory })
    for (const [at, node] of profiled.entries())
      await node.call('stopProfile', {
        file: join(profileTo ?? '', `${at === 0 ? 'author' : 'replica'}-cold.cpuprofile`),
      })
    say(
      `  W1 cold: ${ms(cold.ms)}, ${Math.round((offers / cold.ms) * 1000)} offers/s; CPU ms: replica ${Math.round(cold.cpuMs)} (main thread ${Math.round(cold.mainCpuMs)}), author ${Math.round(sender.cpuMs - cpuBefore)}; ${coldBytes} bytes, ${receiver.diskBytes} on the disk; peak MiB ${Math.round(sender.rssMiB)} / ${Math.round(receiver.rssMiB)}`,
    )

    const delta = await this.#catchUp(anna, ben, { versions: [1], rev: 2, port, directory })
    say(
      `  W2 delta: ${ms(delta.ms)}, CPU ms: replica ${delta.cpuMs.toFixed(1)}; ${delta.bytes} bytes; the author's commit ${ms(delta.commitMs)}`,
    )
    const versions = Array.from({ length: churnVersions }, (_, version) => version + 2)
    const churn = await this.#catchUp(anna, ben, { versions, rev: 2 + churnVersions, port, directory })
    say(`  W2 changed ${churnVersions} times: ${ms(churn.ms)}, ${churn.bytes} bytes`)

    await ben.call('unfollow', { name: author })
    const read = await ben.call('read', { name: author, count: offers, gets })
    if (read.entries !== offers || read.sum !== sums.churned) throw new Error('the contents do not agree')
    say(
      `  W4 reads: ${gets} gets cold ${ms(read.coldMs)}, warm ${ms(read.warmMs)}; all ${offers} in ${ms(read.iterateMs)}`,
    )

    await ben.call('followOn', { name: author })
    const live = await this.#live(anna, ben, offers)
    say(`  W3 live: p50 ${ms(quantile(live.latencies, 0.5))}, p99 ${ms(quantile(live.latencies, 0.99))}`)
    await this.#expectEqual(anna, ben)
    const ends = { anna: await anna.call('usage', {}), ben: await ben.call('usage', {}) }
    say(`  peak MiB at the end: ${Math.round(ends.anna.rssMiB)} / ${Math.round(ends.ben.rssMiB)}`)
    await this.#nodes.end(anna, ben)
    return {
      coldOffersPerSecond: (offers / cold.ms) * 1000,
      coldCpuSeconds: (cold.cpuMs + sender.cpuMs - cpuBefore) / 1000,
      coldBytes,
      deltaMs: delta.ms,
      deltaBytes: delta.bytes,
      churnBytes: churn.bytes,
      liveP50Ms: quantile(live.latencies, 0.5),
      liveP99Ms: quantile(live.latencies, 0.99),
      getPerSecond: (gets / read.warmMs) * 1000,
      getColdPerSecond: (gets / read.coldMs) * 1000,
      iteratePerSecond: (offers / read.iterateMs) * 1000,
      authorCommitMs: delta.commitMs,
      rssSenderMiB: ends.anna.rssMiB,
      rssReceiverMiB: ends.ben.rssMiB,
      diskBytes: receiver.diskBytes,
    }
  }

  /** W2: the author commits while the replica does not follow; then it does again, over the same connection. */
  async #catchUp(
    anna: Node,
    ben: Node,
    args: { versions: readonly number[]; rev: number; port: number; directory: string },
  ) {
    await ben.call('unfollow', { name: author })
    let commitMs = 0
    for (const version of args.versions)
      commitMs = (await anna.call('change', { name: author, count: this.#options.offers, version })).ms
    await pause(200)
    const bytesBefore = wireBytes(args.port)
    const { ms, cpuMs } = await ben.call('follow', {
      name: author,
      rev: args.rev,
      directory: args.directory,
    })
    return { ms, cpuMs, commitMs, bytes: wireBytes(args.port) - bytesBefore }
  }

  /** W3: from before each write, which is synced, to durable and readable at each replica. */
  async #live(anna: Node, replicas: Node, among: number) {
    await pause(500)
    await replicas.call('arrivals', {})
    const { starts, cpuMs } = await anna.call('live', {
      name: author,
      count: liveUpdates,
      everyMs: liveEveryMs,
      among,
    })
    const last = starts.at(-1)?.[0] ?? 0
    const seen: [number, number][][] = []
    for (let waited = 0; seen.length === 0 || seen.some((list) => (list.at(-1)?.[0] ?? 0) < last); waited++) {
      if (waited > 200) throw new Error('live updates did not arrive')
      await pause(50)
      const more = await replicas.call('arrivals', {})
      more.forEach((list, at) => {
        seen[at] = [...(seen[at] ?? []), ...list]
      })
    }
    // An update that was overtaken by the next one arrived with it.
    const latencies = seen.flatMap((list) =>
      starts.map(([rev, atMs]) => (list.find(([arrived]) => arrived >= rev)?.[1] ?? Number.NaN) - atMs),
    )
    return { latencies, cpuMsPerWrite: cpuMs / liveUpdates }
  }

  async #expectEqual(...nodes: Node[]): Promise<void> {
    const checks: { head: string; problems: string[] }[] = []
    for (const node of nodes) checks.push(await node.call('check', { name: author }))
    const problems = checks.flatMap((check) => check.problems)
    if (problems.length > 0) throw new Error(`the check of a store failed: ${problems[0]}`)
    if (checks.some(({ head }) => head !== checks[0]?.head)) throw new Error('the heads do not agree')
  }

  /** W1 without schema and canonical checks, as the rival does none. */
  async #unchecked(seeded: string) {
    const { node: anna, addresses } = await this.#nodes.author(seeded)
    await anna.call('publish', { name: author })
    const ben = await this.#nodes.process()
    const directory = this.#nodes.folder()
    await ben.call('open', { directory, unchecked: true })
    await ben.call('connect', { addresses, name: author })
    await pause(300)
    const before = (await anna.call('usage', {})).cpuMs
    const cold = await ben.call('follow', { name: author, rev: 1, directory })
    const cpuMs = cold.cpuMs + (await anna.call('usage', {})).cpuMs - before
    say(`  W1 unchecked: ${ms(cold.ms)}, CPU ms ${Math.round(cpuMs)}`)
    await this.#nodes.end(anna, ben)
    return {
      uncheckedOffersPerSecond: (this.#options.offers / cold.ms) * 1000,
      uncheckedCpuSeconds: cpuMs / 1000,
    }
  }

  /** W1 with the dial inside the time. */
  async #dialled(seeded: string) {
    const { node: anna, addresses } = await this.#nodes.author(seeded)
    await anna.call('publish', { name: author })
    const ben = await this.#nodes.process()
    const directory = this.#nodes.folder()
    await ben.call('open', { directory })
    await pause(300)
    const cold = await ben.call('dialAndFollow', { addresses, name: author, rev: 1, directory })
    say(`  W1 from a fresh dial: ${ms(cold.ms)}, CPU ms: replica ${Math.round(cold.cpuMs)}`)
    await this.#nodes.end(anna, ben)
    return { dialledOffersPerSecond: (this.#options.offers / cold.ms) * 1000 }
  }

  /** W3 with a fleet of replicas in one process. */
  async #fleet(seeded: string) {
    const { node: anna, addresses } = await this.#nodes.author(seeded)
    await anna.call('publish', { name: author })
    const fleet = await this.#nodes.process()
    const directory = this.#nodes.folder()
    await fleet.call('openFleet', { directory, size: fleetSize, addresses, name: author, rev: 1 })
    const { latencies, cpuMsPerWrite } = await this.#live(anna, fleet, fleetOffers)
    const p99 = quantile(latencies, 0.99)
    say(
      `  W3 to ${fleetSize} replicas: p50 ${ms(quantile(latencies, 0.5))}, p99 ${ms(p99)}; the author's CPU ms a write ${cpuMsPerWrite.toFixed(1)}`,
    )
    await this.#expectEqual(anna, fleet)
    await this.#nodes.end(anna, fleet)
    return { fleetP99Ms: p99, fleetCpuMsPerWrite: cpuMsPerWrite }
  }

  /** W5: many authors' repos over one connection. */
  async #many(seeded: string) {
    const { node, addresses } = await this.#nodes.author(seeded)
    await node.call('publishMany', { authors })
    const ben = await this.#nodes.process()
    const directory = this.#nodes.folder()
    await ben.call('open', { directory })
    await ben.call('connect', { addresses, name: author })
    await pause(300)
    const before = (await node.call('usage', {})).cpuMs
    const all = await ben.call('followMany', { authors, directory })
    const senderCpuMs = (await node.call('usage', {})).cpuMs - before
    say(
      `  W5 ${authors} authors of ${offersEach} offers: ${ms(all.ms)}, CPU ms: replica ${Math.round(all.cpuMs)}, sender ${Math.round(senderCpuMs)}`,
    )
    await this.#nodes.end(node, ben)
    return { manyAuthorsMs: all.ms }
  }
}
