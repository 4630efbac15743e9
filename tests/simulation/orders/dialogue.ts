import { bytesToBase64url } from '../../../src/core/signature/base.ts'
import { admitParcel, type OrderAdmission, openOrder } from '../../../src/core/trade/order-admission.ts'
import { makeDocument, type OrderWords, type Said, say } from '../../../src/core/trade/order-author.ts'
import type { HeldDocument, OrderDocument } from '../../../src/core/trade/order-document.ts'
import { foldOrder, type OrderLogs, sideOf } from '../../../src/core/trade/order-fold.ts'
import type { LogEntry } from '../../../src/core/trade/order-log.ts'
import { type OrderMessage, otherParty, type Party } from '../../../src/core/trade/order-message.ts'
import { packParcels, readParcel } from '../../../src/core/trade/order-parcel.ts'
import type { OrderState } from '../../../src/core/trade/order-state.ts'
import type { OrderTerms } from '../../../src/core/trade/order-terms.ts'
import { lineNet } from '../../../src/core/trade/order-terms.ts'
import { vatOver } from '../../../src/core/trade/order-vat.ts'
import { seedOf, TestMerchant } from '../merchants.ts'
import { simulationPrimitives as primitives } from './primitives.ts'

export const now = 1_800_000_000
export const order = 'AAAAAAAAAAAAAAAAAAAAAA'
const people = { buyer: new TestMerchant('Ben'), seller: new TestMerchant('Anna') }

export function saltOf(text: string): string {
  return bytesToBase64url(seedOf(text))
}

export interface LineWish {
  readonly sku: string
  readonly quantity: number
  readonly minor: number
  readonly perQuantity?: number
  readonly rate?: number
}

/** Two merchants and one order; nothing travels unless it is sent. */
export class Dialogue {
  readonly merchants: Readonly<Record<Party, TestMerchant>>
  readonly logs: Record<Party, OrderLogs>
  readonly clocks: Record<Party, number> = { buyer: now, seller: now }
  #salts = 0

  constructor(
    options: { readonly test?: boolean; readonly merchants?: Readonly<Record<Party, TestMerchant>> } = {},
  ) {
    this.merchants = options.merchants ?? people
    const { buyer, seller } = this.merchants
    const logs = openOrder({ order, buyer: buyer.id, seller: seller.id, test: options.test ?? false })
    this.logs = { buyer: logs, seller: logs }
  }

  /** Time goes by for both. */
  pass(seconds: number): void {
    this.clocks.buyer += seconds
    this.clocks.seller += seconds
  }

  document(document: DistributiveOmit<OrderDocument, 'v' | 'salt'>): HeldDocument {
    const salted = { ...document, v: 1, salt: saltOf(`document ${this.#salts++}`) } as OrderDocument
    return makeDocument(primitives, salted)
  }

  terms(lines: readonly LineWish[], options: Partial<OrderTerms> = {}): HeldDocument {
    const { buyer, seller } = this.merchants
    const made = lines.map(({ sku, quantity, minor, perQuantity, rate = 1_900 }) => {
      const price = { minor, currency: 'EUR', ...(perQuantity === undefined ? {} : { perQuantity }) }
      const netMinor = lineNet(price, quantity) ?? 0
      return { sku, title: `Thing ${sku}`, quantity, price, vat: { category: 'S' as const, rate }, netMinor }
    })
    const shipping = options.shipping ?? { service: 'parcel', netMinor: 500 }
    const totals = vatOver(made, shipping.netMinor)
    if (typeof totals === 'string') throw new RangeError(totals)
    const { netMinor, vatMinor, grossMinor } = totals
    return this.document({
      type: 'mosaic/order-terms',
      order,
      buyer: buyer.id,
      seller: seller.id,
      ...(this.logs.buyer.test ? { test: true as const } : {}),
      currency: 'EUR',
      lines: made,
      shipTo: { country: 'DE', postcode: '10115' },
      shipping,
      vat: [...totals.groups],
      netMinor,
      vatMinor,
      grossMinor,
      payment: { days: 14, prepaidMinor: 0 },
      neutralDelivery: true,
      ...options,
    })
  }

