import type { MerchantId } from '../identity/merchant-id.ts'
import { clockSkewSecondsMax } from '../identity/node-binding.ts'
import type { Digest } from '../signature/digest.ts'
import { digestOf } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'
import { dealContent, dealDigest, isDealPartOf, monthOf } from './order-deal.ts'
import { documentsNamed, type HeldDocument, readOrderDocument } from './order-document.ts'
import { documentOf } from './order-effects.ts'
import { foldLinked, type OrderLogs, partyOf, sideOf } from './order-fold.ts'
import { type Dropped, linkEntry } from './order-link.ts'
import { type LinkedLogs, type LogEntry, orderPendingMax, pastOf } from './order-log.ts'
import {
  type MessageOf,
  type OrderMessage,
  orderMessageBytesMax,
  orderMessageSchema,
  otherParty,
} from './order-message.ts'
import { type MoveProblem, moveProblem } from './order-moves.ts'
import type { OrderParcel } from './order-parcel.ts'
import { type OrderTerms, termsProblem } from './order-terms.ts'
import { type KeyLogOf, type SignatureFailure, verifyTradeStatement } from './order-verify.ts'

export type OrderFailure =
  | SignatureFailure
  | 'dated-ahead'
  | 'content-missing'
  | 'content-wrong'
  | 'deal' // the part that others may see is not that of this order
  | 'gap' // too many messages wait for one before them
  | 'chain' // prev, seen, time or test do not follow
  | 'move' // not legal: see `problem`

export interface OrderRejection {
  readonly verdict: 'reject'
  readonly reason: OrderFailure
  readonly problem?: MoveProblem
  readonly message: string
}

export type OrderAdmission =
  | {
      readonly verdict: 'new'
      readonly logs: OrderLogs
      /** What is linked now and was not before, in the order of the fold. */
      readonly linked: readonly OrderMessage[]
      /** Something is missing before what came: ask for it. */
      readonly gap: boolean
      /** Was kept for later, and turned out not to be legal. */
      readonly dropped: readonly Dropped<OrderMessage, MoveProblem>[]
    }
  | { readonly verdict: 'known' } // nobody at fault
  | OrderRejection

export interface AdmissionContext {
  readonly self: MerchantId
  /** Who sent the parcel; authenticated by its session. */
  readonly sender: MerchantId
  readonly keyLogOf: KeyLogOf
  readonly now: number // UTC seconds
}

/** An order of which nothing is held yet. */
export function openOrder(frame: Pick<OrderLogs, 'order' | 'buyer' | 'seller' | 'test'>): OrderLogs {
  const { order, buyer, seller, test } = frame
  return { order, buyer, seller, test, entries: [[], []], documents: new Map() }
}

/**
 * What a parcel means beside what is held of its order. All of it is taken, or nothing.
 * @param held of the same order, buyer and seller; `undefined` if nothing is
 * @see protocol/records/order.md §6. One signature verification for each message that is new.
 */
export function admitParcel(
  primitives: Primitives,
  held: OrderLogs | undefined,
  parcel: OrderParcel,
  context: AdmissionContext,
): OrderAdmission {
  const { self, sender } = context
  if (partyOf(parcel, self) === undefined || partyOf(parcel, sender) === undefined || self === sender)
    return rejected('pair', 'The order is of other merchants.')
  const documents = new Map<Digest, HeldDocument>()
  for (const value of parcel.documents) {
    const document = readOrderDocument(primitives, value)
    if (document === undefined) return rejected('content-wrong', 'A document is malformed or too large.')
    documents.set(document.digest, document)
  }
  let logs = held
  let gap = false
  const linked: OrderMessage[] = []
  const dropped: Dropped<OrderMessage, MoveProblem>[] = []
  for (const text of parcel.messages) {
    const admission = admitMessage(primitives, logs, parcel, text, documents, context)
    if (admission.verdict === 'known') continue
    if (admission.verdict === 'reject') return admission
    logs = admission.logs
    gap = admission.gap
    linked.push(...admission.linked)
    dropped.push(...admission.dropped)
  }
  return logs === undefined || logs === held
    ? { verdict: 'known' }
    : { verdict: 'new', logs, linked, gap, dropped }
}

/** {@link admitParcel} for one of its messages. */
export function admitOrderMessage(
  primitives: Primitives,
  held: OrderLogs | undefined,
  text: string,
  documents: readonly object[],
  context: AdmissionContext & Pick<OrderLogs, 'order' | 'buyer' | 'seller'>,
): OrderAdmission {
  const { order, buyer, seller } = context
  return admitParcel(primitives, held, { order, buyer, seller, messages: [text], documents }, context)
}

