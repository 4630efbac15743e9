import type { KeyLog } from '../../../src/core/identity/key-log.ts'
import type { MerchantId } from '../../../src/core/identity/merchant-id.ts'
import { bytesToBase64url } from '../../../src/core/signature/base.ts'
import { type Statement, signStatement } from '../../../src/core/signature/proof.ts'
import { openOrder } from '../../../src/core/trade/order-admission.ts'
import type { OrderWords, SayProblem } from '../../../src/core/trade/order-author.ts'
import { compareHeads, receiveParcel, speak } from '../../../src/core/trade/order-desk.ts'
import type { HeldDocument } from '../../../src/core/trade/order-document.ts'
import { documentOf } from '../../../src/core/trade/order-effects.ts'
import {
  headsOf,
  type OrderHeads,
  orderHeadsMax,
  orderHeadsNoteSchema,
} from '../../../src/core/trade/order-exchange.ts'
import { foldOrder, type OrderLogs, partyOf } from '../../../src/core/trade/order-fold.ts'
import { readParcel } from '../../../src/core/trade/order-parcel.ts'
import { logsOf, orderKey, orderRowSchema, rowOf } from '../../../src/core/trade/order-row.ts'
import type { OrderState } from '../../../src/core/trade/order-state.ts'
import type { OrderTerms } from '../../../src/core/trade/order-terms.ts'
import { seedOf, type TestMerchant } from '../merchants.ts'
import { SimAccounts } from './accounts.ts'
import { SimBuyer } from './buyer.ts'
import { Crash, Disk } from './disk.ts'
import type { Network, Packet } from './network.ts'
import { type Outgoing, SimOutbox } from './outbox.ts'
import { simulationPrimitives as primitives } from './primitives.ts'
import type { Random } from './random.ts'
import { SimSeller } from './seller.ts'
import type { Timeline } from './timeline.ts'

export const tickSeconds = 60

export interface HeldOrder {
  readonly logs: OrderLogs
  readonly state: OrderState
  /** Own messages from here on were dropped by the outbox. */
  readonly unsentFrom?: number
}

/** What the merchants of a world share. */
export interface Surroundings {
  readonly timeline: Timeline
  readonly network: Network
  readonly random: Random
  readonly peers: () => readonly SimMerchant[]
  /** Called when a merchant has promised goods, durably. */
  readonly onPromise: (seller: SimMerchant, key: string) => void
}

/** A node of the simulation: everything that it remembers is on its disk; the rest is made from that. */
export class SimMerchant {
  readonly identity: TestMerchant
  readonly disk = new Disk()
  readonly outbox: SimOutbox
  readonly seller: SimSeller
  readonly buyer: SimBuyer
  readonly accounts: SimAccounts
  /** Partners that have not said yet what they hold, after a backup was restored: nothing is signed before. */
  readonly restoringFrom = new Set<string>()
  readonly refusals: string[] = []
  readonly orders = new Map<string, HeldOrder>()
  readonly world: Surroundings
  isUp = true
  skewSeconds = 0
  incarnation = 0

