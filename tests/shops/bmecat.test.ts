import { describe, expect, test } from 'vitest'
import type { Offer } from '../../src/core/trade/offer.ts'
import { collect } from './collect.ts'

const header = `<HEADER><CATALOG><LANGUAGE>deu</LANGUAGE><CATALOG_ID>C</CATALOG_ID><TERRITORY>DE</TERRITORY><TERRITORY>AT</TERRITORY><CURRENCY>EUR</CURRENCY><MIME_ROOT>https://img.example/p</MIME_ROOT></CATALOG></HEADER>`
const bmecat = (
  inner: string,
  transaction = 'T_NEW_CATALOG',
): string => `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE BMECAT SYSTEM "bmecat_new_catalog_1_2.dtd">
<BMECAT version="1.2" xmlns="http://www.bmecat.org/bmecat/1.2/bmecat_new_catalog">
${header}
<${transaction}>
${inner}
</${transaction}>
</BMECAT>`
const price = (amount: string, more = '', type = 'net_customer'): string =>
  `<ARTICLE_PRICE price_type="${type}"><PRICE_AMOUNT>${amount}</PRICE_AMOUNT><TAX>0.19</TAX>${more}</ARTICLE_PRICE>`
const article = (prices: string, more = '', sku = 'B-1', order = ''): string => `<ARTICLE>
<SUPPLIER_AID>${sku}</SUPPLIER_AID>
<ARTICLE_DETAILS><DESCRIPTION_SHORT>Schraube</DESCRIPTION_SHORT></ARTICLE_DETAILS>
${more}
<ARTICLE_ORDER_DETAILS><ORDER_UNIT>PCE</ORDER_UNIT>${order}</ARTICLE_ORDER_DETAILS>
<ARTICLE_PRICE_DETAILS>${prices}</ARTICLE_PRICE_DETAILS>
</ARTICLE>`
const only = async (xml: string, options = {}): Promise<Offer> => {
  const { offers } = await collect(xml, options)
  expect(offers).toHaveLength(1)
  return offers[0] as Offer
}

