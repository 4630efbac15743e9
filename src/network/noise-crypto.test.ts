import { pureJsCrypto } from '@chainsafe/libp2p-noise'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { noiseCrypto } from './noise-crypto.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const hex = (data: { subarray(): Uint8Array }): string => Buffer.from(data.subarray()).toString('hex')

describe('noise crypto equals the package’s own', () => {
  test('ChaCha20-Poly1305, both directions', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 3_000 }),
        bytes(12),
        fc.uint8Array({ maxLength: 40 }),
        bytes(32),
        (text, nonce, ad, key) => {
          const sealed = noiseCrypto.chaCha20Poly1305Encrypt(text, nonce, ad, key)
          expect(hex(sealed)).toBe(hex(pureJsCrypto.chaCha20Poly1305Encrypt(text, nonce, ad, key)))
          const opened = noiseCrypto.chaCha20Poly1305Decrypt(sealed, nonce, ad, key)
          expect(hex(opened)).toBe(hex(text))
        },
      ),
      { numRuns: 60 },
    )
  })

  test('a changed byte anywhere is refused', () => {
    const [key, nonce, ad] = [new Uint8Array(32).fill(1), new Uint8Array(12), Uint8Array.of(7)]
    const sealed = noiseCrypto.chaCha20Poly1305Encrypt(Uint8Array.of(1, 2, 3), nonce, ad, key).subarray()
    for (let at = 0; at < sealed.length; at++) {
      const changed = Uint8Array.from(sealed)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(() => noiseCrypto.chaCha20Poly1305Decrypt(changed, nonce, ad, key)).toThrow()
    }
    expect(() => noiseCrypto.chaCha20Poly1305Decrypt(sealed, nonce, Uint8Array.of(8), key)).toThrow()
  })

  test('SHA-256, HKDF, X25519', () => {
    fc.assert(
      fc.property(bytes(32), bytes(32), fc.uint8Array({ maxLength: 32 }), (a, b, material) => {
        expect(hex(noiseCrypto.hashSHA256(a))).toBe(hex(pureJsCrypto.hashSHA256(a)))
        expect(noiseCrypto.getHKDF(a, material).map(hex)).toEqual(pureJsCrypto.getHKDF(a, material).map(hex))
        const pair = noiseCrypto.generateX25519KeyPairFromSeed(a)
        expect(hex(pair.publicKey)).toBe(hex(pureJsCrypto.generateX25519KeyPairFromSeed(a).publicKey))
        const other = noiseCrypto.generateX25519KeyPairFromSeed(b)
        expect(hex(noiseCrypto.generateX25519SharedKey(pair.privateKey, other.publicKey))).toBe(
          hex(pureJsCrypto.generateX25519SharedKey(pair.privateKey, other.publicKey)),
        )
      }),
      { numRuns: 10 },
    )
    const fresh = noiseCrypto.generateX25519KeyPair()
    expect(hex(pureJsCrypto.generateX25519KeyPairFromSeed(fresh.privateKey.subarray()).publicKey)).toBe(
      hex(fresh.publicKey),
    )
  })
})
