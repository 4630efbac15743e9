import { z } from 'zod'
import {
  base58btcToBytes,
  bytesToBase58btc,
  didKeyOf,
  multibaseToPublicKey,
  publicKeyToMultibase,
} from './base.ts'
import {
  CanonicalError,
  canonicalText,
  type JsonObject,
  type JsonValue,
  parseCanonical,
} from './canonical.ts'
import { verifyStrict } from './ed25519.ts'
import type { Primitives } from './primitives.ts'

/** W3C Data Integrity, cryptosuite eddsa-jcs-2022. Spec: protocol/signatures.md §5. */
export interface Proof {
  readonly type: 'DataIntegrityProof'
  readonly cryptosuite: 'eddsa-jcs-2022'
  readonly created?: string
  readonly verificationMethod: string
  readonly proofPurpose: 'assertionMethod'
  readonly proofValue: string
}

/** A document that carries its own signature. On the wire it is its canonical text. */
export type Statement<T> = T & { readonly proof: Proof }

/** The proof of Mosaic's own statements: no `created`, the signed time is in the body. */
export const proofSchema = z.strictObject({
  type: z.literal('DataIntegrityProof'),
  cryptosuite: z.literal('eddsa-jcs-2022'),
  verificationMethod: z.string().max(128),
  proofPurpose: z.literal('assertionMethod'),
  proofValue: z.string().max(96),
})

export type VerifyFailure =
  | 'not-canonical' // outside the profile: no canonical text
  | 'proof-missing'
  | 'proof-malformed' // a member missing, unknown, or of another value than this suite's
  | 'key-malformed' // verificationMethod names no Ed25519 key
  | 'signature-wrong'

/** A sentence for people. */
export function failureMessage(failure: { readonly reason: VerifyFailure; readonly cause?: Error }): string {
  return failure.cause?.message ?? failureMessages[failure.reason]
}

const failureMessages: Readonly<Record<VerifyFailure, string>> = {
  'not-canonical': 'It is not canonical JSON.',
  'proof-missing': 'It has no proof.',
  'proof-malformed': 'Its proof is malformed, or of another kind than eddsa-jcs-2022 with did:key.',
  'key-malformed': 'Its proof names no Ed25519 key (did:key:z6Mk…#z6Mk…).',
  'signature-wrong': 'Its signature is wrong: the content was changed, or another key signed.',
}

export type Verification =
  | { readonly ok: true; readonly publicKey: string } // multibase
  | { readonly ok: false; readonly reason: VerifyFailure }

export type TextVerification<T extends JsonObject = JsonObject> =
  | { readonly ok: true; readonly publicKey: string; readonly statement: Statement<T> }
  | { readonly ok: false; readonly reason: VerifyFailure; readonly cause?: CanonicalError }

/**
 * Signs `body` with the key of `seed`.
 * @param options `seed`: 32 bytes; `publicKey`: the seed's key in multibase, saves deriving it (100 µs);
 *   `created`: RFC 3339, only for documents of others, never in our own statements
 * @throws {CanonicalError} if the body is outside the profile
 */
export function signStatement<T extends object>(
  primitives: Primitives,
  body: T,
  options: { readonly seed: Uint8Array; readonly publicKey?: string; readonly created?: string },
): Statement<T> {
  if ('proof' in body) throw new RangeError('the body has a proof already')
  const key = options.publicKey ?? publicKeyToMultibase(primitives.ed25519PublicKey(options.seed))
  const proofOptions = {
    ...('@context' in body ? { '@context': body['@context'] as JsonValue } : {}),
    type: 'DataIntegrityProof',
    cryptosuite: 'eddsa-jcs-2022',
    ...(options.created === undefined ? {} : { created: options.created }),
    verificationMethod: `${didKeyOf(key)}#${key}`,
    proofPurpose: 'assertionMethod',
  } as const
  const message = signedBytes(primitives, canonicalText(proofOptions), canonicalText(body))
  const proofValue = bytesToBase58btc(primitives.ed25519Sign(options.seed, message))
  return { ...body, proof: { ...proofOptions, proofValue } }
}

/**
 * Verifies any document with an eddsa-jcs-2022 proof, ours or not. The key is the one that the proof names:
 * whether that key speaks for anybody is the caller's question.
 */
export function verifyStatement(primitives: Primitives, document: object): Verification {
  const { proof, ...body } = document as JsonObject
  if (proof === undefined) return { ok: false, reason: 'proof-missing' }
  if (!isObject(proof) || !isKnownProof(proof, body['@context']))
    return { ok: false, reason: 'proof-malformed' }
  const { proofValue, ...proofOptions } = proof
  try {
    return verifyTexts(primitives, proof, canonicalText(proofOptions), canonicalText(body))
  } catch (error) {
    if (error instanceof CanonicalError) return { ok: false, reason: 'not-canonical' }
    throw error
  }
}