describe('BMEcat 1.2', () => {
  test('an article', async () => {
    const { offers, summary, events } = await collect(
      bmecat(`<CATALOG_GROUP_SYSTEM>
<CATALOG_STRUCTURE type="root"><GROUP_ID>1</GROUP_ID><GROUP_NAME>Katalog</GROUP_NAME><PARENT_ID>0</PARENT_ID></CATALOG_STRUCTURE>
<CATALOG_STRUCTURE type="node"><GROUP_ID>2</GROUP_ID><GROUP_NAME>Eisenwaren</GROUP_NAME><PARENT_ID>1</PARENT_ID></CATALOG_STRUCTURE>
<CATALOG_STRUCTURE type="leaf"><GROUP_ID>3</GROUP_ID><GROUP_NAME>Schrauben</GROUP_NAME><PARENT_ID>2</PARENT_ID></CATALOG_STRUCTURE>
</CATALOG_GROUP_SYSTEM>
<ARTICLE mode="new">
<SUPPLIER_AID>B-1</SUPPLIER_AID>
<ARTICLE_DETAILS>
<DESCRIPTION_SHORT>Schraube M6 &#38; Mutter</DESCRIPTION_SHORT>
<DESCRIPTION_LONG>Stahl, &uuml;berall zu haben.&lt;br&gt;Verzinkt.</DESCRIPTION_LONG>
<EAN>9520123456788</EAN><MANUFACTURER_AID>M6</MANUFACTURER_AID><MANUFACTURER_NAME>Drallwerk</MANUFACTURER_NAME>
<DELIVERY_TIME>2</DELIVERY_TIME><KEYWORD>Schraube</KEYWORD><KEYWORD>M6</KEYWORD>
</ARTICLE_DETAILS>
<ARTICLE_FEATURES><FEATURE><FNAME>Länge</FNAME><FVALUE>30</FVALUE><FUNIT>MMT</FUNIT></FEATURE><FEATURE><FNAME>Norm</FNAME><FVALUE>-</FVALUE></FEATURE></ARTICLE_FEATURES>
<ARTICLE_ORDER_DETAILS><ORDER_UNIT>BOX</ORDER_UNIT><CONTENT_UNIT>PCE</CONTENT_UNIT><NO_CU_PER_OU>6</NO_CU_PER_OU><PRICE_QUANTITY>100</PRICE_QUANTITY><QUANTITY_MIN>2</QUANTITY_MIN><QUANTITY_INTERVAL>4</QUANTITY_INTERVAL></ARTICLE_ORDER_DETAILS>
<ARTICLE_PRICE_DETAILS>
${price('9.50', '<LOWER_BOUND>50</LOWER_BOUND>')}${price('12.345', '<LOWER_BOUND>1</LOWER_BOUND>')}${price('20', '', 'net_list')}${price('29.90', '', 'nrp')}
</ARTICLE_PRICE_DETAILS>
<MIME_INFO>
<MIME><MIME_TYPE>image/jpeg</MIME_TYPE><MIME_SOURCE>b.jpg</MIME_SOURCE><MIME_PURPOSE>normal</MIME_PURPOSE><MIME_ORDER>2</MIME_ORDER></MIME>
<MIME><MIME_TYPE>image/jpeg</MIME_TYPE><MIME_SOURCE>a.jpg</MIME_SOURCE><MIME_ORDER>1</MIME_ORDER></MIME>
<MIME><MIME_TYPE>image/jpeg</MIME_TYPE><MIME_SOURCE>t.jpg</MIME_SOURCE><MIME_PURPOSE>thumbnail</MIME_PURPOSE></MIME>
<MIME><MIME_TYPE>application/pdf</MIME_TYPE><MIME_SOURCE>d.pdf</MIME_SOURCE></MIME>
</MIME_INFO>
</ARTICLE>
<ARTICLE_TO_CATALOGGROUP_MAP><ART_ID>B-1</ART_ID><CATALOG_GROUP_ID>3</CATALOG_GROUP_ID></ARTICLE_TO_CATALOGGROUP_MAP>`),
    )
    expect(offers).toEqual([
      {
        sku: 'B-1',
        title: { de: 'Schraube M6 & Mutter' },
        description: { de: 'Stahl, überall zu haben.\nVerzinkt.' },
        gtin: '9520123456788',
        mpn: 'M6',
        brand: 'Drallwerk',
        deliveryDays: 2,
        tags: ['Schraube', 'M6'],
        attributes: { Länge: '30 mm', 'Order unit': 'BOX', Content: '6 PCE' },
        minQuantity: 2,
        packSize: 4,
        price: { minor: 12345, perQuantity: 1000, currency: 'EUR' },
        tiers: [{ minQuantity: 50, price: { minor: 950, perQuantity: 100, currency: 'EUR' } }],
        recommendedPrice: { minor: 2990, perQuantity: 100, currency: 'EUR' },
        vat: { category: 'S', rate: 1900 },
        categoryPath: 'Eisenwaren > Schrauben',
        images: [{ url: 'https://img.example/p/a.jpg' }, { url: 'https://img.example/p/b.jpg' }],
        shipTo: ['DE', 'AT'],
      },
    ])
    expect(summary).toMatchObject({ format: 'bmecat', rows: 1, taken: 1, assumed: { territory: 'DE' } })
    expect(events[0]).toEqual({ type: 'start', format: 'bmecat', mode: 'full' })
    expect(events.find(({ type }) => type === 'offer')).toMatchObject({ line: 11 })
  })

  test('which price counts', async () => {
    const minor = async (prices: string, options = {}): Promise<number> =>
      (await only(bmecat(article(prices)), options)).price.minor
    expect(await minor(price('1') + price('2', '', 'net_list'))).toBe(100)
    expect(await minor(price('3', '', 'nrp') + price('2', '', 'net_list'))).toBe(200)
    expect(await minor(price('11.9', '', 'gros_list'))).toBe(1000)
    expect(await minor(price('11.9', '', 'gros_list') + price('9', '', 'net_list'))).toBe(900)
    const territories =
      price('1', '<TERRITORY>CH</TERRITORY>') +
      price('2', '<TERRITORY>AT</TERRITORY>') +
      price('3', '<TERRITORY>DE</TERRITORY>')
    expect(await minor(territories)).toBe(300)
    expect(await minor(territories, { territory: 'AT' })).toBe(200)
    expect(await minor(price('100', '<PRICE_FACTOR>0.85</PRICE_FACTOR>'))).toBe(8500)
  })

  test('a price from a quantity on, in another currency, with the tax in per cent', async () => {
    const offer = await only(
      bmecat(
        article(
          '<ARTICLE_PRICE price_type="net_list"><PRICE_AMOUNT>5</PRICE_AMOUNT><PRICE_CURRENCY>CHF</PRICE_CURRENCY><TAX>8.1</TAX><LOWER_BOUND>10</LOWER_BOUND></ARTICLE_PRICE>',
        ),
      ),
    )
    expect(offer).toMatchObject({
      price: { minor: 500, currency: 'CHF' },
      vat: { category: 'S', rate: 810 },
      minQuantity: 10,
    })
  })

  test('prices with dates', async () => {
    const period = (from: string, to: string, amount: string): string =>
      `<ARTICLE_PRICE_DETAILS><DATETIME type="valid_start_date"><DATE>${from}</DATE><TIME>00:00:00</TIME><TIMEZONE>Z</TIMEZONE></DATETIME><DATETIME type="valid_end_date"><DATE>${to}</DATE></DATETIME>${price(amount)}</ARTICLE_PRICE_DETAILS>`
    const xml = bmecat(
      article(price('1')).replace(
        /<ARTICLE_PRICE_DETAILS>.*<\/ARTICLE_PRICE_DETAILS>/,
        period('2026-01-01', '2026-06-30', '1') + period('2026-07-01', '2026-12-31', '2'),
      ),
    )
    const at = (iso: string): Promise<Offer> => only(xml, { now: Date.parse(iso) / 1000 })
    expect((await at('2026-06-30T23:59:59Z')).price.minor).toBe(100)
    expect((await at('2026-06-30T23:59:59Z')).nextPrice).toEqual({
      minor: 200,
      currency: 'EUR',
      validFrom: Date.parse('2026-07-01T00:00:00Z') / 1000,
    })
    expect((await at('2026-07-01T00:00:00Z')).price.minor).toBe(200)
    const { offers, summary } = await collect(xml, { now: Date.parse('2027-01-01T00:00:00Z') / 1000 })
    expect(offers[0]?.price.minor).toBe(100)
    expect(summary.notes).toEqual({ 'price-period-over': 1 })
  })

  test('variants of an article are offers of their own', async () => {
    const variant = (value: string, supplement: string): string =>
      `<VARIANT><FVALUE>${value}</FVALUE><SUPPLIER_AID_SUPPLEMENT>${supplement}</SUPPLIER_AID_SUPPLEMENT></VARIANT>`
    const features = `<ARTICLE_FEATURES>
<FEATURE><FNAME>Farbe</FNAME><VARIANTS>${variant('rot', '-R')}${variant('blau', '-B')}<VORDER>2</VORDER></VARIANTS></FEATURE>
<FEATURE><FNAME>Größe</FNAME><VARIANTS>${variant('S', '.S')}${variant('L', '.L')}<VORDER>1</VORDER></VARIANTS></FEATURE>
<FEATURE><FNAME>Stoff</FNAME><FVALUE>Wolle</FVALUE></FEATURE>
</ARTICLE_FEATURES>`
    const { offers, summary } = await collect(bmecat(article(price('1'), features)))
    expect(offers.map(({ sku, group }) => [sku, group?.options])).toEqual([
      ['B-1.S-R', { Größe: 'S', Farbe: 'rot' }],
      ['B-1.S-B', { Größe: 'S', Farbe: 'blau' }],
      ['B-1.L-R', { Größe: 'L', Farbe: 'rot' }],
      ['B-1.L-B', { Größe: 'L', Farbe: 'blau' }],
    ])
    expect(offers[0]?.attributes).toEqual({ Stoff: 'Wolle' })
    expect(summary).toMatchObject({ rows: 1, taken: 1, variants: 4, products: 1 })

    const many = `<ARTICLE_FEATURES>${['a', 'b', 'c'].map((name) => `<FEATURE><FNAME>${name}</FNAME><VARIANTS>${Array.from({ length: 11 }, (_, n) => variant(`${n}`, `${name}${n}`)).join('')}</VARIANTS></FEATURE>`).join('')}</ARTICLE_FEATURES>`
    expect((await collect(bmecat(article(price('1'), many)))).refused).toEqual([[6, 'variants-too-many']])
  })

  test('what is missing or wrong is refused with the line of the article', async () => {
    const { refused } = await collect(
      bmecat(
        [
          article(''),
          article(price('', '', 'net_list')),
          article(price('1', '', 'nrp')),
          article(price('1'), '', ''),
          article(price('1'), '', 'B-2', '<PRICE_QUANTITY>0.5</PRICE_QUANTITY>'),
          article(price('1'), '', 'B-3').replace(/<ARTICLE_DETAILS>.*/, ''),
          article(
            '<ARTICLE_PRICE price_type="net_list"><PRICE_AMOUNT>1</PRICE_AMOUNT><PRICE_CURRENCY>EUR</PRICE_CURRENCY></ARTICLE_PRICE><ARTICLE_PRICE price_type="net_list"><PRICE_AMOUNT>1</PRICE_AMOUNT><PRICE_CURRENCY>XXQ</PRICE_CURRENCY><LOWER_BOUND>1</LOWER_BOUND></ARTICLE_PRICE>',
            '',
            'B-4',
          ),
        ].join('\n'),
      ),
    )
    expect(refused).toEqual([
      [6, 'price-missing'],
      [13, 'price-missing'],
      [20, 'price-missing'],
      [27, 'sku-missing'],
      [34, 'price-malformed'],
      [41, 'title-missing'],
    ])
  })
})

