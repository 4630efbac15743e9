import { z } from 'zod'
import { digestSchema } from '../signature/digest.ts'
import { type OrderLogs, sideOf } from './order-fold.ts'
import { type LogEntry, linkLogs } from './order-log.ts'
import { type OrderMessage, orderIdSchema, orderMessagesMax, type Party, parties } from './order-message.ts'

/** Orders in one note. */
export const orderHeadsMax = 64

const headSchema = z.strictObject({
  seq: z
    .int()
    .min(0)
    .max(orderMessagesMax - 1),
  digest: digestSchema,
  /** Messages held of this log, also those that wait or are one of two with one seq. */
  count: z
    .int()
    .min(1)
    .max(2 * orderMessagesMax),
})
type Head = z.infer<typeof headSchema>
const orderHeadsSchema = z.strictObject({
  order: orderIdSchema,
  by: z.enum(parties), // what the sender is
  buyer: headSchema.exactOptional(),
  seller: headSchema.exactOptional(),
})
/** What a side holds of an order: the newest linked message of each log. */
export type OrderHeads = z.infer<typeof orderHeadsSchema>

/** "This is what I hold." Not signed: it proves nothing. Spec: protocol/records/order.md §12. */
export const orderHeadsNoteSchema = z.strictObject({
  type: z.literal('mosaic/order-heads'),
  v: z.literal(1),
  orders: z.array(orderHeadsSchema).max(orderHeadsMax),
  all: z.literal(true).exactOptional(), // it ends a list of all that are shared
})
export type OrderHeadsNote = z.infer<typeof orderHeadsNoteSchema>

export function headsOf(logs: OrderLogs, by: Party): OrderHeads {
  const { logs: linked } = linkLogs(logs.entries)
  const head = (party: Party): Head | undefined => {
    const last = linked[sideOf(party)].at(-1)
    const count = logs.entries[sideOf(party)].length
    return last === undefined ? undefined : { seq: last.message.seq, digest: last.digest, count }
  }
  const [buyer, seller] = [head('buyer'), head('seller')]
  return {
    order: logs.order,
    by,
    ...(buyer === undefined ? {} : { buyer }),
    ...(seller === undefined ? {} : { seller }),
  }
}

/** How a log here compares with the other side's copy of it. */
export type LogDifference =
  | { readonly log: Party; readonly is: 'behind'; readonly from: number } // the other lacks messages from this seq on
  | { readonly log: Party; readonly is: 'ahead' } // messages are lacking here
  | { readonly log: Party; readonly is: 'forked' } // different messages with one seq

/**
 * Where the other side's copies differ from the own; none if they are equal.
 * @param logs as held here; `undefined` if the order is not known here
 */
export function differences(
  logs: OrderLogs | undefined,
  theirs: Pick<OrderHeads, Party>,
): readonly LogDifference[] {
  return parties.flatMap((log): LogDifference[] => {
    const difference = differenceOf(logs, log, theirs[log])
    return difference === undefined ? [] : [difference]
  })
}

function differenceOf(
  logs: OrderLogs | undefined,
  log: Party,
  head: Head | undefined,
): LogDifference | undefined {
  const held = logs?.entries[sideOf(log)] ?? []
  if (head === undefined) return held.length === 0 ? undefined : { log, is: 'behind', from: 0 }
  const linked = logs === undefined ? [] : linkLogs(logs.entries).logs[sideOf(log)]
  if (linked[head.seq]?.digest === head.digest) {
    // What they hold is linked here: they may lack what follows, or the second of two with one seq.
    const before = held.filter(({ message }) => message.seq <= head.seq).length
    const lacking = held.length > head.count
    if (before > head.seq + 1 && lacking) return { log, is: 'behind', from: 0 }
    if (lacking) return { log, is: 'behind', from: head.seq + 1 }
    return held.length < head.count ? { log, is: 'ahead' } : undefined
  }
  const isHeld = held.some(({ digest }) => digest === head.digest)
  const hasOther = held.some(({ message, digest }) => message.seq === head.seq && digest !== head.digest)
  return { log, is: hasOther || (isHeld && isForked(held)) ? 'forked' : 'ahead' }
}

function isForked(log: readonly LogEntry<OrderMessage>[]): boolean {
  return log.some(({ message }, at) => message.seq === log[at - 1]?.message.seq)
}

/** What to send so that the other side has all that is held here. */
export function toSend(
  logs: OrderLogs,
  different: readonly LogDifference[],
): readonly LogEntry<OrderMessage>[] {
  return different.flatMap((difference) => {
    if (difference.is === 'ahead') return []
    const from = difference.is === 'forked' ? 0 : difference.from
    return logs.entries[sideOf(difference.log)].filter(({ message }) => message.seq >= from)
  })
}