  constructor(identity: TestMerchant, world: Surroundings) {
    this.identity = identity
    this.world = world
    this.outbox = new SimOutbox(this.disk, world.timeline, world.network)
    this.seller = new SimSeller(this)
    this.buyer = new SimBuyer(this)
    this.accounts = new SimAccounts(this)
    world.network.join(this.name, (from, packet) => this.run(() => this.#receive(from, packet)))
  }

  get name(): string {
    return this.identity.name
  }
  get id(): MerchantId {
    return this.identity.id
  }
  /** What its own clock says: minutes off. */
  get now(): number {
    return Math.floor(this.world.timeline.now) + this.skewSeconds
  }

  start(): void {
    this.isUp = true
    this.incarnation++
    this.#load()
    this.seller.readShop()
    this.#tick(this.incarnation)
  }

  crash(): void {
    this.isUp = false
    this.world.network.faults.crashes++
  }

  /** Runs something that may crash in the middle of a write. */
  run(act: () => void): void {
    if (!this.isUp) return
    try {
      act()
    } catch (error) {
      if (!(error instanceof Crash)) throw error
      this.crash()
    }
  }

  #load(): void {
    this.orders.clear()
    this.outbox.load()
    for (const [key, text] of this.disk.entries('order/')) {
      const { unsentFrom, ...row } = JSON.parse(text)
      const logs = logsOf(orderRowSchema.parse(row))
      const held: HeldOrder = { logs, state: foldOrder(logs) }
      this.orders.set(key, unsentFrom === undefined ? held : { ...held, unsentFrom })
    }
    this.seller.load()
    this.buyer.load()
    this.accounts.load()
  }

  #tick(incarnation: number): void {
    this.run(() => {
      if (incarnation !== this.incarnation) return
      const { random, timeline } = this.world
      timeline.after(tickSeconds, () => this.#tick(incarnation))
      if (random.chance(0.2)) this.seller.readShop()
      if (random.chance(this.restoringFrom.size > 0 ? 0.5 : 0.1)) this.sendHeads()
      for (const key of this.orders.keys()) this.act(key)
      for (const id of this.buyer.baskets.keys()) this.buyer.stepBasket(id)
      this.flush()
    })
  }

  /** What it does about an order by itself. */
  act(key: string): void {
    const held = this.orders.get(key)
    if (held === undefined || this.restoringFrom.size > 0) return
    if (held.logs.seller === this.id) this.seller.serve(key, held)
    else this.buyer.takeBack(key)
  }

  // --- the wire

  #receive(from: string, packet: Packet): void {
    switch (packet.kind) {
      case 'answer':
        if (packet.receipt === 'later') return
        if (this.outbox.answered(packet.id) !== undefined && packet.receipt === 'refused')
          this.refusals.push(`to ${from}`)
        return
      case 'note':
        this.#receiveNote(from, JSON.parse(packet.text))
        return
      case 'text': {
        const isOrder = packet.text.includes('"type":"mosaic/order-parcel"')
        const receipt = isOrder
          ? this.#receiveParcel(from, packet.text)
          : this.accounts.receive(from, packet.text)
        if (packet.id !== '')
          this.world.network.send(this.name, from, { kind: 'answer', id: packet.id, receipt })
      }
    }
  }

