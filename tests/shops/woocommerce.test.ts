import { describe, expect, test } from 'vitest'
import { collect, failure, table, tableOf } from './collect.ts'

const eur = { currency: 'EUR' }
const base = { Published: '1', 'Tax status': 'taxable', 'In stock?': '1' }
const mug = { ...base, ID: '7', Type: 'simple', SKU: 'MUG', Name: 'Mug', 'Regular price': '4.95' }

describe('WooCommerce: what is sold', () => {
  test('a simple product', async () => {
    const { summary, offer } = await collect(
      tableOf([
        {
          ...mug,
          'GTIN, UPC, EAN, or ISBN': '9520123456788',
          'Short description': 'Short.',
          Description: 'One\\nTwo &amp; <b>three</b>',
          Stock: '12',
          'Weight (kg)': '.35',
          'Length (cm)': '10',
          'Width (cm)': '8,5',
          'Height (cm)': '9',
          Categories: 'Kitchen, Kitchen > Mugs &amp; Cups, New',
          Tags: 'blue, large\\, heavy',
          Images: 'https://shop.example/a.jpg, https://shop.example/b c.jpg',
          Brands: 'Töpferhof',
          'Attribute 1 name': 'Colour',
          'Attribute 1 value(s)': 'Blue, White',
        },
      ]),
      { ...eur, vatBasisPoints: 1900 },
    )
    expect(summary).toMatchObject({
      format: 'woocommerce',
      rows: 1,
      products: 1,
      variants: 1,
      taken: 1,
      notes: {},
    })
    expect(offer('MUG')).toEqual({
      sku: 'MUG',
      title: { en: 'Mug' },
      description: { en: 'One\nTwo & three' },
      brand: 'Töpferhof',
      gtin: '9520123456788',
      price: { minor: 495, currency: 'EUR' },
      vat: { category: 'S', rate: 1900 },
      stock: 12,
      weightGrams: 350,
      dimensionsMm: { length: 100, width: 85, height: 90 },
      categoryPath: 'Kitchen > Mugs & Cups',
      tags: ['blue', 'large, heavy'],
      images: [{ url: 'https://shop.example/a.jpg' }, { url: 'https://shop.example/b%20c.jpg' }],
      attributes: { Colour: 'Blue, White' },
    })
  })

  test('zero stock is not unknown stock', async () => {
    const { offer, summary } = await collect(
      tableOf([
        { ...mug, SKU: 'zero', Stock: '0', 'In stock?': '0' },
        { ...mug, SKU: 'none', Stock: '', 'In stock?': '0' },
        { ...mug, SKU: 'unknown', Stock: '', 'In stock?': '1' },
        { ...mug, SKU: 'said', Stock: '5', 'In stock?': '0' },
        { ...mug, SKU: 'owed', Stock: "'-3", 'In stock?': 'backorder' },
        { ...mug, SKU: 'below', Stock: '-3', 'In stock?': '1' },
      ]),
      eur,
    )
    expect(['zero', 'none', 'unknown', 'said', 'owed', 'below'].map((sku) => offer(sku).stock)).toEqual([
      0,
      0,
      undefined,
      0,
      0,
      0,
    ])
    expect(summary.notes).toEqual({ 'stock-contradiction': 1, 'stock-negative': 2 })
  })

  test('what is no offer is ignored with its reason, a missing price is refused', async () => {
    const { ignored, refused, summary } = await collect(
      tableOf([
        { ...mug, Type: 'variable', SKU: 'P' },
        { ...mug, Type: 'grouped' },
        { ...mug, Type: 'external' },
        { ...mug, Type: 'bundle' },
        { ...mug, Type: 'subscription' },
        { ...mug, Published: '0' },
        { ...mug, Published: '-1' },
        { ...mug, Type: 'simple, downloadable, virtual', 'Regular price': '' },
        { ...mug, SKU: '', ID: '' },
        { ...mug, Name: '' },
      ]),
      eur,
    )
    expect(ignored.map(([, reason]) => reason)).toEqual([
      'parent-of-variants',
      'grouped',
      'external',
      'bundle',
      'type-unsupported',
      'not-published',
      'not-published',
    ])
    expect(refused).toEqual([
      [9, 'price-missing'],
      [10, 'sku-missing'],
      [11, 'title-missing'],
    ])
    expect(summary).toMatchObject({ rows: 10, taken: 0, ignored: 7, refusedCount: 3, offers: [] })
  })

  test('without a SKU the product has its id', async () => {
    const { offers, summary } = await collect(tableOf([{ ...mug, SKU: '' }]), eur)
    expect(offers[0]?.sku).toBe('id:7')
    expect(summary.notes).toEqual({ 'sku-derived': 1 })
  })

  test('without a currency nothing is taken', async () => {
    const { refused } = await collect(tableOf([mug]))
    expect(refused).toEqual([[2, 'currency-missing']])
  })

  test('a column that is needed and not there is named', async () => {
    const { 'Regular price': _, ...rest } = mug
    expect(await failure(tableOf([rest]), eur)).toEqual({
      code: 'column-missing',
      line: 1,
      field: 'Regular price',
    })
  })
})

