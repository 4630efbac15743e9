import { z } from 'zod'

/** An amount that a statement names, and what one endorsement counts at most: 10^12 minor units. */
export const amountMinorMax = 1_000_000_000_000
/** A budget, a rate, a booked amount: 10^15. */
export const bookedMinorMax = 1_000_000_000_000_000

/** Three capitals. Which codes exist is not asked: without a rate an amount counts nothing anyway. */
export const currencySchema = z.string().regex(/^[A-Z]{3}$/)

/** What a trust statement names: at least one minor unit. */
export const amountSchema = z.strictObject({
  minor: z.int().min(1).max(amountMinorMax),
  currency: currencySchema,
})

/**
 * The largest 1, 2 or 5 times a power of ten that is not above `minor`: what is published says no more.
 * @param minor a safe integer ≥ 1
 */
export function roundDownToStep(minor: number): number {
  if (!Number.isSafeInteger(minor) || minor < 1) throw new RangeError(`no amount to round: ${minor}`)
  let power = 1
  while (power * 10 <= minor) power *= 10
  return power * (minor >= power * 5 ? 5 : minor >= power * 2 ? 2 : 1)
}

export function isStep(minor: number): boolean {
  return minor >= 1 && roundDownToStep(minor) === minor
}
