import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodePrimitives } from '../../store/primitives.ts'
import {
  createRecoveryWords,
  eventKeyDigest,
  eventKeyIndexesMax,
  eventKeySeed,
  findEventKey,
  parseRecoveryWords,
  RecoveryWordsError,
  recoverySeed,
  recoveryWordCount,
} from './recovery-words.ts'

const entropy = fc.uint8Array({ minLength: 32, maxLength: 32 })
const words = createRecoveryWords(new Uint8Array(32).fill(3))
const seed = recoverySeed(words)

test('words are read as they were made', () => {
  fc.assert(
    fc.property(entropy, fc.constantFrom(' ', '\n', '\t ', ', '), (entropy, separator) => {
      const words = createRecoveryWords(entropy)
      expect(words.split(' ').length).toBe(recoveryWordCount)
      expect(parseRecoveryWords(words.replaceAll(' ', separator))).toBe(words)
    }),
  )
})

test('arbitrary text is refused with a reason, never thrown on', () => {
  const list = words.split(' ')
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(...list, 'zoo', '7.', ''), { maxLength: 30 }).map((list) => list.join(' ')),
  )
  fc.assert(
    fc.property(text, (text) => {
      const read = parseRecoveryWords(text)
      // A random order has the right checksum once in 256.
      if (!(read instanceof RecoveryWordsError)) expect(parseRecoveryWords(read)).toBe(read)
    }),
    { numRuns: 500 },
  )
})

test('an error names the word and similar ones, and nothing else of what was typed', () => {
  const list = words.split(' ')
  list[4] = 'absord'
  const error = parseRecoveryWords(list.join(' ')) as RecoveryWordsError
  expect(error.position).toBe(5)
  expect(error.message).toContain('absorb')
  for (const other of new Set(list.filter((word) => !word.startsWith('abs'))))
    expect(error.message).not.toContain(other)
})

test('an event key is found wherever it is', () => {
  for (const index of [0, 1, 500, eventKeyIndexesMax - 1]) {
    expect(findEventKey(nodePrimitives, seed, eventKeyDigest(nodePrimitives, seed, index), 3)).toBe(index)
  }
  const other = eventKeyDigest(nodePrimitives, new Uint8Array(64), 0)
  expect(findEventKey(nodePrimitives, seed, other)).toBeUndefined()
})

test('indexes have an end', () => {
  for (const index of [-1, eventKeyIndexesMax, 0.5]) {
    expect(() => eventKeySeed(nodePrimitives, seed, index)).toThrow(RangeError)
  }
  expect(() => createRecoveryWords(new Uint8Array(16))).toThrow(RangeError)
})
