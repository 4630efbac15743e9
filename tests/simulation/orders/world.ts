import { bytesToBase64url } from '../../../src/core/signature/base.ts'
import type { Basket } from '../../../src/core/trade/basket.ts'
import type { Offer } from '../../../src/core/trade/offer.ts'
import { makeDocument } from '../../../src/core/trade/order-author.ts'
import { documentOf } from '../../../src/core/trade/order-effects.ts'
import { movesOf, piecesOpen } from '../../../src/core/trade/order-moves.ts'
import { creditable, creditOf, totalsLeft } from '../../../src/core/trade/order-owed.ts'
import { orderKey } from '../../../src/core/trade/order-row.ts'
import { TestMerchant } from '../merchants.ts'
import { reservationViolations, stockViolations, violationsAfterHealing } from './checks.ts'
import { type HeldOrder, SimMerchant, safetyStock, tickSeconds } from './merchant.ts'
import { type Faults, Network } from './network.ts'
import { simulationPrimitives as primitives } from './primitives.ts'
import { Random } from './random.ts'
import { Timeline } from './timeline.ts'

const start = 1_800_000_000
// Making a key log costs signatures: the identities are made once.
const identities = ['Anna', 'Ben', 'Cleo'].map((name) => new TestMerchant(name))

export interface WorldOutcome {
  readonly violations: readonly string[]
  readonly orders: number
  readonly deals: number
  readonly messages: number
  readonly crossings: number
  readonly faults: Faults
}

/** Merchants that trade with each other while everything fails, until it heals. */
export class OrderWorld {
  readonly violations: string[] = []
  readonly #random: Random
  readonly #timeline = new Timeline(start)
  readonly #network: Network
  readonly #merchants: readonly SimMerchant[]
  readonly #backups = new Map<SimMerchant, { rows: ReadonlyMap<string, string> }>()
  readonly #faults: Faults = { lost: 0, duplicated: 0, cut: 0, crashes: 0, restores: 0, partitions: 0 }

  constructor(seed: number) {
    const random = new Random(seed)
    this.#random = random
    const weather = {
      loss: random.pick([0, 0.05, 0.3]),
      duplication: random.pick([0, 0.1, 0.3]),
      delaySecondsMax: random.pick([0, 2, 20, 90]),
    }
    this.#network = new Network(this.#timeline, random, weather, this.#faults)
    const count = random.pick([2, 3, 3])
    this.#merchants = identities.slice(0, count).map(
      (identity) =>
        new SimMerchant(identity, {
          timeline: this.#timeline,
          network: this.#network,
          random,
          peers: () => this.#merchants,
          onPromise: (seller, key) => this.violations.push(...stockViolations(seller, key)),
        }),
    )
    for (const merchant of this.#merchants) this.#stockUp(merchant)
  }