  trySay(by: Party, words: OrderWords, documents: readonly HeldDocument[] = []): Said {
    const merchant = this.merchants[by]
    const said = say(
      {
        primitives,
        by,
        keyEvent: merchant.log.current.digest,
        now: this.clocks[by],
        sign: (body) => merchant.sign(body),
      },
      this.logs[by],
      words,
      documents,
    )
    if (said.ok) this.logs[by] = said.logs
    return said
  }

  say(by: Party, words: OrderWords, documents: readonly HeldDocument[] = []): LogEntry<OrderMessage> {
    const said = this.trySay(by, words, documents)
    if (!said.ok) throw new Error(`${by} may not say ${words.kind}: ${said.problem}`)
    return said.entry
  }

  /** One parcel with these messages, as it would arrive. */
  deliver(
    to: Party,
    entries: readonly LogEntry<OrderMessage>[],
    documents?: OrderLogs['documents'],
  ): OrderAdmission {
    const from = otherParty(to)
    const [text = ''] = packParcels(entries, documents ?? this.logs[from].documents)
    const read = readParcel(text)
    if (!read.ok) throw new Error(read.message)
    const admission = admitParcel(primitives, this.logs[to], read.parcel, {
      self: this.merchants[to].id,
      sender: this.merchants[from].id,
      keyLogOf: (id) => Object.values(this.merchants).find((one) => one.id === id)?.log,
      now: this.clocks[to],
    })
    if (admission.verdict === 'new') this.logs[to] = admission.logs
    return admission
  }

  /** All own messages of a party arrive at the other, one by one. */
  send(by: Party): void {
    const to = otherParty(by)
    for (const entry of this.logs[by].entries[sideOf(by)]) {
      const admission = this.deliver(to, [entry])
      if (admission.verdict === 'reject') throw new Error(`refused: ${admission.message}`)
    }
  }

  sync(): void {
    this.send('buyer')
    this.send('seller')
  }

  /** Says something, and the other hears it. */
  tell(by: Party, words: OrderWords, documents: readonly HeldDocument[] = []): LogEntry<OrderMessage> {
    const entry = this.say(by, words, documents)
    this.sync()
    return entry
  }

  state(of: Party): OrderState {
    return foldOrder(this.logs[of])
  }

  /** reserve → reserved → commit → confirm. @returns the terms */
  deal(lines: readonly LineWish[]): HeldDocument {
    const terms = this.terms(lines)
    const notAfter = this.clocks.buyer + 600
    this.tell('buyer', { kind: 'reserve', terms: terms.digest, notAfter }, [terms])
    const reserved = this.tell('seller', { kind: 'reserved', re: this.lastSeq('buyer'), ttlSeconds: 300 })
    this.tell('buyer', { kind: 'commit', re: reserved.message.seq, terms: terms.digest, notAfter })
    this.confirm()
    return terms
  }

  confirm(): LogEntry<OrderMessage> {
    const { request } = this.state('seller')
    if (request === undefined) throw new Error('nothing is asked')
    return this.tell('seller', { kind: 'confirm', re: request.seq, commit: request.digest })
  }

  lastSeq(by: Party): number {
    return this.logs[by].entries[sideOf(by)].length - 1
  }

  ship(by: Party, lines: readonly { line: number; quantity: number }[], re?: number): LogEntry<OrderMessage> {
    const parts = this.document({ type: 'mosaic/order-parts', lines: [...lines] })
    const words = { kind: 'ship' as const, content: parts.digest, ...(re === undefined ? {} : { re }) }
    return this.say(by, words, [parts])
  }

  ask(
    by: Party,
    kind: 'cancel' | 'return',
    lines?: readonly { line: number; quantity: number }[],
  ): LogEntry<OrderMessage> {
    const notAfter = this.clocks[by] + 86_400
    const document =
      lines === undefined ? undefined : this.document({ type: 'mosaic/order-ask', lines: [...lines] })
    const documents = document === undefined ? [] : [document]
    if (kind === 'return')
      return this.say(
        by,
        { kind, reason: 'defective', content: document?.digest as never, notAfter },
        documents,
      )
    const content = document === undefined ? {} : { content: document.digest }
    return this.say(by, { kind, reason: 'other', notAfter, ...content }, documents)
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
