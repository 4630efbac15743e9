import { partNamed } from './order-crossing.ts'
import type { LineList } from './order-document.ts'
import { documentOf, isGrantedBy, linesOfCancel, type OrderDocuments } from './order-effects.ts'
import type { MessageOf, OrderKind, OrderMessage, Party } from './order-message.ts'
import { creditable, creditVat, totalsLeft } from './order-owed.ts'
import { cancellable, isDone, returnable, unshipped } from './order-quantities.ts'
import type { OrderPhase, OrderState } from './order-state.ts'
import type { OrderTerms } from './order-terms.ts'

const again: readonly OrderKind[] = ['quote', 'reserve', 'commit']
const beginsAgain = { buyer: again, seller: [] }

/** Who may say what, by phase. Source: protocol/records/order.md, table 1. */
export const moves: Readonly<Record<OrderPhase, Readonly<Record<Party, readonly OrderKind[]>>>> = {
  none: { buyer: again, seller: ['quoted'] },
  asked: { buyer: ['release'], seller: ['quoted', 'refuse'] },
  quoted: { buyer: [...again, 'release'], seller: [] },
  reserving: { buyer: ['release'], seller: ['reserved', 'refuse'] },
  reserved: { buyer: ['commit', 'release'], seller: ['expire'] },
  committed: { buyer: ['cancel'], seller: ['confirm', 'refuse'] },
  refused: beginsAgain,
  released: beginsAgain,
  expired: beginsAgain,
  withdrawn: beginsAgain,
  confirmed: {
    buyer: ['ship', 'deliver', 'cancel', 'return', 'complaint', 'answer', 'close'],
    seller: ['ship', 'deliver', 'cancel', 'complaint', 'answer', 'credit', 'close'],
  },
  cancelled: {
    buyer: ['complaint', 'answer', 'close'],
    seller: ['complaint', 'answer', 'credit', 'close'],
  },
  closed: {
    buyer: ['ship', 'deliver', 'return', 'complaint', 'answer'],
    seller: ['ship', 'deliver', 'complaint', 'answer', 'credit'],
  },
}

/** Why a move is not legal. Source: protocol/records/order.md §7. */
export type MoveProblem =
  | 'phase' // not this party's to say now
  | 're' // it answers or follows nothing that stands
  | 'terms' // not the terms in question
  | 'late' // after the request's notAfter
  | 'early' // the reservation is not over
  | 'quantity' // more than there is, or nothing
  | 'content'
  | 'credit' // more than is left, or it does not add up
  | 'open' // something is left to do

/**
 * Whether a message may be said in this state: that of its causal past.
 * @param documents has all that the message names
 * @returns undefined if it may
 */
export function moveProblem(
  state: OrderState,
  message: OrderMessage,
  documents: OrderDocuments,
  seenCount: number,
): MoveProblem | undefined {
  if (!moves[state.phase][message.by].includes(message.kind)) return 'phase'
  const begins = message.kind === 'quoted' || again.includes(message.kind)
  if (!begins && 'terms' in message && message.terms !== state.terms) return 'terms'
  if (!begins && !('terms' in message) && state.terms !== undefined) return 'terms'
  switch (message.kind) {
    case 'quoted':
    case 'reserve':
    case 'reserved':
    case 'refuse':
    case 'expire':
    case 'commit':
    case 'confirm':
      return requestProblem(state, message, documents)
    case 'ship':
    case 'deliver':
    case 'cancel':
    case 'return':
      return goodsProblem(state, message, documents, seenCount)
    case 'answer': {
      const ask = state.asks.find(
        ({ by, seq, status }) => by !== message.by && seq === message.re && status === 'open',
      )
      if (ask === undefined) return 're'
      const isLate = message.verdict === 'granted' && message.time > (ask.notAfter ?? message.time)
      return isLate ? 'late' : undefined
    }
    case 'credit':
      return creditProblem(state, message, documents)
    case 'close':
      return isDone(state) && !state.closedBy.includes(message.by) ? undefined : 'open'
    default:
      return undefined
  }
}

function requestProblem(
  state: OrderState,
  message: MessageOf<'quoted' | 'reserve' | 'reserved' | 'refuse' | 'expire' | 'commit' | 'confirm'>,
  documents: OrderDocuments,
): MoveProblem | undefined {
  const { request, offer } = state
  switch (message.kind) {
    case 'quoted': {
      if (message.re === undefined) return state.phase === 'none' ? undefined : 're'
      if (message.re !== request?.seq) return 're'
      if (message.time > request.notAfter) return 'late'
      return isAsWanted(state, message, documents) ? undefined : 'terms'
    }
    case 'reserve':
    case 'commit':
      if (message.re === undefined) return state.phase === 'reserved' ? 're' : undefined
      if (offer?.seq !== message.re || (message.kind === 'reserve' && offer.kind === 'reserved')) return 're'
      return offer.terms === message.terms ? undefined : 'terms'
    case 'reserved':
      if (message.re !== request?.seq) return 're'
      return message.time > request.notAfter ? 'late' : undefined
    case 'confirm':
      if (message.re !== request?.seq || message.commit !== request.digest) return 're'
      return message.time > request.notAfter ? 'late' : undefined
    case 'refuse':
      if (message.re !== request?.seq) return 're'
      if (message.reason !== 'expired') return undefined
      // A promise that has a time is kept until then.
      return message.time < (request.on?.until ?? message.time + 1) ? 'early' : undefined
    case 'expire':
      return message.time < (offer?.until ?? 0) ? 'early' : undefined
  }
}

