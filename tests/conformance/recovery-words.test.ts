import { describe, expect, test } from 'vitest'
import {
  createRecoveryWords,
  eventKeyDigest,
  eventKeySeed,
  findEventKey,
  parseRecoveryWords,
  type RecoveryWords,
  RecoveryWordsError,
  recoverySeed,
} from '../../src/core/identity/recovery-words.ts'
import { publicKeyToMultibase } from '../../src/core/signature/base.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { bytesOfHex, readVectors } from './vectors.ts'

interface Vectors {
  readonly valid: readonly {
    comment: string
    entropy: string
    words: string
    seed: string
    eventKeys: readonly { index: number; seed: string; publicKey: string; digest: string }[]
  }[]
  readonly typed: readonly { comment: string; typed: string; words: string }[]
  readonly refused: readonly { comment: string; typed: string; code: string; position?: number }[]
}

const vectors = readVectors<Vectors>('recovery-words')
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

describe('recovery words', () => {
  test.each(vectors.valid)('keys: $comment', ({ entropy, words, seed, eventKeys }) => {
    expect(createRecoveryWords(bytesOfHex(entropy))).toBe(words)
    const bytes = recoverySeed(words as RecoveryWords)
    expect(hexOf(bytes)).toBe(seed)
    for (const { index, seed, publicKey, digest } of eventKeys) {
      const eventSeed = eventKeySeed(nodePrimitives, bytes, index)
      expect(hexOf(eventSeed)).toBe(seed)
      expect(publicKeyToMultibase(nodePrimitives.ed25519PublicKey(eventSeed))).toBe(publicKey)
      expect(eventKeyDigest(nodePrimitives, bytes, index)).toBe(digest)
      expect(findEventKey(nodePrimitives, bytes, eventKeyDigest(nodePrimitives, bytes, index))).toBe(index)
    }
  })

  test.each(vectors.typed)('typed: $comment', ({ typed, words }) => {
    expect(parseRecoveryWords(typed)).toBe(words)
  })

  test.each(vectors.refused)('refused: $comment', ({ typed, code, position }) => {
    const error = parseRecoveryWords(typed)
    expect(error).toBeInstanceOf(RecoveryWordsError)
    expect(error).toMatchObject({ code, position })
  })
})
