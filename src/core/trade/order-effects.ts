import type { Digest } from '../signature/digest.ts'
import { partNamed } from './order-crossing.ts'
import type { DocumentOf, DocumentType, HeldDocument, LineList } from './order-document.ts'
import type { MessageOf, OrderKind, OrderMessage, Party } from './order-message.ts'
import { totalsLeft } from './order-owed.ts'
import { isAllCancelled, lineList, openAsks, quantityOf, returnable, unshipped } from './order-quantities.ts'
import type { OrderAsk, OrderEntry, OrderState } from './order-state.ts'
import type { OrderTerms } from './order-terms.ts'

/** The documents of an order, by digest. */
export type OrderDocuments = ReadonlyMap<Digest, HeldDocument>

/** A document of a type; `undefined` if it is not held, or of another type. */
export function documentOf<T extends DocumentType>(
  documents: OrderDocuments,
  digest: Digest | undefined,
  type: T,
): DocumentOf<T> | undefined {
  const held = digest === undefined ? undefined : documents.get(digest)?.document
  return held?.type === type ? (held as DocumentOf<T>) : undefined
}

/** What an effect may look at beside the state and the message. */
export interface EffectContext {
  readonly digest: Digest // of the message
  readonly seenCount: number // how many messages of the other its author had seen
  readonly documents: OrderDocuments
}

type Effect<K extends OrderKind> = (
  state: OrderState,
  message: MessageOf<K>,
  context: EffectContext,
) => Partial<OrderState>

/** The terms of the deal. They are held: no commit is admitted without. */
export function dealTerms(state: OrderState, documents: OrderDocuments): OrderTerms | undefined {
  return documentOf(documents, state.deal?.terms, 'mosaic/order-terms')
}

/** What each message does, once it is its turn. Source: protocol/records/order.md §7, "Effects". */
const effects: { readonly [K in OrderKind]: Effect<K> } = {
  quote: (state, message, { digest }) => ({
    phase: 'asked',
    terms: undefined,
    offer: undefined,
    request: requestOf(state, message, digest),
  }),
  quoted: (_, { seq, terms, validUntil }) => ({
    phase: 'quoted',
    terms,
    offer: { kind: 'quoted', seq, terms, until: validUntil },
  }),
  reserve: (state, message, { digest }) => ({
    phase: 'reserving',
    terms: message.terms,
    request: requestOf(state, message, digest),
  }),
  reserved: (_, { seq, terms, time, ttlSeconds }) => ({
    phase: 'reserved',
    offer: { kind: 'reserved', seq, terms, until: time + ttlSeconds },
  }),
  refuse: (_, { seq, reason, content, instead }) => ({
    phase: 'refused',
    refusal: { seq, reason, content },
    offer: instead === undefined ? undefined : { kind: 'refuse', seq, terms: instead, until: undefined },
  }),
  release: () => ({ phase: 'released', offer: undefined }),
  expire: () => ({ phase: 'expired', offer: undefined }),
  commit: (state, message, { digest }) => ({
    phase: 'committed',
    terms: message.terms,
    offer: undefined,
    request: requestOf(state, message, digest),
  }),
  confirm: (state, message, { digest, documents }) => {
    const terms = documentOf(documents, message.terms, 'mosaic/order-terms')
    const lines = (terms?.lines ?? []).map(({ quantity }) => ({
      ordered: quantity,
      cancelled: 0,
      shipped: 0,
      delivered: 0,
      returned: 0,
    }))
    return {
      phase: 'confirmed',
      deal: { commit: message.commit, confirm: digest, terms: message.terms, time: message.time },
      lines,
      entries: entriesWith(state, message, 'confirm', terms?.grossMinor ?? 0),
    }
  },
  ship: (state, message, { documents }) => {
    const lines = documentOf(documents, message.content, 'mosaic/order-parts')?.lines ?? []
    const { by, seq, content } = message
    const parts = [...state.parts, { by, seq, lines, content, deliveredBy: undefined }]
    return by === 'seller'
      ? { parts, lines: state.lines.map((line, at) => add(line, 'shipped', quantityOf(lines, at))) }
      : {
          parts,
          lines: state.lines.map((line, at) => add(line, 'returned', quantityOf(lines, at))),
          asks: state.asks.map((ask) => (isGrantedBy(ask, message.re) ? sentBack(ask, lines) : ask)),
        }
  },
  deliver: (state, message) => {
    const named = partNamed(message)
    const part = state.parts.find(({ by, seq }) => by === named.by && seq === named.seq)
    if (part === undefined || part.deliveredBy !== undefined) return {}
    const parts = state.parts.map((one) => (one === part ? { ...one, deliveredBy: message.by } : one))
    if (part.by === 'buyer') return { parts }
    return {
      parts,
      lines: state.lines.map((line, at) => add(line, 'delivered', quantityOf(part.lines, at))),
    }
  },
  cancel: (state, message, context) =>
    state.deal === undefined ? { phase: 'withdrawn' } : askedToCancel(state, message, context),
  return: (state, message, { documents }) => {
    const lines = documentOf(documents, message.content, 'mosaic/order-ask')?.lines ?? []
    return {
      asks: [
        ...state.asks,
        askOf(
          message,
          capped(lines, (line) => returnable(state, line)),
        ),
      ],
    }
  },
  complaint: (state, message, { documents }) => {
    const lines = documentOf(documents, message.content, 'mosaic/order-ask')?.lines ?? []
    return { asks: [...state.asks, askOf(message, lines)] }
  },
  answer: (state, message, context) => answered(state, message, context),
  credit: (state, message, { documents }) => {
    const credit = documentOf(documents, message.content, 'mosaic/order-credit')
    if (credit === undefined) return {}
    const credited = [...state.credited]
    for (const { category, rate, netMinor, vatMinor } of credit.groups) {
      const at = credited.findIndex((group) => group.category === category && group.rate === rate)
      const before = credited[at] ?? { netMinor: 0, vatMinor: 0 }
      const group = {
        category,
        rate,
        netMinor: before.netMinor + netMinor,
        vatMinor: before.vatMinor + vatMinor,
      }
      if (at === -1) credited.push(group)
      else credited[at] = group
    }
    return { credited, entries: entriesWith(state, message, 'credit', -credit.grossMinor) }
  },
  close: (state, { by }) => ({ closedBy: [...state.closedBy, by] }),
}

