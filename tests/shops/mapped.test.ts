import { describe, expect, test } from 'vitest'
import { detectDialect } from '../../src/shops/csv/dialect.ts'
import { collect, failure, table, tableOf } from './collect.ts'

const eur = { currency: 'EUR' }

describe('any other table', () => {
  test('its columns are told by their usual names, and the report says how', async () => {
    const { offers, summary } = await collect(
      table(
        [
          [
            'Artikelnummer',
            'Bezeichnung',
            'Preis netto (EUR)',
            'MwSt.-Satz',
            'Lagerbestand',
            'EAN',
            'Gewicht (kg)',
            'Warengruppe',
            'Bild 1',
            'Bild 2',
            'Lieferzeit (Tage)',
            'VPE',
            'UVP',
          ],
          [
            '00123',
            'Hammer',
            '1.234,50',
            '19 %',
            '0',
            '9520123456788',
            '0,5',
            'Werkzeug',
            'https://a.example/1.jpg',
            'https://a.example/2.jpg',
            '3',
            '6',
            '1.599,00 €',
          ],
          ['00124', 'Zange', '4,95', '7', '', '4006381333932', '', '', '', '', '', '', ''],
        ],
        ';',
        '\r\n',
      ),
    )
    expect(offers).toEqual([
      {
        sku: '00123',
        title: { de: 'Hammer' },
        price: { minor: 123450, currency: 'EUR' },
        vat: { category: 'S', rate: 1900 },
        stock: 0,
        gtin: '9520123456788',
        weightGrams: 500,
        categoryPath: 'Werkzeug',
        images: [{ url: 'https://a.example/1.jpg' }, { url: 'https://a.example/2.jpg' }],
        deliveryDays: 3,
        packSize: 6,
        recommendedPrice: { minor: 159900, currency: 'EUR' },
      },
      {
        sku: '00124',
        title: { de: 'Zange' },
        price: { minor: 495, currency: 'EUR' },
        vat: { category: 'S', rate: 700 },
      },
    ])
    expect(summary).toMatchObject({
      format: 'csv',
      notes: { 'gtin-invalid': 1 },
      assumed: {
        language: 'de',
        prices: 'net',
        decimals: 'comma',
        mapping: {
          columns: { sku: 'Artikelnummer', price: 'Preis netto (EUR)', vat: 'MwSt.-Satz', packSize: 'VPE' },
        },
      },
    })
  })

  test('a mapping decides by itself', async () => {
    const { offers, summary } = await collect(
      tableOf([{ a: 'X-1', b: 'Thing', c: '2.50', d: 'red', e: 'steel', f: 'G' }]),
      {
        ...eur,
        language: 'en',
        prices: 'net',
        mapping: {
          columns: { sku: 'a', title: 'b', price: 'c', group: 'f' },
          options: ['d'],
          attributes: ['e'],
        },
      },
    )
    expect(offers).toEqual([
      {
        sku: 'X-1',
        title: { en: 'Thing' },
        price: { minor: 250, currency: 'EUR' },
        group: { id: 'G', options: { d: 'red' } },
        attributes: { e: 'steel' },
      },
    ])
    expect(summary.assumed).toEqual({ decimals: 'dot' })
  })

  test('without the needed columns it asks for a mapping and names the columns', async () => {
    expect(await failure('colour,shape\nred,round\n', eur)).toEqual({
      code: 'mapping-needed',
      line: 1,
      field: 'sku',
    })
    expect(await failure('sku,name\n1,Hammer\n', eur)).toEqual({
      code: 'mapping-needed',
      line: 1,
      field: 'price',
    })
  })

  test('a mapping with a column that is not there', async () => {
    const mapping = { columns: { sku: 'a', title: 'b', price: 'nope' } }
    expect(await failure('a,b,c\n1,2,3\n', { ...eur, mapping })).toMatchObject({
      code: 'column-missing',
      field: 'nope',
    })
    expect(await failure('a,b,c\n1,2,3\n', { ...eur, mapping: { columns: { sku: 'a' } } })).toMatchObject({
      code: 'option-invalid',
    })
  })

  test.each([
    ['12.34 per 1,000 pieces', { minor: 1234, perQuantity: 1000, currency: 'EUR' }],
    ['12,34 € / 100 Stück', { minor: 1234, perQuantity: 100, currency: 'EUR' }],
    ['12,34 pro 1.000', { minor: 1234, perQuantity: 1000, currency: 'EUR' }],
    ['USD 5.00', { minor: 500, currency: 'USD' }],
    ['5 CHF', { minor: 500, currency: 'CHF' }],
    ['1500 JPY', { minor: 1500, currency: 'JPY' }],
    ['$3.10', { minor: 310, currency: 'EUR' }],
    ['0.0125', { minor: 125, perQuantity: 100, currency: 'EUR' }],
    ['19,-', { minor: 1900, currency: 'EUR' }],
    ['0', { minor: 0, currency: 'EUR' }],
  ])('the price %s', async (text, price) => {
    const { offers } = await collect(tableOf([{ sku: 'A', name: 'A', price: text }]), eur)
    expect(offers[0]?.price).toEqual(price)
  })

  test.each([
    ['', 'price-missing'],
    ['on request', 'price-malformed'],
    ['n/a', 'price-malformed'],
    ['-3', 'price-negative'],
    ['1.234', 'price-ambiguous'],
    ['1e3', 'price-malformed'],
    ['99999999999.00', 'price-too-large'],
    ['0.00000001234567', 'price-inexact'],
    ['5 QQQ', 'currency-unknown'],
    ['5 per 0 pieces', 'price-malformed'],
    ['=1+1', 'price-malformed'],
  ])('the price %j is refused: %s', async (text, reason) => {
    const { refused } = await collect(tableOf([{ sku: 'A', name: 'A', price: text }]), eur)
    expect(refused).toEqual([[2, reason]])
  })

  test('"1.234" is read as the other prices of the table are', async () => {
    const rows = (other: string): string =>
      tableOf([
        { sku: 'A', name: 'A', price: '1.234' },
        { sku: 'B', name: 'B', price: other },
      ])
    expect((await collect(rows('4,95'), eur)).offer('A').price.minor).toBe(123400)
    expect((await collect(rows('4.95'), eur)).offer('A').price).toMatchObject({
      minor: 1234,
      perQuantity: 10,
    })
    expect((await collect(rows('4'), eur)).refused).toEqual([[2, 'price-ambiguous']])
    expect((await collect(rows('4'), { ...eur, decimals: 'comma' })).offer('A').price.minor).toBe(123400)
    const mixed = tableOf([
      { sku: 'A', name: 'A', price: '1.234' },
      { sku: 'B', name: 'B', price: '4.95' },
      { sku: 'C', name: 'C', price: '4,95' },
    ])
    expect((await collect(mixed, eur)).refused).toEqual([[2, 'price-ambiguous']])
  })

  test('price per a number in a column of its own', async () => {
    const { offers, refused } = await collect(
      tableOf([
        { sku: 'A', name: 'A', price: '12.34', Preiseinheit: '1000' },
        { sku: 'B', name: 'B', price: '12.34', Preiseinheit: '' },
        { sku: 'C', name: 'C', price: '12.34', Preiseinheit: 'many' },
      ]),
      eur,
    )
    expect(offers.map(({ price }) => price.perQuantity)).toEqual([1000, undefined])
    expect(refused).toEqual([[4, 'price-malformed']])
  })

  test('a gross column is gross, and net where both are', async () => {
    const { offers } = await collect(
      tableOf([
        { sku: 'A', name: 'A', Brutto: '11,90', Netto: '', vat: '19' },
        { sku: 'B', name: 'B', Brutto: '11,90', Netto: '9,00', vat: '19' },
      ]),
      eur,
    )
    expect(offers.map(({ price }) => price.minor)).toEqual([1000, 900])
  })

  test('stock in words', async () => {
    const stock = async (text: string): Promise<unknown> =>
      (await collect(tableOf([{ sku: 'A', name: 'A', price: '1', stock: text }]), eur)).offers[0]?.stock
    expect(
      await Promise.all(
        ['', '0', '7', 'ja', 'in stock', 'ausverkauft', 'nein', '12 Stück', 'viele'].map(stock),
      ),
    ).toEqual([undefined, 0, 7, undefined, undefined, 0, 0, 12, undefined])
  })

  test('inactive products are ignored, a VAT rate that is none is refused', async () => {
    const { ignored, refused } = await collect(
      tableOf([
        { sku: 'A', name: 'A', price: '1', active: '0', vat: '' },
        { sku: 'B', name: 'B', price: '1', active: '1', vat: 'full' },
      ]),
      eur,
    )
    expect(ignored).toEqual([[2, 'not-published']])
    expect(refused).toEqual([[3, 'vat-malformed']])
  })

  test('zeros that a spreadsheet was kept from eating', async () => {
    const { offers } = await collect('sku,name,price,ean\n"=""00123""",A,1,"=""9520123456788"""\n', eur)
    expect(offers[0]).toMatchObject({ sku: '00123', gtin: '9520123456788' })
  })
})