describe('WooCommerce: variations', () => {
  const parent = {
    ...mug,
    ID: '20',
    Type: 'variable',
    SKU: 'TEE',
    Name: 'T-Shirt',
    'Regular price': '',
    Description: 'Cotton.',
    Categories: 'Clothes > Shirts',
    Images: 'https://shop.example/tee.jpg',
    Stock: '40',
    'Tax class': 'reduced-rate',
    'Weight (kg)': '0.2',
    'Attribute 1 name': 'Size',
    'Attribute 1 value(s)': 'S, M',
    'Attribute 2 name': 'Fabric',
    'Attribute 2 value(s)': 'Cotton',
  }
  const small = {
    ...mug,
    ID: '21',
    Type: 'variation',
    SKU: 'TEE-S',
    Name: 'T-Shirt - S',
    Parent: 'TEE',
    'Tax class': 'parent',
    Stock: 'parent',
    'Attribute 1 name': 'Size',
    'Attribute 1 value(s)': 'S',
  }
  const medium = {
    ...small,
    ID: '22',
    SKU: 'TEE-M',
    Name: '',
    Images: 'https://shop.example/tee-m.jpg',
    Stock: '3',
    'Attribute 1 value(s)': 'M',
  }

  test.each([
    ['the parent first', [parent, small, medium]],
    ['the parent last, far away', [small, medium, ...filler(3_000), parent]],
  ])('take what they have not from their parent: %s', async (_, rows) => {
    const { offer, summary } = await collect(tableOf(rows), { ...eur, vatClasses: { 'reduced-rate': 700 } })
    expect(offer('TEE-S')).toEqual({
      sku: 'TEE-S',
      title: { en: 'T-Shirt - S' },
      description: { en: 'Cotton.' },
      price: { minor: 495, currency: 'EUR' },
      vat: { category: 'S', rate: 700 },
      stock: 40,
      weightGrams: 200,
      categoryPath: 'Clothes > Shirts',
      images: [{ url: 'https://shop.example/tee.jpg' }],
      group: { id: 'TEE', options: { Size: 'S' } },
      attributes: { Fabric: 'Cotton' },
    })
    expect(offer('TEE-M')).toMatchObject({
      title: { en: 'T-Shirt' },
      stock: 3,
      images: [{ url: 'https://shop.example/tee-m.jpg' }],
      group: { id: 'TEE', options: { Size: 'M' } },
    })
    expect(summary.products).toBe(rows.length - 2)
    expect(summary).toMatchObject({ variants: rows.length - 1, ignored: 1, refusedCount: 0 })
  })

  test('of a parent without SKU are found by its id', async () => {
    const { offer } = await collect(
      tableOf([
        { ...parent, SKU: '' },
        { ...small, Parent: 'id:20' },
      ]),
      eur,
    )
    expect(offer('TEE-S')).toMatchObject({ description: { en: 'Cotton.' }, group: { id: 'id:20' } })
  })

  test('of a draft are not sold either', async () => {
    const { ignored } = await collect(tableOf([{ ...parent, Published: '-1' }, small]), eur)
    expect(ignored).toEqual([
      [2, 'parent-of-variants'],
      [3, 'not-published'],
    ])
  })

  test('without a parent in the file stand for themselves', async () => {
    const { offer } = await collect(tableOf([small]), eur)
    expect(offer('TEE-S')).toMatchObject({ title: { en: 'T-Shirt - S' }, group: { id: 'TEE' } })
  })
})