/** The state after a message whose turn it is. Total: what does not fit any more has less effect, or none. */
export function applied(state: OrderState, message: OrderMessage, context: EffectContext): OrderState {
  const effect = effects[message.kind] as Effect<OrderKind>
  const next = { ...state, ...effect(state, message, context), test: message.test ?? false }
  if (next.deal === undefined) return next
  const phase = next.closedBy.length === 2 ? 'closed' : isAllCancelled(next) ? 'cancelled' : 'confirmed'
  return { ...next, phase }
}

function requestOf(
  state: OrderState,
  message: MessageOf<'quote' | 'reserve' | 'commit'>,
  digest: Digest,
): OrderState['request'] {
  const { kind, seq, notAfter } = message
  if (kind === 'quote')
    return { kind, seq, digest, content: message.content, terms: undefined, on: undefined, notAfter }
  const on = message.re !== undefined && message.re === state.offer?.seq ? state.offer : undefined
  return { kind, seq, digest, content: undefined, terms: message.terms, on, notAfter }
}

function askOf(message: MessageOf<'cancel' | 'return' | 'complaint'>, lines: LineList): OrderAsk {
  return {
    by: message.by,
    seq: message.seq,
    kind: message.kind,
    reason: message.reason,
    lines,
    content: message.content,
    notAfter: message.kind === 'complaint' ? undefined : message.notAfter,
    status: 'open',
    answer: undefined,
    returns: [],
  }
}

/** The lines that a cancel names: given, or all that had not left as far as its author had seen. */
export function linesOfCancel(
  state: OrderState,
  message: MessageOf<'cancel'>,
  { documents, seenCount }: Pick<EffectContext, 'documents' | 'seenCount'>,
): LineList {
  const asked = documentOf(documents, message.content, 'mosaic/order-ask')?.lines
  const isUnseen = ({ by, seq }: { by: Party; seq: number }): boolean =>
    message.by === 'buyer' && by === 'seller' && seq >= seenCount
  const unseen = (line: number): number =>
    state.parts.filter(isUnseen).reduce((sum, part) => sum + quantityOf(part.lines, line), 0)
  const had = (line: number): number => {
    const open = openAsks(state, message.by, 'cancel').reduce(
      (sum, ask) => sum + quantityOf(ask.lines, line),
      0,
    )
    return Math.max(0, unshipped(state, line) + unseen(line) - open)
  }
  return asked === undefined ? lineList(state.lines.length, had) : capped(asked, had)
}

