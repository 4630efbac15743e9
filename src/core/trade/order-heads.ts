import { z } from 'zod'
import { digestSchema } from '../signature/digest.ts'
import type { LinkedLogs, LogEntry, Logged, Side, TwoLogs } from './order-log.ts'

/** The newest linked message of a log, and how many are held of it: also those that wait or are doubled. */
export interface LogHead {
  readonly seq: number
  readonly digest: LogEntry<Logged>['digest']
  readonly count: number
}

/** @param messagesMax of one log */
export function logHeadSchema(messagesMax: number): z.ZodType<LogHead> {
  return z.strictObject({
    seq: z
      .int()
      .min(0)
      .max(messagesMax - 1),
    digest: digestSchema,
    count: z
      .int()
      .min(1)
      .max(2 * messagesMax),
  })
}

export function headOf<M extends Logged>(
  logs: TwoLogs<M>,
  linked: LinkedLogs<M>,
  side: Side,
): LogHead | undefined {
  const last = linked.logs[side].at(-1)
  const count = logs[side].length
  return last === undefined ? undefined : { seq: last.message.seq, digest: last.digest, count }
}

export type Difference =
  | { readonly is: 'behind'; readonly from: number } // the other lacks messages from this seq on
  | { readonly is: 'ahead' } // messages are lacking here
  | { readonly is: 'forked' } // different messages with one seq

/**
 * How a log here compares with the other side's copy; `undefined` if they are equal.
 * @param head theirs; `undefined`: they hold nothing @see protocol/records/order.md §12
 */
export function logDifference<M extends Logged>(
  logs: TwoLogs<M>,
  linked: LinkedLogs<M>,
  side: Side,
  head: LogHead | undefined,
): Difference | undefined {
  const held = logs[side]
  if (head === undefined) return held.length === 0 ? undefined : { is: 'behind', from: 0 }
  if (linked.logs[side][head.seq]?.digest === head.digest) {
    // What they hold is linked here: they may lack what follows, or the second of two with one seq.
    const before = held.filter(({ message }) => message.seq <= head.seq).length
    const lacking = held.length > head.count
    if (lacking) return { is: 'behind', from: before > head.seq + 1 ? 0 : head.seq + 1 }
    return held.length < head.count ? { is: 'ahead' } : undefined
  }
  const isHeld = held.some(({ digest }) => digest === head.digest)
  const hasOther = held.some(({ message, digest }) => message.seq === head.seq && digest !== head.digest)
  return { is: hasOther || (isHeld && isForked(held)) ? 'forked' : 'ahead' }
}

/** What the other side lacks of a log. */
export function lackingOf<M extends Logged>(
  log: readonly LogEntry<M>[],
  difference: Difference,
): readonly LogEntry<M>[] {
  if (difference.is === 'ahead') return []
  const from = difference.is === 'forked' ? 0 : difference.from
  return log.filter(({ message }) => message.seq >= from)
}

function isForked<M extends Logged>(log: readonly LogEntry<M>[]): boolean {
  return log.some(({ message }, at) => message.seq === log[at - 1]?.message.seq)
}