function admitMessage(
  primitives: Primitives,
  held: OrderLogs | undefined,
  frame: Pick<OrderLogs, 'order' | 'buyer' | 'seller'>,
  text: string,
  documents: ReadonlyMap<Digest, HeldDocument>,
  { self, keyLogOf, now }: AdmissionContext,
): OrderAdmission {
  const digest = digestOf(primitives, text)
  if (held !== undefined && isHeld(held, digest)) return { verdict: 'known' }
  const isParty = (merchant: MerchantId): boolean => merchant === frame.buyer || merchant === frame.seller
  const logOf: KeyLogOf = (merchant) => (isParty(merchant) ? keyLogOf(merchant) : undefined)
  const verified = verifyTradeStatement(primitives, orderMessageSchema, text, orderMessageBytesMax, logOf)
  if (!verified.ok) return rejected(verified.reason, verified.message)
  const message = verified.statement
  const { order, by, from, to, test = false } = message
  if (order !== frame.order || from !== frame[by] || to !== frame[otherParty(by)])
    return rejected('pair', 'It is of another order.')
  if (from !== self && message.time > now + clockSkewSecondsMax)
    return rejected('dated-ahead', `It is dated ${message.time - now} s ahead: check both clocks.`)
  const logs = held ?? openOrder({ ...frame, test })
  if (test !== logs.test) return rejected('chain', 'An order is a test in all its messages, or in none.')
  const withDocuments = takeDocuments(logs, message, documents)
  if ('verdict' in withDocuments) return withDocuments
  if (!isDealRight(primitives, withDocuments, message, keyLogOf))
    return rejected('deal', 'The deal in it is not signed by its author, or not about these terms.')
  return link(primitives, withDocuments, { message, text, digest, at: now })
}

/** What can be said of the deal's part by itself; which commit a confirm confirms shows when it is linked. */
function isDealRight(
  primitives: Primitives,
  { documents }: OrderLogs,
  message: OrderMessage,
  keyLogOf: KeyLogOf,
): boolean {
  if ((message.kind !== 'commit' && message.kind !== 'confirm') || message.deal === undefined) return true
  if (!isDealPartOf(primitives, message.deal, message, keyLogOf(message.from))) return false
  if (message.kind === 'confirm') return true
  const terms = documentOf(documents, message.terms, 'mosaic/order-terms')
  const { content, month } = message.deal
  return terms !== undefined && content === dealContent(primitives, terms) && month === monthOf(message.time)
}

function isHeld(logs: OrderLogs, digest: Digest): boolean {
  return logs.entries.some((log) => log.some((entry) => entry.digest === digest))
}

/** The order with the documents that the message names. */
function takeDocuments(
  logs: OrderLogs,
  message: OrderMessage,
  documents: ReadonlyMap<Digest, HeldDocument>,
): OrderLogs | OrderRejection {
  const all = new Map(logs.documents)
  for (const [digest, type] of documentsNamed(message)) {
    const document = all.get(digest) ?? documents.get(digest)
    if (document === undefined) return rejected('content-missing', `The document ${digest} is missing.`)
    if (document.document.type !== type)
      return rejected('content-wrong', `The document ${digest} is no ${type}.`)
    const problem =
      type === 'mosaic/order-terms' ? termsProblem(document.document as OrderTerms, logs) : undefined
    if (problem !== undefined)
      return rejected('content-wrong', `The terms contradict themselves: ${problem}.`)
    all.set(digest, document)
  }
  return { ...logs, documents: all }
}

/** Adds a verified message, and links what can be linked now. */
function link(primitives: Primitives, logs: OrderLogs, entry: LogEntry<OrderMessage>): OrderAdmission {
  const { kind, by } = entry.message
  const spine = sideOf('seller')
  const outcome = linkEntry(logs.entries, sideOf(by), entry, spine, (links, side, { message, seenCount }) => {
    const past = foldLinked(pastOf(links, side, message.seq, seenCount), logs.documents)
    const problem = moveProblem(past, message, logs.documents, seenCount)
    if (problem !== undefined || message.kind !== 'confirm') return problem
    return confirmsDeal(primitives, links, message) ? undefined : 're'
  })
  if (outcome.ok) return { verdict: 'new', ...outcome, logs: { ...logs, entries: outcome.entries } }
  const { problem } = outcome
  if (problem === 'chain')
    return rejected('chain', '`prev`, `seen` or `time` does not follow from the message before.')
  if (problem === 'gap')
    return rejected('gap', `More than ${orderPendingMax} messages wait for one before them.`)
  return { ...rejected('move', `${kind} is not possible: ${problem}.`), problem }
}

function confirmsDeal(
  primitives: Primitives,
  links: LinkedLogs<OrderMessage>,
  confirm: MessageOf<'confirm'>,
): boolean {
  const commit = links.logs[sideOf('buyer')][confirm.re]?.message
  if (commit?.kind !== 'commit' || commit.deal === undefined) return confirm.deal === undefined
  return confirm.deal?.commit === dealDigest(primitives, commit.deal)
}

function rejected(reason: OrderFailure, message: string): OrderRejection {
  return { verdict: 'reject', reason, message }
}
