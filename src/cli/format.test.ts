import { describe, expect, test } from 'vitest'
import { createFormat } from './format.ts'

// Intl separates with no-break spaces.
const plain = (text: string): string => text.replaceAll(/[\u00a0\u202f]/g, ' ')

describe('amounts as merchants write them', () => {
  const [en, de] = [createFormat('en'), createFormat('de')]

  test.each([
    [{ minor: 123456, currency: 'EUR' }, '€1,234.56', '1.234,56 €'],
    [{ minor: 5, currency: 'EUR' }, '€0.05', '0,05 €'],
    [{ minor: 1234, perQuantity: 1000, currency: 'EUR' }, '€12.34 / 1,000', '12,34 € / 1.000'],
    [{ minor: 1500, currency: 'JPY' }, 'JP¥1,500', '1.500 ¥'],
    [{ minor: 1234, currency: 'TND' }, 'TND 1.234', '1,234 TND'],
    [{ minor: 999_999_999_999, currency: 'USD' }, 'US$9,999,999,999.99', '9.999.999.999,99 $'],
  ])('%o', (price, english, german) => {
    expect(plain(en.price(price))).toBe(english)
    expect(plain(de.price(price))).toBe(german)
  })

  test('rates, sizes and times', () => {
    expect(plain(de.rate(1900))).toBe('19 %')
    expect(plain(en.rate(770))).toBe('7.7%')
    expect(de.bytes(1_234_567)).toBe('1,2 MB')
    expect([en.duration(950), en.duration(3_240), en.duration(240_000)]).toEqual(['950 ms', '3.2 s', '4 min'])
  })
})
