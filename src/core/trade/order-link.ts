import type { Digest } from '../signature/digest.ts'
import {
  inOrder,
  type LinkedEntry,
  type LinkedLogs,
  type LogEntry,
  type Logged,
  linkLogs,
  orderPendingMax,
  type Side,
  type TwoLogs,
  withEntry,
} from './order-log.ts'

/** Whether a message that can be linked may be: the rule of its noun. */
export type LinkCheck<M extends Logged, P extends string> = (
  links: LinkedLogs<M>,
  side: Side,
  entry: LinkedEntry<M>,
) => P | undefined

export interface Dropped<M, P> {
  readonly message: M
  readonly problem: P | 'chain'
}

export type LinkOutcome<M extends Logged, P extends string> =
  | {
      readonly ok: true
      readonly entries: TwoLogs<M>
      /** What is linked now and was not before, in the order of the fold. */
      readonly linked: readonly M[]
      /** What waited, and was not legal. */
      readonly dropped: readonly Dropped<M, P>[]
      /** Something is missing before the message: it waits. */
      readonly gap: boolean
    }
  | { readonly ok: false; readonly problem: P | 'chain' | 'gap' }

/**
 * Adds a verified message to one of two logs, and links what can be linked now: each is checked once, in the order
 * of the fold. What is not legal is not kept.
 * @see protocol/records/order.md §6, checks 13–16
 */
export function linkEntry<M extends Logged, P extends string>(
  logs: TwoLogs<M>,
  side: Side,
  entry: LogEntry<M>,
  spine: Side,
  check: LinkCheck<M, P>,
): LinkOutcome<M, P> {
  const before = linkLogs(logs)
  const checked = new Set(before.logs.flatMap((log) => log.map(({ digest }) => digest)))
  const { seq, prev } = entry.message
  const isFork = logs[side].some(({ message }) => message.seq === seq)
  const last = before.logs[side][seq - 1]
  if (!isFork && last !== undefined && last.digest !== prev) return { ok: false, problem: 'chain' }
  const settled = settle(withLogEntry(logs, side, entry), spine, checked, check)
  const own = settled.dropped.find(({ message }) => message === entry.message)
  if (own !== undefined) return { ok: false, problem: own.problem }
  const gap = !isFork && !settled.linked.includes(entry.message)
  const waiting = settled.entries[side].length - settled.linkedCounts[side]
  if (gap && waiting > orderPendingMax) return { ok: false, problem: 'gap' }
  return { ok: true, ...settled, gap }
}

export function withLogEntry<M extends Logged>(logs: TwoLogs<M>, side: Side, entry: LogEntry<M>): TwoLogs<M> {
  const [first, second] = logs
  return side === 0 ? [withEntry(first, entry, second), second] : [first, withEntry(second, entry, first)]
}

/** Checks all that is linked and was not before; takes out what is not legal, with what builds on it. */
function settle<M extends Logged, P extends string>(
  logs: TwoLogs<M>,
  spine: Side,
  checked: Set<Digest>,
  check: LinkCheck<M, P>,
): {
  readonly entries: TwoLogs<M>
  readonly linked: M[]
  readonly dropped: Dropped<M, P>[]
  readonly linkedCounts: readonly [number, number]
} {
  const linked: M[] = []
  const dropped: Dropped<M, P>[] = []
  let entries = logs
  for (;;) {
    const links = linkLogs(entries)
    let wrong: Digest | undefined
    for (const [side, entry] of inOrder(links, spine)) {
      if (checked.has(entry.digest)) continue
      const problem = goesBack(links, side, entry) ? 'chain' : check(links, side, entry)
      if (problem === undefined) {
        checked.add(entry.digest)
        linked.push(entry.message)
        continue
      }
      dropped.push({ message: entry.message, problem })
      wrong = entry.digest
      break
    }
    const linkedCounts = [links.logs[0].length, links.logs[1].length] as const
    if (wrong === undefined) return { entries, linked, dropped, linkedCounts }
    const rest = (log: readonly LogEntry<M>[]) => log.filter(({ digest }) => digest !== wrong)
    entries = [rest(entries[0]), rest(entries[1])]
  }
}

/** Time and what was seen never go back. */
function goesBack<M extends Logged>(
  links: LinkedLogs<M>,
  side: Side,
  { message, seenCount }: LinkedEntry<M>,
): boolean {
  const before = links.logs[side][message.seq - 1]
  return before !== undefined && (message.time < before.message.time || seenCount < before.seenCount)
}
