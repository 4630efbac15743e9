import type { KeyLog } from '../../../src/core/identity/key-log.ts'
import type { MerchantId } from '../../../src/core/identity/merchant-id.ts'
import { bytesToBase64url } from '../../../src/core/signature/base.ts'
import { type Statement, signStatement } from '../../../src/core/signature/proof.ts'
import { type Basket, basketRowSchema, basketStep } from '../../../src/core/trade/basket.ts'
import type { Offer } from '../../../src/core/trade/offer.ts'
import { openOrder } from '../../../src/core/trade/order-admission.ts'
import { makeDocument, type OrderWords, type SayProblem } from '../../../src/core/trade/order-author.ts'
import { commitUntil, isOverdue, withdrawal } from '../../../src/core/trade/order-buyer.ts'
import { compareHeads, receiveParcel, speak } from '../../../src/core/trade/order-desk.ts'
import type { HeldDocument } from '../../../src/core/trade/order-document.ts'
import { documentOf } from '../../../src/core/trade/order-effects.ts'
import { headsOf, orderHeadsMax, orderHeadsNoteSchema } from '../../../src/core/trade/order-exchange.ts'
import { foldOrder, type OrderLogs, partyOf } from '../../../src/core/trade/order-fold.ts'
import { readParcel } from '../../../src/core/trade/order-parcel.ts'
import { isAllCancelled } from '../../../src/core/trade/order-quantities.ts'
import { logsOf, orderKey, orderRowSchema, rowOf } from '../../../src/core/trade/order-row.ts'
import {
  answerCommit,
  answerRequest,
  quoteOf,
  refusal,
  refuseLate,
  sellerDuty,
} from '../../../src/core/trade/order-seller.ts'
import type { OrderState } from '../../../src/core/trade/order-state.ts'
import { holdOf, StockLedger } from '../../../src/core/trade/order-stock.ts'
import type { OrderTerms, TermsFrame } from '../../../src/core/trade/order-terms.ts'
import { type QuoteContext, quoteFor } from '../../../src/core/trade/quote.ts'
import type { ShippingTerms } from '../../../src/core/trade/shipping.ts'
import { seedOf, type TestMerchant } from '../merchants.ts'
import { Crash, Disk } from './disk.ts'
import type { Network, Packet } from './network.ts'
import { simulationPrimitives as primitives } from './primitives.ts'
import type { Random } from './random.ts'
import { TestShop } from './shop.ts'
import type { Timeline } from './timeline.ts'

export const safetyStock = 2
const stockRule = { safetyStock, countMax: 20 }
export const tickSeconds = 60
const pauseSecondsMax = 300

export const shippingTerms: ShippingTerms = {
  currency: 'EUR',
  services: [
    {
      id: 'parcel',
      name: 'Parcel',
      zones: [{ countries: ['DE'], freeFromMinor: 20_000, rates: [{ netMinor: 499 }] }],
    },
  ],
}

export interface HeldOrder {
  readonly logs: OrderLogs
  readonly state: OrderState
  /** Own messages from here on were dropped by the outbox. */
  readonly unsentFrom?: number
}

interface Outgoing {
  readonly to: string
  readonly text: string
  readonly notAfter?: number
  readonly order?: string // key
  readonly seq?: number // the first own message in it
}

/** A node of the simulation: everything that it remembers is on its disk; the rest is made from that. */
export class SimMerchant {
  readonly identity: TestMerchant
  readonly disk = new Disk()
  readonly shop = new TestShop()
  readonly offers = new Map<string, Offer>()
  isUp = true
  skewSeconds = 0
  /** Partners that have not said yet what they hold, after a backup was restored: nothing is signed before. */
  readonly restoringFrom = new Set<string>()
  readonly refusals: string[] = []
  orders = new Map<string, HeldOrder>()
  baskets = new Map<string, Basket>()
  ledger = new StockLedger()
  /** SKU → what the last reading said, and where the shop's journal stood when it began. */
  readings = new Map<string, { stock: number; journal: number }>()
  #outbox = new Map<string, { message: Outgoing; nextTry: number; pause: number; tried: boolean }>()
  #next = 0
  #reading = 0
  #placedAt = new Map<string, number>()
  #incarnation = 0
  readonly #timeline: Timeline
  readonly #network: Network
  readonly #random: Random
  readonly #peers: () => readonly SimMerchant[]
  readonly #onPromise: (seller: SimMerchant, key: string) => void

