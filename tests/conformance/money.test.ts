import { describe, expect, test } from 'vitest'
import { parseDecimal, priceOf } from '../../src/core/trade/amount.ts'
import { currencyExponent, lineAmount, type Price, priceSchema } from '../../src/core/trade/money.ts'
import { netOfGross } from '../../src/core/trade/vat.ts'
import { readVectors } from './vectors.ts'

interface Vectors {
  readonly exponents: readonly { currency: string; exponent: number | null }[]
  readonly prices: readonly {
    comment: string
    amount: string
    currency: string
    perQuantity: number
    price?: Price
    problem?: string
  }[]
  readonly lines: readonly { price: Price; quantity: number; amount: number }[]
  readonly nets: readonly { gross: number; rate: number; net: number }[]
}

const { exponents, prices, lines, nets } = readVectors<Vectors>('money')

describe('money', () => {
  test.each(exponents)('decimals of $currency', ({ currency, exponent }) => {
    expect(currencyExponent(currency) ?? null).toBe(exponent)
  })

  test.each(prices)('price: $comment', ({ amount, currency, perQuantity, price, problem }) => {
    const decimal = parseDecimal(amount, 'dot')
    if (typeof decimal === 'string') throw new Error(decimal)
    const made = priceOf(decimal, currency, perQuantity)
    expect(made).toEqual(price ?? problem)
    if (price !== undefined) expect(priceSchema.safeParse(made).success).toBe(true)
  })

  test.each(lines)('$quantity × $price.minor: $amount', ({ price, quantity, amount }) => {
    expect(lineAmount(price, quantity)).toBe(amount)
  })

  test.each(nets)('net of $gross at $rate: $net', ({ gross, rate, net }) => {
    expect(netOfGross(gross, rate)).toBe(net)
  })
})