test('BMEcat 2005: several languages, its own names, logistics', async () => {
  const offer =
    await only(`<BMECAT version="2005" xmlns="http://www.bmecat.org/bmecat/2005"><HEADER><CATALOG><LANGUAGE>eng</LANGUAGE><LANGUAGE default="true">deu</LANGUAGE></CATALOG></HEADER>
<T_NEW_CATALOG><PRODUCT><SUPPLIER_PID type="supplier_specific">P-1</SUPPLIER_PID>
<PRODUCT_DETAILS><DESCRIPTION_SHORT lang="deu">Lampe</DESCRIPTION_SHORT><DESCRIPTION_SHORT lang="eng">Lamp</DESCRIPTION_SHORT><DESCRIPTION_LONG>Hell.</DESCRIPTION_LONG><DESCRIPTION_LONG lang="eng">Bright.</DESCRIPTION_LONG>
<INTERNATIONAL_PID type="other">x</INTERNATIONAL_PID><INTERNATIONAL_PID type="gtin">9520123456788</INTERNATIONAL_PID><MANUFACTURER_PID>L</MANUFACTURER_PID><KEYWORD lang="deu">hell</KEYWORD><KEYWORD lang="eng">bright</KEYWORD></PRODUCT_DETAILS>
<PRODUCT_FEATURES><FEATURE><FNAME lang="eng">Voltage</FNAME><FNAME lang="deu">Spannung</FNAME><FVALUE>230</FVALUE><FUNIT>VLT</FUNIT></FEATURE></PRODUCT_FEATURES>
<PRODUCT_ORDER_DETAILS><ORDER_UNIT>C62</ORDER_UNIT></PRODUCT_ORDER_DETAILS>
<PRODUCT_PRICE_DETAILS><PRODUCT_PRICE price_type="net_list"><PRICE_AMOUNT>10</PRICE_AMOUNT><PRICE_CURRENCY>EUR</PRICE_CURRENCY><TAX_DETAILS><TAX_CATEGORY>exempt</TAX_CATEGORY></TAX_DETAILS></PRODUCT_PRICE></PRODUCT_PRICE_DETAILS>
<PRODUCT_LOGISTIC_DETAILS><CUSTOMS_TARIFF_NUMBER><CUSTOMS_NUMBER>9405 11 90</CUSTOMS_NUMBER></CUSTOMS_TARIFF_NUMBER><COUNTRY_OF_ORIGIN>DE-BY</COUNTRY_OF_ORIGIN><PRODUCT_DIMENSIONS><WEIGHT>1.5</WEIGHT><LENGTH>0.4</LENGTH><WIDTH>0.2</WIDTH><DEPTH>0.1</DEPTH></PRODUCT_DIMENSIONS></PRODUCT_LOGISTIC_DETAILS>
</PRODUCT></T_NEW_CATALOG></BMECAT>`)
  expect(offer).toEqual({
    sku: 'P-1',
    title: { de: 'Lampe', en: 'Lamp' },
    description: { de: 'Hell.', en: 'Bright.' },
    gtin: '9520123456788',
    mpn: 'L',
    tags: ['hell'],
    attributes: { Spannung: '230 V' },
    price: { minor: 1000, currency: 'EUR' },
    vat: { category: 'E', rate: 0 },
    hsCode: '94051190',
    origin: 'DE',
    weightGrams: 1500,
    dimensionsMm: { length: 400, width: 200, height: 100 },
  })
})

