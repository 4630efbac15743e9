import { admitTo } from '../../src/core/admission/kinds.ts'
import type { KeyLog } from '../../src/core/identity/key-log.ts'
import { verifyKeyLog } from '../../src/core/identity/key-log.ts'
import type { AdmitValue } from '../../src/core/record/page.ts'
import type { Holding } from '../../src/core/sync/ports.ts'
import { createHost, type Host } from '../../src/network/host.ts'
import { SyncDriver, syncProtocol } from '../../src/network/sync-driver.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { nodePrimitives as primitives } from '../../src/store/primitives.ts'
import type { Repo, RepoChange } from '../../src/store/repo.ts'
import { RepoStore } from '../../src/store/repo-store.ts'
import { keyLogOf } from '../sync/merchant.ts'
import { nowMs } from './figures.ts'

export const repoName = 'assortment/all'
const commitTime = 1_767_225_600

const merchants = new Map<string, ReturnType<typeof keyLogOf>>()

/** A made-up merchant, the same in every process. */
export function merchantNamed(name: string): ReturnType<typeof keyLogOf> {
  const known = merchants.get(name)
  if (known !== undefined) return known
  const made = keyLogOf(name)
  merchants.set(name, made)
  return made
}

/** What receiving costs when, as in the rival, no schema and no canonical form is checked. The product has no such switch. */
const admitAll: AdmitValue = (text, _keyFrom, _keyTo, valueFrom) => text.indexOf(10, valueFrom)

/** A bare node: store, host and sync, without the rest of what a merchant's node does. */
export class BenchNode {
  readonly #directory: string
  readonly #unchecked: boolean
  readonly #keyLogs = new Map<string, KeyLog>()
  readonly #arrivals = new Map<string, { readonly rev: number; readonly done: () => void }>()
  readonly #published: Holding[] = []
  #database!: Database
  #store!: RepoStore
  #host!: Host
  #driver!: SyncDriver
  /** When each rev became durable and readable here. */
  seen: [rev: number, atMs: number][] = []

  private constructor(directory: string, unchecked: boolean) {
    this.#directory = directory
    this.#unchecked = unchecked
  }

  static async open(directory: string, { unchecked = false } = {}): Promise<BenchNode> {
    const node = new BenchNode(directory, unchecked)
    await node.#openStore()
    await node.#listen()
    return node
  }

  addresses(): string[] {
    return this.#host.addresses()
  }

  repo(name: string): Promise<Repo> {
    return this.#store.repo(merchantNamed(name).keyLog.merchant, repoName)
  }

  async #openStore(): Promise<void> {
    this.#database = await openDatabase(this.#directory)
    this.#store = new RepoStore(this.#database, primitives)
    this.#store.onChange((change) => this.#onChange(change))
  }

  /** Closes and opens the store, as a restart does; nothing may be followed meanwhile. */
  async reopenStore(): Promise<void> {
    await this.#database.close()
    await this.#openStore()
  }

  #onChange({ merchant, repo, head }: RepoChange): void {
    this.seen.push([head.commit.rev, nowMs()])
    this.#driver?.changed({ merchant, repo, rev: head.commit.rev, head: head.digest })
    const arrival = this.#arrivals.get(merchant)
    if (arrival === undefined || head.commit.rev < arrival.rev) return
    this.#arrivals.delete(merchant)
    arrival.done()
  }

  async #listen(): Promise<void> {
    this.#driver = new SyncDriver({
      primitives,
      mayRead: () => true,
      source: (merchant, repo) => this.#store.repo(merchant, repo),
      sink: (merchant, repo) => this.#store.repo(merchant, repo),
      keyLog: (merchant) => this.#keyLogs.get(merchant),
      learnKeyLog: async (merchant, from, events) => {
        const texts = [...(this.#keyLogs.get(merchant)?.texts.slice(0, from) ?? []), ...events]
        const log = verifyKeyLog(primitives, texts)
        if (log instanceof Error) throw log
        this.#keyLogs.set(merchant, log)
        return log
      },
      admit: this.#unchecked ? () => admitAll : admitTo,
      equivocation: () => undefined,
      equivocated: async () => {},
      holdings: () => this.#holdings(),
      onError: (_peer, error) => {
        throw error
      },
    })
    this.#host = await createHost({
      nodeSeed: primitives.sha256(this.#directory),
      listen: ['/ip4/127.0.0.1/tcp/0'],
    })
    await this.#host.handleStream(syncProtocol, (stream) =>
      this.#driver.attach(merchantNamed('replica').keyLog.merchant, stream),
    )
  }

  /** Connects to the node of a merchant. */
  async connect(addresses: readonly string[], name: string): Promise<void> {
    const connection = await this.#host.dial(addresses)
    const stream = await this.#host.openStream(connection, syncProtocol)
    this.#driver.attach(merchantNamed(name).keyLog.merchant, stream)
  }

  /** Signs what changed as the merchant's next commit. */
  async commit(name: string, changes: ReadonlyMap<string, string>): Promise<number> {
    const { keyLog, seed } = merchantNamed(name)
    this.#keyLogs.set(keyLog.merchant, keyLog)
    const repo = await this.repo(name)
    const head = await repo.commit(changes, {
      signer: { seed, publicKey: keyLog.current.key },
      keyEvent: keyLog.head.digest,
      time: commitTime,
    })
    return head?.commit.rev ?? 0
  }

  /** Serves the repo of a merchant from the store, and says so to peers that connect from now on. */
  async publish(name: string): Promise<void> {
    const { keyLog } = merchantNamed(name)
    this.#keyLogs.set(keyLog.merchant, keyLog)
    const repo = await this.repo(name)
    if (repo.head === undefined) throw new Error(`nothing is stored of ${name}`)
    const { merchant, rev } = repo.head.commit
    this.#published.push({ merchant, repo: repoName, rev, head: repo.head.digest })
  }

  async *#holdings(): AsyncIterable<Holding> {
    yield* this.#published
  }

  /** Follows merchants; resolves when each has come to a rev. */
  async follow(names: readonly string[], rev: number): Promise<void> {
    const ids = names.map((name) => merchantNamed(name).keyLog.merchant)
    const arrivals = ids.map(
      (merchant) => new Promise<void>((done) => this.#arrivals.set(merchant, { rev, done })),
    )
    for (const merchant of ids) this.#driver.follow(merchant, repoName)
    await Promise.all(arrivals)
  }

  /** Follows a merchant whose newest rev may be held already. */
  followOn(name: string): void {
    this.#driver.follow(merchantNamed(name).keyLog.merchant, repoName)
  }

  unfollow(name: string): void {
    this.#driver.unfollow(merchantNamed(name).keyLog.merchant, repoName)
  }

  async close(): Promise<void> {
    await this.#host.stop()
    await this.#database.close()
  }
}
