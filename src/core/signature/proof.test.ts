import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nodePrimitives } from '../../store/primitives.ts'
import { base58btcToBytes, multibaseToPublicKey, publicKeyToMultibase } from './base.ts'
import { canonicalText, type JsonObject } from './canonical.ts'
import { type Proof, signStatement, verifyStatement, verifyStatementText } from './proof.ts'

const seed = new Uint8Array(32).fill(7)
const key = publicKeyToMultibase(nodePrimitives.ed25519PublicKey(seed))
const body = { type: 'mosaic/test', v: 1, text: 'Käse für 4,95 €', list: [3, 1, { b: true, a: 'x' }] }
const signed = signStatement(nodePrimitives, body, { seed })
const text = canonicalText(signed)
const read = (text: string, bytesMax = 10_000) => verifyStatementText(nodePrimitives, text, bytesMax)

describe('a statement', () => {
  test('verifies as an object and as a text, and says whose key it is', () => {
    expect(verifyStatement(nodePrimitives, signed)).toEqual({ ok: true, publicKey: key })
    expect(read(text)).toEqual({ ok: true, publicKey: key, statement: signed })
  })

  test('is the same when the caller knows the public key', () => {
    expect(signStatement(nodePrimitives, body, { seed, publicKey: key })).toEqual(signed)
  })

  test('is not signed twice', () => {
    expect(() => signStatement(nodePrimitives, signed, { seed })).toThrow(RangeError)
  })

  test('fails with any character replaced', () => {
    fc.assert(
      fc.property(
        fc.nat(text.length - 1),
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
        (at, by) => {
          const changed = text.slice(0, at) + by + text.slice(at + 1)
          fc.pre(changed !== text)
          expect(read(changed).ok).toBe(false)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('fails over its limit', () => {
    const bytes = new TextEncoder().encode(text).length
    expect(read(text, bytes).ok).toBe(true)
    expect(read(text, bytes - 1)).toMatchObject({
      ok: false,
      reason: 'not-canonical',
      cause: { code: 'too-large' },
    })
  })
})

describe('reading', () => {
  test('arbitrary text is refused, never thrown on', () => {
    const members = fc.record(
      {
        type: fc.constant('DataIntegrityProof'),
        cryptosuite: fc.constant('eddsa-jcs-2022'),
        proofPurpose: fc.constant('assertionMethod'),
        verificationMethod: fc.oneof(fc.string(), fc.constant(`did:key:${key}#${key}`)),
        proofValue: fc.oneof(fc.string(), fc.constant(signed.proof.proofValue), fc.constant('z')),
      },
      { requiredKeys: [] },
    )
    const anything = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record({ a: fc.nat(), proof: fc.oneof(members, fc.jsonValue()) })
        .map((value) => JSON.stringify(value)),
      fc.record({ a: fc.nat(), proof: members }).map((value) => canonicalOr(value)),
    )
    fc.assert(
      fc.property(anything, (text) => {
        expect(read(text).ok).toBe(false)
      }),
      { numRuns: 500 },
    )
  })

  test('an object and its text get the same answer', () => {
    const change = fc.record({ member: fc.constantFrom(...Object.keys(signed.proof)), value: fc.string() })
    fc.assert(
      fc.property(change, ({ member, value }) => {
        const proof = { ...signed.proof, [member]: value.normalize('NFC') }
        const statement = { ...body, proof }
        expect(read(canonicalText(statement)).ok).toBe(verifyStatement(nodePrimitives, statement).ok)
      }),
    )
  })
})

const withProof = (change: Partial<Record<keyof Proof | string, unknown>>) =>
  ({ ...body, proof: { ...signed.proof, ...change } }) as unknown as JsonObject

describe('refused, although signed', () => {
  test('our own statements carry no date in the proof; documents of others may', () => {
    const dated = signStatement(nodePrimitives, body, { seed, created: '2026-11-01T00:00:00Z' })
    expect(verifyStatement(nodePrimitives, dated).ok).toBe(true)
    expect(read(canonicalText(dated))).toMatchObject({ ok: false, reason: 'proof-malformed' })
  })

  test.each([
    ['a member that may restrict it', { expires: '2020-01-01T00:00:00Z' }, 'proof-malformed'],
    ['a member named like a method of objects', { constructor: 'x' }, 'proof-malformed'],
    ['another suite', { cryptosuite: 'eddsa-rdfc-2022' }, 'proof-malformed'],
    ['another purpose', { proofPurpose: 'authentication' }, 'proof-malformed'],
    ['a context where the document has none', { '@context': ['https://x.example'] }, 'proof-malformed'],
    ['a key at a web address', { verificationMethod: `https://x.example#${key}` }, 'key-malformed'],
    ['no fragment', { verificationMethod: `did:key:${key}` }, 'key-malformed'],
    ['two different keys', { verificationMethod: `did:key:${key}x#${key}` }, 'key-malformed'],
    [
      'a proof value in another base',
      { proofValue: `u${signed.proof.proofValue.slice(1)}` },
      'proof-malformed',
    ],
    ['a proof value of 63 bytes', { proofValue: `z${'2'.repeat(80)}` }, 'proof-malformed'],
  ])('%s', (_, change, reason) => {
    expect(verifyStatement(nodePrimitives, withProof(change))).toEqual({ ok: false, reason })
  })

  test('no proof, or one that is no object', () => {
    expect(verifyStatement(nodePrimitives, body)).toEqual({ ok: false, reason: 'proof-missing' })
    expect(read(canonicalText(body))).toEqual({ ok: false, reason: 'proof-missing' })
    expect(read('[]')).toEqual({ ok: false, reason: 'proof-missing' })
    expect(verifyStatement(nodePrimitives, { ...body, proof: 'x' })).toEqual({
      ok: false,
      reason: 'proof-malformed',
    })
    expect(verifyStatement(nodePrimitives, { ...body, proof: [] })).toEqual({
      ok: false,
      reason: 'proof-malformed',
    })
  })
})

describe('a context', () => {
  const document = { '@context': ['https://a.example', 'https://b.example'], name: 'x' }
  const certificate = signStatement(nodePrimitives, document, { seed })

  test('is signed with the proof', () => {
    expect((certificate.proof as Proof & { '@context'?: unknown })['@context']).toEqual(document['@context'])
    expect(verifyStatement(nodePrimitives, certificate).ok).toBe(true)
  })

  test('has to begin with the proof’s', () => {
    const swapped = { ...certificate, '@context': ['https://b.example', 'https://a.example'] }
    expect(verifyStatement(nodePrimitives, swapped)).toEqual({ ok: false, reason: 'proof-malformed' })
  })
})

const program = 'openssl'
const openssl = spawnSync(program, ['version'], { encoding: 'utf8' })
describe('openssl', () => {
  test.skipIf(openssl.status !== 0)(
    'verifies one statement from its parts (skipped where openssl is missing)',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'mosaic-proof-'))
      try {
        const { proof, ...rest } = signed
        const { proofValue, ...options } = proof
        const message = Buffer.concat(
          [canonicalText(options), canonicalText(rest)].map((part) => nodePrimitives.sha256(part)),
        )
        const der = Buffer.concat([
          Buffer.from('302a300506032b6570032100', 'hex'),
          multibaseToPublicKey(key) ?? new Uint8Array(),
        ])
        const paths = ['key.der', 'message', 'signature'].map((name) => join(folder, name))
        const [keyFile = '', messageFile = '', signatureFile = ''] = paths
        writeFileSync(keyFile, der)
        writeFileSync(messageFile, message)
        writeFileSync(signatureFile, base58btcToBytes(proofValue, 64) ?? new Uint8Array())
        const verify = () =>
          execFileSync(
            program,
            ['pkeyutl', '-verify', '-rawin', '-pubin', '-keyform', 'DER', '-inkey', keyFile].concat([
              '-in',
              messageFile,
              '-sigfile',
              signatureFile,
            ]),
            { encoding: 'utf8', stdio: 'pipe' },
          )
        expect(verify()).toContain('Signature Verified Successfully')
        message[0] = (message[0] ?? 0) ^ 1
        writeFileSync(messageFile, message)
        expect(verify).toThrow()
      } finally {
        rmSync(folder, { recursive: true })
      }
    },
  )
})

/** Canonical where the value has such a text, else plain JSON. */
function canonicalOr(value: object): string {
  try {
    return canonicalText(value)
  } catch {
    return JSON.stringify(value)
  }
}
