import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileAssortment, offerFor, stockShown } from './assortment.ts'
import {
  assortmentSchema,
  type PriceRule,
  type Rounding,
  type Selector,
  type StockRule,
} from './assortment-schema.ts'
import { priceMinorMax } from './money.ts'
import { type Offer, offerSchema } from './offer.ts'

const price = fc.record(
  {
    minor: fc.integer({ min: 0, max: priceMinorMax }),
    perQuantity: fc.constantFrom(10, 100, 1_000, 1_000_000),
    currency: fc.constantFrom('EUR', 'CHF', 'JPY'),
  },
  { requiredKeys: ['minor', 'currency'] },
)

const offers: fc.Arbitrary<Offer> = fc.record(
  {
    sku: fc.constantFrom('A-1', 'A-2', 'B-1', '17'),
    title: fc.constant({ en: 'Kettle' }),
    brand: fc.constantFrom('Acme', 'ACME ', 'Bolt'),
    gtin: fc.constantFrom('9521234567899', '95200002'),
    price,
    nextPrice: price.map((next) => ({ ...next, validFrom: 1_800_000_000 })),
    tiers: fc.array(fc.record({ minQuantity: fc.integer({ min: 2, max: 1_000 }), price }), {
      minLength: 1,
      maxLength: 4,
    }),
    recommendedPrice: price,
    priceBinding: fc.constantFrom('de-buchprg' as const, 'tobacco' as const),
    stock: fc.integer({ min: 0, max: 1_000_000_000 }),
    category: fc.constantFrom(111, 222),
    categoryPath: fc.constantFrom('Home > Kitchen > Kettles', 'home>Kitchen', 'Homeware'),
    tags: fc.uniqueArray(fc.constantFrom('sale', 'New', 'b2b'), { minLength: 1 }),
  },
  { requiredKeys: ['sku', 'title', 'price'] },
)

const rounding: fc.Arbitrary<Rounding> = fc.record({
  step: fc.constantFrom(1, 5, 10, 100),
  direction: fc.constantFrom('nearest', 'up', 'down'),
})
const relativeRules = fc.oneof(
  fc.record(
    {
      kind: fc.constantFrom('discount' as const, 'margin' as const),
      basisPoints: fc.integer({ min: 0, max: 9_999 }),
      rounding,
    },
    { requiredKeys: ['kind', 'basisPoints'] },
  ),
  fc.record(
    { kind: fc.constant('markup' as const), basisPoints: fc.integer({ min: 0, max: 1_000_000 }), rounding },
    { requiredKeys: ['kind', 'basisPoints'] },
  ),
)
const priceRules: fc.Arbitrary<PriceRule> = fc.oneof(
  relativeRules,
  fc.constant({ kind: 'unchanged' as const }),
  fc.record({ kind: fc.constant('fixed' as const), price }),
  price.map((of) => ({ kind: 'list' as const, prices: [{ sku: 'A-1', price: of }] })),
)
const stockRules: fc.Arbitrary<StockRule> = fc.record(
  {
    safetyStock: fc.integer({ min: 0, max: 1_000_000_000 }),
    shareBasisPoints: fc.integer({ min: 0, max: 10_000 }),
    countMax: fc.integer({ min: 0, max: 1_000_000_000 }),
  },
  { requiredKeys: [] },
)

const everything = { include: [], exclude: [] }
const kettle: Offer = { sku: 'K-1', title: { en: 'Kettle' }, price: { minor: 1_999, currency: 'EUR' } }

function priced(priceRule: PriceRule, offer: Offer): Offer | string {
  return compileAssortment({ rule: everything, priceRule, stockRule: {} }).termsOf(offer)
}

function selects(selector: Selector, offer: Partial<Offer>): boolean {
  const assortment = { rule: { include: [selector], exclude: [] }, priceRule: { kind: 'unchanged' as const } }
  return offerFor(compileAssortment({ ...assortment, stockRule: {} }), { ...kettle, ...offer }) !== undefined
}

/** The rounded quotient by its definition, in BigInt. */
function exact(minor: number, rule: PriceRule & { basisPoints: number; rounding?: Rounding }): bigint {
  const step = BigInt(rule.rounding?.step ?? 1)
  const bp = BigInt(rule.basisPoints)
  const [numerator, denominator] =
    rule.kind === 'margin'
      ? [10_000n, 10_000n - bp]
      : [rule.kind === 'markup' ? 10_000n + bp : 10_000n - bp, 10_000n]
  const value = BigInt(minor) * numerator
  const unit = denominator * step
  const floor = value / unit
  const rest = value % unit
  const up = { nearest: 2n * rest >= unit, up: rest > 0n, down: false }[rule.rounding?.direction ?? 'nearest']
  return (floor + (up ? 1n : 0n)) * step
}