/**
 * Reads and verifies one of our own statements from its canonical text, as it came over the wire. Nothing is
 * canonicalised again: the parts of a canonical text are canonical. The body's schema is the caller's to check.
 * @param bytesMax the limit for the text in bytes of UTF-8
 */
export function verifyStatementText(
  primitives: Primitives,
  text: string,
  bytesMax: number,
): TextVerification {
  let statement: JsonValue
  try {
    statement = parseCanonical(text, bytesMax)
  } catch (error) {
    if (error instanceof CanonicalError) return { ok: false, reason: 'not-canonical', cause: error }
    throw error
  }
  if (!isObject(statement)) return { ok: false, reason: 'proof-missing' }
  const { proof, ...body } = statement
  if (proof === undefined) return { ok: false, reason: 'proof-missing' }
  if (!proofSchema.safeParse(proof).success) return { ok: false, reason: 'proof-malformed' }
  const { proofValue, ...proofOptions } = proof as unknown as Proof
  const verified = verifyTexts(
    primitives,
    proof as JsonObject,
    JSON.stringify(proofOptions),
    JSON.stringify(body),
  )
  return verified.ok ? { ...verified, statement: statement as Statement<JsonObject> } : verified
}

/** Data Integrity EdDSA Cryptosuites §3.3: the digest of the proof options comes first. */
function signedBytes(primitives: Primitives, proofOptionsText: string, bodyText: string): Uint8Array {
  const bytes = new Uint8Array(64)
  bytes.set(primitives.sha256(proofOptionsText))
  bytes.set(primitives.sha256(bodyText), 32)
  return bytes
}

function verifyTexts(
  primitives: Primitives,
  proof: JsonObject,
  proofOptionsText: string,
  bodyText: string,
): Verification {
  const key = keyOfMethod(proof.verificationMethod as string)
  const publicKey = key === undefined ? undefined : multibaseToPublicKey(key)
  if (key === undefined || publicKey === undefined) return { ok: false, reason: 'key-malformed' }
  const signature = base58btcToBytes(proof.proofValue as string, 64)
  if (signature === undefined) return { ok: false, reason: 'proof-malformed' }
  const message = signedBytes(primitives, proofOptionsText, bodyText)
  return verifyStrict(primitives, publicKey, message, signature)
    ? { ok: true, publicKey: key }
    : { ok: false, reason: 'signature-wrong' }
}

/** `did:key:KEY#KEY` names KEY; nothing else names any: no document is fetched, ever. */
function keyOfMethod(method: string): string | undefined {
  const key = method.slice(method.indexOf('#') + 1)
  return method === `${didKeyOf(key)}#${key}` ? key : undefined
}

const memberTypes: Readonly<Record<string, (value: JsonValue | undefined) => boolean>> = {
  type: (value) => value === 'DataIntegrityProof',
  cryptosuite: (value) => value === 'eddsa-jcs-2022',
  proofPurpose: (value) => value === 'assertionMethod',
  verificationMethod: (value) => typeof value === 'string',
  proofValue: (value) => typeof value === 'string',
}

/**
 * Members that we do not know may restrict the proof (`expires`, `domain`): then it is refused.
 * A context in the proof has to be the document's own (§3.3.2, step on `@context`).
 */
function isKnownProof(proof: JsonObject, documentContext: JsonValue | undefined): boolean {
  for (const [member, isRight] of Object.entries(memberTypes)) if (!isRight(proof[member])) return false
  for (const member of Object.keys(proof)) {
    if (member === '@context' || member === 'created' || Object.hasOwn(memberTypes, member)) continue
    return false
  }
  if (proof.created !== undefined && typeof proof.created !== 'string') return false
  return proof['@context'] === undefined || isContextPrefix(proof['@context'], documentContext)
}

/** The document's context starts with all of the proof's, in the same order. */
function isContextPrefix(ofProof: JsonValue, ofDocument: JsonValue | undefined): boolean {
  if (ofDocument === undefined) return false
  const wanted = Array.isArray(ofProof) ? ofProof : [ofProof]
  const present = Array.isArray(ofDocument) ? ofDocument : [ofDocument]
  return (
    wanted.length <= present.length &&
    wanted.every((entry, index) => JSON.stringify(entry) === JSON.stringify(present[index]))
  )
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && !Array.isArray(value)
}
