import { describe, expect, test } from 'vitest'
import { CanonicalError, canonicalText, parseCanonical } from '../../src/core/signature/canonical.ts'
import { readVectors } from './vectors.ts'

interface Vectors {
  readonly accepted: readonly { comment: string; text: string }[]
  readonly refused: readonly { comment: string; text: string; code: string }[]
  readonly written: readonly { comment: string; json: string; canonical: string }[]
  readonly limits: readonly { comment: string; text: string; bytesMax: number; fits: boolean }[]
}

const vectors = readVectors<Vectors>('canonical')
const bytesMax = 10_000

function codeOf(text: string, limit: number): string | undefined {
  try {
    parseCanonical(text, limit)
    return undefined
  } catch (error) {
    return error instanceof CanonicalError ? error.code : String(error)
  }
}

describe('canonical', () => {
  test.each(vectors.accepted)('accepted: $comment', ({ text }) => {
    expect(canonicalText(parseCanonical(text, bytesMax))).toBe(text)
  })

  test.each(vectors.refused)('refused: $comment', ({ text, code }) => {
    expect(codeOf(text, bytesMax)).toBe(code)
  })

  test.each(vectors.written)('written: $comment', ({ json, canonical }) => {
    expect(canonicalText(JSON.parse(json))).toBe(canonical)
  })

  test.each(vectors.limits)('limit: $comment', ({ text, bytesMax, fits }) => {
    expect(codeOf(text, bytesMax)).toBe(fits ? undefined : 'too-large')
  })
})
