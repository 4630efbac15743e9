import { base58, base64urlnopad } from '@scure/base'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  base58btcToBytes,
  base64urlToBytes,
  bytesToBase58btc,
  bytesToBase64url,
  type Curve,
  ed25519KeySchema,
  multibaseToPublicKey,
  publicKeyToMultibase,
  x25519KeySchema,
} from './base.ts'

const key = fc.uint8Array({ minLength: 32, maxLength: 32 })

test('a public key survives its text, and only as its own kind', () => {
  fc.assert(
    fc.property(key, fc.constantFrom<Curve>('ed25519', 'x25519'), (key, curve) => {
      const text = publicKeyToMultibase(key, curve)
      expect(multibaseToPublicKey(text, curve)).toEqual(key)
      expect(multibaseToPublicKey(text, curve === 'ed25519' ? 'x25519' : 'ed25519')).toBeUndefined()
      expect(x25519KeySchema.safeParse(text).success).toBe(curve === 'x25519')
    }),
  )
})

test('a key has one spelling: every text that is read is written the same', () => {
  const near = fc.tuple(key, fc.nat(47), fc.string({ maxLength: 2 })).map(([key, at, by]) => {
    const text = publicKeyToMultibase(key)
    return text.slice(0, at) + by + text.slice(at + by.length)
  })
  fc.assert(
    fc.property(fc.oneof(fc.string(), near), (text) => {
      const read = multibaseToPublicKey(text)
      if (read !== undefined) expect(publicKeyToMultibase(read)).toBe(text)
    }),
    { numRuns: 1000 },
  )
})

test('a key of small order is no key', () => {
  const one = new Uint8Array(32)
  one[0] = 1
  expect(ed25519KeySchema.safeParse(publicKeyToMultibase(one)).success).toBe(false)
  expect(ed25519KeySchema.safeParse(publicKeyToMultibase(new Uint8Array(32).fill(5))).success).toBe(true)
})

test('arbitrary text: bytes that are written the same again, or nothing', () => {
  const text = fc.oneof(
    fc.string(),
    fc.uint8Array({ maxLength: 80 }).map((bytes) => `z${base58.encode(bytes)}`),
    fc.uint8Array({ maxLength: 80 }).map((bytes) => base64urlnopad.encode(bytes)),
    fc.string({ unit: fc.constantFrom(...'AQgw-_=z0') }),
  )
  fc.assert(
    fc.property(text, fc.nat(80), (text, length) => {
      const base58Bytes = base58btcToBytes(text, length)
      if (base58Bytes !== undefined) {
        expect(base58Bytes.length).toBe(length)
        expect(bytesToBase58btc(base58Bytes)).toBe(text)
      }
      const base64Bytes = base64urlToBytes(text)
      if (base64Bytes !== undefined) expect(bytesToBase64url(base64Bytes)).toBe(text)
    }),
    { numRuns: 1000 },
  )
})

test('the length bound of base58 lets every value of that length through', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      expect(base58btcToBytes(bytesToBase58btc(bytes), bytes.length)).toEqual(bytes)
    }),
  )
  const largest = new Uint8Array(64).fill(255)
  expect(base58btcToBytes(bytesToBase58btc(largest), 64)).toEqual(largest)
})