  #receiveParcel(from: string, text: string): 'stored' | 'refused' | 'later' {
    const read = readParcel(text)
    if (!read.ok) throw new Error(read.message)
    const key = orderKey(read.parcel)
    const held = this.orders.get(key)
    const received = receiveParcel(primitives, held?.logs, read.parcel, {
      self: this.id,
      sender: this.peer(from).id,
      keyLogOf: (merchant) => this.keyLogOf(merchant),
      now: this.now,
    })
    if (received.logs !== undefined) {
      this.#store(key, received.logs, [], held?.unsentFrom)
      this.act(key)
    }
    if (received.dropped.length > 0) this.refusals.push(JSON.stringify(received.dropped))
    if (received.heads !== undefined) this.#note(from, [received.heads])
    if (received.receipt.receipt === 'refused') this.refusals.push(received.receipt.message)
    return received.receipt.receipt
  }

  #receiveNote(from: string, value: { readonly type: string }): void {
    if (value.type !== 'mosaic/order-heads') {
      this.accounts.receiveHeads(from, value)
      return
    }
    const note = orderHeadsNoteSchema.parse(value)
    const isLacking = note.orders.map((theirs) => this.#compare(from, theirs)).includes(true)
    if (note.all !== true || isLacking || !this.accounts.isWholeWith(from)) return
    // What has to be done since the backup was made is done at once.
    if (this.restoringFrom.delete(from)) for (const key of this.orders.keys()) this.act(key)
  }

  #compare(from: string, theirs: OrderHeads): boolean {
    const peer = this.peer(from)
    const [buyer, seller] = theirs.by === 'buyer' ? [peer.id, this.id] : [this.id, peer.id]
    const held = this.orders.get(orderKey({ order: theirs.order, buyer, seller }))
    const compared = compareHeads(held?.logs, theirs)
    for (const text of compared.parcels)
      this.world.network.send(this.name, from, { kind: 'text', id: '', text })
    if (compared.heads !== undefined) this.#note(from, [compared.heads])
    return compared.differences.some(({ here }) => here)
  }

  /** What this side holds with each of the others. */
  sendHeads(): void {
    for (const peer of this.world.peers()) {
      if (peer === this) continue
      this.accounts.sendHeads(peer.name)
      const shared = [...this.orders.values()].filter(({ logs }) => partyOf(logs, peer.id) !== undefined)
      const heads = shared.map(({ logs }) => headsOf(logs, partyOf(logs, this.id) ?? 'buyer'))
      for (let at = 0; at === 0 || at < heads.length; at += orderHeadsMax) {
        const isLast = at + orderHeadsMax >= heads.length
        this.#note(peer.name, heads.slice(at, at + orderHeadsMax), isLast)
      }
    }
  }

  #note(to: string, orders: readonly OrderHeads[], isAll = false): void {
    const note = { type: 'mosaic/order-heads', v: 1, orders, ...(isAll ? { all: true } : {}) }
    this.world.network.send(this.name, to, { kind: 'note', text: JSON.stringify(note) })
  }

  flush(): void {
    this.outbox.flush(this.name, this.now, (message, gone) => this.#dropped(message, gone))
  }

  /** A request is over before it was known to have arrived: it is taken back, and goes along with that. */
  #dropped({ order, seq = 0 }: Outgoing, gone: readonly [string, undefined]): void {
    const held = order === undefined ? undefined : this.orders.get(order)
    if (held === undefined || order === undefined) {
      this.disk.write(new Map([gone]))
      return
    }
    const unsentFrom = Math.min(seq, held.unsentFrom ?? seq)
    const row = JSON.stringify({ ...rowOf(held.logs), unsentFrom })
    this.disk.write(new Map<string, string | undefined>([gone, [`order/${order}`, row]]))
    this.orders.set(order, { ...held, unsentFrom })
    this.buyer.takeBack(order)
  }

  // --- what is said

  /** @returns why not, or undefined */
  say(key: string, words: OrderWords, documents: readonly HeldDocument[] = []): SayProblem | undefined {
    const held = this.orders.get(key)
    if (held === undefined || this.restoringFrom.size > 0) return 'behind'
    const by = partyOf(held.logs, this.id) ?? 'buyer'
    const keyEvent = this.identity.log.current.digest
    const speaker = {
      primitives,
      by,
      keyEvent,
      now: this.now,
      sign: <T extends object>(body: T) => this.sign(body),
    }
    const spoken = speak(speaker, held.logs, words, documents, held.unsentFrom)
    if (!spoken.ok) return spoken.problem
    const last = spoken.logs.entries[by === 'buyer' ? 0 : 1].length - 1
    const seq = Math.min(held.unsentFrom ?? last, last)
    const parcels = spoken.parcels.map(({ to, ...parcel }) => ({
      ...parcel,
      to: this.nameOf(to),
      order: key,
      seq,
    }))
    this.#store(key, spoken.logs, parcels, undefined)
    if (words.kind === 'reserved') this.world.onPromise(this, key)
    this.flush()
    return undefined
  }

  sign<T extends object>(body: T): Statement<T> {
    const { key, seq } = this.identity.log.current
    return signStatement(primitives, body, { seed: seedOf(`${this.name} signing ${seq}`), publicKey: key })
  }

  /** An order with a seller of which nothing is said yet. */
  begin(seller: SimMerchant, order: string, test: boolean): string {
    const frame = { order, buyer: this.id, seller: seller.id, test }
    const key = orderKey(frame)
    const logs = openOrder(frame)
    if (!this.orders.has(key)) this.orders.set(key, { logs, state: foldOrder(logs) })
    return key
  }

  #store(key: string, logs: OrderLogs, parcels: readonly Outgoing[], unsentFrom: number | undefined): void {
    const row = { ...rowOf(logs), ...(unsentFrom === undefined ? {} : { unsentFrom }) }
    const { writes, placed } = this.outbox.add(parcels)
    this.disk.write(new Map([[`order/${key}`, JSON.stringify(row)], ...writes]))
    placed()
    const state = foldOrder(logs)
    this.orders.set(key, unsentFrom === undefined ? { logs, state } : { logs, state, unsentFrom })
    this.seller.hold(key)
  }

  termsOf({ logs, state }: HeldOrder): OrderTerms | undefined {
    return documentOf(logs.documents, state.terms, 'mosaic/order-terms')
  }

  // --- small things

  salt(): string {
    return bytesToBase64url(this.world.random.bytes(32))
  }

  peer(name: string): SimMerchant {
    const peer = this.world.peers().find((one) => one.name === name)
    if (peer === undefined) throw new Error(`there is no ${name}`)
    return peer
  }

  nameOf(id: MerchantId): string {
    return this.world.peers().find((one) => one.id === id)?.name ?? ''
  }

  keyLogOf(merchant: MerchantId): KeyLog | undefined {
    return this.world.peers().find(({ id }) => id === merchant)?.identity.log
  }
}
