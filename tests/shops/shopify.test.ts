import { describe, expect, test } from 'vitest'
import { collect, failure, tableOf } from './collect.ts'

const eur = { currency: 'EUR' }
const pot = {
  Handle: 'clay-pot',
  Title: 'Clay pot',
  'Body (HTML)': '<p>Fired at <b>1100&nbsp;°C</b>.</p><ul><li>Saucer</li><li>Hole</li></ul>',
  Vendor: 'Töpferhof',
  Type: 'Garden',
  Tags: 'pot, clay',
  Published: 'true',
  'Option1 Name': 'Size',
  'Option1 Value': 'Small',
  'Variant SKU': 'POT-S',
  'Variant Grams': '800',
  'Variant Inventory Tracker': 'shopify',
  'Variant Inventory Qty': '3',
  'Variant Price': '9.99',
  'Variant Compare At Price': '12.00',
  'Variant Barcode': "'9520123456788",
  'Image Src': 'https://shop.example/2.jpg',
  'Image Position': '2',
  'Gift Card': 'false',
  'Cost per item': '2.10',
  Status: 'active',
}
const large = {
  Handle: 'clay-pot',
  'Option1 Value': 'Large',
  'Variant SKU': 'POT-L',
  'Variant Inventory Tracker': 'shopify',
  'Variant Inventory Qty': '-2',
  'Variant Price': '15.99',
  'Variant Image': 'https://shop.example/large.jpg',
}
const image = { Handle: 'clay-pot', 'Image Src': 'https://shop.example/1.jpg', 'Image Position': '1' }

