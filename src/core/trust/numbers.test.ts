import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { amountMinorMax, bookedMinorMax, isStep, roundDownToStep } from './amount.ts'
import { shareOf, trustParametersSchema } from './parameters.ts'
import { Converter } from './rates.ts'
import { monthStart, utcSeconds } from './utc.ts'

const smaller = (a: bigint, b: number): number => Number(a < BigInt(b) ? a : BigInt(b))

describe('amounts', () => {
  test('are published as the largest step that is not above them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: amountMinorMax }), (minor) => {
        const step = roundDownToStep(minor)
        expect(step <= minor && minor < step * 2.5 && isStep(step)).toBe(true)
        expect(String(step)).toMatch(/^[125]0*$/)
      }),
    )
    for (const minor of [0, -1, 0.5, Number.NaN]) expect(() => roundDownToStep(minor)).toThrow(RangeError)
  })

  test('are converted exactly, down for endorsements, up for claims', () => {
    const rate = fc.oneof(
      fc.integer({ min: 1, max: bookedMinorMax }),
      fc.integer({ min: 999_999_900, max: 1_000_000_100 }),
    )
    fc.assert(
      fc.property(fc.integer({ min: 0, max: amountMinorMax }), rate, (minor, perBillion) => {
        const converter = new Converter('EUR', { time: 0, perBillion: { USD: perBillion } })
        const product = BigInt(minor) * BigInt(perBillion)
        const down = product / 1_000_000_000n
        const up = (product + 999_999_999n) / 1_000_000_000n
        expect(converter.endorsed(minor, 'USD')).toBe(smaller(down, amountMinorMax))
        expect(converter.claimed(minor, 'USD')).toBe(smaller(up, bookedMinorMax))
      }),
      { numRuns: 2_000 },
    )
  })

  test('of a budget are shared exactly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: bookedMinorMax }), (budgetMinor) => {
        const shares = [1, 2, 3, 4].map((distance) => shareOf({ currency: 'EUR', budgetMinor }, distance))
        const wanted = [4n, 2n, 1n, 0n].map((tenths) => Number((BigInt(budgetMinor) * tenths) / 10n))
        expect(shares).toEqual(wanted)
      }),
    )
    expect(shareOf({ currency: 'EUR', budgetMinor: 'uncapped' }, 9)).toBe(Number.POSITIVE_INFINITY)
  })

  test('and parameters out of range are refused', () => {
    const parses = (over: object): boolean =>
      trustParametersSchema.safeParse({ currency: 'EUR', budgetMinor: 1, ...over }).success
    expect(parses({})).toBe(true)
    expect(parses({ budgetMinor: 'uncapped', rates: { time: 0, perBillion: { USD: 920_000_000 } } })).toBe(
      true,
    )
    for (const over of [
      { budgetMinor: 0 },
      { budgetMinor: -5 },
      { budgetMinor: bookedMinorMax + 1 },
      { budgetMinor: 'none' },
      { currency: 'euro' },
      { rates: { time: 0, perBillion: { USD: 0 } } },
      { rates: { time: 0, perBillion: { usd: 1 } } },
      { rates: { perBillion: {} } },
    ])
      expect(parses(over)).toBe(false)
  })
})

describe('times', () => {
  test('are those of the system for all seconds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (seconds) => {
        const text = new Date(seconds * 1_000).toISOString()
        expect(utcSeconds(text)).toBe(seconds)
        const month = text.slice(0, 7)
        expect(monthStart(month)).toBe(Date.parse(`${month}-01T00:00:00Z`) / 1_000)
      }),
      { numRuns: 2_000 },
    )
  })

  test('of texts are read only where the system reads the same', () => {
    const two = fc.integer({ min: 0, max: 70 }).map((number) => String(number).padStart(2, '0'))
    const text = fc.tuple(fc.integer({ min: 1960, max: 2110 }), two, two, two, two, two)
    fc.assert(
      fc.property(text, ([year, month, day, hour, minute, second]) => {
        const time = `${year}-${month}-${day}T${hour}:${minute}:${second}Z`
        const read = utcSeconds(time)
        if (read !== undefined) expect(new Date(read * 1_000).toISOString()).toBe(time.replace('Z', '.000Z'))
      }),
      { numRuns: 2_000 },
    )
  })
})
