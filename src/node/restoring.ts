import { z } from 'zod'
import { type MerchantId, merchantIdSchema } from '../core/identity/merchant-id.ts'
import type { Session } from '../network/session.ts'
import type { Database, Table } from '../store/database.ts'
import type { RepoStore } from '../store/repo-store.ts'
import type { NodeEvents } from './events.ts'
import type { Identity } from './identity.ts'
import type { Merchants } from './merchants.ts'
import { NodeError } from './node-error.ts'
import type { RestoreView } from './views.ts'

/** A restored node signs nothing before each partner has said what it holds of this merchant. */
export const restoreRow = z.strictObject({
  since: z.int(), // UTC seconds
  answered: z.array(merchantIdSchema),
})
export const restoreTable = 'restore'
export const restoreKey = 'open'

/** A peer that claims to hold more and does not show it may not keep the merchant from signing any longer. */
const showMs = 60_000

/** Gets a repo of this merchant from a peer that holds more of it. */
export type FetchOwn = (peer: MerchantId, repo: string) => void

/**
 * Keeps a node that lost its newest commits from signing others in their place: that would be equivocation. A
 * session says what the peer holds of this merchant; if that is more than is here, it is fetched first.
 */
export class Restoring {
  readonly #table: Table<z.output<typeof restoreRow>>
  readonly #store: RepoStore
  readonly #identity: Identity
  readonly #merchants: Merchants
  readonly #events: NodeEvents
  readonly #partners: () => readonly MerchantId[]
  #fetch: FetchOwn = () => {}
  /** By repo: the rev that a peer holds and this node does not. */
  readonly #missing = new Map<string, number>()
  /** Peers whose word on a restored node waits for what they hold. */
  readonly #pending = new Map<MerchantId, Set<string>>()

  constructor(parts: {
    readonly database: Database
    readonly store: RepoStore
    readonly identity: Identity
    readonly merchants: Merchants
    readonly events: NodeEvents
    readonly partners: () => readonly MerchantId[]
  }) {
    this.#table = parts.database.table(restoreTable, restoreRow)
    this.#store = parts.store
    this.#identity = parts.identity
    this.#merchants = parts.merchants
    this.#events = parts.events
    this.#partners = parts.partners
  }

  fetchWith(fetch: FetchOwn): void {
    this.#fetch = fetch
  }

  /** Why nothing may be signed now, if so. */
  problem(): NodeError | undefined {
    const [repo] = this.#missing.keys()
    if (repo !== undefined)
      return new NodeError(
        'restore-open',
        `A partner holds newer commits of your ${repo} than this node: it fetches them before it signs again. Try again in a moment.`,
        { params: { repo } },
      )
    const { open, waitingFor } = this.view()
    if (!open) return undefined
    return new NodeError(
      'restore-open',
      `This node was restored from a backup and signs nothing before these partners have said what they hold: ${waitingFor.join(', ')}. Go on without them: mosaic restore --confirm`,
      { params: { partners: waitingFor.join(', ') } },
    )
  }

  view(): RestoreView {
    const row = this.#table.get(restoreKey)
    if (row === undefined) return { open: false, waitingFor: [] }
    const waiting = this.#partners().filter((merchant) => !row.answered.includes(merchant))
    return {
      open: waiting.length > 0,
      waitingFor: waiting.map((merchant) => this.#merchants.nameOf(merchant)),
    }
  }

  /** A restored node without partners has nobody to wait for. */
  async start(): Promise<void> {
    if (this.#table.get(restoreKey) !== undefined && !this.view().open)
      await this.#table.del(restoreKey, { sync: true })
  }

  /** The merchant goes on without those that have not answered. */
  async confirm(): Promise<void> {
    this.#missing.clear()
    await this.#table.del(restoreKey, { sync: true })
  }

  /** A peer said in its hello what it holds of this merchant. */
  async heard({ merchant, held }: Session): Promise<void> {
    const behind = new Set<string>()
    for (const { repo, rev } of held.repos) {
      const own = await this.#store.repo(this.#identity.merchant, repo)
      if (rev <= (own.head?.commit.rev ?? 0)) continue
      behind.add(repo)
      this.#missing.set(repo, Math.max(rev, this.#missing.get(repo) ?? 0))
      this.#fetch(merchant, repo)
    }
    if (behind.size === 0) return await this.#answered(merchant)
    this.#pending.set(merchant, behind)
    setTimeout(() => this.#notShown(merchant), showMs).unref()
    const message = `${this.#merchants.nameOf(merchant)} holds newer commits of yours than this node. It fetches them before it signs again.`
    this.#events.emit({ type: 'warning', code: 'own-repo-behind', message })
  }

  /** An own repo is at another rev now. */
  async arrived(repo: string, rev: number): Promise<void> {
    const wanted = this.#missing.get(repo)
    if (wanted === undefined || rev < wanted) return
    this.#missing.delete(repo)
    for (const [merchant, behind] of this.#pending) {
      behind.delete(repo)
      if (behind.size > 0) continue
      this.#pending.delete(merchant)
      await this.#answered(merchant)
    }
  }

  #notShown(merchant: MerchantId): void {
    const behind = this.#pending.get(merchant)
    if (behind === undefined) return
    this.#pending.delete(merchant)
    const stillPending = [...this.#pending.values()]
    for (const repo of behind) if (!stillPending.some((other) => other.has(repo))) this.#missing.delete(repo)
    const message = `${this.#merchants.nameOf(merchant)} claims to hold newer commits of yours, but does not send them. This node goes on without them.`
    this.#events.emit({ type: 'warning', code: 'own-repo-not-shown', message })
  }

  async #answered(merchant: MerchantId): Promise<void> {
    const row = this.#table.get(restoreKey)
    if (row === undefined || row.answered.includes(merchant)) return
    await this.#table.put(restoreKey, { ...row, answered: [...row.answered, merchant] }, { sync: true })
    if (!this.view().open) await this.#table.del(restoreKey, { sync: true })
  }
}
