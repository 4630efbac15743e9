import type { LineList } from './order-document.ts'
import type { MessageOf, OrderKind, Party } from './order-message.ts'
import { overlap } from './order-quantities.ts'
import type { CrossingOutcome } from './order-state.ts'

/**
 * What becomes of a message of the buyer that crossed with one of the seller; what is not here has nothing to do
 * with each other. Source: protocol/records/order.md, table 2.
 */
export const crossings: Readonly<
  Partial<Record<OrderKind, Readonly<Partial<Record<OrderKind, CrossingOutcome>>>>>
> = {
  release: { quoted: 'stands', reserved: 'stands', refuse: 'void', expire: 'void' },
  commit: { expire: 'void' },
  cancel: { confirm: 'ask', refuse: 'void', expire: 'void', ship: 'return', cancel: 'agreed' },
  answer: { ship: 'less' },
  deliver: { deliver: 'once' },
}

export interface PartName {
  readonly by: Party
  readonly seq: number
}

/** What a message is about, after the fold of all before it. */
export interface Subject {
  readonly kind: OrderKind
  readonly seq: number
  /** Of a ship or a cancel, or of the cancel that an answer grants. */
  readonly lines: LineList
  /** Of a deliver. */
  readonly part: PartName | undefined
}

/** What the table says of a pair; `undefined` if they concern other lines or other parts, or nothing in common. */
export function crossingOf(buyer: Subject, seller: Subject): CrossingOutcome | undefined {
  const outcome = crossings[buyer.kind]?.[seller.kind]
  if (outcome === undefined) return undefined
  if (seller.kind === 'ship' || seller.kind === 'cancel')
    return overlap(buyer.lines, seller.lines) ? outcome : undefined
  if (seller.kind === 'deliver') {
    const [mine, yours] = [buyer.part, seller.part]
    return mine?.by === yours?.by && mine?.seq === yours?.seq ? outcome : undefined
  }
  return outcome
}

/** The shipment that a deliver names. */
export function partNamed(message: MessageOf<'deliver'>): PartName {
  const { by, own, re } = message
  if (own !== undefined) return { by, seq: own }
  return { by: by === 'buyer' ? 'seller' : 'buyer', seq: re ?? 0 }
}
