import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { canonicalText, type JsonValue, parseCanonical } from '../signature/canonical.ts'
import { isGtinAscii } from '../trade/gtin.ts'
import { offerChecks, offerSchema } from '../trade/offer.ts'
import { compilePattern, isPlainByte, textClassOf } from './pattern.ts'
import { compileScan } from './scan.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

const schema = z.strictObject({
  flag: z.boolean().exactOptional(),
  kind: z.enum(['a', 'bc', 'ü']),
  list: z.array(z.int().min(-5).max(1_000_000)).min(1).max(3).exactOptional(),
  names: z
    .record(z.string().min(1).max(5), z.string().max(4))
    .refine((map) => Object.keys(map).length <= 3)
    .meta({ maxProperties: 3 })
    .exactOptional(),
  nested: z
    .strictObject({ 'a-b': z.literal('x').exactOptional(), code: z.string().regex(/^[A-Z]{2}[0-9]+$/) })
    .exactOptional(),
  text: z.string().min(1).max(6),
})
const scan = compileScan(schema)

/** What the scanner must agree with: the parser, and then zod. */
function isAccepted(bytes: Uint8Array, by: z.ZodType): boolean {
  try {
    return by.safeParse(parseCanonical(decoder.decode(bytes), 100_000)).success
  } catch {
    return false
  }
}

const agree = (bytes: Uint8Array) => {
  let wellFormed = true
  try {
    decoder.decode(bytes)
  } catch {
    wellFormed = false // a page's text is checked as a whole before it is scanned
  }
  if (wellFormed) expect(scan(bytes, 0) === bytes.length).toBe(isAccepted(bytes, schema))
}

const textArbitrary = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('a', 'bc', 'xyz', 'Größe') },
  fc.string({ maxLength: 8 }),
  fc.string({ unit: 'binary', maxLength: 7 }),
  fc.constantFrom(
    '',
    'ä',
    'a\u0308',
    '"',
    '\\',
    '\n',
    '\u007f',
    '\ud800',
    '12',
    '-3',
    '0',
    '__proto__',
    '\u{1f600}',
    '\u2028',
    'AB12',
  ),
)
const near = fc.record(
  {
    flag: fc.constantFrom(true, false, true, 1),
    kind: fc.constantFrom('a', 'bc', 'ü', 'a', 'b'),
    list: fc.array(
      fc.oneof(
        { weight: 8, arbitrary: fc.integer({ min: -5, max: 1000 }) },
        fc.constantFrom(0, -0, -6, 1_000_001, 1.5, 1e21),
      ),
      {
        maxLength: 4,
      },
    ),
    names: fc.dictionary(textArbitrary, textArbitrary, { maxKeys: 4 }),
    nested: fc.record(
      { 'a-b': fc.constantFrom('x', 'y'), code: fc.constantFrom('AB1', 'XY123', 'AB') },
      { requiredKeys: ['code'] },
    ),
    text: textArbitrary,
    more: fc.constantFrom(undefined, undefined, undefined, 1),
  },
  { requiredKeys: ['kind', 'text'] },
)

