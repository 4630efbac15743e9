import type { Offer } from '../../../src/core/trade/offer.ts'
import { documentOf } from '../../../src/core/trade/order-effects.ts'
import type { OrderLogs } from '../../../src/core/trade/order-fold.ts'
import { isAllCancelled } from '../../../src/core/trade/order-quantities.ts'
import {
  type Answer,
  answerCommit,
  answerRequest,
  quoteOf,
  refusal,
  refuseLate,
  type SellerDuty,
  sellerDuty,
} from '../../../src/core/trade/order-seller.ts'
import type { OrderState } from '../../../src/core/trade/order-state.ts'
import { holdOf, StockLedger } from '../../../src/core/trade/order-stock.ts'
import type { TermsFrame } from '../../../src/core/trade/order-terms.ts'
import type { QuoteContext } from '../../../src/core/trade/quote.ts'
import type { ShippingTerms } from '../../../src/core/trade/shipping.ts'
import type { HeldOrder, SimMerchant } from './merchant.ts'
import { simulationPrimitives as primitives } from './primitives.ts'
import { TestShop } from './shop.ts'

export const safetyStock = 2
const stockRule = { safetyStock, countMax: 30 }

const shippingTerms: ShippingTerms = {
  currency: 'EUR',
  services: [
    {
      id: 'parcel',
      name: 'Parcel',
      zones: [{ countries: ['DE'], freeFromMinor: 20_000, rates: [{ netMinor: 499 }] }],
    },
  ],
}

/** What a merchant does as a seller: answers, asks its shop, keeps what it promised. */
export class SimSeller {
  readonly shop = new TestShop()
  readonly offers = new Map<string, Offer>()
  ledger = new StockLedger()
  /** SKU → what the last reading said, and where the shop's journal stood when it began. */
  readonly readings = new Map<string, { stock: number; journal: number }>()
  readonly #node: SimMerchant
  readonly #placedAt = new Map<string, number>()
  #reading = 0

  constructor(node: SimMerchant) {
    this.#node = node
  }

  load(): void {
    this.ledger = new StockLedger()
    this.readings.clear()
    this.#placedAt.clear()
    for (const key of this.#node.orders.keys()) this.hold(key)
  }

  /** What the shop has, as of now; it takes a moment until the node knows. */
  readShop(): void {
    const { world, incarnation } = this.#node
    const reading = ++this.#reading
    const journal = this.shop.journal.length
    const stock = [...this.shop.stock]
    world.timeline.after(world.random.int(0, 5), () =>
      this.#node.run(() => {
        if (incarnation !== this.#node.incarnation) return
        for (const [sku, count] of stock) {
          this.ledger.report(sku, { stock: count, reading })
          this.readings.set(sku, { stock: count, journal })
        }
      }),
    )
  }

