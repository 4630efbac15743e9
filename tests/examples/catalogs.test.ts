import { createReadStream, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Offer } from '../../src/core/trade/offer.ts'
import { importCatalog } from '../../src/shops/catalog.ts'
import type { ImportSummary } from '../../src/shops/import-event.ts'
import type { ImportOptions } from '../../src/shops/import-options.ts'

const folder = resolve(import.meta.dirname, '../../examples/catalogs')

/** What the demo says about each file, since the file does not. */
const catalogs: Readonly<Record<string, { readonly options: ImportOptions; readonly offers: number }>> = {
  'fernpfad-outdoor.woocommerce.csv': { options: { currency: 'EUR', vatBasisPoints: 1900 }, offers: 295 },
  'morgenrot-kaffee.magento.csv': {
    options: { currency: 'EUR', language: 'de', vatClasses: { 'Reduced Rate': 700 }, vatBasisPoints: 1900 },
    offers: 228,
  },
  'bankhaken-werkstatt.bmecat.xml': { options: {}, offers: 221 },
  'bankhaken-verbrauch.google.tsv': { options: { language: 'de', vatBasisPoints: 1900 }, offers: 27 },
}

async function read(name: string): Promise<{ readonly offers: Offer[]; readonly summary: ImportSummary }> {
  const offers: Offer[] = []
  let summary: ImportSummary | undefined
  for await (const event of importCatalog(createReadStream(join(folder, name)), catalogs[name]?.options)) {
    if (event.type === 'offer') offers.push(event.offer)
    if (event.type === 'end') summary = event.summary
  }
  if (summary === undefined) throw new Error('no summary')
  return { offers, summary }
}

test('every catalog in the folder is tried here, and none is large', () => {
  expect(readdirSync(folder).sort()).toEqual(Object.keys(catalogs).sort())
  for (const name of Object.keys(catalogs)) expect(statSync(join(folder, name)).size).toBeLessThan(400_000)
})

describe.each(Object.keys(catalogs))('%s', (name) => {
  test('is clean: every product is taken, nothing is refused or left out', async () => {
    const { offers, summary } = await read(name)
    expect(summary).toMatchObject({ refusedCount: 0, notes: {}, variants: catalogs[name]?.offers })
    expect(new Set(offers.map(({ sku }) => sku)).size).toBe(catalogs[name]?.offers)
  })

  test('every offer has a demo GTIN, a brand, a picture, a category, a price and VAT', async () => {
    const { offers } = await read(name)
    for (const { sku, gtin, brand, images, categoryPath, price, vat } of offers) {
      expect(gtin, sku).toMatch(/^952/)
      expect(brand, sku).toBeDefined()
      expect(images?.[0]?.url, sku).toMatch(/^https:\/\/[a-z]+\.example\//)
      expect(categoryPath, sku).toBeDefined()
      expect(price.minor, sku).toBeGreaterThan(0)
      expect(vat, sku).toBeDefined()
    }
    expect(new Set(offers.map(({ gtin }) => gtin)).size).toBe(offers.length)
  })
})

test('the outdoor shop has sizes and colours, sold-out products and some of unknown stock', async () => {
  const { offers } = await read('fernpfad-outdoor.woocommerce.csv')
  expect(offers.filter(({ group }) => group?.options?.Größe !== undefined).length).toBeGreaterThan(50)
  expect(offers.filter(({ stock }) => stock === 0).length).toBeGreaterThan(5)
  expect(offers.filter(({ stock }) => stock === undefined).length).toBeGreaterThan(5)
})

test('the coffee shop speaks German and English', async () => {
  const { offers } = await read('morgenrot-kaffee.magento.csv')
  for (const { sku, title, description } of offers) {
    expect(Object.keys(title).sort(), sku).toEqual(['de', 'en'])
    expect(Object.keys(description ?? {}).sort(), sku).toEqual(['de', 'en'])
  }
})

test('the workshop supplier has prices per 100 and 1,000, tiers and packs', async () => {
  const { offers } = await read('bankhaken-werkstatt.bmecat.xml')
  for (const per of [100, 1000])
    expect(offers.filter(({ price }) => price.perQuantity === per).length).toBeGreaterThan(20)
  expect(offers.filter(({ tiers }) => (tiers?.length ?? 0) >= 2).length).toBeGreaterThan(100)
  expect(offers.filter(({ packSize }) => (packSize ?? 1) > 1).length).toBeGreaterThan(50)
})

test('the feed has base prices and Google categories', async () => {
  const { offers } = await read('bankhaken-verbrauch.google.tsv')
  expect(offers.filter(({ basePrice }) => basePrice !== undefined).length).toBeGreaterThan(10)
  for (const { sku, category } of offers) expect(category, sku).toBeDefined()
})
