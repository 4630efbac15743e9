import fc from 'fast-check'
import type { GraphFile } from '../../src/core/trust/graph-file.ts'
import { contexts } from '../../src/core/trust/purpose.ts'
import type { Reference } from './trust-reference.ts'

/** The viewer is the first. */
export const names = ['V', 'Anna', 'Ben', 'Cleo', 'Dora', 'Emil', 'Finn', 'Gerd'] as const

export const endorsementArbitrary = fc
  .record({
    from: fc.constantFrom(...names),
    to: fc.constantFrom(...names),
    amountMinor: fc.integer({ min: 0, max: 12 }),
    introduce: fc.boolean(),
    contexts: fc.subarray([...contexts], { minLength: 1 }),
  })
  .filter(({ from, to }) => from !== to)

const disputeArbitrary = fc
  .record({
    by: fc.constantFrom(...names),
    against: fc.constantFrom(...names.slice(1)),
    amountMinor: fc.integer({ min: 0, max: 8 }),
  })
  .filter(({ by, against }) => by !== against)

/** Small graphs with one endorsement a pair, and all that may be asked about them. */
export const graphArbitrary: fc.Arbitrary<GraphFile> = fc.record({
  endorsements: fc.uniqueArray(endorsementArbitrary, {
    maxLength: 24,
    selector: ({ from, to }) => `${from} ${to}`,
  }),
  disputes: fc.array(disputeArbitrary, { maxLength: 4 }),
})

export const questionArbitrary: fc.Arbitrary<Reference> = fc.record({
  file: graphArbitrary,
  viewer: fc.constant('V'),
  context: fc.constantFrom(undefined, undefined, ...contexts),
  budgetMinor: fc.oneof(fc.constant('uncapped' as const), fc.integer({ min: 1, max: 40 })),
})
