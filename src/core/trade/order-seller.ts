import { canonicalText } from '../signature/canonical.ts'
import type { Primitives } from '../signature/primitives.ts'
import { makeDocument, type OrderWords } from './order-author.ts'
import { type HeldDocument, type OrderProblem, utf8Length } from './order-document.ts'
import { documentOf } from './order-effects.ts'
import { type OrderLogs, sideOf } from './order-fold.ts'
import { type OrderRequest, type OrderState, requestPhases } from './order-state.ts'
import type { OrderTerms } from './order-terms.ts'
import { type Quote, type QuoteContext, quoteFor, wishOfTerms, wishOfWanted } from './quote.ts'

/** What a seller has to do by itself. */
export type SellerDuty =
  | { readonly duty: 'quote' | 'reserve'; readonly request: OrderRequest }
  /** The shop has to be asked, by order id: it may have the order already. */
  | { readonly duty: 'place'; readonly request: OrderRequest; readonly promised: boolean }
  /** The answer is settled: too late. */
  | { readonly duty: 'refuse'; readonly request: OrderRequest; readonly code: 'late' | 'expired' }
  | { readonly duty: 'expire' }

/**
 * What the seller owes an answer to now, by its own clock alone.
 * @param now UTC seconds @see protocol/records/order.md §13
 */
export function sellerDuty(logs: OrderLogs, state: OrderState, now: number): SellerDuty | undefined {
  const { request, offer } = state
  if (state.phase === 'reserved') return now >= (offer?.until ?? now) ? { duty: 'expire' } : undefined
  if (request === undefined || requestPhases[state.phase] === undefined) return undefined
  const { until } = request.on ?? {}
  // What counts is when it was stored here: the shop may take its time.
  if (until !== undefined && storedAt(logs, request) >= until)
    return { duty: 'refuse', request, code: 'expired' }
  if (now > request.notAfter) return { duty: 'refuse', request, code: 'late' }
  if (request.kind === 'commit') return { duty: 'place', request, promised: request.on?.kind === 'reserved' }
  return { duty: request.kind, request }
}

function storedAt(logs: OrderLogs, { digest }: OrderRequest): number {
  const entry = logs.entries[sideOf('buyer')].find((one) => one.digest === digest)
  return entry?.at ?? 0
}

export interface Answer {
  readonly words: OrderWords
  readonly documents: readonly HeldDocument[]
}

/** How long what the seller offers holds, in seconds. */
export interface SellerTimes {
  readonly quoteSeconds: number
  readonly reservationSeconds: number
}

/** Answers a quote or a reserve, or refuses it with the figures. @param salts two of 32 bytes in base64url */
export function answerRequest(
  primitives: Primitives,
  logs: OrderLogs,
  request: OrderRequest,
  context: QuoteContext,
  times: SellerTimes,
  salts: readonly [string, string],
): Answer {
  const quote = quoteOf(logs, request, context)
  const { seq: re } = request
  if (quote.problems.length > 0 || quote.terms === undefined)
    return refusal(primitives, request, quote, salts)
  if (request.kind === 'quote') {
    const terms = makeDocument(primitives, { ...quote.terms, salt: salts[0] })
    const validUntil = context.now + times.quoteSeconds
    return { words: { kind: 'quoted', re, terms: terms.digest, validUntil }, documents: [terms] }
  }
  return { words: { kind: 'reserved', re, ttlSeconds: times.reservationSeconds }, documents: [] }
}

/** The seller's view of a request, against offers, grant, stock, shipping and limit. */
export function quoteOf(logs: OrderLogs, request: OrderRequest, context: QuoteContext): Quote {
  const { on } = request
  const wanted = documentOf(logs.documents, request.content, 'mosaic/order-wanted')
  const terms = documentOf(logs.documents, request.terms, 'mosaic/order-terms')
  const reserves = request.kind === 'reserve'
  if (wanted !== undefined)
    return quoteFor(wishOfWanted(wanted), logs, context, { reserves, promised: false })
  if (terms === undefined) return { problems: [{ code: 'offer-unknown' }], terms: undefined }
  const promised = on !== undefined && on.kind !== 'refuse'
  return quoteFor(wishOfTerms(terms), logs, context, { reserves, promised })
}

/** Says no, because, with all figures; and with the terms that would be taken, if they fit. */
export function refusal(
  primitives: Primitives,
  { seq: re }: Pick<OrderRequest, 'seq'>,
  quote: Quote,
  [figuresSalt, termsSalt]: readonly [string, string],
): Answer {
  const [first = { code: 'declined' } satisfies OrderProblem] = quote.problems
  const problems = quote.problems.length === 0 ? [first] : quote.problems.slice(0, 100)
  const figures = makeDocument(primitives, {
    type: 'mosaic/order-figures',
    v: 1,
    salt: figuresSalt,
    problems: [...problems],
  })
  const reason = first.code
  const instead = insteadOf(primitives, quote, termsSalt, figures.text)
  const words = { kind: 'refuse', re, reason, content: figures.digest } as const
  return instead === undefined
    ? { words, documents: [figures] }
    : { words: { ...words, instead: instead.digest }, documents: [figures, instead] }
}

/** Room that a message and its frame take in a parcel beside its documents. */
const frameBytes = 5_000
const parcelBytes = 65_536

/** Problems that other terms would solve. The rest has to change at the buyer, or in time. */
const solvable: ReadonlySet<string> = new Set(['price', 'vat', 'shipping', 'payment'])

function insteadOf(
  primitives: Primitives,
  { problems, terms }: Quote,
  salt: string,
  figures: string,
): HeldDocument | undefined {
  if (terms === undefined || !problems.every(({ code }) => solvable.has(code))) return undefined
  const document = { ...terms, salt } satisfies OrderTerms
  const bytes = utf8Length(canonicalText(document)) + utf8Length(figures)
  return bytes > parcelBytes - frameBytes ? undefined : makeDocument(primitives, document)
}

/** What the shop said about an order that it was asked to take. */
export type PlacingOutcome = { readonly placed: true } | { readonly placed: false; readonly note?: string }

/** Answers a commit, once the shop has. */
export function answerCommit(
  primitives: Primitives,
  request: OrderRequest,
  outcome: PlacingOutcome,
  salts: readonly [string, string],
): Answer {
  if (outcome.placed)
    return { words: { kind: 'confirm', re: request.seq, commit: request.digest }, documents: [] }
  const problem: OrderProblem = {
    code: 'shop',
    ...(outcome.note === undefined ? {} : { note: outcome.note }),
  }
  return refusal(primitives, request, { problems: [problem], terms: undefined }, salts)
}

/** Refuses what came too late by the seller's clock. */
export function refuseLate(
  primitives: Primitives,
  request: OrderRequest,
  code: 'late' | 'expired',
  now: number,
  salts: readonly [string, string],
): Answer {
  return refusal(primitives, request, { problems: [{ code, now }], terms: undefined }, salts)
}