  hold(key: string): void {
    const held = this.#node.orders.get(key)
    if (held === undefined || held.logs.seller !== this.#node.id) return
    // The shop first: what it has taken back is free, not what it is going to.
    this.#followCancellation(key, held.state)
    const terms = this.#node.termsOf(held)
    if (terms === undefined) return
    const placedAt = this.shop.has(key) ? (this.#placedAt.get(key) ?? 0) : undefined
    const isAsked = this.isAsked(key)
    this.ledger.hold(key, holdOf(held.state, terms, held.logs.buyer, { isAsked, placedAt }))
  }

  /** Whether the shop was asked to take an order: perhaps it has it. */
  isAsked(key: string): boolean {
    return this.#node.disk.rows.has(`asked/${key}`)
  }

  serve(key: string, { logs, state }: HeldOrder): void {
    const { now, world } = this.#node
    const duty = sellerDuty(logs, state, now)
    if (duty === undefined) {
      this.#followCancellation(key, state)
      return
    }
    switch (duty.duty) {
      case 'expire':
        this.#node.say(key, { kind: 'expire' })
        return
      case 'refuse':
        this.#answer(key, refuseLate(primitives, duty.request, duty.code, now, this.#salts()))
        this.shop.cancel(key)
        return
      case 'place':
        if (this.shop.orders.has(key)) this.#placed(key)
        else this.#place(key, logs, duty)
        return
      default: {
        const context = this.quoteContext(logs)
        const times = { quoteSeconds: 1_800, reservationSeconds: world.random.pick([60, 300, 900]) }
        this.#answer(key, answerRequest(primitives, logs, duty.request, context, times, this.#salts()))
      }
    }
  }

  #place(key: string, logs: OrderLogs, duty: Extract<SellerDuty, { duty: 'place' }>): void {
    const { disk, world, incarnation } = this.#node
    const isAsked = this.isAsked(key)
    if (!duty.promised && !isAsked) {
      const quote = quoteOf(logs, duty.request, this.quoteContext(logs))
      if (quote.problems.length > 0) {
        this.#answer(key, refusal(primitives, duty.request, quote, this.#salts()))
        return
      }
    }
    // Written before the shop is asked: from here on nobody else is promised these.
    if (!isAsked) disk.write(new Map([[`asked/${key}`, 'true']]))
    this.hold(key)
    if (!duty.promised && !isAsked) world.onPromise(this.#node, key)
    const terms = documentOf(logs.documents, duty.request.terms, 'mosaic/order-terms')
    // The shop takes its time; meanwhile the node may die, and the shop may take the order all the same.
    world.timeline.after(world.random.pick([0, 3, 20, 90]), () => {
      this.shop.place(key, logs.test ? [] : (terms?.lines ?? []), world.random.chance(0.05))
      if (this.shop.has(key)) this.#placedAt.set(key, this.#reading)
      if (incarnation === this.#node.incarnation) this.#node.run(() => this.#placed(key))
    })
  }

  #placed(key: string): void {
    const held = this.#node.orders.get(key)
    if (held === undefined || this.#node.restoringFrom.size > 0) return
    const duty = sellerDuty(held.logs, held.state, this.#node.now)
    if (duty?.duty === 'place') {
      const outcome = this.shop.has(key)
        ? ({ placed: true } as const)
        : ({ placed: false, note: 'sold out' } as const)
      this.#answer(key, answerCommit(primitives, duty.request, outcome, this.#salts()))
    } else this.serve(key, held)
  }

  /** An order that the shop has and that is off: withdrawn before it was confirmed, or cancelled since. */
  #followCancellation(key: string, state: OrderState): void {
    const isOff = state.phase === 'withdrawn' || state.phase === 'refused' || isAllCancelled(state)
    if (isOff && this.shop.has(key)) this.shop.cancel(key)
  }

  /**
   * After a backup was restored: what was said since and did not arrive is lost, but the shop followed it. The shop
   * is compared with the orders, as a person would.
   */
  reconcile(): void {
    for (const key of this.shop.orders.keys()) {
      const state = this.#node.orders.get(key)?.state
      const isSold = state?.deal !== undefined && !isAllCancelled(state)
      if (isSold) this.shop.reopen(key)
      else this.shop.cancel(key)
    }
  }

  #answer(key: string, { words, documents }: Answer): void {
    this.#node.say(key, words, documents)
  }

  quoteContext(frame: TermsFrame): QuoteContext {
    return {
      granted: true,
      offerOf: (sku) => this.offers.get(sku),
      availableOf: (sku) => this.ledger.availableFor(sku, frame.buyer, stockRule),
      shipping: shippingTerms,
      vat: 'as-offered',
      paymentOf: () => ({ days: 14, prepaidMinor: 0 }),
      availableMinor: undefined,
      reservations: { open: this.ledger.reservationsOf(frame.buyer), max: 5 },
      neutralDelivery: true,
      languages: ['en'],
      now: this.#node.now,
    }
  }

  #salts(): readonly [string, string] {
    return [this.#node.salt(), this.#node.salt()]
  }
}
