import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalText } from '../../src/core/signature/canonical.ts'
import { offerSchema } from '../../src/core/trade/offer.ts'
import { offerConflict } from '../../src/core/trade/offer-conflict.ts'
import { importCatalog } from '../../src/shops/catalog.ts'
import { ImportError } from '../../src/shops/import-error.ts'
import type { ImportEvent } from '../../src/shops/import-event.ts'
import type { ImportOptions } from '../../src/shops/import-options.ts'
import { chunks, tableOf } from './collect.ts'

const options: ImportOptions = { currency: 'EUR', language: 'de', vatBasisPoints: 1900, now: 1_800_000_000 }

const seeds: Readonly<Record<string, string>> = {
  woocommerce: tableOf([
    {
      ID: '1',
      Type: 'variable',
      SKU: 'P',
      Name: 'Pot',
      Published: '1',
      'In stock?': '1',
      Stock: '4',
      'Regular price': '',
      'Sale price': '',
      Categories: 'A > B, C',
      Images: 'https://x.example/1.jpg',
      Parent: '',
      'Attribute 1 name': 'Size',
      'Attribute 1 value(s)': 'S, M',
      Description: '<p>a &amp; b</p>',
    },
    {
      ID: '2',
      Type: 'variation',
      SKU: 'P-S',
      Name: 'Pot S',
      Published: '1',
      'In stock?': '1',
      Stock: 'parent',
      'Regular price': '4,95',
      'Sale price': '3',
      Parent: 'P',
      'Attribute 1 name': 'Size',
      'Attribute 1 value(s)': 'S',
    },
  ]),
  shopify: tableOf([
    {
      Handle: 'a',
      Title: 'A',
      'Body (HTML)': '<b>x</b>',
      'Option1 Name': 'Size',
      'Option1 Value': 'S',
      'Variant SKU': '',
      'Variant Price': '1.50',
      'Variant Inventory Qty': '3',
      'Image Src': 'https://x.example/1.jpg',
    },
    { Handle: 'a', 'Option1 Value': 'M', 'Variant Price': '2' },
  ]),
  magento: tableOf([
    {
      sku: 'A-S',
      product_type: 'simple',
      attribute_set_code: 'x',
      name: 'A',
      price: '5.0000',
      qty: '3',
      additional_attributes: 'size=S,color=red, blue',
      store_view_code: '',
    },
    {
      sku: 'A',
      product_type: 'configurable',
      attribute_set_code: 'x',
      name: 'A',
      price: '5',
      configurable_variations: 'sku=A-S,size=S',
      store_view_code: '',
    },
  ]),
  mapped:
    'Artikelnummer;Bezeichnung;Preis;Bestand;EAN;Gewicht (kg)\n1;Hammer;1.234,50;3;9520123456788;0,5\n2;"Zange ""fein""";4,95;;;\n',
  googleTable:
    'id\ttitle\tlink\tprice\tavailability\timage_link\nA\tA\thttps://x.example\t4.95 EUR\tin stock\thttps://x.example/1.jpg\n',
  googleFeed:
    '<?xml version="1.0"?><rss xmlns:g="http://base.google.com/ns/1.0"><channel><item><g:id>A</g:id><title>A</title><g:price>4.95 EUR</g:price><g:shipping><g:country>DE</g:country></g:shipping></item></channel></rss>',
  bmecat:
    '<?xml version="1.0"?><!DOCTYPE BMECAT SYSTEM "x.dtd"><BMECAT version="1.2"><HEADER><CATALOG><LANGUAGE>deu</LANGUAGE><CURRENCY>EUR</CURRENCY></CATALOG></HEADER><T_NEW_CATALOG><ARTICLE><SUPPLIER_AID>A</SUPPLIER_AID><ARTICLE_DETAILS><DESCRIPTION_SHORT>A</DESCRIPTION_SHORT></ARTICLE_DETAILS><ARTICLE_PRICE_DETAILS><ARTICLE_PRICE price_type="net_list"><PRICE_AMOUNT>1.5</PRICE_AMOUNT><TAX>0.19</TAX><LOWER_BOUND>1</LOWER_BOUND></ARTICLE_PRICE></ARTICLE_PRICE_DETAILS></ARTICLE></T_NEW_CATALOG></BMECAT>',
}

