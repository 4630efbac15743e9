import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodePrimitives } from '../../store/primitives.ts'
import { bytesToDigest, digestOf, digestSchema, digestToBytes, isDigest } from './digest.ts'

test('the digest of a text is that of its UTF-8 (value from sha256sum)', () => {
  const expected = 'LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ'
  expect(digestOf(nodePrimitives, 'hello')).toBe(expected)
  expect(digestOf(nodePrimitives, new TextEncoder().encode('hello'))).toBe(expected)
})

test('every digest has one spelling', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const digest = bytesToDigest(bytes)
      expect(isDigest(digest)).toBe(true)
      expect(digestToBytes(digest)).toEqual(bytes)
      // The last character leaves two bits over; with one of them set it would decode to the same bytes.
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
      const last = alphabet.charAt(alphabet.indexOf(digest.charAt(42)) + 1)
      expect(isDigest(digest.slice(0, 42) + last)).toBe(false)
    }),
  )
})

test('arbitrary text is judged, and what is let through decodes', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom(...'AEIMQUabc-_09'), minLength: 42, maxLength: 44 }),
  )
  fc.assert(
    fc.property(text, (text) => {
      const parsed = digestSchema.safeParse(text)
      if (parsed.success) expect(bytesToDigest(digestToBytes(parsed.data))).toBe(text)
    }),
    { numRuns: 500 },
  )
  expect(digestSchema.safeParse(7).success).toBe(false)
})
