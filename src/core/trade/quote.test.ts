import { describe, expect, test } from 'vitest'
import { TestMerchant } from '../../../tests/simulation/merchants.ts'
import { order } from '../../../tests/simulation/orders/dialogue.ts'
import type { Offer } from './offer.ts'
import type { OrderTerms } from './order-terms.ts'
import { termsProblem } from './order-terms.ts'
import { priceAt, type QuoteContext, quoteFor, type Wish, wishOfTerms } from './quote.ts'

const frame = { order, buyer: new TestMerchant('Ben').id, seller: new TestMerchant('Anna').id, test: false }
const kettle: Offer = {
  sku: 'kettle',
  title: { de: 'Kessel', en: 'Kettle' },
  gtin: '9520000000011',
  price: { minor: 1_000, currency: 'EUR' },
  tiers: [{ minQuantity: 10, price: { minor: 900, currency: 'EUR' } }],
  vat: { category: 'S', rate: 1_900 },
  minQuantity: 2,
  packSize: 2,
  weightGrams: 800,
  shipTo: ['DE', 'AT'],
}
const context: QuoteContext = {
  granted: true,
  offerOf: (sku) => (sku === 'kettle' ? kettle : undefined),
  availableOf: () => 20,
  shipping: {
    currency: 'EUR',
    services: [
      {
        id: 'parcel',
        name: 'Parcel',
        zones: [{ countries: ['DE', 'AT', 'CH'], rates: [{ netMinor: 490 }] }],
      },
    ],
  },
  vat: 'as-offered',
  paymentOf: (grossMinor) => ({ days: 14, prepaidMinor: grossMinor > 100_000 ? grossMinor : 0 }),
  availableMinor: undefined,
  reservations: { open: 0, max: 3 },
  neutralDelivery: true,
  languages: ['en', 'de'],
  now: 1_800_000_000,
}
const wish: Wish = {
  currency: 'EUR',
  lines: [{ sku: 'kettle', quantity: 4 }],
  shipTo: { country: 'DE' },
}
const mode = { reserves: true, promised: false }
const quoted = (changed: Partial<Wish> = {}, known: Partial<QuoteContext> = {}, modes = mode) =>
  quoteFor({ ...wish, ...changed }, frame, { ...context, ...known }, modes)
const kettles = (line: object) => ({ lines: [{ sku: 'kettle', quantity: 4, ...line }] })
const price = { minor: 1_000, currency: 'EUR' }

