import * as z from 'zod'
import { mulDivHalfUp } from './money.ts'

/**
 * How a supply is taxed: UNTDID 5305 as EN 16931 uses it. S standard or reduced rate, Z zero rate, E exempt,
 * AE reverse charge, K intra-community supply, G export, O outside the scope of VAT.
 */
export const vatCategories = ['S', 'Z', 'E', 'AE', 'K', 'G', 'O'] as const
export type VatCategory = (typeof vatCategories)[number]

/** The highest rate, in basis points: 100 %. */
export const vatRateMax = 10_000

export const vatSchema = z.strictObject({
  category: z.enum(vatCategories),
  rate: z.int().min(0).max(vatRateMax), // basis points: 1900 is 19 %
  exemption: z
    .string()
    .min(1)
    .max(200)
    .regex(/^[ -~\u00a0-\uffff]*$/)
    .exactOptional(), // the reason, for E, AE, K, G and O
})
export type Vat = z.infer<typeof vatSchema>

/** The VAT of a rate: S, or Z for a rate of nought. @param rate basis points, 0–10,000 */
export function vatOfRate(rate: number): Vat {
  return { category: rate === 0 ? 'Z' : 'S', rate }
}

/**
 * The net amount in a gross one, rounded half up to the minor unit.
 * @param grossMinor minor units, ≥ 0 @param rate basis points, 0–10,000
 */
export function netOfGross(grossMinor: number, rate: number): number {
  return rate === 0 ? grossMinor : mulDivHalfUp(grossMinor, 10_000, 10_000 + rate)
}
