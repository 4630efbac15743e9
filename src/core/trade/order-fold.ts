import type { MerchantId } from '../identity/merchant-id.ts'
import { crossingOf, partNamed, type Subject } from './order-crossing.ts'
import { applied, documentOf, linesOfCancel, type OrderDocuments } from './order-effects.ts'
import { inOrder, type LinkedEntry, type LinkedLogs, linkLogs, type Side, type TwoLogs } from './order-log.ts'
import { type OrderMessage, type Party, parties } from './order-message.ts'
import { newOrder, type OrderCrossing, type OrderState } from './order-state.ts'

/** All that a node holds of an order. */
export interface OrderLogs {
  readonly order: string
  readonly buyer: MerchantId
  readonly seller: MerchantId
  readonly test: boolean
  /** The buyer's, the seller's; linked or not. */
  readonly entries: TwoLogs<OrderMessage>
  readonly documents: OrderDocuments
}

export function sideOf(party: Party): Side {
  return party === 'buyer' ? 0 : 1
}

/** What a merchant is in an order; `undefined` if it has no part in it. */
export function partyOf(logs: Pick<OrderLogs, Party>, merchant: MerchantId): Party | undefined {
  return parties.find((party) => logs[party] === merchant)
}

/**
 * The state of an order: the same for the same messages, in whatever order they came. What is not linked does
 * not count.
 * @see protocol/records/order.md §7. Some 2 µs a message.
 */
export function foldOrder(logs: OrderLogs): OrderState {
  const linked = linkLogs(logs.entries)
  const state = foldLinked(linked, logs.documents)
  const equivocators = parties.filter((party) => linked.forks.some(({ side }) => side === sideOf(party)))
  return equivocators.length === 0 ? state : { ...state, equivocators }
}

/** The fold of logs that are linked, or of a causal past. */
export function foldLinked(
  linked: Pick<LinkedLogs<OrderMessage>, 'logs'>,
  documents: OrderDocuments,
): OrderState {
  let state = newOrder
  // The seller's messages so far with what they concerned: those that a message of the buyer had not seen cross it.
  const spine: Subject[] = []
  for (const [side, entry] of inOrder(linked, sideOf('seller'))) {
    const { message } = entry
    const subject = subjectOf(state, entry, documents)
    if (side === sideOf('seller')) {
      spine.push(subject)
      state = applied(state, message, { ...entry, documents })
      continue
    }
    const met = spine.slice(entry.seenCount).flatMap((seller): OrderCrossing[] => {
      const outcome = crossingOf(subject, seller)
      return outcome === undefined ? [] : [{ buyer: message.seq, seller: seller.seq, outcome }]
    })
    if (!met.some(({ outcome }) => outcome === 'void'))
      state = applied(state, message, { ...entry, documents })
    if (met.length > 0) state = { ...state, crossings: [...state.crossings, ...met] }
  }
  return state
}

function subjectOf(state: OrderState, entry: LinkedEntry<OrderMessage>, documents: OrderDocuments): Subject {
  const { message, seenCount } = entry
  const { kind, seq } = message
  switch (message.kind) {
    case 'ship':
      return {
        kind,
        seq,
        lines: documentOf(documents, message.content, 'mosaic/order-parts')?.lines ?? [],
        part: undefined,
      }
    case 'cancel':
      return { kind, seq, lines: linesOfCancel(state, message, { documents, seenCount }), part: undefined }
    case 'answer': {
      const ask = state.asks.find((one) => one.by !== message.by && one.seq === message.re)
      const grants = message.verdict === 'granted' && ask?.kind === 'cancel'
      return { kind, seq, lines: grants ? ask.lines : [], part: undefined }
    }
    case 'deliver':
      return { kind, seq, lines: [], part: partNamed(message) }
    default:
      return { kind, seq, lines: [], part: undefined }
  }
}
