import { canonicalText } from '../signature/canonical.ts'
import { type Digest, digestOf } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'
import type { Statement } from '../signature/proof.ts'
import { dealCommitBody, dealConfirmBody, type OrderDeal } from './order-deal.ts'
import { type HeldDocument, readOrderDocument } from './order-document.ts'
import { documentOf } from './order-effects.ts'
import { foldLinked, type OrderLogs, sideOf } from './order-fold.ts'
import { withLogEntry } from './order-link.ts'
import { type LogEntry, linkLogs, type Side } from './order-log.ts'
import {
  type OrderBody,
  type OrderMessage,
  orderMessageSchema,
  orderMessagesMax,
  otherParty,
  type Party,
} from './order-message.ts'
import { type MoveProblem, moveProblem } from './order-moves.ts'
import type { OrderState } from './order-state.ts'

type Filled =
  | 'type'
  | 'v'
  | 'order'
  | 'by'
  | 'from'
  | 'to'
  | 'seq'
  | 'prev'
  | 'seen'
  | 'test'
  | 'time'
  | 'keyEvent'
type Begins = 'quoted' | 'reserve' | 'commit'
type SaidOf<T> = T extends { kind: Begins } ? Omit<T, Filled> : Omit<T, Filled | 'terms'>
type EachSaid<T> = T extends unknown ? SaidOf<T> : never
/** What a party wants to say; the rest of the message follows from the logs. */
export type OrderWords = EachSaid<OrderBody>

export type SayProblem =
  | MoveProblem
  | 'behind' // the other holds messages of this author that are not held here: fetch them first
  | 'forked' // this author has signed two messages with one seq: what it says would not count
  | 'full' // the log has no room

export type Said =
  | { readonly ok: true; readonly logs: OrderLogs; readonly entry: LogEntry<OrderMessage> }
  | { readonly ok: false; readonly problem: SayProblem }

export interface Speaker {
  readonly primitives: Primitives
  readonly by: Party
  readonly keyEvent: Digest
  readonly now: number // UTC seconds
  readonly sign: <T extends object>(body: T) => Statement<T>
}

/**
 * The next message of a party, signed. Store the logs before a byte of it leaves.
 * @param documents those that the message names and that are not held yet
 * @returns a problem if it may not be said: nothing was signed
 * @throws {RangeError} if the words are outside the schema: an error of the caller
 */
export function say(
  speaker: Speaker,
  held: OrderLogs,
  words: OrderWords,
  documents: readonly HeldDocument[] = [],
): Said {
  const { primitives, by, keyEvent, now } = speaker
  const side = sideOf(by)
  const linked = linkLogs(held.entries)
  if (linked.forks.some((fork) => fork.side === side)) return { ok: false, problem: 'forked' }
  if (isBehind(held, by)) return { ok: false, problem: 'behind' }
  const own = linked.logs[side]
  const other = linked.logs[side === 0 ? 1 : 0]
  if (own.length >= orderMessagesMax) return { ok: false, problem: 'full' }
  const last = own.at(-1)
  const seen = other.at(-1)?.digest
  const withDocuments = new Map(held.documents)
  for (const document of documents) withDocuments.set(document.digest, document)
  const logs = { ...held, documents: withDocuments }
  const state = foldLinked(linked, held.documents)
  const begins = words.kind === 'quoted' || words.kind === 'reserve' || words.kind === 'commit'
  const body = {
    ...(begins || words.kind === 'quote' || state.terms === undefined ? {} : { terms: state.terms }),
    ...words,
    type: 'mosaic/order',
    v: 1,
    order: held.order,
    by,
    from: held[by],
    to: held[otherParty(by)],
    seq: own.length,
    ...(last === undefined ? {} : { prev: last.digest }),
    ...(seen === undefined ? {} : { seen }),
    ...(held.test ? { test: true } : {}),
    time: Math.max(now, last?.message.time ?? 0),
    keyEvent,
  } as OrderBody
  // A dry run: what is not legal is not signed.
  const problem = moveProblem(state, body as OrderMessage, logs.documents, other.length)
  if (problem !== undefined) return { ok: false, problem }
  const message = orderMessageSchema.safeParse(speaker.sign(withDeal(speaker, logs, body)))
  if (!message.success) throw new RangeError(`not an order message: ${message.error.issues[0]?.message}`)
  const text = canonicalText(message.data)
  const entry = { message: message.data, text, digest: digestOf(primitives, text), at: now }
  return { ok: true, logs: { ...logs, entries: withLogEntry(logs.entries, side, entry) }, entry }
}

/** The body with its part of the deal, signed by itself so that it can be shown alone. */
function withDeal({ primitives, sign }: Speaker, logs: OrderLogs, body: OrderBody): OrderBody {
  if (body.test) return body
  if (body.kind === 'commit') {
    const terms = documentOf(logs.documents, body.terms, 'mosaic/order-terms')
    if (terms === undefined) throw new RangeError('a commit needs its terms')
    return { ...body, deal: sign(dealCommitBody(primitives, body, terms)) }
  }
  if (body.kind !== 'confirm') return body
  const commit = logs.entries[sideOf('buyer')].find(({ digest }) => digest === body.commit)?.message
  if (commit?.kind !== 'commit' || commit.deal === undefined) throw new RangeError('there is no such commit')
  return { ...body, deal: sign(dealConfirmBody(primitives, body, commit.deal)) }
}

/** The deal of an order, to be cited: an endorsement may, a dispute must. `undefined` if there is none, or in a test. */
export function dealOf(logs: OrderLogs, state: OrderState): OrderDeal | undefined {
  const { deal } = state
  const [commit, confirm] = [deal?.commit, deal?.confirm].map(
    (digest, side) => logs.entries[side as Side].find((entry) => entry.digest === digest)?.message,
  )
  if (commit?.kind !== 'commit' || confirm?.kind !== 'confirm') return undefined
  if (commit.deal === undefined || confirm.deal === undefined) return undefined
  return { commit: commit.deal, confirm: confirm.deal }
}

/** Whether messages of this party exist that are not held here: somebody has seen them. */
export function isBehind(logs: OrderLogs, by: Party): boolean {
  const side = sideOf(by)
  const own = logs.entries[side]
  if (linkLogs(logs.entries).logs[side].length < own.length) return true
  const digests = new Set(own.map(({ digest }) => digest))
  return logs.entries[side === 0 ? 1 : 0].some(
    ({ message: { seen } }) => seen !== undefined && !digests.has(seen),
  )
}

/** Makes a document ready to be named by a message. @throws {RangeError} if it is outside its schema */
export function makeDocument(primitives: Primitives, document: HeldDocument['document']): HeldDocument {
  const held = readOrderDocument(primitives, document)
  if (held === undefined) throw new RangeError(`not a document of an order: ${document.type}`)
  return held
}
