import { base64 } from '@scure/base'
import { canonicalText } from '../signature/canonical.ts'
import type { Primitives } from '../signature/primitives.ts'
import { type AuditError, fail } from './audit-error.ts'
import { type Der, derOf, derOid, derParts } from './der.ts'
import type { Finding } from './finding.ts'

const oids = {
  signedData: '1.2.840.113549.1.7.2', // RFC 5652 §5.1
  tstInfo: '1.2.840.113549.1.9.16.1.4', // RFC 3161 §2.4.2
  sha256: '2.16.840.1.101.3.4.2.1',
} as const
const generalizedTime = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d+)?Z$/

/**
 * What a time stamp of a bundle is for: the digest of the bundle before it is stamped and signed.
 * @param body the bundle; its members `timestamp` and `proof` are left out
 */
export function imprintOf(primitives: Primitives, body: object): Uint8Array {
  const { timestamp, proof, ...stamped } = body as Readonly<Record<string, unknown>>
  return primitives.sha256(canonicalText(stamped))
}

/**
 * Reads a time stamp token (RFC 3161) and sees that it is for this bundle. Its signature is not checked here: who trusts
 * which authority is the auditor's to say, and `openssl ts -verify` asks just that.
 * @throws {AuditError} `timestamp`
 */
export function readTimestamp(primitives: Primitives, body: object, token: string): Finding {
  let found: { readonly imprint: Uint8Array; readonly time: string }
  try {
    found = readToken(base64.decode(token))
  } catch (error) {
    if ((error as AuditError).name === 'AuditError') throw error
    return fail('timestamp', 'timestamp', 'It is no time stamp token (RFC 3161) over SHA-256.')
  }
  const wanted = imprintOf(primitives, body)
  if (found.imprint.length !== 32 || !wanted.every((byte, at) => byte === found.imprint[at]))
    fail('timestamp', 'timestamp', 'The time stamp is for something else than this bundle.')
  return { code: 'timestamp', time: found.time }
}

/** @throws {RangeError} if it is something else */
function readToken(bytes: Uint8Array): { readonly imprint: Uint8Array; readonly time: string } {
  const [contentType, content] = derParts(derOf(bytes))
  if (derOid(contentType) !== oids.signedData) throw new RangeError('no signed data')
  const [, , encapsulated] = derParts(only(content))
  const [type, octets] = derParts(encapsulated)
  if (derOid(type) !== oids.tstInfo) throw new RangeError('no TSTInfo')
  const [, , messageImprint, , genTime] = derParts(derOf(only(octets).bytes))
  const [algorithm, imprint] = derParts(messageImprint)
  const [hash] = derParts(algorithm)
  if (derOid(hash) !== oids.sha256 || imprint === undefined) throw new RangeError('not over SHA-256')
  const time = generalizedTime.exec(new TextDecoder().decode(genTime?.bytes))
  if (time === null) throw new RangeError('no time')
  const [year, month, day, hour, minute, second] = time.slice(1, 7)
  return { imprint: imprint.bytes, time: `${year}-${month}-${day}T${hour}:${minute}:${second}Z` }
}

/** What is within an explicit tag. */
function only(tagged: Der | undefined): Der {
  const [inner] = derParts(tagged)
  if (inner === undefined) throw new RangeError('an empty tag')
  return inner
}
