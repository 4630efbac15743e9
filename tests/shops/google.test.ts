import { describe, expect, test } from 'vitest'
import { collect, failure, table } from './collect.ts'

const item = (inner: string): string => `<item>
  <g:id>G-1</g:id>
  <title><![CDATA[Kaffee & Kuchen]]></title>
  <g:description>&lt;p&gt;Frisch &amp;amp; gut.&lt;/p&gt;</g:description>
  <link>https://shop.example/g-1</link>
  ${inner}
</item>`
const rss = (...items: string[]): string => `<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0">
<channel>
<title>Shop</title>
<link>https://shop.example</link>
${items.join('\n')}
</channel>
</rss>`
const price = '<g:price>4.95 EUR</g:price>'

describe('a Google feed as RSS', () => {
  test('an item', async () => {
    const { offers, summary, events } = await collect(
      rss(
        item(`${price}
  <g:image_link>https://shop.example/1.jpg</g:image_link>
  <g:additional_image_link>https://shop.example/2.jpg</g:additional_image_link>
  <g:additional_image_link>https://shop.example/3.jpg</g:additional_image_link>
  <g:availability>in_stock</g:availability>
  <g:google_product_category>1868</g:google_product_category>
  <g:product_type>Lebensmittel &gt; Kaffee</g:product_type>
  <g:brand>Morgenrot</g:brand><g:gtin>9520123456788</g:gtin><g:mpn>M-1</g:mpn>
  <g:condition>new</g:condition>
  <g:item_group_id>GROUP</g:item_group_id><g:size>250 g</g:size><g:color>braun</g:color>
  <g:shipping_weight>0.3 kg</g:shipping_weight>
  <g:product_length>10 cm</g:product_length><g:product_width>80 mm</g:product_width><g:product_height>2 in</g:product_height>
  <g:unit_pricing_measure>250 g</g:unit_pricing_measure>
  <g:shipping><g:country>DE</g:country><g:price>3.90 EUR</g:price></g:shipping>
  <g:shipping><g:country>AT</g:country></g:shipping>
  <g:product_detail><g:section_name>x</g:section_name><g:attribute_name>Röstung</g:attribute_name><g:attribute_value>hell</g:attribute_value></g:product_detail>
  <g:cost_of_goods_sold>1.11 EUR</g:cost_of_goods_sold>`),
      ),
      { language: 'de', vatBasisPoints: 700 },
    )
    expect(offers).toEqual([
      {
        sku: 'G-1',
        title: { de: 'Kaffee & Kuchen' },
        description: { de: 'Frisch & gut.' },
        price: { minor: 463, currency: 'EUR' },
        vat: { category: 'S', rate: 700 },
        brand: 'Morgenrot',
        gtin: '9520123456788',
        mpn: 'M-1',
        category: 1868,
        categoryPath: 'Lebensmittel > Kaffee',
        images: [1, 2, 3].map((number) => ({ url: `https://shop.example/${number}.jpg` })),
        attributes: { Condition: 'new', Röstung: 'hell' },
        group: { id: 'GROUP', options: { Color: 'braun', Size: '250 g' } },
        weightGrams: 300,
        dimensionsMm: { length: 100, width: 80, height: 51 },
        basePrice: { quantityMilli: 250_000, unit: 'g' },
        shipTo: ['DE', 'AT'],
      },
    ])
    expect(summary).toMatchObject({
      format: 'google',
      rows: 1,
      products: 1,
      variants: 1,
      assumed: { prices: 'gross' },
    })
    expect(events.find(({ type }) => type === 'offer')).toMatchObject({ line: 6 })
  })

  test('prices hold VAT, but not where Google wants them without', async () => {
    const options = { vatBasisPoints: 1900 }
    const amount = async (text: string, more = {}): Promise<unknown> =>
      (await collect(rss(item(`<g:price>${text}</g:price>`)), { ...options, ...more })).offers[0]?.price.minor
    expect(await amount('11.90 EUR')).toBe(1000)
    expect(await amount('11.90 USD')).toBe(1190)
    expect(await amount('11.90 EUR', { prices: 'net' })).toBe(1190)
    expect(await amount('EUR 1,190.00')).toBe(100000)
    const unknown = await collect(rss(item('<g:price>11.90 EUR</g:price>')))
    expect(unknown.offers[0]).toMatchObject({ price: { minor: 1190 } })
    expect(unknown.offers[0]?.vat).toBeUndefined()
    expect(unknown.summary.assumed).toEqual({ language: 'en', prices: 'gross', grossWithoutRate: 1 })
  })

  test('availability is not a number', async () => {
    const stock = async (...tags: string[]): Promise<unknown> =>
      (await collect(rss(item(price + tags.join(''))))).offers[0]?.stock
    expect(await stock('<g:availability>in stock</g:availability>')).toBeUndefined()
    expect(await stock('<g:availability>out of stock</g:availability>')).toBe(0)
    expect(await stock('<g:availability>preorder</g:availability>')).toBe(0)
    expect(await stock('<g:availability>in_stock</g:availability>', '<g:quantity>8</g:quantity>')).toBe(8)
    expect(await stock('<g:availability>out_of_stock</g:availability>', '<g:quantity>8</g:quantity>')).toBe(0)
  })

  test('sale prices follow their dates', async () => {
    const feed = rss(
      item(
        `${price}<g:sale_price>3.95 EUR</g:sale_price><g:sale_price_effective_date>2026-12-01T00:00+0100/2026-12-02T00:00+0100</g:sale_price_effective_date>`,
      ),
    )
    const at = async (iso: string): Promise<unknown> =>
      (await collect(feed, { now: Date.parse(iso) / 1000 })).offers[0]?.price.minor
    expect(await at('2026-11-30T22:59:59Z')).toBe(495)
    expect(await at('2026-11-30T23:00:00Z')).toBe(395)
    expect(await at('2026-12-01T23:00:00Z')).toBe(495)
    expect((await collect(feed)).offers[0]?.price.minor).toBe(495)
  })

  test('what is missing is refused with the line of the item', async () => {
    const { refused } = await collect(
      rss(
        item(''),
        item(price),
        item(price),
        `<item>${price}<g:id>X</g:id></item>`,
        item('<g:price>free</g:price>'),
      ),
    )
    expect(refused).toEqual([
      [6, 'price-missing'],
      [20, 'sku-duplicate'],
      [27, 'title-missing'],
      [28, 'price-malformed'],
    ])
  })

  test('the feed says its language', async () => {
    const feed = rss(item(price)).replace('<channel>', '<channel><language>de-DE</language>')
    expect((await collect(feed)).offers[0]?.title).toEqual({ de: 'Kaffee & Kuchen' })
    expect((await collect(feed, { language: 'fr' })).offers[0]?.title).toEqual({ fr: 'Kaffee & Kuchen' })
  })
})

