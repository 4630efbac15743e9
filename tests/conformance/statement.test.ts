import { describe, expect, test } from 'vitest'
import { base58btcToBytes } from '../../src/core/signature/base.ts'
import { canonicalText, type JsonObject } from '../../src/core/signature/canonical.ts'
import { digestOf } from '../../src/core/signature/digest.ts'
import { signStatement, verifyStatement, verifyStatementText } from '../../src/core/signature/proof.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { bytesOfHex, readVectors } from './vectors.ts'

interface Vectors {
  readonly w3c: {
    readonly document: JsonObject & { readonly proof: { readonly proofValue: string } }
    readonly canonicalDocument: string
    readonly canonicalProofOptions: string
    readonly signedBytes: string
    readonly signature: string
    readonly publicKey: string
  }
  readonly signed: readonly {
    comment: string
    seed: string
    body: JsonObject
    text: string
    digest: string
  }[]
  readonly refused: readonly { comment: string; text: string; reason: string }[]
}

const { w3c, signed, refused } = readVectors<Vectors>('statement')

describe('statement: the W3C vector of eddsa-jcs-2022', () => {
  const { proof, ...body } = w3c.document
  const { proofValue, ...options } = proof

  test('verifies, whatever order its members are in', () => {
    const reversed = Object.fromEntries(Object.entries(w3c.document).reverse())
    expect(verifyStatement(nodePrimitives, w3c.document)).toEqual({ ok: true, publicKey: w3c.publicKey })
    expect(verifyStatement(nodePrimitives, reversed)).toEqual({ ok: true, publicKey: w3c.publicKey })
  })

  test('each step has the published value', () => {
    expect(canonicalText(body)).toBe(w3c.canonicalDocument)
    expect(canonicalText(options)).toBe(w3c.canonicalProofOptions)
    const digests = [w3c.canonicalProofOptions, w3c.canonicalDocument].map((text) =>
      nodePrimitives.sha256(text),
    )
    expect(Buffer.concat(digests).toString('hex')).toBe(w3c.signedBytes)
    expect(Buffer.from(base58btcToBytes(proofValue, 64) ?? []).toString('hex')).toBe(w3c.signature)
  })

  test('fails with any member changed', () => {
    for (const member of Object.keys(body)) {
      const changed = { ...w3c.document, [member]: 'changed' }
      expect(verifyStatement(nodePrimitives, changed).ok, member).toBe(false)
    }
  })
})

describe('statement', () => {
  test.each(signed)('signed: $comment', ({ seed, body, text, digest }) => {
    expect(canonicalText(signStatement(nodePrimitives, body, { seed: bytesOfHex(seed) }))).toBe(text)
    expect(verifyStatementText(nodePrimitives, text, 10_000).ok).toBe(true)
    expect(digestOf(nodePrimitives, text)).toBe(digest)
  })

  test.each(refused)('refused: $comment', ({ text, reason }) => {
    expect(verifyStatementText(nodePrimitives, text, 10_000)).toMatchObject({ ok: false, reason })
  })
})
