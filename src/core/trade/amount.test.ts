import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type DecimalStyle, multiplyDecimals, parseDecimal, priceOf } from './amount.ts'
import { currencyExponent, formatPrice, lineAmount, mulDivHalfUp } from './money.ts'
import { netOfGross } from './vat.ts'

const number = (text: string, style: DecimalStyle = 'unknown'): number | string => {
  const read = parseDecimal(text, style)
  return typeof read === 'string' ? read : read.digits / 10 ** read.scale
}

describe('a number as people write it', () => {
  test.each([
    ['4.95', 4.95],
    ['4,95', 4.95],
    ['1.234,50', 1234.5],
    ['1,234.50', 1234.5],
    ['1 234,50', 1234.5],
    ['1\u00a0234,50', 1234.5],
    ["1'234.50", 1234.5],
    ['1’234.500', 1234.5],
    ['1.234.567', 1234567],
    ['1,234,567.8', 1234567.8],
    ['52.0000', 52],
    ['.5', 0.5],
    ['0.125', 0.125],
    ['0,125', 0.125],
    ['1234.567', 1234.567],
    ['007', 7],
    ['19,-', 19],
    ['19,--', 19],
    ['+3', 3],
    [' 12 ', 12],
  ])('%j is %d whatever the style', (text, value) => {
    for (const style of ['dot', 'comma', 'ungrouped', 'unknown'] as const)
      expect(number(text, style)).toBe(value)
  })

  test('one separator and three digits: the file has to say which it is', () => {
    expect(number('1.234', 'dot')).toBe(1.234)
    expect(number('1.234', 'comma')).toBe(1234)
    expect(number('1,234', 'dot')).toBe(1234)
    expect(number('1,234', 'comma')).toBe(1.234)
    expect(number('1,234', 'ungrouped')).toBe(1.234)
    expect(number('1.234', 'unknown')).toBe('ambiguous')
    expect(number('1,234', 'unknown')).toBe('ambiguous')
  })

  test.each([
    ['', 'malformed'],
    ['abc', 'malformed'],
    ['1.23.4', 'malformed'],
    ['12.34,567', 'malformed'],
    ['1,2,3', 'malformed'],
    ['1,234 567', 'malformed'],
    ['1e3', 'malformed'],
    ['0x10', 'malformed'],
    ['∞', 'malformed'],
    ['-1', 'negative'],
    ['−1,50', 'negative'],
    ['5.00-', 'negative'],
    ['1234567890123456', 'too-large'],
    ['9'.repeat(41), 'malformed'],
  ])('%j is %s', (text, problem) => expect(number(text)).toBe(problem))

  test('any text gives a number ≥ 0 or a problem', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('1', '0', '.', ',', ' ', "'", '-', '+') })),
        fc.constantFrom<DecimalStyle>('dot', 'comma', 'ungrouped', 'unknown'),
        (text, style) => {
          const read = parseDecimal(text, style)
          if (typeof read === 'string') return
          expect(Number.isSafeInteger(read.digits) && read.digits >= 0).toBe(true)
          expect(read.scale === 0 || read.digits % 10 !== 0).toBe(true)
        },
      ),
    )
  })
})