test('a Google feed as Atom', async () => {
  const { offers, summary } =
    await collect(`<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0" xml:lang="de">
<entry><g:id>A</g:id><g:title>Eins</g:title><title>Zwei</title><link href="https://x.example"/>${price}<g:google_product_category>Media &gt; Books</g:google_product_category></entry>
</feed>`)
  expect(summary).toMatchObject({ format: 'google', taken: 1 })
  expect(offers[0]).toMatchObject({ sku: 'A', title: { de: 'Eins' }, categoryPath: 'Media > Books' })
})

describe('a Google feed as a table', () => {
  test('separated by tabs', async () => {
    const { offers, summary } = await collect(
      table(
        [
          [
            'id',
            'title',
            'description',
            'link',
            'image link',
            'additional image link',
            'availability',
            'price',
            'google product category',
            'shipping',
          ],
          [
            'T-1',
            '5" pipe',
            'A "fine" pipe',
            'https://x.example',
            'https://x.example/1.jpg',
            'https://x.example/2.jpg,https://x.example/3.jpg',
            'out of stock',
            '1,234.50 EUR',
            '114',
            'DE:::4.95 EUR',
          ],
        ],
        '\t',
      )
        .replaceAll('"5"" pipe"', '5" pipe')
        .replaceAll('"A ""fine"" pipe"', 'A "fine" pipe'),
      { prices: 'net' },
    )
    expect(summary.format).toBe('google')
    expect(offers[0]).toMatchObject({
      sku: 'T-1',
      title: { en: '5" pipe' },
      description: { en: 'A "fine" pipe' },
      price: { minor: 123450, currency: 'EUR' },
      stock: 0,
      category: 114,
      shipTo: ['DE'],
      images: [1, 2, 3].map((number) => ({ url: `https://x.example/${number}.jpg` })),
    })
  })

  test('with German names', async () => {
    const { offers, summary } = await collect(
      'id\tTitel\tBeschreibung\tLink\tBildlink\tVerfügbarkeit\tPreis\tMarke\nT\tHammer\tGut\thttps://x.example\thttps://x.example/1.jpg\tnicht auf Lager\t4,95 EUR\tLind\n',
    )
    expect(summary.format).toBe('google')
    expect(offers[0]).toMatchObject({
      title: { de: 'Hammer' },
      brand: 'Lind',
      stock: 0,
      price: { minor: 495 },
    })
  })

  test('without a price column', async () => {
    expect(await failure('id\ttitle\tlink\tavailability\nA\tB\tC\tin stock\n')).toMatchObject({
      code: 'column-missing',
      field: 'price',
    })
  })
})
