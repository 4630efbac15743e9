import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { admitTo } from '../../src/core/admission/kinds.ts'
import { parseCanonical } from '../../src/core/signature/canonical.ts'
import { type Offer, offerBytesMax, offerKey, offerSchema } from '../../src/core/trade/offer.ts'
import { offerConflict } from '../../src/core/trade/offer-conflict.ts'
import { readVectors } from './vectors.ts'

interface Vectors {
  readonly valid: readonly { comment: string; text: string }[]
  readonly invalid: readonly { comment: string; text: string }[]
  readonly conflicts: readonly { comment: string; text: string; conflict?: string }[]
}

const { valid, invalid, conflicts } = readVectors<Vectors>('offer')

/** Slowly, as the page says it. */
function isOffer(text: string): boolean {
  try {
    return offerSchema.safeParse(parseCanonical(text, offerBytesMax)).success
  } catch {
    return false
  }
}

/** As a repo's page is read. */
function isAdmitted(text: string, sku: string): boolean {
  const key = Buffer.from(offerKey(sku))
  const line = Buffer.concat([key, Buffer.from(`\t${text}\n`)])
  try {
    return admitTo('public')(line, 0, key.length, key.length + 1) === line.length - 1
  } catch {
    return false
  }
}

describe('an offer', () => {
  test.each(valid)('valid: $comment', ({ text }) => {
    expect(isOffer(text)).toBe(true)
    const { sku } = JSON.parse(text) as Offer
    expect(isAdmitted(text, sku)).toBe(true)
    expect(isAdmitted(text, `${sku}x`)).toBe(false)
    expect(offerConflict(JSON.parse(text) as Offer, Buffer.byteLength(text))).toBeUndefined()
  })

  test.each(invalid)('invalid: $comment', ({ text }) => {
    expect(isOffer(text)).toBe(false)
    // The size is the reader's own limit.
    if (Buffer.byteLength(text) <= offerBytesMax) {
      const sku = (JSON.parse(text) as { sku?: unknown }).sku
      expect(isAdmitted(text, typeof sku === 'string' ? sku : 'K')).toBe(false)
    }
  })

  test.each(conflicts)('members that go together: $comment', ({ text, conflict }) => {
    expect(isOffer(text)).toBe(true)
    expect(offerConflict(JSON.parse(text) as Offer, Buffer.byteLength(text))).toBe(conflict)
  })

  test('the example of the page is the vector', () => {
    const page = readFileSync(new URL('../../protocol/records/offer.md', import.meta.url), 'utf8')
    const example = JSON.parse(/```json\n([\s\S]+?)```/.exec(page)?.[1] ?? '')
    expect(example).toEqual(
      JSON.parse(valid.find(({ comment }) => comment === 'the example of the page')?.text ?? ''),
    )
  })

  test('the page names every member', () => {
    const page = readFileSync(new URL('../../protocol/records/offer.md', import.meta.url), 'utf8')
    expect(Object.keys(offerSchema.shape).filter((member) => !page.includes(`| \`${member}\` |`))).toEqual([])
  })
})
