import fc from 'fast-check'
import { expect, test } from 'vitest'
import { gramsOf, type ShippingTerms, shippingChoices, shippingFor, shippingTermsSchema } from './shipping.ts'

const terms: ShippingTerms = {
  currency: 'EUR',
  services: [
    {
      id: 'parcel',
      name: 'Parcel',
      zones: [
        { countries: ['DE'], postcodes: ['25849', '27498'], rates: [{ netMinor: 1_990 }] },
        {
          countries: ['DE'],
          freeFromMinor: 10_000,
          rates: [
            { upToGrams: 2_000, netMinor: 490 },
            { upToGrams: 31_500, netMinor: 990 },
          ],
        },
        { countries: ['AT', 'FR'], without: ['20'], rates: [{ netMinor: 800, perKgMinor: 100 }] },
      ],
    },
    {
      id: 'freight',
      name: 'Freight',
      zones: [{ countries: ['DE'], rates: [{ upToMinor: 500_000, netMinor: 5_900 }] }],
    },
  ],
}
const cost = (
  country: string,
  options: { postcode?: string; value?: number; grams?: number; service?: string } = {},
) => {
  const { postcode, value = 1_000, grams, service } = options
  const to = postcode === undefined ? { country } : { country, postcode }
  return shippingFor(terms, { to, valueMinor: value, grams }, service)
}

test('the price follows place, weight and value', () => {
  expect(cost('DE', { grams: 2_000 })).toEqual({ service: 'parcel', netMinor: 490 })
  expect(cost('DE', { grams: 2_001 })).toEqual({ service: 'parcel', netMinor: 990 })
  expect(cost('DE', { grams: 2_001, value: 10_000 })).toEqual({ service: 'parcel', netMinor: 0 })
  expect(cost('DE', { grams: 40_000 })).toEqual({ service: 'freight', netMinor: 5_900 })
  expect(cost('DE', { grams: 500, postcode: '27498' })).toEqual({ service: 'parcel', netMinor: 1_990 })
  expect(cost('FR', { grams: 1_001 })).toEqual({ service: 'parcel', netMinor: 1_000 })
  expect(cost('DE', { grams: 500, service: 'freight' })).toEqual({ service: 'freight', netMinor: 5_900 })
})

test('where nothing goes, the reason is named', () => {
  expect(cost('US', { grams: 1 })).toBe('country')
  expect(cost('FR', { grams: 1, postcode: '20000' })).toBe('country')
  expect(cost('AT', { grams: 1, service: 'freight' })).toBe('service')
  expect(cost('AT', { grams: 1, service: 'drone' })).toBe('service')
  expect(cost('AT')).toBe('weight')
  expect(cost('DE', { grams: 40_000, service: 'parcel' })).toBe('weight')
  expect(cost('DE', { grams: 40_000, value: 500_001 })).toBe('weight')
})

test('the choices are all services that go, cheapest first', () => {
  const shipment = { to: { country: 'DE' }, valueMinor: 1_000, grams: 500 }
  expect(shippingChoices(terms, shipment).map(({ service }) => service)).toEqual(['parcel', 'freight'])
})

test('weight is that of all pieces, or unknown', () => {
  const pieces = [{ quantity: 3, weightGrams: 200 }, { quantity: 2 }]
  expect(gramsOf(pieces, {})).toBeUndefined()
  expect(gramsOf(pieces, { defaultGrams: 50 })).toBe(700)
})

test('terms that contradict themselves, or anything else, are no terms', () => {
  expect(shippingTermsSchema.safeParse(terms).success).toBe(true)
  const [parcel] = terms.services
  expect(shippingTermsSchema.safeParse({ ...terms, services: [parcel, parcel] }).success).toBe(false)
  expect(shippingTermsSchema.safeParse({ ...terms, services: [] }).success).toBe(false)
  const days = { min: 3, max: 2 }
  expect(shippingTermsSchema.safeParse({ ...terms, services: [{ ...parcel, days }] }).success).toBe(false)
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(shippingTermsSchema.safeParse(value).success).toBe(false)
    }),
  )
})
