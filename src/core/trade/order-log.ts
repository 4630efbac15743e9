import type { Digest } from '../signature/digest.ts'

/** Messages that wait for one before them, of one author. */
export const orderPendingMax = 16

/** What a message needs to stand in one of two logs. */
export interface Logged {
  readonly seq: number
  readonly prev?: Digest
  readonly seen?: Digest
  readonly time: number
}

/** A message as it is held: verified, whether or not it is linked yet. */
export interface LogEntry<M extends Logged> {
  readonly message: M
  readonly text: string
  /** Of the text, proof included. */
  readonly digest: Digest
  /** When it was stored here, UTC seconds by the own clock. Says nothing in the fold. */
  readonly at: number
}

/** The logs of two authors; each by seq, at most two entries with one seq. */
export type TwoLogs<M extends Logged> = readonly [readonly LogEntry<M>[], readonly LogEntry<M>[]]
export type Side = 0 | 1

export interface LinkedEntry<M extends Logged> extends LogEntry<M> {
  /** How many messages of the other its author had seen. */
  readonly seenCount: number
}

/** Two different messages of one author with one seq: a proof against it. */
export interface Fork<M extends Logged> {
  readonly side: Side
  readonly entries: readonly [LogEntry<M>, LogEntry<M>]
}

/** What counts of two logs. */
export interface LinkedLogs<M extends Logged> {
  /** By seq from 0 without gaps; everything that a message has seen is in the other. */
  readonly logs: readonly [readonly LinkedEntry<M>[], readonly LinkedEntry<M>[]]
  readonly forks: readonly Fork<M>[]
}

/**
 * Links two logs: from seq 0, by `prev`, as far as what was seen is there. At a fork the entry counts that the
 * other acknowledged; if none is, or both are, the log ends. Depends on the set of entries alone.
 * @see protocol/records/order.md §6–8. O(messages).
 */
export function linkLogs<M extends Logged>(logs: TwoLogs<M>): LinkedLogs<M> {
  const forks = ([0, 1] as const).flatMap((side) => forksOf(logs[side], side))
  const chains = ([0, 1] as const).map((side) =>
    chainOf(logs[side], forks.length === 0 ? noDigests : acknowledged(logs[side], logs[1 - side] ?? [])),
  )
  const linked: [LinkedEntry<M>[], LinkedEntry<M>[]] = [[], []]
  const counts: [Map<Digest, number>, Map<Digest, number>] = [new Map(), new Map()]
  for (let before = -1; before !== linked[0].length + linked[1].length; ) {
    before = linked[0].length + linked[1].length
    for (const side of [0, 1] as const) {
      const own = linked[side]
      for (let entry = chains[side]?.[own.length]; entry !== undefined; entry = chains[side]?.[own.length]) {
        const { seen } = entry.message
        const seenCount = seen === undefined ? 0 : counts[side === 0 ? 1 : 0].get(seen)
        if (seenCount === undefined) break
        own.push({ ...entry, seenCount })
        counts[side].set(entry.digest, own.length)
      }
    }
  }
  return { logs: linked, forks }
}

const noDigests: ReadonlySet<Digest> = new Set()

function forksOf<M extends Logged>(log: readonly LogEntry<M>[], side: Side): Fork<M>[] {
  const forks: Fork<M>[] = []
  for (const [at, entry] of log.entries()) {
    const before = log[at - 1]
    if (before?.message.seq === entry.message.seq) forks.push({ side, entries: [before, entry] })
  }
  return forks
}

/** By seq and `prev`; ends at a gap, and at a fork that leaves none or two to choose. */
function chainOf<M extends Logged>(
  log: readonly LogEntry<M>[],
  acknowledgedDigests: ReadonlySet<Digest>,
): readonly LogEntry<M>[] {
  const chain: LogEntry<M>[] = []
  for (let at = 0; at < log.length; ) {
    const seq = chain.length
    let same = at
    while (log[same]?.message.seq === seq) same++
    if (same === at) break
    const candidates = log.slice(at, same)
    const next =
      candidates.length === 1
        ? candidates
        : candidates.filter(({ digest }) => acknowledgedDigests.has(digest))
    const [entry] = next
    if (entry === undefined || next.length > 1) break
    if (entry.message.prev !== chain[seq - 1]?.digest) break
    chain.push(entry)
    at = same
  }
  return chain
}

/** What of a log the other's messages have seen, and all that comes before it. */
function acknowledged<M extends Logged>(
  log: readonly LogEntry<M>[],
  other: readonly LogEntry<M>[],
): ReadonlySet<Digest> {
  const byDigest = new Map(log.map((entry) => [entry.digest, entry]))
  const found = new Set<Digest>()
  for (const { message } of other) {
    for (let digest = message.seen; digest !== undefined && !found.has(digest); ) {
      const entry = byDigest.get(digest)
      if (entry === undefined) break
      found.add(digest)
      digest = entry.message.prev
    }
  }
  return found
}

/**
 * The log with one more entry. Of more than two with one seq those stay that the other has seen, then those with
 * the smaller digest: whatever came first, the same two.
 */
export function withEntry<M extends Logged>(
  log: readonly LogEntry<M>[],
  entry: LogEntry<M>,
  other: readonly LogEntry<M>[],
): readonly LogEntry<M>[] {
  const last = log.at(-1)
  if (last === undefined || last.message.seq < entry.message.seq) return [...log, entry]
  const all = [...log, entry].sort(
    (a, b) => a.message.seq - b.message.seq || (a.digest < b.digest ? -1 : a.digest > b.digest ? 1 : 0),
  )
  const same = all.filter(({ message }) => message.seq === entry.message.seq)
  if (same.length <= 2) return all
  const seen = acknowledged(log, other)
  const kept = same.toSorted((a, b) => Number(seen.has(b.digest)) - Number(seen.has(a.digest))).slice(0, 2)
  return all.filter((one) => one.message.seq !== entry.message.seq || kept.includes(one))
}

/**
 * Everything that is linked in one order: the next message of `spine` as soon as what it has seen is taken, else
 * the other's. So a message of the spine comes right behind its causal past.
 */
export function* inOrder<M extends Logged>(
  { logs }: Pick<LinkedLogs<M>, 'logs'>,
  spine: Side,
): Iterable<readonly [side: Side, entry: LinkedEntry<M>]> {
  const other: Side = spine === 0 ? 1 : 0
  const [first, second] = [logs[spine], logs[other]]
  let taken = 0
  for (const entry of first) {
    for (; taken < entry.seenCount; taken++) {
      const before = second[taken]
      if (before !== undefined) yield [other, before]
    }
    yield [spine, entry]
  }
  for (; taken < second.length; taken++) {
    const rest = second[taken]
    if (rest !== undefined) yield [other, rest]
  }
}

/** What a message of `side` could build on: the own messages before it and what it had seen. */
export function pastOf<M extends Logged>(
  { logs }: Pick<LinkedLogs<M>, 'logs'>,
  side: Side,
  ownCount: number,
  seenCount: number,
): Pick<LinkedLogs<M>, 'logs'> {
  const own = logs[side].slice(0, ownCount)
  const other = logs[side === 0 ? 1 : 0].slice(0, seenCount)
  return { logs: side === 0 ? [own, other] : [other, own] }
}
