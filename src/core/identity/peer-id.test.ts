import fc from 'fast-check'
import { expect, test } from 'vitest'
import { peerIdSchema, peerIdToPublicKey, publicKeyToPeerId } from './peer-id.ts'

const key = fc.uint8Array({ minLength: 32, maxLength: 32 })

test('a key survives its peer id', () => {
  fc.assert(
    fc.property(key, (key) => {
      expect(peerIdToPublicKey(publicKeyToPeerId(key))).toEqual(key)
    }),
  )
})

test('arbitrary text: a key that is written the same again, or nothing', () => {
  const near = fc
    .tuple(key, fc.nat(51), fc.string({ maxLength: 2 }))
    .map(
      ([key, at, by]) =>
        publicKeyToPeerId(key).slice(0, at) + by + publicKeyToPeerId(key).slice(at + by.length),
    )
  fc.assert(
    fc.property(fc.oneof(fc.string(), near), (text) => {
      const read = peerIdToPublicKey(text)
      expect(peerIdSchema.safeParse(text).success).toBe(read !== undefined)
      if (read !== undefined) expect(publicKeyToPeerId(read)).toBe(text)
    }),
    { numRuns: 1000 },
  )
})