describe('price rules', () => {
  test('are exact for every price in the offer, and leave the shape of the offer', () => {
    fc.assert(
      fc.property(relativeRules, offers, (rule, offer) => {
        const result = priced(rule, offer)
        const before = [offer.price, ...(offer.tiers ?? []).map((tier) => tier.price)]
        const wanted = before.map(({ minor }) => exact(minor, rule))
        const next = offer.nextPrice === undefined ? [] : [exact(offer.nextPrice.minor, rule)]
        if (offer.priceBinding !== undefined) return void expect(result).toBe(offer)
        if (result === 'price-too-large') {
          return void expect([...wanted, ...next].some((minor) => minor > priceMinorMax)).toBe(true)
        }
        if (result === 'price-zero') return void expect([...wanted, ...next]).toContain(0n)
        const shown = offerSchema.parse(result)
        const after = [shown.price, ...(shown.tiers ?? []).map((tier) => tier.price)]
        expect(after.map(({ minor }) => BigInt(minor))).toEqual(wanted)
        expect(after.map(({ minor: _, ...rest }) => rest)).toEqual(
          before.map(({ minor: _, ...rest }) => rest),
        )
        if (shown.nextPrice) expect([BigInt(shown.nextPrice.minor)]).toEqual(next)
        expect(shown.recommendedPrice).toEqual(offer.recommendedPrice)
      }),
      { numRuns: 2_000 },
    )
  })

  test('are monotone: what costs more in the shop never costs less for the partner', () => {
    const minors = fc.tuple(fc.integer({ min: 1, max: 10_000_000 }), fc.integer({ min: 0, max: 10_000_000 }))
    fc.assert(
      fc.property(relativeRules, minors, (rule, [minor, more]) => {
        const at = (amount: number): number => {
          const result = priced(rule, { ...kettle, price: { minor: amount, currency: 'EUR' } })
          return typeof result === 'string' ? (result === 'price-zero' ? 0 : Infinity) : result.price.minor
        }
        expect(at(minor + more)).toBeGreaterThanOrEqual(at(minor))
      }),
      { numRuns: 1_000 },
    )
  })

  test('a price for many pieces keeps its quantity: 12.34 per 1,000 less 10 % is 11.11 per 1,000', () => {
    const offer = { ...kettle, price: { minor: 1_234, perQuantity: 1_000, currency: 'EUR' } }
    expect(priced({ kind: 'discount', basisPoints: 1_000 }, offer)).toEqual({
      ...offer,
      price: { minor: 1_111, perQuantity: 1_000, currency: 'EUR' },
    })
  })

  test('a price list replaces tiers and announced prices, and leaves out what it does not name', () => {
    const of = { minor: 900, currency: 'EUR' }
    const offer = { ...kettle, tiers: [{ minQuantity: 10, price: of }], nextPrice: { ...of, validFrom: 5 } }
    const rule = { kind: 'list' as const, prices: [{ sku: 'K-1', price: of }] }
    expect(priced(rule, offer)).toEqual({ ...kettle, price: of })
    expect(priced(rule, { ...offer, sku: 'K-2' })).toBe('not-in-price-list')
    const otherwise = { ...rule, otherwise: { kind: 'discount' as const, basisPoints: 5_000 } }
    expect(priced(otherwise, { ...kettle, sku: 'K-2' })).toMatchObject({ price: { minor: 1_000 } })
  })

  test('no rule touches a price that the law binds', () => {
    fc.assert(
      fc.property(priceRules, offers, (rule, offer) => {
        const bound: Offer = { ...offer, priceBinding: 'de-buchprg' }
        expect(priced(rule, bound)).toBe(bound)
      }),
    )
  })
})

