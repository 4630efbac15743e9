import { hex } from '@scure/base'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodePrimitives } from '../../store/primitives.ts'
import { isStrictKey, verifyStrict } from './ed25519.ts'

const seed = fc.uint8Array({ minLength: 32, maxLength: 32 })

test('what is signed verifies; one bit flipped anywhere does not', () => {
  fc.assert(
    fc.property(seed, fc.uint8Array(), fc.nat(32 * 8 + 64 * 8 - 1), (seed, message, bit) => {
      const publicKey = new Uint8Array(nodePrimitives.ed25519PublicKey(seed))
      const signature = new Uint8Array(nodePrimitives.ed25519Sign(seed, message))
      expect(verifyStrict(nodePrimitives, publicKey, message, signature)).toBe(true)
      const [bytes, at] = bit < 256 ? [publicKey, bit] : [signature, bit - 256]
      bytes[at >> 3] = (bytes[at >> 3] ?? 0) ^ (1 << (at & 7))
      expect(verifyStrict(nodePrimitives, publicKey, message, signature)).toBe(false)
    }),
    { numRuns: 100 },
  )
})

test('arbitrary bytes are refused, never thrown on', () => {
  const bytes = fc.uint8Array({ maxLength: 100 })
  fc.assert(
    fc.property(bytes, bytes, bytes, (publicKey, message, signature) => {
      expect(verifyStrict(nodePrimitives, publicKey, message, signature)).toBe(false)
    }),
  )
})

test('all nineteen spellings of y at or above p are refused, with either sign', () => {
  for (let above = 0; above < 19; above++) {
    const bytes = new Uint8Array(32).fill(0xff)
    bytes[0] = 0xed + above
    expect(isStrictKey(bytes)).toBe(false)
    bytes[31] = 0x7f
    expect(isStrictKey(bytes)).toBe(false)
  }
})

test('the largest y below p that is not of small order is let through to the library', () => {
  expect(isStrictKey(hex.decode(`eb${'ff'.repeat(30)}7f`))).toBe(true)
  expect(isStrictKey(hex.decode(`ec${'ff'.repeat(30)}7f`))).toBe(false) // -1, order 2
  expect(isStrictKey(hex.decode(`ed${'ff'.repeat(29)}feff`))).toBe(true)
})
