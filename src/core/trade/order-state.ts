import type { Digest } from '../signature/digest.ts'
import type { LineList } from './order-document.ts'
import type { MessageOf, OrderKind, Party, RefuseReason } from './order-message.ts'

/** Where an order stands. Source: protocol/records/order.md, table 1. */
export type OrderPhase =
  | 'none'
  | 'asked'
  | 'quoted'
  | 'reserving'
  | 'reserved'
  | 'committed'
  | 'refused'
  | 'released'
  | 'expired'
  | 'withdrawn'
  | 'confirmed'
  | 'cancelled'
  | 'closed'

/** What the buyer asked for last. */
export interface OrderRequest {
  readonly kind: 'quote' | 'reserve' | 'commit'
  readonly seq: number
  readonly digest: Digest
  /** Of the quote's wanted. */
  readonly content: Digest | undefined
  readonly terms: Digest | undefined
  /** The quote, reservation or refusal that it follows. */
  readonly on: OrderOffer | undefined
  readonly notAfter: number
}

/** What the seller offered last, and stands to: a quote, a reservation, or other terms in a refusal. */
export interface OrderOffer {
  readonly kind: 'quoted' | 'reserved' | 'refuse'
  readonly seq: number
  readonly terms: Digest
  /** UTC seconds by the seller's clock; of a refusal: none. */
  readonly until: number | undefined
}

export interface OrderLine {
  readonly ordered: number
  readonly cancelled: number
  readonly shipped: number
  readonly delivered: number
  /** Sent back by the buyer. */
  readonly returned: number
}

export interface OrderPart {
  readonly by: Party
  readonly seq: number
  readonly lines: LineList
  readonly content: Digest
  readonly deliveredBy: Party | undefined
}

export interface OrderAsk {
  readonly by: Party
  readonly seq: number
  readonly kind: 'cancel' | 'return' | 'complaint'
  readonly reason: MessageOf<'cancel' | 'return' | 'complaint'>['reason']
  /** What is still asked for; of a complaint, what it is about. */
  readonly lines: LineList
  readonly content: Digest | undefined
  readonly notAfter: number | undefined
  /** `agreed`: the other asked the same; nothing is left of it. */
  readonly status: 'open' | 'granted' | 'refused' | 'agreed'
  /** `seq` of the other's answer. */
  readonly answer: number | undefined
  /** What may be sent back, once granted. */
  readonly returns: readonly { readonly line: number; readonly quantity: number; readonly sent: number }[]
}

/** A message of the buyer and one of the seller that had not seen each other, and what came of it. */
export interface OrderCrossing {
  readonly buyer: number // seq
  readonly seller: number // seq
  readonly outcome: CrossingOutcome
}
export type CrossingOutcome = 'stands' | 'void' | 'ask' | 'return' | 'agreed' | 'less' | 'once'

/** One change of what the buyer owes, by one message. */
export interface OrderEntry {
  readonly by: Party
  readonly seq: number
  readonly kind: 'confirm' | 'cancel' | 'credit'
  /** Gross, in the currency of the terms; negative if the buyer owes less. */
  readonly minor: number
  /** Of the message, UTC seconds. */
  readonly time: number
}

/** What both sides compute from both logs. Spec: protocol/records/order.md §7. */
export interface OrderState {
  readonly phase: OrderPhase
  readonly test: boolean
  /** Of the newest quoted, reserve or commit since the newest quote. */
  readonly terms: Digest | undefined
  readonly request: OrderRequest | undefined
  readonly offer: OrderOffer | undefined
  readonly refusal:
    | { readonly seq: number; readonly reason: RefuseReason; readonly content: Digest | undefined }
    | undefined
  readonly deal:
    | {
        readonly commit: Digest
        readonly confirm: Digest
        readonly terms: Digest
        /** Of the confirm, UTC seconds by the seller's clock. */
        readonly time: number
      }
    | undefined
  /** By the lines of the terms; empty before a deal. */
  readonly lines: readonly OrderLine[]
  readonly parts: readonly OrderPart[]
  readonly asks: readonly OrderAsk[]
  /** Credited so far, by VAT group of the terms. */
  readonly credited: readonly CreditedGroup[]
  readonly closedBy: readonly Party[]
  readonly crossings: readonly OrderCrossing[]
  readonly entries: readonly OrderEntry[]
  /** Who signed two messages with one seq. */
  readonly equivocators: readonly Party[]
}

export interface CreditedGroup {
  readonly category: string
  readonly rate: number
  readonly netMinor: number
  readonly vatMinor: number
}

export const newOrder: OrderState = {
  phase: 'none',
  test: false,
  terms: undefined,
  request: undefined,
  offer: undefined,
  refusal: undefined,
  deal: undefined,
  lines: [],
  parts: [],
  asks: [],
  credited: [],
  closedBy: [],
  crossings: [],
  entries: [],
  equivocators: [],
}

/** What the buyer owes for this order, gross; the sum of its entries. 0 in a test order. */
export function owedMinor(state: OrderState): number {
  return state.entries.reduce((sum, { minor }) => sum + minor, 0)
}

/** Which kinds of the buyer wait for an answer of the seller. */
export const requestPhases: Readonly<Partial<Record<OrderPhase, OrderKind>>> = {
  asked: 'quote',
  reserving: 'reserve',
  committed: 'commit',
}
