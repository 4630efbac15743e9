import type { MerchantId } from '../core/identity/merchant-id.ts'
import { verifyInclusion } from '../core/record/inclusion.ts'
import { type Offer, offerKey } from '../core/trade/offer.ts'
import type { MarketView } from '../store/market-view.ts'
import type { MarketQuery } from '../store/market-view-query.ts'
import { nodePrimitives } from '../store/primitives.ts'
import type { RepoStore } from '../store/repo-store.ts'
import { repoOf } from './assortments.ts'
import type { Ingest } from './ingest.ts'
import type { Merchants } from './merchants.ts'
import { NodeError } from './node-error.ts'
import { type MarketPageView, type OfferView, type ProofView, timeText } from './views.ts'

/** Partners' offers: searched, shown, proven. */
export class Market {
  readonly #store: RepoStore
  readonly #view: MarketView
  readonly #ingest: Ingest
  readonly #merchants: Merchants

  constructor(
    store: RepoStore,
    view: MarketView,
    deps: { readonly ingest: Ingest; readonly merchants: Merchants },
  ) {
    this.#store = store
    this.#view = view
    this.#ingest = deps.ingest
    this.#merchants = deps.merchants
  }

  /** @throws {MarketQueryError} `cursor-invalid`, `currency-missing` */
  async search(query: MarketQuery): Promise<MarketPageView> {
    const { rows, next } = this.#view.search(query)
    const offers: OfferView[] = []
    for (const { merchant, repo, sku } of rows) {
      const view = await this.#offerIn(merchant as MerchantId, repo, sku)
      // The search may be behind the store for a moment.
      if (view !== undefined) offers.push(view)
    }
    return {
      offers,
      total: this.#view.count(query),
      ...(next !== undefined && { next }),
      offersHeld: this.#view.count({}),
      behind: this.#ingest.behind,
    }
  }

  /** Offers in one repo. */
  async countIn(merchant: MerchantId, repo: string): Promise<number> {
    return this.#store.has(merchant, repo) ? (await this.#store.repo(merchant, repo)).count : 0
  }

  /** All offers that the search knows. */
  count(): number {
    return this.#view.count({})
  }

  /**
   * @param assortment its id; without one, the first in which the offer is
   * @throws {NodeError} `offer-unknown`
   */
  async offer(merchant: MerchantId, sku: string, assortment?: string): Promise<OfferView> {
    for (const repo of await this.#reposOf(merchant, assortment)) {
      const view = await this.#offerIn(merchant, repo, sku)
      if (view !== undefined) return view
    }
    const name = this.#merchants.nameOf(merchant)
    throw new NodeError('offer-unknown', `${name} offers no "${sku}" to you.`, {
      field: 'sku',
      params: { name, sku },
    })
  }

  /** The proof, checked against the partner's key log before it is given out. */
  async proof(merchant: MerchantId, sku: string, assortment?: string): Promise<ProofView> {
    const { repo: name } = await this.offer(merchant, sku, assortment)
    const repo = await this.#store.repo(merchant, name)
    const keyLog = this.#merchants.keyLogOf(merchant)
    if (keyLog === undefined)
      throw new NodeError('partner-unknown', `The key log of ${merchant} is not known.`)
    const proof = repo.prove(offerKey(sku))
    const { head } = verifyInclusion(nodePrimitives, proof, keyLog)
    const { rev, time, root, keyEvent } = head.commit
    return { proof, rev, at: timeText(time), root, key: keyLog.keyInForceAt(keyEvent) ?? '' }
  }

  async #reposOf(merchant: MerchantId, assortment: string | undefined): Promise<string[]> {
    if (assortment !== undefined) return [repoOf(assortment)]
    const names: string[] = []
    for await (const { repo } of this.#store.repos(merchant)) if (repo !== 'trust') names.push(repo)
    return names
  }

  async #offerIn(merchant: MerchantId, name: string, sku: string): Promise<OfferView | undefined> {
    if (!this.#store.has(merchant, name)) return undefined
    const repo = await this.#store.repo(merchant, name)
    const text = repo.get(offerKey(sku))
    if (text === undefined) return undefined
    return {
      merchant,
      merchantName: this.#merchants.nameOf(merchant),
      repo: name,
      offer: JSON.parse(text) as Offer,
    }
  }
}
