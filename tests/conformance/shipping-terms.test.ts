import { describe, expect, test } from 'vitest'
import type { OrderShipping } from '../../src/core/trade/order-terms.ts'
import { type Shipment, shippingFor, shippingTermsSchema } from '../../src/core/trade/shipping.ts'
import { readVectors } from './vectors.ts'

interface Vectors {
  readonly terms: object
  readonly records: readonly { comment: string; terms: object; valid: boolean }[]
  readonly prices: readonly (Pick<Shipment, 'to' | 'valueMinor'> & {
    comment: string
    grams?: number
    service?: string
    result: OrderShipping | string
  })[]
}

const { terms, records, prices } = readVectors<Vectors>('shipping-terms')

describe('shipping terms', () => {
  test.each(records)('record: $comment', ({ terms: record, valid }) => {
    expect(shippingTermsSchema.safeParse(record).success).toBe(valid)
  })

  test.each(prices)('price: $comment', ({ to, valueMinor, grams, service, result }) => {
    expect(shippingFor(shippingTermsSchema.parse(terms), { to, valueMinor, grams }, service)).toEqual(result)
  })
})
