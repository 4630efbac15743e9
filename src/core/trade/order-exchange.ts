import { z } from 'zod'
import { type OrderLogs, sideOf } from './order-fold.ts'
import { type Difference, headOf, lackingOf, logDifference, logHeadSchema } from './order-heads.ts'
import { type LogEntry, linkLogs } from './order-log.ts'
import { type OrderMessage, orderIdSchema, orderMessagesMax, type Party, parties } from './order-message.ts'

/** Orders in one note. */
export const orderHeadsMax = 64

const headSchema = logHeadSchema(orderMessagesMax)
const orderHeadsSchema = z.strictObject({
  order: orderIdSchema,
  by: z.enum(parties), // what the sender is
  buyer: headSchema.exactOptional(),
  seller: headSchema.exactOptional(),
})
/** What a side holds of an order. */
export type OrderHeads = z.infer<typeof orderHeadsSchema>

/** "This is what I hold." Not signed: it proves nothing. Spec: protocol/records/order.md §12. */
export const orderHeadsNoteSchema = z.strictObject({
  type: z.literal('mosaic/order-heads'),
  v: z.literal(1),
  orders: z.array(orderHeadsSchema).max(orderHeadsMax),
  all: z.literal(true).exactOptional(), // it ends a list of all that are shared
})

export function headsOf(logs: OrderLogs, by: Party): OrderHeads {
  const linked = linkLogs(logs.entries)
  const [buyer, seller] = parties.map((party) => headOf(logs.entries, linked, sideOf(party)))
  return {
    order: logs.order,
    by,
    ...(buyer === undefined ? {} : { buyer }),
    ...(seller === undefined ? {} : { seller }),
  }
}

export interface LogDifference extends Difference {
  readonly log: Party
}

/**
 * Where the other side's copies differ from the own; none if they are equal.
 * @param logs as held here; `undefined` if the order is not known here
 */
export function differences(
  logs: OrderLogs | undefined,
  theirs: Pick<OrderHeads, Party>,
): readonly LogDifference[] {
  const entries = logs?.entries ?? [[], []]
  const linked = linkLogs(entries)
  return parties.flatMap((log): LogDifference[] => {
    const difference = logDifference(entries, linked, sideOf(log), theirs[log])
    return difference === undefined ? [] : [{ log, ...difference }]
  })
}

/** What to send so that the other side has all that is held here. */
export function toSend(
  logs: OrderLogs,
  different: readonly LogDifference[],
): readonly LogEntry<OrderMessage>[] {
  return different.flatMap((difference) => lackingOf(logs.entries[sideOf(difference.log)], difference))
}
