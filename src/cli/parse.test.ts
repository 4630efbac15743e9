import { InvalidArgumentError } from 'commander'
import { describe, expect, test } from 'vitest'
import { duration, minorUnits, percent, wholeNumber } from './parse.ts'
import { UsageError } from './usage-error.ts'

describe('values of flags', () => {
  test.each([
    ['90s', 90],
    ['30m', 1_800],
    ['72h', 259_200],
    ['7d', 604_800],
  ])('duration %s', (text, seconds) => expect(duration(text)).toBe(seconds))
  test.each(['', '7', '0h', '-1h', '1.5h', '1w'])('no duration: "%s"', (text) =>
    expect(() => duration(text)).toThrow(InvalidArgumentError),
  )

  test.each([
    ['15', 1_500],
    ['15%', 1_500],
    ['12.5', 1_250],
    ['12,55 %', 1_255],
    ['0', 0],
  ])('percent %s', (text, basisPoints) => expect(percent(text)).toBe(basisPoints))
  test.each(['', '%', '1.234', '-5', 'x'])('no percent: "%s"', (text) =>
    expect(() => percent(text)).toThrow(InvalidArgumentError),
  )

  test.each([
    ['4.95', 'EUR', 495],
    ['4,9', 'EUR', 490],
    ['1500', 'JPY', 1_500],
    ['1.234', 'TND', 1_234],
  ])('amount %s %s', (text, currency, minor) => expect(minorUnits(text, currency, '--x')).toBe(minor))
  test.each([
    ['4.955', 'EUR'],
    ['1.5', 'JPY'],
    ['1.234,50', 'EUR'],
    ['-1', 'EUR'],
    ['1', 'XYZ'],
  ])('no amount: %s %s', (text, currency) =>
    expect(() => minorUnits(text, currency, '--x')).toThrow(UsageError),
  )

  test('whole numbers within their limits', () => {
    expect(wholeNumber(0, 10)('10')).toBe(10)
    for (const text of ['11', '-1', '1.0', '1e1', '']) expect(() => wholeNumber(0, 10)(text)).toThrow('0–10')
  })
})