describe('stock rules', () => {
  test('never show more than the shop has less its safety stock; unknown stays unknown', () => {
    fc.assert(
      fc.property(stockRules, offers, (stockRule, offer) => {
        const compiled = compileAssortment({ rule: everything, priceRule: { kind: 'unchanged' }, stockRule })
        const shown = offerFor(compiled, offer)?.stock
        if (offer.stock === undefined) return void expect(shown).toBeUndefined()
        expect(shown).toBeGreaterThanOrEqual(0)
        expect(shown).toBeLessThanOrEqual(Math.max(0, offer.stock - (stockRule.safetyStock ?? 0)))
        expect(shown).toBeLessThanOrEqual(stockRule.countMax ?? Infinity)
        expect(stockShown(offer.stock + 1, stockRule)).toBeGreaterThanOrEqual(shown ?? Infinity)
      }),
    )
  })
})

describe('rules', () => {
  test('brands, tags and paths match whatever their case and outer space', () => {
    expect(selects({ brands: ['acme'] }, { brand: 'ACME ' })).toBe(true)
    expect(selects({ tags: ['NEW', 'x'] }, { tags: ['old', 'new'] })).toBe(true)
    expect(selects({ brands: ['Müller'.normalize('NFD')] }, { brand: 'MÜLLER' })).toBe(true)
    expect(selects({ brands: ['acme'] }, {})).toBe(false)
  })

  test('a path may begin anywhere, takes what is below it, and ends at a segment', () => {
    const selector = { categoryPaths: ['home > kitchen'] }
    expect(selects(selector, { categoryPath: 'Home > Kitchen > Kettles' })).toBe(true)
    expect(selects(selector, { categoryPath: 'Home>Kitchen' })).toBe(true)
    expect(selects(selector, { categoryPath: 'Shop > Home > Kitchen > Pans' })).toBe(true)
    expect(selects({ categoryPaths: ['Kitchen'] }, { categoryPath: 'Home > Kitchen' })).toBe(true)
    expect(selects({ categoryPaths: ['Home > Pans'] }, { categoryPath: 'Home > Kitchen > Pans' })).toBe(false)
    expect(selects(selector, { categoryPath: 'Home' })).toBe(false)
    expect(selects(selector, { categoryPath: 'Home > Kitchenware' })).toBe(false)
  })

  test('GTINs match with and without leading zeros', () => {
    expect(selects({ gtins: ['95200002'] }, { gtin: '00000095200002' })).toBe(true)
    expect(selects({ gtins: ['95200002'] }, { gtin: '9521234567899' })).toBe(false)
  })

  test('a price range is per piece, both ends included, in its currency', () => {
    const selector = { price: { currency: 'EUR', min: 2, max: 1_999 } }
    expect(selects(selector, {})).toBe(true)
    expect(selects(selector, { price: { minor: 2_000, currency: 'EUR' } })).toBe(false)
    expect(selects(selector, { price: { minor: 1_999, perQuantity: 1_000, currency: 'EUR' } })).toBe(false)
    expect(selects(selector, { price: { minor: 2_000, perQuantity: 1_000, currency: 'EUR' } })).toBe(true)
    expect(selects(selector, { price: { minor: 500, currency: 'CHF' } })).toBe(false)
    const dear = { price: { currency: 'EUR', min: priceMinorMax } }
    expect(selects(dear, { price: { minor: priceMinorMax, perQuantity: 1_000_000, currency: 'EUR' } })).toBe(
      false,
    )
  })

  test('every criterion of a selector must hold, one selector is enough, exclusion wins', () => {
    fc.assert(
      fc.property(offers, (offer) => {
        const rule = {
          include: [{ brands: ['bolt'], categories: [111] }, { skus: ['A-1'] }],
          exclude: [{ tags: ['sale'] }],
        }
        const compiled = compileAssortment({ rule, priceRule: { kind: 'unchanged' }, stockRule: {} })
        const included = (offer.brand === 'Bolt' && offer.category === 111) || offer.sku === 'A-1'
        const excluded = offer.tags?.includes('sale') ?? false
        expect(compiled.termsOf(offer)).toBe(!included ? 'not-included' : excluded ? 'excluded' : offer)
      }),
    )
  })
})

test('a definition survives JSON, and nothing arbitrary passes as one', () => {
  const definition = {
    id: 'kitchen',
    title: 'Kitchen',
    rule: { include: [{ brands: ['Acme'] }], exclude: [] },
    priceRule: { kind: 'discount', basisPoints: 1_500, rounding: { step: 5, direction: 'nearest' } },
    stockRule: { safetyStock: 2 },
    partners: [],
  }
  expect(assortmentSchema.parse(JSON.parse(JSON.stringify(definition)))).toEqual(definition)
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(assortmentSchema.safeParse(value).success).toBe(false)
    }),
  )
})
