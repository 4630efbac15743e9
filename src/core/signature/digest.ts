import { z } from 'zod'
import { base64urlToBytes, bytesToBase64url } from './base.ts'
import type { Primitives } from './primitives.ts'

declare const digestBrand: unique symbol
/** SHA-256 as base64url without padding: 43 characters. Spec: protocol/signatures.md §2. */
export type Digest = string & { readonly [digestBrand]: true }

/** 256 bits in 43 characters leave two bits over: they are zero, so that a digest has one spelling. */
const digestPattern = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/

export function isDigest(text: string): text is Digest {
  return digestPattern.test(text)
}

export const digestSchema = z.custom<Digest>((value) => typeof value === 'string' && isDigest(value), {
  error: 'not a digest (SHA-256 in base64url, 43 characters)',
})

/** A string is hashed as UTF-8. */
export function digestOf(primitives: Primitives, data: Uint8Array | string): Digest {
  return bytesToBase64url(primitives.sha256(data)) as Digest
}

/** @throws {RangeError} if there are not 32 bytes */
export function bytesToDigest(bytes: Uint8Array): Digest {
  if (bytes.length !== 32) throw new RangeError('a digest has 32 bytes')
  return bytesToBase64url(bytes) as Digest
}

/** The 32 bytes. */
export function digestToBytes(digest: Digest): Uint8Array {
  const bytes = base64urlToBytes(digest)
  if (bytes?.length !== 32) throw new RangeError('not a digest')
  return bytes
}