describe('BMEcat updates', () => {
  const known: Offer = {
    sku: 'B-1',
    title: { de: 'Alt' },
    stock: 7,
    price: { minor: 1, currency: 'EUR' },
    tiers: [{ minQuantity: 9, price: { minor: 1, currency: 'EUR' } }],
  }
  const priceUpdate = bmecat(
    `<ARTICLE><SUPPLIER_AID>B-1</SUPPLIER_AID><ARTICLE_PRICE_DETAILS>${price('5')}</ARTICLE_PRICE_DETAILS></ARTICLE><ARTICLE><SUPPLIER_AID>B-2</SUPPLIER_AID><ARTICLE_PRICE_DETAILS>${price('6')}</ARTICLE_PRICE_DETAILS></ARTICLE>`,
    'T_UPDATE_PRICES prev_version="1"',
  ).replace('</T_UPDATE_PRICES prev_version="1">', '</T_UPDATE_PRICES>')

  test('of prices change the prices of what is known, and nothing else', async () => {
    const { offers, refused, summary, events } = await collect(priceUpdate, {
      existing: async (sku) => (sku === 'B-1' ? known : undefined),
    })
    expect(events[0]).toMatchObject({ type: 'start', mode: 'update' })
    expect(offers).toEqual([
      {
        ...known,
        price: { minor: 500, currency: 'EUR' },
        vat: { category: 'S', rate: 1900 },
        tiers: undefined,
      },
    ])
    expect(refused).toEqual([[6, 'product-unknown']])
    expect(summary).toMatchObject({ rows: 2, taken: 1, refusedCount: 1 })
  })

  test('of prices without the products are refused', async () => {
    expect((await collect(priceUpdate)).refused.map(([, reason]) => reason)).toEqual([
      'product-unknown',
      'product-unknown',
    ])
  })

  test('of products add, change and remove', async () => {
    const { events, summary } = await collect(
      bmecat(
        `${article(price('5')).replace('<ARTICLE>', '<ARTICLE mode="update">')}<ARTICLE mode="delete"><SUPPLIER_AID>B-9</SUPPLIER_AID></ARTICLE>`,
        'T_UPDATE_PRODUCTS',
      ),
    )
    expect(events.map(({ type }) => type)).toEqual(['start', 'offer', 'removal', 'end'])
    expect(events[2]).toMatchObject({ sku: 'B-9' })
    expect(summary).toMatchObject({ rows: 2, taken: 2, variants: 1, removed: 1 })
  })
})
