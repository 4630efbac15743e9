import type { MerchantId } from '../identity/merchant-id.ts'
import type { Primitives } from '../signature/primitives.ts'
import { type AdmissionContext, admitParcel, type OrderFailure } from './order-admission.ts'
import { type OrderWords, type SayProblem, type Speaker, say } from './order-author.ts'
import type { HeldDocument } from './order-document.ts'
import { differences, headsOf, type LogDifference, type OrderHeads, toSend } from './order-exchange.ts'
import { type OrderLogs, partyOf, sideOf } from './order-fold.ts'
import type { Dropped } from './order-link.ts'
import { linkLogs } from './order-log.ts'
import type { OrderMessage } from './order-message.ts'
import type { MoveProblem } from './order-moves.ts'
import { type OrderParcel, packParcels } from './order-parcel.ts'
import { isErased } from './order-row.ts'

/** What the message stream answers. Source: protocol/streams/message.md §1. */
export type OrderReceipt =
  | { readonly receipt: 'stored' }
  | { readonly receipt: 'later' }
  | {
      readonly receipt: 'refused'
      readonly code: 'malformed' | 'forged' | 'not-yours' | 'contradicts'
      readonly message: string
    }

export interface Received {
  readonly receipt: OrderReceipt
  /** To be stored, synced, before the receipt leaves; `undefined`: nothing changed. */
  readonly logs: OrderLogs | undefined
  /** What counts from now on. */
  readonly linked: readonly OrderMessage[]
  /** What came before, waited, and was not legal: shown to people. */
  readonly dropped: readonly Dropped<OrderMessage, MoveProblem>[]
  /** Something is missing: send this to the other side. */
  readonly heads: OrderHeads | undefined
}

/** How a refusal of an order message is said on the stream; `later`: fetch the key log, then it may be good. */
const receiptCodes: Readonly<
  Record<OrderFailure, 'malformed' | 'forged' | 'not-yours' | 'contradicts' | 'later'>
> = {
  malformed: 'malformed',
  'version-unknown': 'malformed',
  signature: 'forged',
  pair: 'not-yours',
  'key-event-unknown': 'later',
  void: 'forged',
  'dated-ahead': 'contradicts',
  'content-missing': 'malformed',
  'content-wrong': 'malformed',
  deal: 'forged',
  gap: 'later',
  chain: 'contradicts',
  move: 'contradicts',
}

/** A parcel from the other side of an order. @param held of that order; `undefined` if nothing is */
export function receiveParcel(
  primitives: Primitives,
  held: OrderLogs | undefined,
  parcel: OrderParcel,
  context: AdmissionContext,
): Received {
  const nothing = { logs: undefined, linked: [], dropped: [], heads: undefined }
  if (held !== undefined && isErased(held))
    return {
      ...nothing,
      receipt: refused('contradicts', 'The documents of this order are erased: it is over.'),
    }
  const admission = admitParcel(primitives, held, parcel, context)
  if (admission.verdict === 'known') return { ...nothing, receipt: { receipt: 'stored' } }
  if (admission.verdict === 'reject') {
    const code = receiptCodes[admission.reason]
    const receipt = code === 'later' ? ({ receipt: 'later' } as const) : refused(code, admission.message)
    return { ...nothing, receipt }
  }
  const { logs, linked, dropped, gap } = admission
  const party = partyOf(logs, context.self)
  const heads = gap && party !== undefined ? headsOf(logs, party) : undefined
  return { receipt: { receipt: 'stored' }, logs, linked, dropped, heads }
}

/** A text for the outbox. */
export interface OutgoingParcel {
  readonly to: MerchantId
  readonly text: string
  /** UTC seconds: not sent after it. */
  readonly notAfter?: number
}

export type Spoken =
  | {
      readonly ok: true
      /** To be stored, synced, together with `parcels` in the outbox. */
      readonly logs: OrderLogs
      readonly parcels: readonly OutgoingParcel[]
    }
  | { readonly ok: false; readonly problem: SayProblem }

/**
 * Says something in an order, and packs it for the other.
 * @param unsentFrom own messages from this seq on were dropped by the outbox: they go along
 */
export function speak(
  speaker: Speaker,
  held: OrderLogs,
  words: OrderWords,
  documents: readonly HeldDocument[],
  unsentFrom?: number,
): Spoken {
  const said = say(speaker, held, words, documents)
  if (!said.ok) return said
  const { logs, entry } = said
  const own = linkLogs(logs.entries).logs[sideOf(speaker.by)]
  const entries = own.slice(Math.min(unsentFrom ?? entry.message.seq, entry.message.seq))
  const to = entry.message.to
  const notAfter = 'notAfter' in entry.message ? entry.message.notAfter : undefined
  const parcels = packParcels(entries, logs.documents).map(
    (text): OutgoingParcel => (notAfter === undefined ? { to, text } : { to, text, notAfter }),
  )
  return { ok: true, logs, parcels }
}

export interface Compared {
  readonly differences: readonly LogDifference[]
  /** Texts for the other side. */
  readonly parcels: readonly string[]
  /** What is held here, if the other has more. */
  readonly heads: OrderHeads | undefined
}

/**
 * What to do about what the other side holds of an order.
 * @param held of that order; `undefined` if nothing is
 * @see protocol/records/order.md §12
 */
export function compareHeads(held: OrderLogs | undefined, theirs: OrderHeads): Compared {
  const different = differences(held, theirs)
  const parcels = held === undefined ? [] : packParcels(toSend(held, different), held.documents)
  const asks = different.some(({ here }) => here)
  const self = theirs.by === 'buyer' ? 'seller' : 'buyer'
  const own: OrderHeads = held === undefined ? { order: theirs.order, by: self } : headsOf(held, self)
  return { differences: different, parcels, heads: asks ? own : undefined }
}

function refused(
  code: Extract<OrderReceipt, { receipt: 'refused' }>['code'],
  message: string,
): Extract<OrderReceipt, { receipt: 'refused' }> {
  return { receipt: 'refused', code, message }
}