describe('the dialect', () => {
  test.each([
    ['a,b,c\n1,2,3\n', ','],
    ['a;b;c\n"1,5";2,5;3,5\n', ';'],
    ['a\tb\tc\n1,2\t2\t3\n', '\t'],
    ['a|b|c\n1|2|3', '|'],
    ['"a;x","b;y"\n"1;1","2;2"\n', ','],
    ['sep=|\na|b\n1|2\n', '|'],
    ['name;price;text\nA;1,50;one, two, three\nB;2,50;one, two\n', ';'],
    ['a;b\n"x\ny;z";2\n', ';'],
  ])('%j is cut at %j', (text, delimiter) => expect(detectDialect(text, undefined).delimiter).toBe(delimiter))

  test('lines are counted over quoted line ends, empty lines and "sep="', async () => {
    const text = 'sep=;\r\nsku;name;price\r\n\r\n1;"a\r\nb\r\nc";1\r\n\r\n\r\n2;d;x\r\n3;"e\nf";1\r\n4;g;y'
    const { events, refused } = await collect(text, eur)
    expect(events.flatMap((event) => (event.type === 'offer' ? [event.line] : []))).toEqual([4, 10])
    expect(refused).toEqual([
      [9, 'price-malformed'],
      [12, 'price-malformed'],
    ])
    for (const size of [1, 2, 3, 7]) expect((await collect(text, eur, size)).refused).toEqual(refused)
  })

  test('old Macintosh line ends, and mixed ones', async () => {
    expect((await collect('sku,name,price\rA,a,1\rB,b,2\r', eur)).summary.taken).toBe(2)
    const mixed = await collect('sku,name,price\nA,a,1\r\nB,b,2\nC,c,3\r\n', eur)
    expect(mixed.offers.map(({ price }) => price.minor)).toEqual([100, 200, 300])
  })
})

