import { describe, expect, test } from 'vitest'
import { compileAssortment, offerFor } from '../../src/core/trade/assortment.ts'
import { type Assortment, assortmentSchema } from '../../src/core/trade/assortment-schema.ts'
import { type Offer, offerSchema } from '../../src/core/trade/offer.ts'
import { readVectors } from './vectors.ts'

interface Vectors {
  readonly cases: readonly {
    comment: string
    definition: Pick<Assortment, 'rule' | 'priceRule' | 'stockRule'>
    offer: Offer
    shown?: Offer
    reason?: string
  }[]
  readonly definitions: readonly { comment: string; definition: unknown }[]
  readonly malformed: readonly { comment: string; definition: unknown }[]
}

const { cases, definitions, malformed } = readVectors<Vectors>('assortment')

describe('assortment', () => {
  test.each(cases)('$comment', ({ definition, offer, shown, reason }) => {
    const whole = { id: 'any', title: 'Any', partners: [], ...definition }
    const assortment = compileAssortment(assortmentSchema.parse(whole))
    expect(assortment.termsOf(offerSchema.parse(offer))).toEqual(shown ?? reason)
    expect(offerFor(assortment, offer)).toEqual(shown)
  })

  test.each(definitions)('definition: $comment', ({ definition }) => {
    expect(assortmentSchema.parse(definition)).toEqual(definition)
  })

  test.each(malformed)('malformed: $comment', ({ definition }) => {
    expect(assortmentSchema.safeParse(definition).success).toBe(false)
  })
})
