import { z } from 'zod'
import { bookedMinorMax, currencySchema } from './amount.ts'
import { ratesSchema } from './rates.ts'

/** How a viewer counts. Spec: protocol/trust.md §2. */
export const trustParametersSchema = z.strictObject({
  currency: currencySchema,
  rates: ratesSchema.exactOptional(),
  /** The risk budget in minor units; `uncapped`: no shares, no bound of distance. */
  budgetMinor: z.union([z.int().min(1).max(bookedMinorMax), z.literal('uncapped')]),
})
export type TrustParameters = z.infer<typeof trustParametersSchema>

/** Introducers farther than this carry nothing. */
export const distanceMax = 3

/** Tenths of the budget that an introducer carries, by its distance. */
const tenths: readonly number[] = [0, 4, 2, 1]

/**
 * How much may pass through an introducer, in minor units.
 * @param distance endorsements with `introduce` on the shortest way from the viewer, ≥ 1
 */
export function shareOf({ budgetMinor }: TrustParameters, distance: number): number {
  if (budgetMinor === 'uncapped') return Number.POSITIVE_INFINITY
  return Math.floor((budgetMinor * (tenths[distance] ?? 0)) / 10)
}