/** What must hold of any import, or the error it ended with. */
async function checked(bytes: Uint8Array, chunkBytes: number): Promise<readonly ImportEvent[] | ImportError> {
  const events: ImportEvent[] = []
  try {
    for await (const event of importCatalog(chunks(bytes, chunkBytes), options)) events.push(event)
  } catch (error) {
    if (error instanceof ImportError) return error
    throw error
  }
  const last = events.at(-1)
  if (last?.type !== 'end') throw new Error('no summary')
  const { rows, taken, ignored, refusedCount, variants, offers } = last.summary
  expect(taken + ignored + refusedCount).toBe(rows)
  const made = events.flatMap((event) => (event.type === 'offer' ? [event] : []))
  expect(variants).toBe(made.length)
  expect(offers).toEqual(made.slice(0, 10).map(({ offer }) => offer))
  expect(new Set(made.map(({ offer }) => offer.sku)).size).toBe(made.length)
  for (const { offer, text } of made) {
    expect(offerSchema.parse(offer)).toEqual(offer)
    expect(canonicalText(offer)).toBe(text)
    expect(offerConflict(offer, Buffer.byteLength(text))).toBeUndefined()
  }
  return events
}

/** Bytes overwritten, cut out and doubled. */
const damage = fc.array(
  fc.record({
    at: fc.nat(5_000),
    kind: fc.constantFrom('set', 'cut', 'insert', 'double'),
    bytes: fc.oneof(
      fc.uint8Array({ maxLength: 6 }),
      fc
        .constantFrom(
          '"',
          ',',
          ';',
          '\n',
          '\r\n',
          '<',
          '>',
          '&',
          '</',
          ']]>',
          '\u0000',
          '\ufeff',
          'é',
          '=',
          '1.234',
          '-1',
          '99999999999999999999',
        )
        .map((text) => Buffer.from(text)),
    ),
  }),
  { maxLength: 6 },
)

function damaged(
  seed: string,
  changes: readonly { at: number; kind: string; bytes: Uint8Array }[],
): Uint8Array {
  let bytes = Buffer.from(seed)
  for (const { at: place, kind, bytes: more } of changes) {
    const at = place % (bytes.length + 1)
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)]
    if (kind === 'set') bytes = Buffer.concat([before, more, after.subarray(more.length)])
    else if (kind === 'insert') bytes = Buffer.concat([before, more, after])
    else if (kind === 'cut') bytes = Buffer.concat([before, after.subarray(more.length * 8)])
    else bytes = Buffer.concat([before, after.subarray(0, 200), after])
  }
  return bytes
}

describe('an import of anything', () => {
  test('of arbitrary bytes ends in a summary or an ImportError', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 1, max: 64 }),
        async (bytes, size) => {
          await checked(bytes, size)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('of arbitrary cells gives only offers that the schema takes', async () => {
    const cell = fc.oneof(
      fc.string({ maxLength: 30 }),
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.constantFrom(
        '1',
        '4.95',
        '1.234,50',
        '<p>a</p>',
        '&amp;',
        '',
        '=1+1',
        '12',
        '2026-01-01',
        'A',
        'https://x.example/ä b.jpg',
        'EUR',
        '0',
        '-1',
        'x=1,y=2',
        'a > b',
      ),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('woocommerce', 'shopify', 'magento', 'mapped', 'googleTable'),
        fc.array(fc.array(cell, { minLength: 14, maxLength: 14 }), { maxLength: 6 }),
        async (seed, rows) => {
          const header = (seeds[seed] as string).split('\n')[0] as string
          const delimiter = seed === 'mapped' ? ';' : seed === 'googleTable' ? '\t' : ','
          const width = header.split(delimiter).length
          const lines = rows.map((row) =>
            row
              .slice(0, width)
              .map((text) => `"${text.replaceAll('"', '""')}"`)
              .join(delimiter),
          )
          await checked(Buffer.from([header, ...lines].join('\n')), 1_000)
        },
      ),
      { numRuns: 300 },
    )
  })

  test.each(Object.keys(seeds))('of a damaged file: %s', async (seed) => {
    const whole = await checked(Buffer.from(seeds[seed] as string), 1_000)
    expect(Array.isArray(whole) && whole.some(({ type }) => type === 'offer')).toBe(true)
    await fc.assert(
      fc.asyncProperty(damage, fc.integer({ min: 1, max: 40 }), async (changes, size) => {
        const bytes = damaged(seeds[seed] as string, changes)
        const inPieces = await checked(bytes, size)
        const atOnce = await checked(bytes, 100_000)
        // Where the pieces end says nothing.
        if (inPieces instanceof ImportError) expect(atOnce).toMatchObject({ code: inPieces.code })
        else expect(atOnce).toEqual(inPieces)
      }),
      { numRuns: 150 },
    )
  })
})