describe('WooCommerce: prices', () => {
  const sale = {
    ...mug,
    'Regular price': '20',
    'Sale price': '18',
    'Date sale price starts': '',
    'Date sale price ends': '',
  }
  const price = async (row: Record<string, string>, now?: number): Promise<unknown> => {
    const { offers } = await collect(tableOf([row]), now === undefined ? eur : { ...eur, now })
    return [offers[0]?.price.minor, offers[0]?.nextPrice]
  }
  const december = Date.UTC(2026, 11, 1) / 1000

  test('a sale price without dates is in force', async () => {
    expect(await price(sale)).toEqual([1800, undefined])
  })
  test('a sale price that is not lower is none', async () => {
    expect(await price({ ...sale, 'Sale price': '20' })).toEqual([2000, undefined])
  })
  test('a sale price with dates needs the date of today', async () => {
    const dated = { ...sale, 'Date sale price starts': '2026-12-01', 'Date sale price ends': '2026-12-24' }
    expect(await price(dated)).toEqual([2000, undefined])
    expect(await price(dated, december - 10)).toEqual([
      2000,
      { minor: 1800, currency: 'EUR', validFrom: december },
    ])
    expect(await price(dated, december)).toEqual([
      1800,
      { minor: 2000, currency: 'EUR', validFrom: december + 24 * 86_400 },
    ])
    expect(await price(dated, december + 24 * 86_400)).toEqual([2000, undefined])
  })
  test('a date that can be two days is none', async () => {
    expect(await price({ ...sale, 'Date sale price starts': '1/12/26' }, december)).toEqual([2000, undefined])
  })
  test('the decimal sign is the shop’s, and there are no thousands', async () => {
    expect(await price({ ...mug, 'Regular price': '4,95' })).toEqual([495, undefined])
    expect(await price({ ...mug, 'Regular price': '1234,5' })).toEqual([123450, undefined])
    expect((await collect(tableOf([{ ...mug, 'Regular price': '1,234' }]), eur)).offers[0]?.price).toEqual({
      minor: 1234,
      perQuantity: 10,
      currency: 'EUR',
    })
  })
  test('gross prices become net, rounded half up', async () => {
    const { offers, summary } = await collect(tableOf([mug]), {
      ...eur,
      vatBasisPoints: 1900,
      prices: 'gross',
    })
    expect(offers[0]?.price.minor).toBe(416)
    expect(summary.assumed).toEqual({ language: 'en' })
  })
  test('gross prices without a rate stand as they are, and the report says so', async () => {
    const { offers, summary } = await collect(tableOf([mug]), { ...eur, prices: 'gross', language: 'en' })
    expect(offers[0]?.price.minor).toBe(495)
    expect(summary.assumed).toEqual({ grossWithoutRate: 1 })
  })
  test('a tax class whose rate nobody said has no VAT', async () => {
    const { offers, summary } = await collect(
      tableOf([
        { ...mug, 'Tax class': 'zero-rate' },
        { ...mug, SKU: 'B', 'Tax class': 'books' },
        { ...mug, SKU: 'C', 'Tax status': 'none', 'Tax class': '' },
      ]),
      { ...eur, vatBasisPoints: 1900 },
    )
    expect(offers.map(({ vat }) => vat)).toEqual([{ category: 'Z', rate: 0 }, undefined, undefined])
    expect(summary.notes).toEqual({ 'vat-unknown': 2 })
  })
})

test('WooCommerce in German, separated by semicolons, with a mark', async () => {
  const { offers, summary } = await collect(
    `\ufeff${table(
      [
        [
          'ID',
          'Typ',
          'Artikelnummer',
          'GTIN, UPC, EAN oder ISBN',
          'Name',
          'Veröffentlicht',
          'Vorrätig?',
          'Bestand',
          'Gewicht (kg)',
          'Regulärer Preis',
          'Kategorien',
          'Bilder',
          'Übergeordnetes Produkt',
          'Attribut 1 Name',
          'Attribut 1 Wert(e)',
          'Marken',
        ],
        [
          '1',
          'simple',
          'H-1',
          '9520123456788',
          'Hängematte',
          '1',
          '1',
          '4',
          '1,2',
          '1234,50',
          'Garten > Möbel',
          '',
          '',
          'Größe',
          '2 m',
          'Lind',
        ],
      ],
      ';',
      '\r\n',
    )}`,
    eur,
  )
  expect(summary.format).toBe('woocommerce')
  expect(summary.assumed).toEqual({ language: 'de', prices: 'net' })
  expect(offers).toEqual([
    {
      sku: 'H-1',
      gtin: '9520123456788',
      title: { de: 'Hängematte' },
      brand: 'Lind',
      price: { minor: 123450, currency: 'EUR' },
      stock: 4,
      weightGrams: 1200,
      categoryPath: 'Garten > Möbel',
      attributes: { Größe: '2 m' },
    },
  ])
})

/** Other products in between. */
function filler(count: number): Record<string, string>[] {
  return Array.from({ length: count }, (_, index) => ({ ...mug, ID: `${1000 + index}`, SKU: `F${index}` }))
}