  /** @param actions how much happens before everything heals */
  run(actions: number): WorldOutcome {
    for (const merchant of this.#merchants) merchant.start()
    for (let action = 0; action < actions; action++) {
      this.#timeline.runUntil(this.#timeline.now + this.#random.pick([0, 1, 5, 20, 120, 600]))
      this.#happens()
      for (const merchant of this.#merchants)
        if (merchant.isUp && merchant.restoringFrom.size === 0)
          this.violations.push(...reservationViolations(merchant, tickSeconds + 1))
    }
    this.#heal()
    this.violations.push(...violationsAfterHealing(this.#merchants))
    const orders = this.#merchants.flatMap((one) =>
      [...one.orders.values()].filter(({ logs }) => logs.seller === one.id),
    )
    return {
      violations: this.violations,
      orders: orders.length,
      deals: orders.filter(({ state }) => state.deal !== undefined).length,
      messages: orders.reduce((sum, { logs }) => sum + logs.entries[0].length + logs.entries[1].length, 0),
      crossings: orders.reduce((sum, { state }) => sum + state.crossings.length, 0),
      faults: this.#faults,
    }
  }

  #stockUp(merchant: SimMerchant): void {
    merchant.skewSeconds = this.#random.int(-280, 280)
    for (let number = 1; number <= 3; number++) {
      const sku = `${merchant.name}-${number}`
      const offer: Offer = {
        sku,
        title: { en: `Thing ${sku}` },
        price: {
          minor: this.#random.int(1, 5_000),
          currency: 'EUR',
          ...(number === 3 ? { perQuantity: 100 } : {}),
        },
        vat: { category: 'S', rate: number === 2 ? 700 : 1_900 },
        ...(number === 1 ? { packSize: 2 } : {}),
      }
      merchant.offers.set(sku, offer)
      merchant.shop.stock.set(sku, this.#random.pick([0, 15, 40, 60]) + safetyStock)
    }
  }

  #heal(): void {
    const { weather } = this.#network
    weather.loss = 0
    weather.duplication = 0
    for (const one of this.#merchants)
      for (const other of this.#merchants) if (one !== other) this.#network.heal(one.name, other.name)
    for (const merchant of this.#merchants) {
      merchant.disk.crash = undefined
      if (!merchant.isUp) merchant.start()
    }
    // Longer than the longest reservation, request and pause, and a quarter of an hour for clocks.
    for (let round = 0; round < 6; round++) {
      this.#timeline.runUntil(this.#timeline.now + 900)
      for (const merchant of this.#merchants) merchant.run(() => merchant.sendHeads())
    }
    this.#timeline.runUntil(this.#timeline.now + 300)
  }

  #happens(): void {
    const random = this.#random
    const merchant = random.pick(this.#merchants)
    const dice = random.next()
    if (dice < 0.04) this.#cut()
    else if (dice < 0.1) this.#crash(merchant)
    else if (dice < 0.12) this.#backUp(merchant)
    else if (dice < 0.16) this.#shopWorks(merchant)
    else if (!merchant.isUp) merchant.start()
    else
      merchant.run(() => {
        if (dice < 0.26) this.#basket(merchant)
        else if (dice < 0.4) this.#single(merchant)
        else this.#acts(merchant)
      })
  }

  #cut(): void {
    const [one, other] = [this.#random.pick(this.#merchants), this.#random.pick(this.#merchants)]
    if (one === other) return
    this.#network.cut(one.name, other.name)
    this.#timeline.after(this.#random.pick([30, 600, 7_200]), () => this.#network.heal(one.name, other.name))
  }

  #crash(merchant: SimMerchant): void {
    merchant.disk.crash = this.#random.pick(['before', 'after'])
    if (this.#random.chance(0.3)) merchant.crash()
    this.#timeline.after(this.#random.pick([10, 300, 3_600]), () => {
      merchant.disk.crash = undefined
      if (!merchant.isUp) merchant.start()
    })
  }

  /** A copy of the disk is made, or the last one comes back: everything since is forgotten. */
  #backUp(merchant: SimMerchant): void {
    const backup = this.#backups.get(merchant)
    if (backup === undefined) {
      this.#backups.set(merchant, { rows: merchant.disk.backup() })
      return
    }
    this.#backups.delete(merchant)
    merchant.isUp = false
    merchant.disk.restore(backup.rows)
    this.#faults.restores++
    for (const other of this.#merchants) if (other !== merchant) merchant.restoringFrom.add(other.name)
    merchant.start()
  }

  /** Goods arrive, somebody buys at the counter, a price changes. */
  #shopWorks(merchant: SimMerchant): void {
    const sku = this.#random.pick([...merchant.offers.keys()])
    const stock = merchant.shop.stock.get(sku) ?? 0
    const change = this.#random.pick([-2, -1, 3, 6])
    if (change > 0 || stock + change >= 0) merchant.shop.stock.set(sku, stock + change)
    const offer = merchant.offers.get(sku)
    if (offer !== undefined && this.#random.chance(0.3))
      merchant.offers.set(sku, { ...offer, price: { ...offer.price, minor: this.#random.int(1, 5_000) } })
  }

  #orderId(): string {
    return bytesToBase64url(this.#random.bytes(16))
  }

  #lines(seller: SimMerchant): { sku: string; quantity: number }[] {
    return [...seller.offers.keys()].flatMap((sku) =>
      this.#random.chance(0.5) ? [{ sku, quantity: this.#random.pick([2, 2, 2, 2, 2, 4, 4, 1]) }] : [],
    )
  }

  #others(merchant: SimMerchant): readonly SimMerchant[] {
    return this.#merchants.filter((one) => one !== merchant)
  }

  #basket(buyer: SimMerchant): void {
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
    buyer.addBasket(basket, (part) => {
      const [seller, order] = [sellers[part], basket.parts[part]?.order]
      if (seller !== undefined && order !== undefined) this.#reserve(buyer, seller, order, false)
    })
  }

  #reserve(buyer: SimMerchant, seller: SimMerchant, order: string, test: boolean): void {
    const key = buyer.begin(seller, order, test)
    const frame = { order, buyer: buyer.id, seller: seller.id, test }
    const lines = this.#lines(seller)
    const terms = lines.length === 0 ? undefined : buyer.ownTerms(frame, seller.offers, lines)
    if (terms === undefined) return
    const notAfter = buyer.now + this.#random.pick([60, 600, 1_800])
    buyer.say(key, { kind: 'reserve', terms: terms.digest, notAfter }, [terms])
  }

  /** An order without a basket: reserved, quoted first, or on acceptance. */
  #single(buyer: SimMerchant): void {
    const random = this.#random
    const seller = random.pick(this.#others(buyer))
    const order = this.#orderId()
    const test = random.chance(0.1)
    const kind = random.pick(['reserve', 'quote', 'commit'] as const)
    if (kind === 'reserve') {
      this.#reserve(buyer, seller, order, test)
      const key = orderKey({ order, buyer: buyer.id, seller: seller.id })
      for (const seconds of [5, 60, 240])
        this.#timeline.after(random.int(1, seconds), () => buyer.run(() => buyer.commitReserved(key)))
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
    const terms = buyer.ownTerms(frame, seller.offers, lines)
    if (terms !== undefined) buyer.say(key, { kind: 'commit', terms: terms.digest, notAfter }, [terms])
  }

  /** Something that a person may do with an order, by what is possible. */
  #acts(merchant: SimMerchant): void {
    const orders = [...merchant.orders]
    if (orders.length === 0) return
    const dealt = orders.filter(([, { state }]) => state.deal !== undefined)
    const [key, held] = this.#random.pick(
      dealt.length > 0 && this.#random.chance(0.6) ? dealt : orders.slice(-6),
    )
    const by = held.logs.buyer === merchant.id ? 'buyer' : 'seller'
    const kinds = movesOf(held.state, by)
    if (kinds.length === 0) return
    const inBasket = [...merchant.baskets.values()].some(({ parts }) =>
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

  #commits(merchant: SimMerchant, key: string, { state }: HeldOrder): void {
    if (state.phase === 'reserved') merchant.commitReserved(key)
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
