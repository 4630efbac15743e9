import { hex } from '@scure/base'
import type { Primitives } from './primitives.ts'

/** The group order L = 2^252 + 27742317777372353535851937790883648493, little-endian (RFC 8032 §5.1). */
const groupOrder = hex.decode('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010')

/** y of the eight points whose order divides 8, sign bit cleared; ±x share one y. */
const smallOrderY = [
  '0000000000000000000000000000000000000000000000000000000000000000', // order 4
  '0100000000000000000000000000000000000000000000000000000000000000', // order 1, the neutral element
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', // order 2, y = -1
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', // order 8
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', // order 8
].map((text) => hex.decode(text))

/**
 * Ed25519 by the rules of protocol/signatures.md §4, the same on every machine: libraries differ on malformed input,
 * so what they differ on is refused before they see it. Costs one library verification (some 140 µs) and under 1 µs.
 * @returns false for a signature that is wrong, malformed, or by a key that anybody could sign with
 */
export function verifyStrict(
  primitives: Primitives,
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  return (
    isStrictKey(publicKey) &&
    isStrictSignature(signature) &&
    primitives.ed25519Verify(publicKey, message, signature)
  )
}

/** 32 bytes, y below p, not of small order. Whether such a point exists is left to the library. */
export function isStrictKey(publicKey: Uint8Array): boolean {
  return publicKey.length === 32 && isStrictPoint(publicKey)
}

/** 64 bytes R ‖ S with R as strict as a key and S < L. */
function isStrictSignature(signature: Uint8Array): boolean {
  return signature.length === 64 && isStrictPoint(signature) && isBelowOrder(signature)
}

function isStrictPoint(bytes: Uint8Array): boolean {
  return isCanonicalY(bytes) && !smallOrderY.some((y) => hasY(bytes, y))
}

/** y < p = 2^255 - 19, in the first 32 bytes without the sign bit. */
function isCanonicalY(bytes: Uint8Array): boolean {
  if (((bytes[31] ?? 0) & 0x7f) !== 0x7f) return true
  for (let index = 30; index > 0; index--) if (bytes[index] !== 0xff) return true
  return (bytes[0] ?? 0) < 0xed
}

function hasY(bytes: Uint8Array, y: Uint8Array): boolean {
  for (let index = 0; index < 31; index++) if (bytes[index] !== y[index]) return false
  return ((bytes[31] ?? 0) & 0x7f) === y[31]
}

/** S < L, S being bytes 32 to 63, little-endian. */
function isBelowOrder(signature: Uint8Array): boolean {
  for (let index = 31; index >= 0; index--) {
    const difference = (signature[32 + index] ?? 0) - (groupOrder[index] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}
