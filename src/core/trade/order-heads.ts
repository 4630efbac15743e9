import { z } from 'zod'
import { digestSchema } from '../signature/digest.ts'
import type { LinkedLogs, LogEntry, Logged, Side, TwoLogs } from './order-log.ts'

/** What is held of a log: how many messages, the highest seq, and the newest one that is linked, if any is. */
export interface LogHead {
  readonly count: number
  readonly top: number
  readonly linked?: { readonly seq: number; readonly digest: LogEntry<Logged>['digest'] }
}

/** @param messagesMax of one log */
export function logHeadSchema(messagesMax: number): z.ZodType<LogHead> {
  const seq = z
    .int()
    .min(0)
    .max(messagesMax - 1)
  return z.strictObject({
    count: z
      .int()
      .min(1)
      .max(2 * messagesMax),
    top: seq,
    linked: z.strictObject({ seq, digest: digestSchema }).exactOptional(),
  })
}

/** `undefined`: nothing is held. */
export function headOf<M extends Logged>(
  logs: TwoLogs<M>,
  linked: LinkedLogs<M>,
  side: Side,
): LogHead | undefined {
  const top = logs[side].at(-1)?.message.seq
  if (top === undefined) return undefined
  const count = logs[side].length
  const last = linked.logs[side].at(-1)
  return last === undefined
    ? { count, top }
    : { count, top, linked: { seq: last.message.seq, digest: last.digest } }
}

/** How a log here differs from the other side's copy. */
export interface Difference {
  /** The other lacks messages from this seq on; `undefined`: none. */
  readonly there: number | undefined
  /** Messages are lacking here. */
  readonly here: boolean
  /** Different messages have one seq. */
  readonly isForked: boolean
}

/**
 * Compares a log with what the other side holds of it; `undefined` if nothing is lacking on either.
 * @param head theirs; `undefined`: they hold nothing @see protocol/records/order.md §12
 */
export function logDifference<M extends Logged>(
  logs: TwoLogs<M>,
  linked: LinkedLogs<M>,
  side: Side,
  head: LogHead | undefined,
): Difference | undefined {
  const held = logs[side]
  const own = linked.logs[side]
  const top = held.at(-1)?.message.seq ?? -1
  if (head === undefined) return top < 0 ? undefined : { there: 0, here: false, isForked: false }
  const theirs = head.linked
  const here = head.top > top || head.count > held.length
  if (theirs !== undefined && own[theirs.seq]?.digest !== theirs.digest) {
    const hasOther = held.some(
      ({ message, digest }) => message.seq === theirs.seq && digest !== theirs.digest,
    )
    const isForked = hasOther || (isDoubled(held) && held.some(({ digest }) => digest === theirs.digest))
    if (isForked) return { there: 0, here: true, isForked }
    return { there: top > theirs.seq ? theirs.seq + 1 : undefined, here: true, isForked }
  }
  // What they have linked is linked here: they may lack what follows, or the second of two with one seq.
  const count = (theirs?.seq ?? -1) + 1
  const before = held.filter(({ message }) => message.seq < count).length
  const lacks = own.length > count || held.length > head.count
  const there = lacks ? (before > count ? 0 : count) : undefined
  return there === undefined && !here ? undefined : { there, here, isForked: false }
}

/** What the other side lacks of a log. */
export function lackingOf<M extends Logged>(
  log: readonly LogEntry<M>[],
  { there }: Difference,
): readonly LogEntry<M>[] {
  return there === undefined ? [] : log.filter(({ message }) => message.seq >= there)
}

function isDoubled<M extends Logged>(log: readonly LogEntry<M>[]): boolean {
  return log.some(({ message }, at) => message.seq === log[at - 1]?.message.seq)
}
