import { bytesToBase64url } from '../../../src/core/signature/base.ts'
import type { Basket } from '../../../src/core/trade/basket.ts'
import { makeDocument } from '../../../src/core/trade/order-author.ts'
import { documentOf } from '../../../src/core/trade/order-effects.ts'
import { movesOf, piecesOpen } from '../../../src/core/trade/order-moves.ts'
import { creditable, creditOf, totalsLeft } from '../../../src/core/trade/order-owed.ts'
import { orderKey } from '../../../src/core/trade/order-row.ts'
import type { HeldOrder, SimMerchant } from './merchant.ts'
import { simulationPrimitives as primitives } from './primitives.ts'
import type { Random } from './random.ts'
import type { Timeline } from './timeline.ts'

/** The people at the merchants: they order, change their minds, ship, complain, pay. */
export class People {
  readonly #random: Random
  readonly #timeline: Timeline
  readonly #merchants: readonly SimMerchant[]

  constructor(random: Random, timeline: Timeline, merchants: readonly SimMerchant[]) {
    this.#random = random
    this.#timeline = timeline
    this.#merchants = merchants
  }

  #orderId(): string {
    return bytesToBase64url(this.#random.bytes(16))
  }

  #lines(seller: SimMerchant): { sku: string; quantity: number }[] {
    return [...seller.seller.offers.keys()].flatMap((sku) =>
      this.#random.chance(0.5) ? [{ sku, quantity: this.#random.pick([2, 2, 2, 2, 2, 4, 4, 1]) }] : [],
    )
  }

  #others(merchant: SimMerchant): readonly SimMerchant[] {
    return this.#merchants.filter((one) => one !== merchant)
  }

  basket(buyer: SimMerchant): void {
    const random = this.#random
    const sellers = this.#others(buyer).filter(() => random.chance(0.8))
    if (sellers.length === 0) return
    const basket: Basket = {
      id: this.#orderId(),
      parts: sellers.map(({ id }) => ({ seller: id, order: this.#orderId() })),
      onPartial: random.pick(['cancel', 'keep']),
      reserveUntil: buyer.now + random.pick([120, 900]),
      decided: 'nothing',
    }
    buyer.buyer.addBasket(basket)
    for (const [part, seller] of sellers.entries())
      this.#reserve(buyer, seller, basket.parts[part]?.order ?? '', false)
  }

  #reserve(buyer: SimMerchant, seller: SimMerchant, order: string, test: boolean): void {
    const key = buyer.begin(seller, order, test)
    const frame = { order, buyer: buyer.id, seller: seller.id, test }
    const lines = this.#lines(seller)
    const terms = lines.length === 0 ? undefined : buyer.buyer.ownTerms(frame, seller.seller.offers, lines)
    if (terms === undefined) return
    const notAfter = buyer.now + this.#random.pick([60, 600, 1_800])
    buyer.say(key, { kind: 'reserve', terms: terms.digest, notAfter }, [terms])
  }

  /** An order without a basket: reserved, quoted first, or on acceptance. */
  single(buyer: SimMerchant): void {
    const random = this.#random
    const seller = random.pick(this.#others(buyer))
    const order = this.#orderId()
    const test = random.chance(0.1)
    const kind = random.pick(['reserve', 'quote', 'commit'] as const)
    if (kind === 'reserve') {
      this.#reserve(buyer, seller, order, test)
      const key = orderKey({ order, buyer: buyer.id, seller: seller.id })
      for (const seconds of [5, 60, 240])
        this.#timeline.after(random.int(1, seconds), () => buyer.run(() => buyer.buyer.commitReserved(key)))
      return
    }
    const lines = this.#lines(seller)
    const frame = { order, buyer: buyer.id, seller: seller.id, test }
    const notAfter = buyer.now + random.pick([60, 600, 1_800])
    if (lines.length === 0) return
    const key = buyer.begin(seller, order, test)
    if (kind === 'quote') {
      const wanted = makeDocument(primitives, {
        type: 'mosaic/order-wanted',
        v: 1,
        salt: buyer.salt(),
        currency: 'EUR',
        lines,
        shipTo: { country: 'DE' },
      })
      buyer.say(key, { kind: 'quote', content: wanted.digest, notAfter }, [wanted])
      return
    }
    const terms = buyer.buyer.ownTerms(frame, seller.seller.offers, lines)
    if (terms !== undefined) buyer.say(key, { kind: 'commit', terms: terms.digest, notAfter }, [terms])
  }

  /** Something that a person may do with an order, by what is possible. */
  acts(merchant: SimMerchant): void {
    const orders = [...merchant.orders]
    if (orders.length === 0) return
    const dealt = orders.filter(([, { state }]) => state.deal !== undefined)
    const [key, held] = this.#random.pick(
      dealt.length > 0 && this.#random.chance(0.6) ? dealt : orders.slice(-6),
    )
    const by = held.logs.buyer === merchant.id ? 'buyer' : 'seller'
    const kinds = movesOf(held.state, by)
    if (kinds.length === 0) return
    const inBasket = [...merchant.buyer.baskets.values()].some(({ parts }) =>
      parts.some(({ order }) => order === held.logs.order),
    )
    const kind = this.#random.pick(kinds)
    switch (kind) {
      case 'commit':
        if (!inBasket) this.#commits(merchant, key, held)
        return
      case 'reserve':
        if (!inBasket) this.#reservesAgain(merchant, key, held)
        return
      case 'release':
        if (!inBasket) merchant.say(key, { kind })
        return
      case 'ship':
      case 'deliver':
      case 'cancel':
      case 'return':
        this.#goods(merchant, key, held, kind)
        return
      case 'complaint':
        if (this.#random.chance(0.3)) merchant.say(key, { kind, reason: 'damaged' })
        return
      case 'answer':
        this.#answers(merchant, key, held, by)
        return
      case 'credit':
        this.#credits(merchant, key, held)
        return
      case 'close':
        merchant.say(key, { kind })
        return
      default: // the seller's duties do the rest
    }
  }

  accounts(merchant: SimMerchant): void {
    const random = this.#random
    const { name } = random.pick(this.#others(merchant))
    // Few amounts and references, so that both note the same payment now and then.
    const dice = random.next()
    if (dice < 0.5)
      merchant.accounts.pay(
        name,
        random.chance(0.5),
        random.pick([100, 2_000]),
        random.pick(['INV-1', 'INV-2']),
      )
    else if (dice < 0.8) merchant.accounts.answer(name)
    else merchant.accounts.state(name)
  }

  #commits(merchant: SimMerchant, key: string, { state }: HeldOrder): void {
    if (state.phase === 'reserved') merchant.buyer.commitReserved(key)
    else if (state.offer !== undefined) {
      const { seq: re, terms } = state.offer
      merchant.say(key, { kind: 'commit', re, terms, notAfter: merchant.now + 900 })
    }
  }

  #reservesAgain(merchant: SimMerchant, key: string, { state }: HeldOrder): void {
    const { offer } = state
    if (offer === undefined || offer.kind === 'reserved') return
    merchant.say(key, { kind: 'reserve', re: offer.seq, terms: offer.terms, notAfter: merchant.now + 600 })
  }

  #goods(
    merchant: SimMerchant,
    key: string,
    held: HeldOrder,
    kind: 'ship' | 'deliver' | 'cancel' | 'return',
  ): void {
    const random = this.#random
    const { state, logs } = held
    const by = logs.buyer === merchant.id ? 'buyer' : 'seller'
    const notAfter = merchant.now + 86_400
    if (kind === 'deliver') {
      const part = state.parts.find(({ deliveredBy }) => deliveredBy === undefined)
      if (part === undefined) return
      merchant.say(key, part.by === by ? { kind, own: part.seq } : { kind, re: part.seq })
      return
    }
    if (kind === 'cancel' && (state.deal === undefined || random.chance(0.4))) {
      merchant.say(key, { kind, reason: 'changed-mind', notAfter })
      return
    }
    const granted = state.asks.find(
      (ask) => ask.by === 'buyer' && ask.returns.some((entry) => entry.sent < entry.quantity),
    )
    const most = (line: number): number => {
      if (kind !== 'ship' || by === 'seller') return piecesOpen(state, by, line)[kind]
      const entry = granted?.returns.find((one) => one.line === line)
      return entry === undefined ? 0 : entry.quantity - entry.sent
    }
    const lines = state.lines.flatMap((_, line) => {
      const quantity = Math.min(most(line), random.int(0, 3))
      return quantity > 0 ? [{ line, quantity }] : []
    })
    if (lines.length === 0) return
    if (kind === 'ship') {
      if (by === 'buyer' && granted?.answer === undefined) return
      const parts = makeDocument(primitives, {
        type: 'mosaic/order-parts',
        v: 1,
        salt: merchant.salt(),
        lines,
      })
      const words = { kind, content: parts.digest } as const
      merchant.say(key, by === 'buyer' ? { ...words, re: granted?.answer as number } : words, [parts])
      return
    }
    const ask = makeDocument(primitives, { type: 'mosaic/order-ask', v: 1, salt: merchant.salt(), lines })
    merchant.say(
      key,
      kind === 'cancel'
        ? { kind, reason: 'other', content: ask.digest, notAfter }
        : { kind, reason: 'defective', content: ask.digest, notAfter },
      [ask],
    )
  }

  #answers(merchant: SimMerchant, key: string, { state }: HeldOrder, by: 'buyer' | 'seller'): void {
    const open = state.asks.find((ask) => ask.by !== by && ask.status === 'open')
    if (open === undefined) return
    merchant.say(key, {
      kind: 'answer',
      re: open.seq,
      verdict: this.#random.pick(['granted', 'granted', 'refused']),
    })
  }

  #credits(merchant: SimMerchant, key: string, { state, logs }: HeldOrder): void {
    const terms = documentOf(logs.documents, state.deal?.terms, 'mosaic/order-terms')
    if (terms === undefined) return
    const left = creditable(totalsLeft(terms, state.lines), state.credited)
    const credit = creditOf(left, ({ netMinor }) =>
      Math.max(0, this.#random.chance(0.3) ? netMinor : Math.min(netMinor, this.#random.int(0, 300))),
    )
    if (credit === undefined) return
    const document = makeDocument(primitives, {
      type: 'mosaic/order-credit',
      v: 1,
      salt: merchant.salt(),
      ...credit,
    })
    merchant.say(key, { kind: 'credit', content: document.digest }, [document])
  }
}
