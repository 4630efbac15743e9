import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Digest } from '../signature/digest.ts'
import {
  inOrder,
  type LogEntry,
  type Logged,
  linkLogs,
  pastOf,
  type TwoLogs,
  withEntry,
} from './order-log.ts'

interface Note extends Logged {
  readonly by: 0 | 1
}

/** The digest is a name here: nothing is hashed. */
function entry(by: 0 | 1, seq: number, name: string, prev?: string, seen?: string): LogEntry<Note> {
  const message: Note = {
    by,
    seq,
    time: 0,
    ...(prev === undefined ? {} : { prev: prev as Digest }),
    ...(seen === undefined ? {} : { seen: seen as Digest }),
  }
  return { message, text: name, digest: name as Digest, at: 0 }
}

function gathered(entries: readonly LogEntry<Note>[]): TwoLogs<Note> {
  return entries.reduce<TwoLogs<Note>>(
    ([first, second], one) =>
      one.message.by === 0 ? [withEntry(first, one, second), second] : [first, withEntry(second, one, first)],
    [[], []],
  )
}

const names = (entries: Iterable<readonly [unknown, LogEntry<Note>]>): string =>
  [...entries].map(([, { text }]) => text).join(' ')

// Lower case: the buyer's; upper case: the seller's, which is the spine.
const talk = [
  entry(0, 0, 'a'),
  entry(1, 0, 'A', undefined, 'a'),
  entry(0, 1, 'b', 'a', 'A'),
  entry(1, 1, 'B', 'A', 'a'), // crosses b
  entry(1, 2, 'C', 'B', 'b'),
  entry(0, 2, 'c', 'b', 'B'),
]

describe('linking', () => {
  test('the spine comes as soon as it can, the other when the spine has to wait', () => {
    expect(names(inOrder(linkLogs(gathered(talk)), 1))).toBe('a A B b C c')
    expect(names(inOrder(linkLogs(gathered(talk)), 0))).toBe('a A b B c C')
  })

  test('does not depend on what came first', () => {
    const shuffled = fc.shuffledSubarray(talk, { minLength: talk.length, maxLength: talk.length })
    fc.assert(
      fc.property(shuffled, fc.integer({ min: 0, max: talk.length }), (entries, count) => {
        expect(names(inOrder(linkLogs(gathered(entries)), 1))).toBe('a A B b C c')
        const some = entries.slice(0, count)
        expect(linkLogs(gathered(some))).toEqual(linkLogs(gathered(some.toReversed())))
      }),
    )
  })

  test('a message whose past is not there waits, and all behind it', () => {
    const without = talk.filter(({ text }) => text !== 'b')
    expect(names(inOrder(linkLogs(gathered(without)), 1))).toBe('a A B')
  })

  test('the past of a message is what it had seen', () => {
    const links = linkLogs(gathered(talk))
    const last = links.logs[0][2]
    expect(last?.seenCount).toBe(2)
    expect(names(inOrder(pastOf(links, 0, 2, last?.seenCount ?? 0), 1))).toBe('a A B b')
  })
})

describe('two messages with one seq', () => {
  const second = entry(1, 1, 'X', 'A', 'a')
  const [a, A, b, B, C, c] = talk as [
    LogEntry<Note>,
    LogEntry<Note>,
    LogEntry<Note>,
    LogEntry<Note>,
    LogEntry<Note>,
    LogEntry<Note>,
  ]

  test('neither counts while the other side has acknowledged none', () => {
    const links = linkLogs(gathered([a, A, b, B, second, C]))
    expect(names(inOrder(links, 1))).toBe('a A b')
    expect(links.forks).toMatchObject([{ side: 1, entries: [{ text: 'B' }, { text: 'X' }] }])
  })

  test('the one counts that the other side has seen', () => {
    expect(names(inOrder(linkLogs(gathered([a, A, b, B, second, C, c])), 1))).toBe('a A B b C c')
    const answered = entry(0, 2, 'x', 'b', 'X')
    expect(names(inOrder(linkLogs(gathered([a, A, b, B, second, answered])), 1))).toBe('a A X b x')
  })

  test('whoever acknowledged both has acknowledged none', () => {
    const answered = entry(0, 3, 'x', 'c', 'X')
    expect(names(inOrder(linkLogs(gathered([...talk, second, answered])), 1))).toBe('a A b')
  })

  test('a third is not kept, whatever came first', () => {
    const third = entry(1, 1, 'D', 'A', 'a')
    for (const entries of [
      [B, second, third],
      [third, second, B],
      [second, third, B],
    ]) {
      const [, log] = gathered([a, A, b, c, ...entries])
      expect(log.map(({ text }) => text)).toEqual(['A', 'B', 'D'])
    }
  })
})