  constructor(
    identity: TestMerchant,
    world: {
      readonly timeline: Timeline
      readonly network: Network
      readonly random: Random
      readonly peers: () => readonly SimMerchant[]
      /** Called when this merchant has promised goods, durably. */
      readonly onPromise: (seller: SimMerchant, key: string) => void
    },
  ) {
    this.identity = identity
    this.#timeline = world.timeline
    this.#network = world.network
    this.#random = world.random
    this.#peers = world.peers
    this.#onPromise = world.onPromise
    world.network.join(this.name, (from, packet) => this.#guard(() => this.#receive(from, packet)))
  }

  get name(): string {
    return this.identity.name
  }
  get id(): MerchantId {
    return this.identity.id
  }
  /** What its own clock says: minutes off. */
  get now(): number {
    return Math.floor(this.#timeline.now) + this.skewSeconds
  }

  start(): void {
    this.isUp = true
    this.#incarnation++
    this.#load()
    this.#readShop()
    this.#tick(this.#incarnation)
  }

  crash(): void {
    this.isUp = false
    this.#network.faults.crashes++
  }

  /** Runs something that may crash in the middle of a write. */
  #guard(run: () => void): void {
    if (!this.isUp) return
    try {
      run()
    } catch (error) {
      if (!(error instanceof Crash)) throw error
      this.crash()
    }
  }

  #load(): void {
    this.orders = new Map()
    this.baskets = new Map()
    this.ledger = new StockLedger()
    this.readings = new Map()
    this.#outbox = new Map()
    this.#placedAt = new Map()
    for (const [key, text] of this.disk.entries('order/')) {
      const { unsentFrom, ...row } = JSON.parse(text)
      const logs = logsOf(orderRowSchema.parse(row))
      const held: HeldOrder = { logs, state: foldOrder(logs) }
      this.orders.set(key, unsentFrom === undefined ? held : { ...held, unsentFrom })
    }
    for (const [id, text] of this.disk.entries('basket/'))
      this.baskets.set(id, basketRowSchema.parse(JSON.parse(text)))
    for (const [id, text] of this.disk.entries('outbox/')) {
      this.#outbox.set(id, { message: JSON.parse(text), nextTry: 0, pause: 1, tried: true })
      this.#next = Math.max(this.#next, Number(id) + 1)
    }
    for (const key of this.orders.keys()) this.#hold(key)
  }

