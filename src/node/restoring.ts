import { z } from 'zod'
import { type MerchantId, merchantIdSchema } from '../core/identity/merchant-id.ts'
import type { Session } from '../network/session.ts'
import type { Database, Table } from '../store/database.ts'
import type { RepoStore } from '../store/repo-store.ts'
import type { Clock } from './clock.ts'
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
/** Whoever did not show what it claimed to hold is not heard for so long. */
const unheardSeconds = 3_600

/** Gets a repo of this merchant from a peer that holds more of it. */
export type FetchOwn = (peer: MerchantId, repo: string) => void

/**
 * Keeps a node that lost its newest commits from signing others in their place: that would be equivocation. A
 * partner's session says what it holds of this merchant; if that is more than is here, it is fetched first. The word of
 * strangers counts for nothing: who wants to keep a merchant from signing needs but say a high rev.
 */
export class Restoring {
  readonly #table: Table<z.output<typeof restoreRow>>
  readonly #store: RepoStore
  readonly #identity: Identity
  readonly #merchants: Merchants
  readonly #events: NodeEvents
  readonly #partners: () => readonly MerchantId[]
  readonly #isPartner: (merchant: MerchantId) => boolean
  readonly #clock: Clock
  #fetch: FetchOwn = () => {}
  /** By partner and repo: the rev that it holds and this node does not. Nothing is signed meanwhile. */
  readonly #pending = new Map<MerchantId, Map<string, number>>()
  /** Partners that did not show what they claimed, and until when they are not heard, UTC seconds. */
  readonly #unheard = new Map<MerchantId, number>()

  constructor(parts: {
    readonly database: Database
    readonly store: RepoStore
    readonly identity: Identity
    readonly merchants: Merchants
    readonly events: NodeEvents
    readonly partners: () => readonly MerchantId[]
    readonly isPartner: (merchant: MerchantId) => boolean
    readonly clock: Clock
  }) {
    this.#table = parts.database.table(restoreTable, restoreRow)
    this.#store = parts.store
    this.#identity = parts.identity
    this.#merchants = parts.merchants
    this.#events = parts.events
    this.#partners = parts.partners
    this.#isPartner = parts.isPartner
    this.#clock = parts.clock
  }

  fetchWith(fetch: FetchOwn): void {
    this.#fetch = fetch
  }

  /** Why nothing may be signed now, if so. */
  problem(): NodeError | undefined {
    const [repo] = [...this.#pending.values()].flatMap((behind) => [...behind.keys()])
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
    this.#pending.clear()
    await this.#table.del(restoreKey, { sync: true })
  }

  /** A peer said in its hello what it holds of this merchant. */
  async heard({ merchant, held }: Session): Promise<void> {
    if (!this.#isPartner(merchant)) return await this.#answered(merchant)
    if (this.#clock.nowSeconds() < (this.#unheard.get(merchant) ?? 0)) return
    const behind = new Map<string, number>()
    for (const { repo, rev } of held.repos) {
      const own = await this.#store.repo(this.#identity.merchant, repo)
      if (rev > (own.head?.commit.rev ?? 0)) behind.set(repo, rev)
    }
    if (behind.size === 0) return await this.#answered(merchant)
    this.#pending.set(merchant, behind)
    for (const repo of behind.keys()) this.#fetch(merchant, repo)
    setTimeout(() => this.#notShown(merchant), showMs).unref()
    const message = `${this.#merchants.nameOf(merchant)} holds newer commits of yours than this node. It fetches them before it signs again.`
    this.#events.emit({ type: 'warning', code: 'own-repo-behind', message })
  }

  /** An own repo is at another rev now. */
  async arrived(repo: string, rev: number): Promise<void> {
    for (const [merchant, behind] of [...this.#pending]) {
      if (rev < (behind.get(repo) ?? Number.POSITIVE_INFINITY)) continue
      behind.delete(repo)
      if (behind.size > 0) continue
      this.#pending.delete(merchant)
      await this.#answered(merchant)
    }
  }

  #notShown(merchant: MerchantId): void {
    if (!this.#pending.delete(merchant)) return
    this.#unheard.set(merchant, this.#clock.nowSeconds() + unheardSeconds)
    const message = `${this.#merchants.nameOf(merchant)} claims to hold newer commits of yours, but does not send them. This node goes on without them.`
    this.#events.emit({ type: 'warning', code: 'own-repo-not-shown', message })
  }

  async #answered(merchant: MerchantId): Promise<void> {
    const row = this.#table.get(restoreKey)
    if (row === undefined || row.answered.includes(merchant)) return
    if (!this.#partners().includes(merchant)) return
    await this.#table.put(restoreKey, { ...row, answered: [...row.answered, merchant] }, { sync: true })
    if (!this.view().open) await this.#table.del(restoreKey, { sync: true })
  }
}
