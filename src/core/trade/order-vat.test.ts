import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isVatComplete, vatOf, vatOver } from './order-vat.ts'
import type { Vat } from './vat.ts'

const standard: Vat = { category: 'S', rate: 1_900 }
const reduced: Vat = { category: 'S', rate: 700 }
const exempt = (exemption: string): Vat => ({ category: 'E', rate: 0, exemption })

describe('VAT over an order', () => {
  test('is rounded once a group, not once a line', () => {
    // Three lines of 3 cents: 0.57 each would round to 1, together 1.71 to 2.
    const lines = [3, 3, 3].map((netMinor) => ({ netMinor, vat: standard }))
    expect(vatOver(lines, 0)).toMatchObject({ netMinor: 9, vatMinor: 2, grossMinor: 11 })
  })

  test('half a cent goes up', () => {
    expect(vatOf(50, 1_000)).toBe(5)
    expect(vatOf(5, 1_000)).toBe(1)
    expect(vatOf(4, 1_000)).toBe(0)
  })

  test('shipping shares the VAT of what is shipped, to the cent', () => {
    const lines = [
      { netMinor: 1_000, vat: standard },
      { netMinor: 1_000, vat: reduced },
      { netMinor: 1_000, vat: standard },
    ]
    // 500 as 2 : 1 is 333.33 and 166.67: the larger remainder gets the cent.
    expect(vatOver(lines, 500)).toMatchObject({
      shippingMinor: [333, 167],
      groups: [
        { rate: 1_900, netMinor: 2_333, vatMinor: 443 },
        { rate: 700, netMinor: 1_167, vatMinor: 82 },
      ],
    })
    const free = lines.map(({ vat }) => ({ netMinor: 0, vat }))
    expect(vatOver(free, 500)).toMatchObject({ shippingMinor: [500, 0] })
  })

  test('what the standard does not allow together is not added up', () => {
    const line = (vat: Vat) => ({ netMinor: 100, vat })
    expect(vatOver([line(exempt('a')), line(exempt('b'))], 0)).toBe('vat-mixed')
    const outside: Vat = { category: 'O', rate: 0, exemption: 'Not subject to VAT' }
    expect(vatOver([line(outside), line(standard)], 0)).toBe('vat-mixed')
    expect(vatOver([line({ category: 'S', rate: 0 })], 0)).toBe('vat-unknown')
    expect(vatOver([line({ category: 'E', rate: 0 })], 0)).toBe('vat-unknown')
    expect(vatOver([line({ ...standard, exemption: 'why' })], 0)).toBe('vat-unknown')
    expect(vatOver([{ netMinor: 1e12, vat: standard }], 0)).toBe('amount')
    expect(isVatComplete({ category: 'Z', rate: 0 })).toBe(true)
  })

  test('parts of shipping add up to it, and groups to the totals', () => {
    const vats = fc.constantFrom(standard, reduced, { category: 'Z', rate: 0 } as Vat)
    const lines = fc.array(fc.record({ netMinor: fc.nat(1e9), vat: vats }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(lines, fc.nat(1e9), (all, shipping) => {
        const totals = vatOver(all, shipping)
        if (typeof totals === 'string') throw new Error(totals)
        const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
        expect(sum(totals.shippingMinor)).toBe(shipping)
        expect(totals.netMinor).toBe(sum(all.map(({ netMinor }) => netMinor)) + shipping)
        expect(totals.grossMinor).toBe(totals.netMinor + sum(totals.groups.map(({ vatMinor }) => vatMinor)))
        for (const { netMinor, vatMinor, rate } of totals.groups)
          expect(Math.abs(vatMinor - (netMinor * rate) / 10_000)).toBeLessThanOrEqual(0.5)
      }),
    )
  })
})
