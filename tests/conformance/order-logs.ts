import type { KeyLog } from '../../src/core/identity/key-log.ts'
import { admitOrderMessage } from '../../src/core/trade/order-admission.ts'
import type { OrderLogs } from '../../src/core/trade/order-fold.ts'
import { orderMessageSchema } from '../../src/core/trade/order-message.ts'
import { nodePrimitives as primitives } from '../../src/store/primitives.ts'

/** All of an order, as its vectors hold it. */
export interface WholeOrder {
  readonly comment: string
  readonly buyer: readonly string[]
  readonly seller: readonly string[]
  readonly documents: readonly string[]
  readonly state: object
  readonly deal?: string
}

/** Some orders in which the messages of an order can arrive. */
export function arrivals({
  buyer,
  seller,
}: Pick<WholeOrder, 'buyer' | 'seller'>): readonly (readonly string[])[] {
  const all = [...buyer, ...seller]
  const alternating = all.map((_, at) => all[(at * 7 + 3) % all.length] ?? '')
  return [all, all.toReversed(), [...seller, ...buyer], [...alternating, ...all], [...all, ...all]]
}

/** What is held after the messages came in this order. All of them have to be taken. */
export function gather(
  whole: Pick<WholeOrder, 'documents'>,
  arrival: readonly string[],
  keyLogOf: (merchant: string) => KeyLog | undefined,
): OrderLogs {
  const documents = whole.documents.map((document): object => JSON.parse(document))
  let held: OrderLogs | undefined
  for (const text of arrival) {
    const { order, by, from, to } = orderMessageSchema.parse(JSON.parse(text))
    const [buyer, seller] = by === 'buyer' ? [from, to] : [to, from]
    const context = { order, buyer, seller, self: seller, sender: buyer, keyLogOf, now: 2_000_000_000 }
    const admission = admitOrderMessage(primitives, held, text, documents, context)
    if (admission.verdict === 'reject') throw new Error(`${admission.reason}: ${admission.message}`)
    if (admission.verdict === 'new') held = admission.logs
  }
  if (held === undefined) throw new Error('nothing came')
  return held
}
