import { describe, expect, test } from 'vitest'
import { gtin14, gtinCheckDigit, isGtin, isGtinAscii } from '../../src/core/trade/gtin.ts'
import { readVectors } from './vectors.ts'

interface Vectors {
  readonly valid: readonly { comment: string; gtin: string; compare: string }[]
  readonly invalid: readonly { comment: string; gtin: string }[]
}

const { valid, invalid } = readVectors<Vectors>('gtin')

describe('GTIN', () => {
  test.each(valid)('valid: $comment', ({ gtin, compare }) => {
    expect(isGtin(gtin)).toBe(true)
    expect(isGtinAscii(Buffer.from(gtin), 0, gtin.length)).toBe(true)
    expect(gtin14(gtin)).toBe(compare)
    expect(String(gtinCheckDigit(gtin.slice(0, -1)))).toBe(gtin.at(-1))
  })

  test.each(invalid)('invalid: $comment', ({ gtin }) => {
    expect(isGtin(gtin)).toBe(false)
    expect(isGtinAscii(Buffer.from(gtin), 0, Buffer.byteLength(gtin))).toBe(false)
  })
})
