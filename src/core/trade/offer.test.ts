import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { gtin14, gtinCheckDigit, isGtin } from './gtin.ts'
import { isSku, type Offer, offerChecks, offerSchema, skuBytesMax } from './offer.ts'
import { offerConflict } from './offer-conflict.ts'

const hammer: Offer = {
  sku: 'H-1',
  title: { de: 'Schlosserhammer 300 g', en: 'Locksmith hammer 300 g' },
  price: { minor: 1495, currency: 'EUR' },
}

describe('a GTIN', () => {
  test('has the right length and check digit', () => {
    for (const good of ['4006381333931', '96385074', '036000291452', '10614141000415', '9520123456788'])
      expect(isGtin(good), good).toBe(true)
    for (const bad of [
      '4006381333932',
      '123',
      '',
      '40063813339 1',
      '４００６３８１３３３９３１',
      '123456789',
    ])
      expect(isGtin(bad), bad).toBe(false)
  })
  test('one changed digit is always found', () => {
    fc.assert(
      fc.property(fc.nat(999_999_999_999), fc.nat(11), fc.integer({ min: 1, max: 9 }), (number, at, by) => {
        const digits = String(number).padStart(12, '0')
        const gtin = digits + gtinCheckDigit(digits)
        expect(isGtin(gtin)).toBe(true)
        const changed = gtin.slice(0, at) + ((Number(gtin[at]) + by) % 10) + gtin.slice(at + 1)
        expect(isGtin(changed)).toBe(false)
      }),
    )
  })
  test('is compared with 14 digits', () => expect(gtin14('96385074')).toBe('00000096385074'))
})

describe('a SKU', () => {
  test('takes what shops use', () => {
    for (const good of ['A', '12', 'x'.repeat(64), 'Größe/L', 'a b', '=1'])
      expect(isSku(good), good).toBe(true)
    for (const bad of ['', 'x'.repeat(65), 'a\u0000', 'a\n', 'a\u007f', 'a\u0085', 'e\u0301', '\ud800', '😀'])
      expect(isSku(bad), JSON.stringify(bad)).toBe(false)
  })
  test('never exceeds its bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 64 }), (text) => {
        if (isSku(text)) expect(new TextEncoder().encode(text).length).toBeLessThanOrEqual(skuBytesMax)
      }),
    )
  })
})

describe('the schema', () => {
  test('is the smallest offer and nothing beside it', () => {
    expect(offerSchema.safeParse(hammer).success).toBe(true)
    expect(offerSchema.safeParse({ ...hammer, color: 'red' }).success).toBe(false)
    expect(offerSchema.safeParse({ ...hammer, brand: undefined }).success).toBe(false)
    for (const member of ['sku', 'title', 'price'] as const) {
      const { [member]: _, ...rest } = hammer
      expect(offerSchema.safeParse(rest).success).toBe(false)
    }
  })
  test('can be said as JSON Schema, with its checks by name', () => {
    const text = JSON.stringify(z.toJSONSchema(offerSchema))
    const named = [...text.matchAll(/"check":"([^"]+)"/g)].map((match) => match[1])
    expect(new Set(named)).toEqual(new Set(Object.keys(offerChecks)))
    expect(text).not.toMatch(/"(anyOf|oneOf|allOf|default)"/)
  })
  test('has no integer-like names in maps, since canonical JSON has none', () => {
    expect(offerSchema.safeParse({ ...hammer, attributes: { '12': 'a' } }).success).toBe(false)
    expect(offerSchema.safeParse({ ...hammer, attributes: { '12 V': 'a' } }).success).toBe(true)
    expect(offerSchema.safeParse({ ...hammer, attributes: {} }).success).toBe(false)
  })
})

describe('members that go together', () => {
  const price = { minor: 1, currency: 'USD' }
  test.each<[string | undefined, Partial<Offer>, number]>([
    [undefined, {}, 100],
    ['too-large', {}, 12_001],
    ['currency-differs', { recommendedPrice: price }, 100],
    ['currency-differs', { tiers: [{ minQuantity: 10, price }] }, 100],
    [
      'tiers-not-rising',
      { tiers: [10, 10].map((minQuantity) => ({ minQuantity, price: hammer.price })) },
      100,
    ],
    [undefined, { tiers: [10, 20].map((minQuantity) => ({ minQuantity, price: hammer.price })) }, 100],
    ['vat-rate', { vat: { category: 'S', rate: 0 } }, 100],
    ['vat-rate', { vat: { category: 'Z', rate: 1900 } }, 100],
    ['vat-exemption', { vat: { category: 'S', rate: 1900, exemption: 'no' } }, 100],
    [undefined, { vat: { category: 'E', rate: 0, exemption: '§ 4 Nr. 21 UStG' } }, 100],
    ['country-twice', { shipTo: ['DE', 'AT', 'DE'] }, 100],
  ])('%s', (conflict, members, bytes) =>
    expect(offerConflict({ ...hammer, ...members }, bytes)).toBe(conflict),
  )
})