describe('a price is exact', () => {
  const price = (text: string, currency: string, perQuantity = 1): unknown => {
    const read = parseDecimal(text, 'dot')
    return typeof read === 'string' ? read : priceOf(read, currency, perQuantity)
  }
  test.each([
    ['4.95', 'EUR', 1, { minor: 495, currency: 'EUR' }],
    ['4.9500', 'EUR', 1, { minor: 495, currency: 'EUR' }],
    ['5', 'EUR', 1, { minor: 500, currency: 'EUR' }],
    ['12.34', 'EUR', 1000, { minor: 1234, perQuantity: 1000, currency: 'EUR' }],
    ['0.0125', 'EUR', 1, { minor: 125, perQuantity: 100, currency: 'EUR' }],
    ['12.345', 'EUR', 1000, { minor: 12345, perQuantity: 10000, currency: 'EUR' }],
    ['1500', 'JPY', 1, { minor: 1500, currency: 'JPY' }],
    ['1.5', 'JPY', 1, { minor: 15, perQuantity: 10, currency: 'JPY' }],
    ['1.234', 'TND', 1, { minor: 1234, currency: 'TND' }],
    ['0.00000125', 'EUR', 1, { minor: 125, perQuantity: 1_000_000, currency: 'EUR' }],
    ['0.000000123', 'EUR', 1, 'inexact'],
    ['0.000000125', 'EUR', 1, { minor: 1, perQuantity: 80_000, currency: 'EUR' }],

    ['10000000000.01', 'EUR', 1, 'too-large'],
    ['1', 'XYZ', 1, 'currency-unknown'],
    ['0', 'EUR', 1, { minor: 0, currency: 'EUR' }],
  ])('%s %s per %d', (text, currency, per, expected) => expect(price(text, currency, per)).toEqual(expected))

  test('the price says exactly the amount that was written', () => {
    fc.assert(
      fc.property(fc.nat(999_999_999), fc.nat(6), fc.integer({ min: 1, max: 1000 }), (digits, scale, per) => {
        const read = parseDecimal(
          (digits / 1)
            .toString()
            .padStart(scale + 1, '0')
            .replace(new RegExp(`(.{${scale}})$`), '.$1'),
          'ungrouped',
        )
        if (typeof read === 'string') return
        const made = priceOf(read, 'EUR', per)
        if (typeof made === 'string') return
        // minor / (100 × perQuantity) = digits / (10^scale × per)
        expect(BigInt(made.minor) * 10n ** BigInt(scale) * BigInt(per)).toBe(
          BigInt(digits) * 100n * BigInt(made.perQuantity ?? 1),
        )
      }),
    )
  })

  test('a price factor multiplies without rounding', () => {
    expect(multiplyDecimals({ digits: 2, scale: 0 }, { digits: 5, scale: 1 })).toEqual({
      digits: 1,
      scale: 0,
    })
    expect(multiplyDecimals({ digits: 999_999_999_999, scale: 0 }, { digits: 99_999, scale: 5 })).toBe(
      'too-large',
    )
  })
})

describe('amounts', () => {
  test('the exponent of a currency', () => {
    expect(['EUR', 'JPY', 'TND', 'UYW', 'XAU', 'eur'].map(currencyExponent)).toEqual([
      2,
      0,
      3,
      4,
      undefined,
      undefined,
    ])
  })
  test('a line is rounded half up, once', () => {
    expect(lineAmount({ minor: 1234, perQuantity: 1000, currency: 'EUR' }, 500)).toBe(617)
    expect(lineAmount({ minor: 1, perQuantity: 2, currency: 'EUR' }, 1)).toBe(1)
    expect(lineAmount({ minor: 1, perQuantity: 3, currency: 'EUR' }, 1)).toBe(0)
    expect(lineAmount({ minor: 495, currency: 'EUR' }, 3)).toBe(1485)
  })
  test('large products stay exact', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 40), fc.nat(1_000_000), fc.integer({ min: 1, max: 1_000_000 }), (a, b, c) => {
        const exact = (2n * BigInt(a) * BigInt(b) + BigInt(c)) / (2n * BigInt(c))
        if (exact > BigInt(Number.MAX_SAFE_INTEGER)) expect(() => mulDivHalfUp(a, b, c)).toThrow(RangeError)
        else expect(mulDivHalfUp(a, b, c)).toBe(Number(exact))
      }),
    )
    expect(() => mulDivHalfUp(1.5, 1, 1)).toThrow(RangeError)
    expect(() => mulDivHalfUp(1, 1, 0)).toThrow(RangeError)
  })
  test('net of gross', () => {
    expect(netOfGross(11900, 1900)).toBe(10000)
    expect(netOfGross(499, 1900)).toBe(419)
    expect(netOfGross(499, 0)).toBe(499)
  })
  test('shown', () => {
    expect(formatPrice({ minor: 5, currency: 'EUR' })).toBe('0.05 EUR')
    expect(formatPrice({ minor: 1234, perQuantity: 1000, currency: 'EUR' })).toBe('12.34 EUR / 1000')
    expect(formatPrice({ minor: 1500, currency: 'JPY' })).toBe('1500 JPY')
    expect(formatPrice({ minor: 1500, currency: 'XYZ' })).toBe('1500 minor XYZ')
  })
})
