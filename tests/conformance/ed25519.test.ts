import { describe, expect, test } from 'vitest'
import { verifyStrict } from '../../src/core/signature/ed25519.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { bytesOfHex, readVectors } from './vectors.ts'

interface Case {
  readonly comment: string
  readonly publicKey: string
  readonly message: string
  readonly signature: string
  readonly malformed: boolean
  readonly valid: boolean
}

const { cases } = readVectors<{ cases: readonly Case[] }>('ed25519')
/** A library that accepts all that it is shown: what is refused now, our own rules refused. */
const credulous = { ...nodePrimitives, ed25519Verify: () => true }

describe('ed25519', () => {
  test.each(cases)('$comment', ({ publicKey, message, signature, malformed, valid }) => {
    const input = [bytesOfHex(publicKey), bytesOfHex(message), bytesOfHex(signature)] as const
    expect(verifyStrict(nodePrimitives, ...input)).toBe(valid)
    expect(verifyStrict(credulous, ...input)).toBe(!malformed)
  })
})