function askedToCancel(
  state: OrderState,
  message: MessageOf<'cancel'>,
  context: EffectContext,
): Partial<OrderState> {
  const lines = linesOfCancel(state, message, context)
  // What both ask for is agreed on, as far as it has not left.
  const other = message.by === 'buyer' ? 'seller' : 'buyer'
  const free = state.lines.map((_, line) => unshipped(state, line))
  const agreed = new Map<number, number>()
  const reduced = new Map<OrderAsk, OrderAsk>()
  for (const ask of openAsks(state, other, 'cancel')) {
    const left = ask.lines.flatMap(({ line, quantity }) => {
      const wanted = quantityOf(lines, line) - (agreed.get(line) ?? 0)
      const both = Math.max(0, Math.min(quantity, wanted, free[line] ?? 0))
      agreed.set(line, (agreed.get(line) ?? 0) + both)
      free[line] = (free[line] ?? 0) - both
      return quantity > both ? [{ line, quantity: quantity - both }] : []
    })
    if (
      left.length < ask.lines.length ||
      left.some(({ quantity }, at) => quantity !== ask.lines[at]?.quantity)
    )
      reduced.set(ask, { ...ask, lines: left, status: left.length === 0 ? 'agreed' : 'open' })
  }
  const own = lineList(state.lines.length, (line) => quantityOf(lines, line) - (agreed.get(line) ?? 0))
  const ask: OrderAsk = { ...askOf(message, own), status: own.length === 0 ? 'agreed' : 'open' }
  const asks = [...state.asks.map((one) => reduced.get(one) ?? one), ask]
  return cancelled({ ...state, asks }, message, (line) => agreed.get(line) ?? 0, context)
}

function answered(
  state: OrderState,
  message: MessageOf<'answer'>,
  context: EffectContext,
): Partial<OrderState> {
  const ask = state.asks.find(
    ({ by, seq, status }) => by !== message.by && seq === message.re && status === 'open',
  )
  if (ask === undefined) return {}
  const settle = (settled: Partial<OrderAsk>): OrderAsk[] =>
    state.asks.map((one) =>
      one === ask ? { ...ask, status: message.verdict, answer: message.seq, ...settled } : one,
    )
  if (message.verdict === 'refused' || ask.kind === 'complaint') return { asks: settle({}) }
  const sendable = (lines: LineList): OrderAsk['returns'] => lines.map((entry) => ({ ...entry, sent: 0 }))
  if (ask.kind === 'return') return { asks: settle({ returns: sendable(ask.lines) }) }
  const unsent = (line: number): number => Math.min(quantityOf(ask.lines, line), unshipped(state, line))
  const gone = lineList(state.lines.length, (line) => quantityOf(ask.lines, line) - unsent(line))
  const asks = settle({ returns: ask.by === 'buyer' ? sendable(gone) : [] })
  return cancelled({ ...state, asks }, message, unsent, context)
}

/** Cancels so many of each line and books what is owed less. */
function cancelled(
  state: OrderState,
  message: MessageOf<'cancel' | 'answer'>,
  quantity: (line: number) => number,
  { documents }: EffectContext,
): Partial<OrderState> {
  const { asks } = state
  const lines = state.lines.map((line, at) => add(line, 'cancelled', quantity(at)))
  const terms = dealTerms(state, documents)
  if (terms === undefined || lines.every((line, at) => line === state.lines[at])) return { asks }
  const less = totalsLeft(terms, lines).grossMinor - totalsLeft(terms, state.lines).grossMinor
  return { asks, lines, entries: entriesWith(state, message, 'cancel', less) }
}

function entriesWith(
  state: OrderState,
  message: OrderMessage,
  kind: OrderEntry['kind'],
  minor: number,
): readonly OrderEntry[] {
  if (message.test === true || minor === 0) return state.entries
  return [...state.entries, { by: message.by, seq: message.seq, kind, minor, time: message.time }]
}

function add<K extends keyof OrderState['lines'][number]>(
  line: OrderState['lines'][number],
  member: K,
  quantity: number,
): OrderState['lines'][number] {
  return quantity === 0 ? line : { ...line, [member]: line[member] + quantity }
}

/** Whether the seller's answer with this seq granted the ask. */
export function isGrantedBy(ask: OrderAsk, answer: number | undefined): boolean {
  return ask.by === 'buyer' && ask.status === 'granted' && ask.answer === answer
}

function sentBack(ask: OrderAsk, lines: LineList): OrderAsk {
  const returns = ask.returns.map((entry) => ({ ...entry, sent: entry.sent + quantityOf(lines, entry.line) }))
  return { ...ask, returns }
}

function capped(lines: LineList, most: (line: number) => number): LineList {
  return lines.flatMap(({ line, quantity }) => {
    const pieces = Math.min(quantity, most(line))
    return pieces > 0 ? [{ line, quantity: pieces }] : []
  })
}