describe('what columns mean', () => {
  const meaning = async (...names: string[]): Promise<unknown> => {
    const { summary } = await collect(
      table([
        ['sku', 'name', ...names],
        ['A', 'B', ...names.map(() => '1')],
      ]),
      eur,
    )
    const {
      sku: _,
      title: __,
      ...columns
    } = (summary.assumed.mapping as { columns: Record<string, string> }).columns
    return columns
  }
  test('gross is not taken for net', async () => {
    expect(await meaning('Preis (inkl. MwSt.)', 'Preis (zzgl. MwSt.)')).toEqual({
      grossPrice: 'Preis (inkl. MwSt.)',
      price: 'Preis (zzgl. MwSt.)',
    })
    expect(await meaning('Price (incl. VAT)')).toEqual({ grossPrice: 'Price (incl. VAT)' })
    expect(await meaning('Price (tax excl.)', 'Price (tax incl.)')).toEqual({
      price: 'Price (tax excl.)',
      grossPrice: 'Price (tax incl.)',
    })
    expect(await meaning('VK brutto', 'VK netto', 'EK netto')).toEqual({
      price: 'VK netto',
      grossPrice: 'VK brutto',
    })
  })
  test('what the merchant pays is no price', async () => {
    const text = table([
      ['sku', 'name', 'purchase price', 'EK', 'Einkaufspreis', 'cost'],
      ['A', 'B', '1', '1', '1', '1'],
    ])
    expect(await failure(text, eur)).toMatchObject({ code: 'mapping-needed', field: 'price' })
  })
  test('Shopware', async () => {
    expect(
      await meaning(
        'id',
        'parent_id',
        'product_number',
        'active',
        'stock',
        'price_net',
        'price_gross',
        'purchase_prices_net',
        'tax_rate',
        'cover_media_url',
        'manufacturer_name',
        'categories',
      ),
    ).toEqual({
      active: 'active',
      stock: 'stock',
      price: 'price_net',
      grossPrice: 'price_gross',
      vat: 'tax_rate',
      images: 'cover_media_url',
      brand: 'manufacturer_name',
      categoryPath: 'categories',
      group: 'parent_id',
    })
  })
})