describe('a quote', () => {
  test('has terms that hold, in which the buyer finds what it wished', () => {
    const { problems, terms } = quoted()
    expect(problems).toEqual([])
    expect(terms).toMatchObject({
      lines: [{ title: 'Kettle', netMinor: 4_000, price }],
      shipping: { service: 'parcel', netMinor: 490 },
      netMinor: 4_490,
      vatMinor: 853,
      grossMinor: 5_343,
      payment: { days: 14, prepaidMinor: 0 },
    })
    const salted = { ...terms, salt: 'x' } as OrderTerms
    expect(termsProblem(salted, frame)).toBeUndefined()
    expect(quoted(wishOfTerms(salted)).problems).toEqual([])
  })

  test.each<[string, Partial<Wish>, Partial<QuoteContext>, object[]]>([
    ['no grant', {}, { granted: false }, [{ code: 'not-granted' }]],
    [
      'an article that is not granted',
      { lines: [{ sku: 'cup', quantity: 1 }] },
      {},
      [{ code: 'offer-unknown', line: 0 }],
    ],
    [
      'another price',
      kettles({ price: { minor: 999, currency: 'EUR' } }),
      {},
      [{ code: 'price', line: 0, price }],
    ],
    [
      'the price of a tier that is not reached',
      kettles({ price: { minor: 900, currency: 'EUR' } }),
      {},
      [{ code: 'price', line: 0, price }],
    ],
    ['another currency', { currency: 'CHF' }, {}, [{ code: 'currency', line: 0, price }]],
    [
      'other VAT',
      kettles({ vat: { category: 'S', rate: 700 } }),
      {},
      [{ code: 'vat', line: 0, vat: kettle.vat }],
    ],
    [
      'too few',
      kettles({ quantity: 1 }),
      {},
      [
        { code: 'quantity-low', line: 0, minQuantity: 2 },
        { code: 'quantity-packs', line: 0, packSize: 2 },
      ],
    ],
    ['no whole packs', kettles({ quantity: 5 }), {}, [{ code: 'quantity-packs', line: 0, packSize: 2 }]],
    ['more than is free', {}, { availableOf: () => 3 }, [{ code: 'stock', line: 0, available: 3 }]],
    ['stock that nobody knows', {}, { availableOf: () => undefined }, [{ code: 'stock-unknown', line: 0 }]],
    [
      'a country that the offer leaves out',
      { shipTo: { country: 'CH' } },
      {},
      [{ code: 'country', line: 0 }],
    ],
    ['a service that there is not', { service: 'drone' }, {}, [{ code: 'service' }]],
    ['no shipping terms', {}, { shipping: undefined }, [{ code: 'service' }]],
    [
      'other shipping',
      { service: 'parcel', shippingMinor: 0 },
      {},
      [{ code: 'shipping', shipping: { service: 'parcel', netMinor: 490 } }],
    ],
    [
      'other payment',
      { payment: { days: 30, prepaidMinor: 0 } },
      {},
      [{ code: 'payment', payment: { days: 14, prepaidMinor: 0 } }],
    ],
    [
      'more than the buyer may owe',
      {},
      { availableMinor: 5_342 },
      [{ code: 'limit', availableMinor: 5_342 }],
    ],
    [
      'too many reservations',
      {},
      { reservations: { open: 3, max: 3 } },
      [{ code: 'reservations', countMax: 3 }],
    ],
    [
      'VAT that the seller does not know',
      {},
      { vat: { category: 'E', rate: 0 } },
      [{ code: 'vat-unknown', line: 0 }],
    ],
  ])('%s', (_, changed, known, problems) => {
    expect(quoted(changed, known).problems).toEqual(problems)
  })

  test('says all that is wrong at once, with terms that would do', () => {
    const { problems, terms } = quoted(
      { ...kettles({ price: { minor: 1, currency: 'EUR' } }), service: 'parcel', shippingMinor: 1 },
      { availableOf: () => 2 },
    )
    expect(problems.map(({ code }) => code)).toEqual(['price', 'stock', 'shipping'])
    expect(terms).toMatchObject({ lines: [{ price }] })
  })

  test('on acceptance unknown stock is no matter', () => {
    const known = { availableOf: () => undefined, reservations: { open: 3, max: 3 } }
    expect(quoted({}, known, { reserves: false, promised: false }).problems).toEqual([])
  })

  test('keeps what was promised, whatever the catalog says now', () => {
    const { terms } = quoted()
    const dearer = { ...kettle, price: { minor: 2_000, currency: 'EUR' } }
    const asked = wishOfTerms({ ...terms, salt: 'x' } as OrderTerms)
    const later = { offerOf: () => dearer, shipping: undefined }
    expect(quoted(asked, later).problems.map(({ code }) => code)).toEqual(['price', 'service'])
    expect(quoted(asked, later, { reserves: true, promised: true }).problems).toEqual([])
  })

  test('goods abroad are taxed as the seller says, with the reason that belongs to it', () => {
    const { terms } = quoted({ shipTo: { country: 'AT' } }, { vat: { category: 'K', rate: 0 } })
    expect(terms?.vat).toEqual([
      { category: 'K', rate: 0, exemption: 'Intra-Community supply', netMinor: 4_490, vatMinor: 0 },
    ])
  })
})

test('the price is that of the tier reached, and of the day', () => {
  const nextPrice = { minor: 1_200, currency: 'EUR', validFrom: 100 }
  expect(priceAt(kettle, 9, 0).minor).toBe(1_000)
  expect(priceAt(kettle, 10, 0).minor).toBe(900)
  expect(priceAt({ ...kettle, nextPrice }, 10, 99).minor).toBe(900)
  expect(priceAt({ ...kettle, nextPrice }, 10, 100)).toEqual({ minor: 1_200, currency: 'EUR' })
})
