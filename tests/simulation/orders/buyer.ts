import { type Basket, basketRowSchema, basketStep } from '../../../src/core/trade/basket.ts'
import type { Offer } from '../../../src/core/trade/offer.ts'
import { makeDocument } from '../../../src/core/trade/order-author.ts'
import { commitUntil, isOverdue, withdrawal } from '../../../src/core/trade/order-buyer.ts'
import type { HeldDocument } from '../../../src/core/trade/order-document.ts'
import { orderKey } from '../../../src/core/trade/order-row.ts'
import type { TermsFrame } from '../../../src/core/trade/order-terms.ts'
import { type QuoteContext, quoteFor } from '../../../src/core/trade/quote.ts'
import type { SimMerchant } from './merchant.ts'
import { simulationPrimitives as primitives } from './primitives.ts'

/** What a merchant does as a buyer: terms as the catalog says, baskets, taking back. */
export class SimBuyer {
  readonly baskets = new Map<string, Basket>()
  readonly #node: SimMerchant

  constructor(node: SimMerchant) {
    this.#node = node
  }

  load(): void {
    this.baskets.clear()
    for (const [id, text] of this.#node.disk.entries('basket/'))
      this.baskets.set(id, basketRowSchema.parse(JSON.parse(text)))
  }

  /** Terms as the buyer computes them from the partner's catalog. */
  ownTerms(
    frame: TermsFrame,
    offers: ReadonlyMap<string, Offer>,
    lines: readonly { sku: string; quantity: number }[],
  ): HeldDocument | undefined {
    const wish = { currency: 'EUR', lines, shipTo: { country: 'DE' } }
    const context: QuoteContext = {
      ...this.#node.seller.quoteContext(frame),
      offerOf: (sku) => offers.get(sku),
      availableOf: () => undefined,
      reservations: { open: 0, max: 1 },
    }
    const { terms } = quoteFor(wish, frame, context, { reserves: false, promised: false })
    return terms === undefined ? undefined : makeDocument(primitives, { ...terms, salt: this.#node.salt() })
  }

  addBasket(basket: Basket): void {
    this.#store(basket)
  }

  stepBasket(id: string): void {
    const basket = this.baskets.get(id)
    if (basket === undefined || this.#node.restoringFrom.size > 0) return
    const { id: buyer, orders, now } = this.#node
    const keys = basket.parts.map(({ seller, order }) => orderKey({ order, seller, buyer }))
    const parts = keys.map((key) => orders.get(key))
    const step = basketStep(basket, parts, now)
    if (step.decided !== basket.decided) this.#store({ ...basket, decided: step.decided })
    for (const { part, words } of step.say) {
      const key = keys[part]
      if (words !== 'reserve' && key !== undefined) this.#node.say(key, words)
    }
  }

  #store(basket: Basket): void {
    this.#node.disk.write(new Map([[`basket/${basket.id}`, JSON.stringify(basket)]]))
    this.baskets.set(basket.id, basket)
  }

  /** Commits a reservation that belongs to no basket, if there is time left. */
  commitReserved(key: string): void {
    const held = this.#node.orders.get(key)
    if (held === undefined) return
    const { now } = this.#node
    const until = commitUntil(held.logs, held.state)
    const { offer } = held.state
    if (until === undefined || offer === undefined || now > until) return
    this.#node.say(key, { kind: 'commit', re: offer.seq, terms: offer.terms, notAfter: now + 900 })
  }

  /** Takes a request back whose time is over without an answer. */
  takeBack(key: string): void {
    const held = this.#node.orders.get(key)
    const { id, now } = this.#node
    if (held === undefined || held.logs.buyer !== id || !isOverdue(held.state, now)) return
    const words = withdrawal(held.state, 'not-sent', now + 86_400)
    if (words !== undefined) this.#node.say(key, words)
  }
}