describe('the scanner accepts what parser and schema accept', () => {
  test('values near the schema', () => {
    let accepted = 0
    fc.assert(
      fc.property(near, (value) => {
        let text: string
        if (value.more === undefined) delete value.more
        try {
          text = canonicalText(value as unknown as JsonValue)
        } catch {
          text = JSON.stringify(value)
        }
        const bytes = encoder.encode(text)
        if (scan(bytes, 0) === bytes.length) accepted++
        agree(bytes)
      }),
      { numRuns: 4000 },
    )
    expect(accepted).toBeGreaterThan(50)
  })

  test('canonical texts with a byte changed, taken out or doubled', () => {
    const text = encoder.encode(
      '{"flag":true,"kind":"ü","list":[1,-2,30],"names":{"a":"b","ä":"\\n"},"nested":{"a-b":"x","code":"AB12"},"text":"zü\\"\\\\"}',
    )
    expect(scan(text, 0)).toBe(text.length)
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.nat(255), fc.nat(2), (at, byte, how) => {
        if (how === 0) agree(text.with(at, byte))
        else
          agree(
            Uint8Array.from([
              ...text.subarray(0, how === 1 ? at : at + 1),
              ...text.subarray(how === 1 ? at + 1 : at),
            ]),
          )
      }),
      { numRuns: 5000 },
    )
  })

  test('arbitrary bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), agree), { numRuns: 2000 })
  })

  test('offers', () => {
    const scanOffer = compileScan(offerSchema, {
      sku: { test: offerChecks.sku },
      gtin: { test: offerChecks.gtin, testAscii: isGtinAscii },
    })
    const offer = {
      sku: 'A-1',
      title: { de: 'Wanderstiefel für Täler', en: 'Boots' },
      price: { minor: 1299, perQuantity: 100, currency: 'EUR' },
      description: { de: 'Zeile eins\nZeile zwei' },
      gtin: '4006381333931',
      stock: 0,
      images: [{ url: 'https://img.example/a_b/%20c.jpg?x=1&y[]=2' }],
      vat: { category: 'S', rate: 1900 },
      tags: ['neu'],
      attributes: { Farbe: 'grün', Größe: 'M' },
      shipTo: ['DE', 'AT'],
      basePrice: { quantityMilli: 500, unit: 'kg' },
      responsiblePerson: { name: 'X', address: 'Y', email: 'a@b.example' },
      weightGrams: 5,
      hsCode: '640319',
      origin: 'DE',
    }
    const text = encoder.encode(canonicalText(offer as unknown as JsonValue))
    expect(isAccepted(text, offerSchema)).toBe(true)
    expect(scanOffer(text, 0)).toBe(text.length)
    for (let at = 0; at < text.length; at++)
      for (const byte of [0x22, 0x30, 0x41, 0x7d, 0x0a, (text[at] as number) ^ 1]) {
        const changed = text.with(at, byte)
        let accepted = false
        try {
          accepted = isAccepted(changed, offerSchema)
          decoder.decode(changed)
        } catch {
          continue
        }
        expect(scanOffer(changed, 0) === changed.length, decoder.decode(changed)).toBe(accepted)
      }
  })
})

test('compiled patterns agree with the expressions', () => {
  const sources = [
    '^[A-Z]{3}$',
    '^https?:\\/\\/[!#-;=?-[\\]_a-z~\\u00a0-\\uffff]+$',
    '^[ -~\\u00a0-\\uffff]*$',
    '^[0-9]{6,12}$',
    '^a?b+c$',
    '^\\.x{2,}$',
  ]
  for (const source of sources) {
    const compiled = compilePattern(source)
    expect(compiled, source).toBeDefined()
    const expression = new RegExp(source)
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'grapheme-ascii', maxLength: 20 }), fc.stringMatching(expression)),
        (text) => {
          const bytes = encoder.encode(text)
          if (!bytes.every(isPlainByte)) return
          expect(compiled?.(bytes, 0) === bytes.length).toBe(expression.test(text))
        },
      ),
      { numRuns: 500 },
    )
  }
  expect(compilePattern('^(?:a|b)$')).toBeUndefined()
  expect(compilePattern('^[a-z]*[a-z]$')).toBeUndefined()
})

const texts = (unit: fc.Arbitrary<string>) => fc.string({ unit, maxLength: 12 })

test('texts agree with the expressions, in the canonical form of strings', () => {
  const sources = ['^[ -~\\u00a0-\\uffff]*$', '^[\\t\\n -~\\u00a0-\\uffff]*$', '^[a-zäöü]*$', '^[^]*$']
  const character = fc.constantFrom(...'aZ 9"\\\n\t\r\b\u0001\u007f\u0080\u009f\u00a0äöÿ\u0100\u0301€')
  for (const source of sources) {
    expect(textClassOf(source), source).toBeDefined()
    const schemaOfText = z.string().min(2).max(9).regex(new RegExp(source))
    const scanText = compileScan(schemaOfText)
    let accepted = 0
    fc.assert(
      fc.property(fc.oneof(texts(character), texts(fc.constantFrom('a', 'ö'))), (value) => {
        const bytes = encoder.encode(JSON.stringify(value))
        const isGood = schemaOfText.safeParse(value).success && value.normalize('NFC') === value
        expect(scanText(bytes, 0)).toBe(isGood ? bytes.length : -1)
        if (isGood) accepted++
      }),
      { numRuns: 1000 },
    )
    expect(accepted).toBeGreaterThan(20)
  }
  expect(textClassOf('^[a-z]+$')).toBeUndefined()
  expect(textClassOf('^(?:a)*$')).toBeUndefined()
})
