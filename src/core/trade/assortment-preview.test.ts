import { expect, test } from 'vitest'
import { AssortmentPreview } from './assortment-preview.ts'
import type { Assortment } from './assortment-schema.ts'
import type { Offer } from './offer.ts'

const assortment: Assortment = {
  id: 'books',
  title: 'Books',
  rule: { include: [{ skus: ['B-1', 'B-2', 'B-3', 'B-9'] }], exclude: [{ tags: ['secret'] }] },
  priceRule: { kind: 'discount', basisPoints: 2_000 },
  stockRule: { safetyStock: 1 },
  partners: [],
}

function offer(sku: string, more: Partial<Offer> = {}): Offer {
  return { sku, title: { en: sku }, price: { minor: 1_000, currency: 'EUR' }, ...more }
}

test('a preview counts, shows the first, and says why the others are out and what is not there at all', () => {
  const preview = new AssortmentPreview(assortment, { examplesMax: 1 })
  const catalog = [
    offer('B-1', { stock: 5 }),
    offer('B-2', { stock: 1, priceBinding: 'de-buchprg' }),
    offer('B-3', { tags: ['secret'] }),
    offer('C-1'),
    offer('C-2'),
  ]
  for (const one of catalog) preview.add(one)
  expect(preview.result()).toEqual({
    offers: 5,
    included: 2,
    outOfStock: 1,
    stockUnknown: 0,
    priceBound: 1,
    excluded: { excluded: 1, 'not-included': 2 },
    examples: [
      {
        own: catalog[0],
        shown: { ...catalog[0], stock: 4, price: { minor: 800, currency: 'EUR' } },
      },
    ],
    excludedExamples: [{ sku: 'B-3', reason: 'excluded' }],
    skusMissing: ['B-9'],
  })
})
