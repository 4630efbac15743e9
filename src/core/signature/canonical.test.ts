import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  CanonicalError,
  canonicalDepthMax,
  canonicalText,
  type JsonValue,
  parseCanonical,
} from './canonical.ts'

const limit = 100_000

/** Any value of the profile. */
const value = fc.letrec<{ value: JsonValue; name: string; text: string }>((tie) => ({
  text: fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.normalize('NFC')),
  name: tie('text').filter((name) => !/^-?(0|[1-9]\d*)$/.test(name) && name !== '__proto__'),
  value: fc.oneof(
    { maxDepth: 4 },
    fc.maxSafeInteger(),
    fc.boolean(),
    tie('text'),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(tie('name'), tie('value'), { maxKeys: 4 }),
  ),
})).value

/** The canonical text; or the code of why there is none. */
function outcome(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    if (error instanceof CanonicalError) return error.code
    throw error
  }
}

describe('canonical text', () => {
  test('is read back as the same value', () => {
    fc.assert(
      fc.property(value, (value) => {
        expect(parseCanonical(canonicalText(value), limit)).toEqual(value)
      }),
    )
  })

  test('does not depend on the order in which members were set', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1, unit: 'grapheme-ascii' }), fc.nat()), (members) => {
        const reversed = Object.fromEntries(Object.entries(members).reverse())
        expect(outcome(() => canonicalText(reversed))).toBe(outcome(() => canonicalText(members)))
      }),
    )
  })

  test('any part of what was read is canonical by JSON.stringify alone', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('b', 'a', 'ä', '€', '😀', 'c'), value), (members) => {
        const read = parseCanonical(canonicalText(members), limit)
        for (const part of Object.values(read)) expect(JSON.stringify(part)).toBe(canonicalText(part))
      }),
    )
  })
})

describe('reading', () => {
  test('arbitrary text: the canonical text of its value, or our own error', () => {
    const text = fc.oneof(
      fc.json(),
      fc.string({ unit: 'binary' }),
      fc.json({ noUnicodeString: false }).map((json) => json.normalize('NFD')),
      fc.tuple(value, fc.nat(), fc.string({ maxLength: 2 })).map(([value, at, insert]) => {
        const text = canonicalText(value)
        return text.slice(0, at % (text.length + 1)) + insert + text.slice(at % (text.length + 1))
      }),
    )
    fc.assert(
      fc.property(text, (text) => {
        try {
          const read = parseCanonical(text, limit)
          // The slow way to say the same.
          expect(canonicalText(read)).toBe(text)
        } catch (error) {
          expect(error).toBeInstanceOf(CanonicalError)
        }
      }),
      { numRuns: 1000 },
    )
  })

  test('the limit counts bytes of UTF-8, exactly', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (string) => {
        const text = canonicalText(string.normalize('NFC'))
        const bytes = new TextEncoder().encode(text).length
        expect(outcome(() => parseCanonical(text, bytes - 1))).toBe('too-large')
        expect(outcome(() => parseCanonical(text, bytes))).toBe(string.normalize('NFC'))
      }),
    )
  })

  test('nesting has a limit, and hostile depth costs no stack', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
    expect(outcome(() => parseCanonical(nested(canonicalDepthMax), limit))).toBeTypeOf('object')
    expect(outcome(() => parseCanonical(nested(canonicalDepthMax + 1), limit))).toBe('too-deep')
    expect(outcome(() => parseCanonical(nested(50_000), limit))).toBe('too-deep')
  })

  test('a text that only looks like NFC as a whole is judged string by string', () => {
    // As one text `\n` + U+0303 would compose to ñ; the string in it is in form C.
    expect(parseCanonical('"\\n\u0303"', limit)).toBe('\n\u0303')
    expect(outcome(() => parseCanonical('"n\u0303"', limit))).toBe('not-nfc')
  })
})

describe('writing refuses', () => {
  const circular: Record<string, unknown> = {}
  circular.self = circular
  test.each<[string, unknown, string]>([
    ['undefined members', { a: undefined }, 'type'],
    ['functions', { a: () => 1 }, 'type'],
    ['bigints', 1n, 'type'],
    ['dates', new Date(0), 'type'],
    ['maps', new Map(), 'type'],
    ['bytes', new Uint8Array(1), 'type'],
    ['null', { a: null }, 'null'],
    ['fractions', 1.5, 'number'],
    ['NaN', Number.NaN, 'number'],
    ['2^53', 2 ** 53, 'number'],
    ['a lone surrogate', ['\ud800'], 'lone-surrogate'],
    ['form D', 'a\u0308', 'not-nfc'],
    ['integer-like names', { '12': true }, 'name'],
    ['negative integer-like names', { '-5': true }, 'name'],
    ['__proto__', JSON.parse('{"__proto__":1}'), 'name'],
    ['circles', circular, 'too-deep'],
  ])('%s', (_, value, code) => {
    expect(outcome(() => canonicalText(value as JsonValue))).toBe(code)
  })

  test('minus zero is written as zero', () => {
    expect(canonicalText(-0)).toBe('0')
    expect(outcome(() => parseCanonical('-0', limit))).toBe('not-canonical')
  })
})