describe('Shopify', () => {
  test('variants share what the first row says; image rows add to all of them', async () => {
    const { offer, ignored, summary, events } = await collect(tableOf([pot, large, image]), {
      ...eur,
      vatBasisPoints: 1900,
    })
    expect(offer('POT-S')).toEqual({
      sku: 'POT-S',
      title: { en: 'Clay pot' },
      description: { en: 'Fired at 1100 °C.\n\n• Saucer\n\n• Hole' },
      brand: 'Töpferhof',
      gtin: '9520123456788',
      price: { minor: 999, currency: 'EUR' },
      vat: { category: 'S', rate: 1900 },
      stock: 3,
      weightGrams: 800,
      categoryPath: 'Garden',
      tags: ['pot', 'clay'],
      images: [{ url: 'https://shop.example/1.jpg' }, { url: 'https://shop.example/2.jpg' }],
      group: { id: 'clay-pot', options: { Size: 'Small' } },
    })
    expect(offer('POT-L')).toMatchObject({
      title: { en: 'Clay pot' },
      stock: 0,
      images: [
        { url: 'https://shop.example/large.jpg' },
        { url: 'https://shop.example/1.jpg' },
        { url: 'https://shop.example/2.jpg' },
      ],
      group: { id: 'clay-pot', options: { Size: 'Large' } },
    })
    expect(ignored).toEqual([[4, 'image-row']])
    expect(summary).toMatchObject({
      rows: 3,
      products: 1,
      variants: 2,
      taken: 2,
      ignored: 1,
      notes: { 'stock-negative': 1 },
    })
    // What the merchant paid, and what it cost before, are no part of an offer.
    expect(JSON.stringify(events)).not.toMatch(/"(?:minor)":(?:210|1200)/)
  })

  test('the names of the columns since 2025', async () => {
    const { offers, summary } = await collect(
      tableOf([
        {
          Title: 'Honey',
          'URL handle': 'honey',
          Description: 'Lime blossom',
          Vendor: 'Imkerei Lind',
          'Product category': 'Food > Honey',
          Tags: '',
          'Published on online store': 'TRUE',
          Status: 'Active',
          SKU: 'HON-500',
          Barcode: '',
          'Option1 name': 'Title',
          'Option1 value': 'Default Title',
          'Option1 LinkedTo': '',
          Price: '7.50',
          'Compare-at price': '',
          'Charge tax': 'TRUE',
          'Unit price total measure': '500',
          'Unit price total measure unit': 'g',
          'Inventory tracker': 'shopify',
          'Inventory quantity': '0',
          'Continue selling when out of stock': 'DENY',
          'Weight value (grams)': '620',
          'Product image URL': 'https://shop.example/h.jpg',
          'Origin (product.metafields.custom.origin)': 'Uckermark',
          'Google Shopping / Google Product Category': '4627',
        },
      ]),
      eur,
    )
    expect(summary.format).toBe('shopify')
    expect(offers).toEqual([
      {
        sku: 'HON-500',
        title: { en: 'Honey' },
        description: { en: 'Lime blossom' },
        brand: 'Imkerei Lind',
        price: { minor: 750, currency: 'EUR' },
        stock: 0,
        weightGrams: 620,
        category: 4627,
        categoryPath: 'Food > Honey',
        images: [{ url: 'https://shop.example/h.jpg' }],
        attributes: { Origin: 'Uckermark' },
        basePrice: { quantityMilli: 500_000, unit: 'g' },
      },
    ])
  })

  test('without a SKU: handle and options, the same at each import', async () => {
    const { offers } = await collect(
      tableOf([
        { ...pot, 'Variant SKU': '' },
        { ...large, 'Variant SKU': '' },
        {
          ...pot,
          Handle: 'x'.repeat(80),
          'Variant SKU': '',
          'Option1 Name': 'Title',
          'Option1 Value': 'Default Title',
        },
        { ...pot, Handle: `${'x'.repeat(80)}y`, 'Variant SKU': '' },
      ]),
      eur,
    )
    expect(offers.slice(0, 2).map(({ sku }) => sku)).toEqual(['clay-pot/Small', 'clay-pot/Large'])
    expect(offers[2]?.sku).toMatch(/^x{47}~[0-9a-f]{16}$/)
    expect(offers[3]?.sku).not.toBe(offers[2]?.sku)
    expect(offers[2]?.group).toBeUndefined()
  })

  test('drafts, archived products and gift cards are ignored, all their rows', async () => {
    const { ignored } = await collect(
      tableOf([
        { ...pot, Handle: 'a', Status: 'draft' },
        { ...large, Handle: 'a' },
        { ...pot, Handle: 'b', Status: 'archived' },
        { ...pot, Handle: 'c', Published: 'FALSE' },
        { ...pot, Handle: 'd', 'Gift Card': 'true' },
      ]),
      eur,
    )
    expect(ignored).toEqual([
      [2, 'not-published'],
      [3, 'not-published'],
      [4, 'not-published'],
      [5, 'not-published'],
      [6, 'gift-card'],
    ])
  })

  test('a stock that Shopify does not track is unknown, unless the file was filled by hand', async () => {
    const untracked = { ...pot, 'Variant Inventory Tracker': '', 'Variant Inventory Qty': '0' }
    const written = await collect(tableOf([untracked]), eur)
    expect(written.offers[0]?.stock).toBeUndefined()
    const byHand = await collect(
      tableOf([untracked, { ...large, 'Variant Inventory Tracker': '', 'Variant Inventory Qty': '2' }]),
      eur,
    )
    expect(byHand.offers.map(({ stock }) => stock)).toEqual([0, 2])
    expect(byHand.summary.assumed.untrackedStock).toBe('as-stated')
  })

  test('rows that were sorted away from their title are refused, not guessed', async () => {
    const { refused } = await collect(
      tableOf([pot, { ...pot, Handle: 'other', 'Variant SKU': 'O' }, large]),
      eur,
    )
    expect(refused).toEqual([[4, 'title-missing']])
  })

  test('a price that is missing is refused, a doubled SKU too', async () => {
    const { refused, summary } = await collect(
      tableOf([pot, { ...large, 'Variant Price': '' }, { ...large, 'Variant SKU': 'POT-S' }]),
      eur,
    )
    expect(refused).toEqual([
      [3, 'price-missing'],
      [4, 'sku-duplicate'],
    ])
    expect(summary.refused.map(({ sku }) => sku)).toEqual(['POT-L', 'POT-S'])
  })

  test('a missing price column is named', async () => {
    const { 'Variant Price': _, ...rest } = pot
    expect(await failure(tableOf([rest]), eur)).toMatchObject({
      code: 'column-missing',
      field: 'Variant Price',
    })
  })
})
