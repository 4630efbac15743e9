import { z } from 'zod'
import { amountMinorMax, bookedMinorMax, currencySchema } from './amount.ts'

/** Currencies of one table, at most: ISO 4217 has some 160. */
export const ratesMax = 400
const billion = 1_000_000_000

/** A dated table of integer rates. Spec: protocol/trust.md §2. */
export const ratesSchema = z.strictObject({
  time: z.int().nonnegative(), // UTC seconds
  /** Minor units of the viewer's currency for 10^9 minor units of the other. */
  perBillion: z
    .record(currencySchema, z.int().min(1).max(bookedMinorMax))
    .refine((rates) => Object.keys(rates).length <= ratesMax, {
      error: `has at most ${ratesMax} currencies`,
    }),
})
export type Rates = z.infer<typeof ratesSchema>

/** Into the viewer's currency. Each direction errs on the side of less risk. */
export class Converter {
  readonly currency: string
  readonly #perBillion: ReadonlyMap<string, number>

  constructor(currency: string, rates?: Rates) {
    this.currency = currency
    this.#perBillion = new Map(Object.entries(rates?.perBillion ?? {}))
  }

  /** What an endorsement counts, rounded down; 0 without a rate. */
  endorsed(minor: number, currency: string): number {
    return Math.min(this.#convert(minor, currency, 0n) ?? 0, amountMinorMax)
  }

  /** What a dispute or an order comes to, rounded up; `undefined` without a rate. */
  claimed(minor: number, currency: string): number | undefined {
    const converted = this.#convert(minor, currency, BigInt(billion - 1))
    return converted === undefined ? undefined : Math.min(converted, bookedMinorMax)
  }

  #convert(minor: number, currency: string, roundUp: bigint): number | undefined {
    if (currency === this.currency) return minor
    const rate = this.#perBillion.get(currency)
    if (rate === undefined) return undefined
    const product = minor * rate + Number(roundUp)
    // By the remainder: the quotient of two safe integers may be rounded up to the next one.
    if (product <= Number.MAX_SAFE_INTEGER) return (product - (product % billion)) / billion
    return Number((BigInt(minor) * BigInt(rate) + roundUp) / BigInt(billion))
  }
}
