import { base58, base64urlnopad } from '@scure/base'
import { z } from 'zod'
import { isStrictKey } from './ed25519.ts'

export type Curve = 'ed25519' | 'x25519'

/** Multicodec codes as unsigned varints. Source: the multicodec table, `ed25519-pub` and `x25519-pub`. */
const codecs: Readonly<Record<Curve, readonly [number, number]>> = {
  ed25519: [0xed, 0x01],
  x25519: [0xec, 0x01],
}

/** Two bytes of codec and 32 of key always make `z` and 47 characters, of which the first four are fixed. */
const multibasePatterns: Readonly<Record<Curve, RegExp>> = {
  ed25519: /^z6Mk[1-9A-HJ-NP-Za-km-z]{44}$/,
  x25519: /^z6LS[1-9A-HJ-NP-Za-km-z]{44}$/,
}

/** A public key as text: multibase base58btc of multicodec and key, as in `did:key`. Spec: protocol/signatures.md §3. */
export const ed25519KeySchema = z.string().refine(isStrictEd25519Key, {
  error: 'not an Ed25519 public key in multibase (z6Mk…)',
})
export const x25519KeySchema = z
  .string()
  .refine((text) => multibaseToPublicKey(text, 'x25519') !== undefined, {
    error: 'not an X25519 public key in multibase (z6LS…)',
  })

function isStrictEd25519Key(text: string): boolean {
  const publicKey = multibaseToPublicKey(text)
  return publicKey !== undefined && isStrictKey(publicKey)
}

/** @throws {RangeError} if `publicKey` has not 32 bytes */
export function publicKeyToMultibase(publicKey: Uint8Array, curve: Curve = 'ed25519'): string {
  if (publicKey.length !== 32) throw new RangeError('a public key has 32 bytes')
  const bytes = new Uint8Array(34)
  bytes.set(codecs[curve])
  bytes.set(publicKey, 2)
  return bytesToBase58btc(bytes)
}

/** The 32 bytes of a key; `undefined` if the text is not one of that curve. */
export function multibaseToPublicKey(multibase: string, curve: Curve = 'ed25519'): Uint8Array | undefined {
  if (!multibasePatterns[curve].test(multibase)) return undefined
  const bytes = base58btcToBytes(multibase, 34)
  const [first, second] = codecs[curve]
  return bytes !== undefined && bytes[0] === first && bytes[1] === second ? bytes.subarray(2) : undefined
}

/** `did:key:z…` of an Ed25519 key in multibase. */
export function didKeyOf(multibase: string): string {
  return `did:key:${multibase}`
}

/** Multibase base58btc: `z` and the Bitcoin alphabet. */
export function bytesToBase58btc(bytes: Uint8Array): string {
  return `z${base58.encode(bytes)}`
}

/** Exactly `length` bytes of a `z…` text; `undefined` for anything else. Bounded: base58 costs the square of the length. */
export function base58btcToBytes(text: string, length: number): Uint8Array | undefined {
  if (text[0] !== 'z' || text.length > 1 + Math.ceil(length * 1.37)) return undefined
  let bytes: Uint8Array
  try {
    bytes = base58.decode(text.slice(1))
  } catch {
    return undefined
  }
  return bytes.length === length ? bytes : undefined
}

/** base64url without padding (RFC 4648 §5). */
export function bytesToBase64url(bytes: Uint8Array): string {
  return base64urlnopad.encode(bytes)
}

/** Strict: no padding, no other alphabet, no stray bits. `undefined` if the text is anything else. */
export function base64urlToBytes(text: string): Uint8Array | undefined {
  try {
    return base64urlnopad.decode(text)
  } catch {
    return undefined
  }
}