  /** What the shop has, as of now; it takes a moment until the node knows. */
  #readShop(): void {
    const reading = ++this.#reading
    const incarnation = this.#incarnation
    const journal = this.shop.journal.length
    const stock = [...this.shop.stock]
    this.#timeline.after(this.#random.int(0, 5), () =>
      this.#guard(() => {
        if (incarnation !== this.#incarnation) return
        for (const [sku, count] of stock) {
          this.ledger.report(sku, { stock: count, reading })
          this.readings.set(sku, { stock: count, journal })
        }
      }),
    )
  }

  #tick(incarnation: number): void {
    this.#guard(() => {
      if (incarnation !== this.#incarnation) return
      this.#timeline.after(tickSeconds, () => this.#tick(incarnation))
      if (this.#random.chance(0.2)) this.#readShop()
      if (this.#random.chance(this.restoringFrom.size > 0 ? 0.5 : 0.1)) this.sendHeads()
      for (const key of this.orders.keys()) this.#act(key)
      for (const id of this.baskets.keys()) this.stepBasket(id)
      this.#flush()
    })
  }

  // --- the wire

  #receive(from: string, packet: Packet): void {
    if (packet.kind === 'answer') {
      const row = this.#outbox.get(packet.id)
      if (row === undefined || packet.receipt === 'later') return
      if (packet.receipt === 'refused') this.refusals.push(row.message.text)
      this.disk.write(new Map([[`outbox/${packet.id}`, undefined]]))
      this.#outbox.delete(packet.id)
      return
    }
    const note = packet.kind === 'note' ? orderHeadsNoteSchema.parse(JSON.parse(packet.text)) : undefined
    if (note !== undefined) {
      const isBehind = this.#receiveHeads(from, note.orders)
      if (note.all === true && !isBehind) this.restoringFrom.delete(from)
      return
    }
    const id = packet.kind === 'text' ? packet.id : ''
    const receipt = this.#receiveText(from, packet.kind === 'text' ? packet.text : '')
    if (id !== '') this.#network.send(this.name, from, { kind: 'answer', id, receipt })
  }

  #receiveText(from: string, text: string): 'stored' | 'refused' | 'later' {
    const sender = this.#peer(from)
    const read = readParcel(text)
    if (!read.ok) throw new Error(read.message)
    const key = orderKey(read.parcel)
    const held = this.orders.get(key)
    const received = receiveParcel(primitives, held?.logs, read.parcel, {
      self: this.id,
      sender: sender.id,
      keyLogOf: (merchant) => this.#keyLogOf(merchant),
      now: this.now,
    })
    if (received.logs !== undefined) {
      this.#store(key, received.logs, [], held?.unsentFrom)
      this.#act(key)
    }
    if (received.dropped.length > 0) this.refusals.push(JSON.stringify(received.dropped))
    if (received.heads !== undefined) this.#note(from, [received.heads])
    if (received.receipt.receipt === 'refused') this.refusals.push(received.receipt.message)
    return received.receipt.receipt
  }

  #receiveHeads(from: string, orders: readonly ReturnType<typeof headsOf>[]): boolean {
    let isBehind = false
    for (const theirs of orders) {
      const peer = this.#peer(from)
      const frame =
        theirs.by === 'buyer'
          ? { order: theirs.order, buyer: peer.id, seller: this.id }
          : { order: theirs.order, buyer: this.id, seller: peer.id }
      const held = this.orders.get(orderKey(frame))
      const compared = compareHeads(held?.logs, theirs)
      for (const text of compared.parcels) this.#network.send(this.name, from, { kind: 'text', id: '', text })
      if (compared.heads !== undefined) this.#note(from, [compared.heads])
      isBehind ||= compared.differences.some(({ is }) => is !== 'behind')
    }
    return isBehind
  }

  /** What this side holds of all orders with each of the others. */
  sendHeads(): void {
    for (const peer of this.#peers()) {
      if (peer === this) continue
      const shared = [...this.orders.values()].filter(({ logs }) => partyOf(logs, peer.id) !== undefined)
      const heads = shared.map(({ logs }) => headsOf(logs, partyOf(logs, this.id) ?? 'buyer'))
      for (let at = 0; at === 0 || at < heads.length; at += orderHeadsMax) {
        const isLast = at + orderHeadsMax >= heads.length
        this.#note(peer.name, heads.slice(at, at + orderHeadsMax), isLast)
      }
    }
  }

  #note(to: string, orders: readonly ReturnType<typeof headsOf>[], isAll = false): void {
    const text = JSON.stringify({
      type: 'mosaic/order-heads',
      v: 1,
      orders,
      ...(isAll ? { all: true } : {}),
    })
    this.#network.send(this.name, to, { kind: 'note', text })
  }

  #flush(): void {
    for (const [id, row] of this.#outbox) {
      const { message } = row
      if (message.notAfter !== undefined && this.now > message.notAfter) {
        this.#dropped(id, message)
        continue
      }
      if (this.#timeline.now < row.nextTry) continue
      row.nextTry = this.#timeline.now + row.pause
      row.pause = Math.min(pauseSecondsMax, row.pause * 2)
      row.tried = true
      this.#network.send(this.name, message.to, { kind: 'text', id, text: message.text })
    }
  }

  /** A request is over before it was known to have arrived: it is taken back, and goes along with that. */
  #dropped(id: string, { order, seq = 0 }: Outgoing): void {
    const held = order === undefined ? undefined : this.orders.get(order)
    const writes = new Map<string, string | undefined>([[`outbox/${id}`, undefined]])
    if (held === undefined || order === undefined) {
      this.disk.write(writes)
      this.#outbox.delete(id)
      return
    }
    const unsentFrom = Math.min(seq, held.unsentFrom ?? seq)
    const mark = { ...rowOf(held.logs), unsentFrom }
    writes.set(`order/${order}`, JSON.stringify(mark))
    this.disk.write(writes)
    this.#outbox.delete(id)
    this.orders.set(order, { ...held, unsentFrom })
    this.#takeBack(order)
  }

  #takeBack(key: string): void {
    const held = this.orders.get(key)
    if (held === undefined || held.logs.buyer !== this.id || !isOverdue(held.state, this.now)) return
    const words = withdrawal(held.state, 'not-sent', this.now + 86_400)
    if (words !== undefined) this.say(key, words)
  }

  // --- what is said

  /** @returns why not, or undefined */
  say(key: string, words: OrderWords, documents: readonly HeldDocument[] = []): SayProblem | undefined {
    const held = this.orders.get(key)
    if (held === undefined || this.restoringFrom.size > 0) return 'behind'
    const by = partyOf(held.logs, this.id) ?? 'buyer'
    const spoken = speak(
      {
        primitives,
        by,
        keyEvent: this.identity.log.current.digest,
        now: this.now,
        sign: (body) => this.#sign(body),
      },
      held.logs,
      words,
      documents,
      held.unsentFrom,
    )
    if (!spoken.ok) return spoken.problem
    const seq = spoken.logs.entries[by === 'buyer' ? 0 : 1].length - 1
    this.#store(
      key,
      spoken.logs,
      spoken.parcels.map(({ to, ...parcel }) => ({
        ...parcel,
        to: this.#nameOf(to),
        order: key,
        seq: Math.min(held.unsentFrom ?? seq, seq),
      })),
      undefined,
    )
    if (words.kind === 'reserved') this.#onPromise(this, key)
    this.#flush()
    return undefined
  }

  #sign<T extends object>(body: T): Statement<T> {
    const { key, seq } = this.identity.log.current
    return signStatement(primitives, body, { seed: seedOf(`${this.name} signing ${seq}`), publicKey: key })
  }

  /** Begins an order with terms of its own, as the catalog says. */
  begin(seller: SimMerchant, order: string, test: boolean): string {
    const frame = { order, buyer: this.id, seller: seller.id, test }
    const key = orderKey(frame)
    if (!this.orders.has(key)) {
      const logs = openOrder(frame)
      this.orders.set(key, { logs, state: foldOrder(logs) })
    }
    return key
  }

  #store(key: string, logs: OrderLogs, parcels: readonly Outgoing[], unsentFrom: number | undefined): void {
    const row = { ...rowOf(logs), ...(unsentFrom === undefined ? {} : { unsentFrom }) }
    const writes = new Map<string, string | undefined>([[`order/${key}`, JSON.stringify(row)]])
    const ids = parcels.map((parcel) => {
      const id = String(this.#next++)
      writes.set(`outbox/${id}`, JSON.stringify(parcel))
      return id
    })
    this.disk.write(writes)
    for (const [at, message] of parcels.entries())
      this.#outbox.set(ids[at] as string, { message, nextTry: 0, pause: 1, tried: false })
    const state = foldOrder(logs)
    this.orders.set(key, unsentFrom === undefined ? { logs, state } : { logs, state, unsentFrom })
    this.#hold(key)
  }

  #hold(key: string): void {
    const held = this.orders.get(key)
    if (held === undefined || held.logs.seller !== this.id) return
    const terms = this.termsOf(held)
    if (terms === undefined) return
    const placedAt = this.shop.has(key) ? (this.#placedAt.get(key) ?? 0) : undefined
    const isAsked = this.isAsked(key)
    this.ledger.hold(key, holdOf(held.state, terms, held.logs.buyer, { isAsked, placedAt }))
  }

  /** Whether the shop was asked to take an order: perhaps it has it. */
  isAsked(key: string): boolean {
    return this.disk.rows.has(`asked/${key}`)
  }

  termsOf({ logs, state }: HeldOrder): OrderTerms | undefined {
    return documentOf(logs.documents, state.terms, 'mosaic/order-terms')
  }

  // --- what a seller does by itself

  #act(key: string): void {
    const held = this.orders.get(key)
    if (held === undefined || this.restoringFrom.size > 0) return
    if (held.logs.seller === this.id) this.#serve(key, held)
    else this.#takeBack(key)
  }

  #serve(key: string, { logs, state }: HeldOrder): void {
    const duty = sellerDuty(logs, state, this.now)
    if (duty === undefined) {
      this.#followCancellation(key, state)
      return
    }
    switch (duty.duty) {
      case 'expire':
        this.say(key, { kind: 'expire' })
        return
      case 'refuse': {
        const answer = refuseLate(primitives, duty.request, duty.code, this.now, this.salts())
        this.say(key, answer.words, answer.documents)
        this.shop.cancel(key)
        return
      }
      case 'place': {
        if (this.shop.has(key) || this.shop.orders.has(key)) this.#placed(key)
        else this.#place(key, logs, duty)
        return
      }
      default: {
        const context = this.quoteContext(logs)
        const times = { quoteSeconds: 1_800, reservationSeconds: this.#random.pick([60, 300, 900]) }
        const answer = answerRequest(primitives, logs, duty.request, context, times, this.salts())
        this.say(key, answer.words, answer.documents)
      }
    }
  }

  #place(
    key: string,
    logs: OrderLogs,
    duty: Extract<ReturnType<typeof sellerDuty>, { duty: 'place' }>,
  ): void {
    const isAsked = this.isAsked(key)
    if (!duty.promised && !isAsked) {
      const quote = quoteOf(logs, duty.request, this.quoteContext(logs))
      if (quote.problems.length > 0) {
        const answer = refusal(primitives, duty.request, quote, this.salts())
        this.say(key, answer.words, answer.documents)
        return
      }
    }
    // Written before the shop is asked: from here on nobody else is promised these.
    if (!isAsked) this.disk.write(new Map([[`asked/${key}`, 'true']]))
    this.#hold(key)
    if (!duty.promised && !isAsked) this.#onPromise(this, key)
    const incarnation = this.#incarnation
    // The shop takes its time; meanwhile the node may die, and the shop may take the order all the same.
    this.#timeline.after(this.#random.int(0, 20), () => {
      const terms = documentOf(logs.documents, duty.request.terms, 'mosaic/order-terms')
      const lines = logs.test ? [] : (terms?.lines ?? [])
      this.shop.place(key, lines, this.#random.chance(0.05))
      if (this.shop.has(key)) this.#placedAt.set(key, this.#reading)
      if (incarnation === this.#incarnation) this.#guard(() => this.#placed(key))
    })
  }

  #placed(key: string): void {
    const held = this.orders.get(key)
    if (held === undefined || this.restoringFrom.size > 0) return
    const duty = sellerDuty(held.logs, held.state, this.now)
    if (duty?.duty === 'place') {
      const outcome = this.shop.has(key)
        ? ({ placed: true } as const)
        : ({ placed: false, note: 'sold out' } as const)
      const answer = answerCommit(primitives, duty.request, outcome, this.salts())
      this.say(key, answer.words, answer.documents)
    } else this.#serve(key, held)
    if (!this.shop.has(key)) this.#hold(key)
  }

  /** An order that the shop has and that is off: withdrawn before it was confirmed, or cancelled since. */
  #followCancellation(key: string, state: OrderState): void {
    const isOff = state.phase === 'withdrawn' || state.phase === 'refused' || isAllCancelled(state)
    if (isOff && this.shop.has(key)) this.shop.cancel(key)
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
      now: this.now,
    }
  }

  // --- what a buyer does

  /** Terms as the buyer computes them from the partner's catalog. */
  ownTerms(
    frame: TermsFrame,
    offers: ReadonlyMap<string, Offer>,
    lines: readonly { sku: string; quantity: number }[],
  ): HeldDocument | undefined {
    const wish = { currency: 'EUR', lines, shipTo: { country: 'DE' } }
    const context: QuoteContext = {
      ...this.quoteContext(frame),
      offerOf: (sku) => offers.get(sku),
      availableOf: () => undefined,
      reservations: { open: 0, max: 1 },
    }
    const { terms } = quoteFor(wish, frame, context, { reserves: false, promised: false })
    return terms === undefined ? undefined : makeDocument(primitives, { ...terms, salt: this.salt() })
  }

  addBasket(basket: Basket, reserve: (part: number) => void): void {
    this.disk.write(new Map([[`basket/${basket.id}`, JSON.stringify(basket)]]))
    this.baskets.set(basket.id, basket)
    for (const part of basket.parts.keys()) reserve(part)
  }

  stepBasket(id: string): void {
    const basket = this.baskets.get(id)
    if (basket === undefined || this.restoringFrom.size > 0) return
    const keys = basket.parts.map(({ seller, order }) => orderKey({ order, seller, buyer: this.id }))
    const step = basketStep(
      basket,
      keys.map((key) => this.orders.get(key)),
      this.now,
    )
    if (step.decided !== basket.decided) {
      const decided = { ...basket, decided: step.decided }
      this.disk.write(new Map([[`basket/${id}`, JSON.stringify(decided)]]))
      this.baskets.set(id, decided)
    }
    for (const { part, words } of step.say) {
      const key = keys[part]
      if (words !== 'reserve' && key !== undefined) this.say(key, words)
    }
  }

  /** Commits a reservation that belongs to no basket, if there is time left. */
  commitReserved(key: string): void {
    const held = this.orders.get(key)
    if (held === undefined) return
    const until = commitUntil(held.logs, held.state)
    const { offer } = held.state
    if (until === undefined || offer === undefined || this.now > until) return
    this.say(key, { kind: 'commit', re: offer.seq, terms: offer.terms, notAfter: this.now + 900 })
  }

  // --- small things

  salt(): string {
    return bytesToBase64url(this.#random.bytes(32))
  }

  salts(): readonly [string, string] {
    return [this.salt(), this.salt()]
  }

  run(act: () => void): void {
    this.#guard(act)
  }

  get waiting(): number {
    return this.#outbox.size
  }

  #peer(name: string): SimMerchant {
    const peer = this.#peers().find((one) => one.name === name)
    if (peer === undefined) throw new Error(`there is no ${name}`)
    return peer
  }

  #nameOf(id: MerchantId): string {
    return this.#peers().find((one) => one.id === id)?.name ?? ''
  }

  #keyLogOf(merchant: MerchantId): KeyLog | undefined {
    return this.#peers().find(({ id }) => id === merchant)?.identity.log
  }
}
