import { base64 } from '@scure/base'
import { base58btcToBytes, multibaseToPublicKey } from '../signature/base.ts'
import type { JsonObject } from '../signature/canonical.ts'
import type { Primitives } from '../signature/primitives.ts'
import type { RawSignature } from './bundle.ts'

/** SubjectPublicKeyInfo of an Ed25519 key, before its 32 bytes. Source: RFC 8410 §4. */
const spkiHead = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]
const encoder = new TextEncoder()

/**
 * A statement's signature as openssl takes it: PEM of the key, the bytes signed, the signature; each in base64.
 * Whether the signature is good is not asked.
 * @param statement with its members in canonical order, as parsed from a canonical text
 * @returns `undefined` if its proof names no key or no signature
 */
export function rawSignatureOf(primitives: Primitives, statement: JsonObject): RawSignature | undefined {
  const { proof, ...body } = statement
  const { proofValue, ...options } = (typeof proof === 'object' ? proof : {}) as JsonObject
  const { verificationMethod } = options
  if (typeof verificationMethod !== 'string' || typeof proofValue !== 'string') return undefined
  const key = multibaseToPublicKey(verificationMethod.slice(verificationMethod.indexOf('#') + 1))
  const signature = base58btcToBytes(proofValue, 64)
  if (key === undefined || signature === undefined) return undefined
  const message = new Uint8Array(64)
  message.set(primitives.sha256(JSON.stringify(options)))
  message.set(primitives.sha256(JSON.stringify(body)), 32)
  return {
    key: base64.encode(encoder.encode(pemOf(key))),
    message: base64.encode(message),
    signature: base64.encode(signature),
  }
}

function pemOf(publicKey: Uint8Array): string {
  const body = base64.encode(Uint8Array.from([...spkiHead, ...publicKey]))
  return `-----BEGIN PUBLIC KEY-----\n${body}\n-----END PUBLIC KEY-----\n`
}