function isAsWanted(state: OrderState, message: MessageOf<'quoted'>, documents: OrderDocuments): boolean {
  const wanted = documentOf(documents, state.request?.content, 'mosaic/order-wanted')
  const terms = documentOf(documents, message.terms, 'mosaic/order-terms')
  if (wanted === undefined || terms === undefined) return false
  return (
    terms.currency === wanted.currency &&
    terms.shipTo.country === wanted.shipTo.country &&
    terms.shipTo.postcode === wanted.shipTo.postcode &&
    terms.shipping.service === (wanted.service ?? terms.shipping.service) &&
    terms.lines.length === wanted.lines.length &&
    terms.lines.every(({ sku, quantity }, at) => {
      const asked = wanted.lines[at]
      return sku === asked?.sku && quantity === asked.quantity
    })
  )
}

function goodsProblem(
  state: OrderState,
  message: MessageOf<'ship' | 'deliver' | 'cancel' | 'return'>,
  documents: OrderDocuments,
  seenCount: number,
): MoveProblem | undefined {
  const within = (lines: LineList, most: (line: number) => number): MoveProblem | undefined =>
    lines.length > 0 &&
    lines.every(({ line, quantity }) => line < state.lines.length && quantity <= most(line))
      ? undefined
      : 'quantity'
  switch (message.kind) {
    case 'ship': {
      const lines = documentOf(documents, message.content, 'mosaic/order-parts')?.lines ?? []
      if (message.by === 'seller') return within(lines, (line) => unshipped(state, line))
      const ask = state.asks.find((one) => isGrantedBy(one, message.re))
      if (ask === undefined) return 're'
      return within(lines, (line) => {
        const { quantity = 0, sent = 0 } = ask.returns.find((entry) => entry.line === line) ?? {}
        return quantity - sent
      })
    }
    case 'deliver': {
      const named = partNamed(message)
      const part = state.parts.find(({ by, seq }) => by === named.by && seq === named.seq)
      return part === undefined || part.deliveredBy !== undefined ? 're' : undefined
    }
    case 'cancel': {
      if (state.deal === undefined) return message.content === undefined ? undefined : 'content'
      const asked = documentOf(documents, message.content, 'mosaic/order-ask')?.lines
      const lines = asked ?? linesOfCancel(state, message, { documents, seenCount })
      return within(lines, (line) => cancellable(state, message.by, line))
    }
    case 'return': {
      const lines = documentOf(documents, message.content, 'mosaic/order-ask')?.lines
      return lines === undefined ? 'content' : within(lines, (line) => returnable(state, line))
    }
  }
}

function creditProblem(
  state: OrderState,
  message: MessageOf<'credit'>,
  documents: OrderDocuments,
): MoveProblem | undefined {
  const credit = documentOf(documents, message.content, 'mosaic/order-credit')
  const terms: OrderTerms | undefined = documentOf(documents, state.deal?.terms, 'mosaic/order-terms')
  if (credit === undefined || terms === undefined) return 'content'
  const left = creditable(totalsLeft(terms, state.lines), state.credited)
  let [next, net, vat] = [0, 0, 0]
  for (const group of credit.groups) {
    // In the order of the terms, each once.
    next = left.findIndex(
      ({ category, rate }, at) => at >= next && category === group.category && rate === group.rate,
    )
    const of = left[next]
    if (of === undefined || group.netMinor > of.netMinor) return 'credit'
    if (group.vatMinor !== creditVat(of, group.netMinor)) return 'credit'
    net += group.netMinor
    vat += group.vatMinor
    next++
  }
  if (credit.lines?.some(({ line, quantity }) => quantity > quantityOrdered(state, line))) return 'credit'
  const adds = credit.netMinor === net && credit.vatMinor === vat && credit.grossMinor === net + vat
  return adds ? undefined : 'credit'
}

function quantityOrdered(state: OrderState, line: number): number {
  return state.lines[line]?.ordered ?? 0
}

/** What a party may say now, by phase: each kind has further conditions. */
export function movesOf(state: OrderState, party: Party): readonly OrderKind[] {
  return moves[state.phase][party]
}

/** Pieces of a line that may be shipped, returned, cancelled: for whoever asks a person. */
export function piecesOpen(
  state: OrderState,
  party: Party,
  line: number,
): { readonly ship: number; readonly cancel: number; readonly return: number } {
  return {
    ship: unshipped(state, line),
    cancel: Math.max(0, cancellable(state, party, line)),
    return: returnable(state, line),
  }
}
