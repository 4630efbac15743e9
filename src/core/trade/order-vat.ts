import { mulDivHalfUp, priceMinorMax } from './money.ts'
import type { Vat } from './vat.ts'

/** The sum of one VAT category and rate: BG-23 of EN 16931. Spec: protocol/records/order.md §4.2. */
export interface VatGroup extends Vat {
  readonly netMinor: number
  readonly vatMinor: number
}

export interface VatTotals {
  readonly groups: readonly VatGroup[]
  /** Each group's part of shipping, in the order of the groups. */
  readonly shippingMinor: readonly number[]
  readonly netMinor: number
  readonly vatMinor: number
  readonly grossMinor: number
}

export type VatProblem =
  | 'vat-unknown' // a rate or an exemption that its category does not have
  | 'vat-mixed' // exemptions that differ within a group, or O beside others
  | 'amount' // above 10^12 minor units

/** VAT of an amount, rounded half up once. @param rate basis points */
export function vatOf(netMinor: number, rate: number): number {
  return mulDivHalfUp(netMinor, rate, 10_000)
}

/** Whether the category has this rate, and an exemption reason just where one belongs. */
export function isVatComplete({ category, rate, exemption }: Vat): boolean {
  const taxed = category === 'S'
  const needsReason = !taxed && category !== 'Z'
  return taxed === rate > 0 && needsReason === (exemption !== undefined)
}

/**
 * VAT over an order: per category and rate, each rounded once; shipping shares the VAT of what is shipped.
 * @param lines in the order of the terms; none: all totals are 0 @param shippingNetMinor minor units, ≥ 0
 */
export function vatOver(
  lines: readonly { readonly netMinor: number; readonly vat: Vat }[],
  shippingNetMinor: number,
): VatTotals | VatProblem {
  const sums: { vat: Vat; netMinor: number }[] = []
  let linesMinor = shippingNetMinor
  for (const { netMinor, vat } of lines) {
    if (!isVatComplete(vat)) return 'vat-unknown'
    linesMinor += netMinor
    if (linesMinor > priceMinorMax) return 'amount'
    const group = sums.find((sum) => sum.vat.category === vat.category && sum.vat.rate === vat.rate)
    if (group === undefined) sums.push({ vat, netMinor })
    else if (group.vat.exemption !== vat.exemption) return 'vat-mixed'
    else group.netMinor += netMinor
  }
  if (sums.length > 1 && sums.some(({ vat }) => vat.category === 'O')) return 'vat-mixed'
  const shippingMinor = shared(
    shippingNetMinor,
    sums.map(({ netMinor }) => netMinor),
  )
  const groups = sums.map(({ vat, netMinor }, index): VatGroup => {
    const net = netMinor + (shippingMinor[index] ?? 0)
    return { ...vat, netMinor: net, vatMinor: vatOf(net, vat.rate) }
  })
  const netMinor = groups.reduce((sum, group) => sum + group.netMinor, 0)
  const vatMinor = groups.reduce((sum, group) => sum + group.vatMinor, 0)
  const grossMinor = netMinor + vatMinor
  return grossMinor > priceMinorMax ? 'amount' : { groups, shippingMinor, netMinor, vatMinor, grossMinor }
}

/** Divides an amount in proportion to weights, exactly: what is left goes to the largest remainders. */
function shared(amount: number, weights: readonly number[]): readonly number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  if (total === 0) return weights.map((_, index) => (index === 0 ? amount : 0))
  const parts = weights.map((weight, index) => {
    const product = BigInt(amount) * BigInt(weight)
    return { index, part: Number(product / BigInt(total)), remainder: Number(product % BigInt(total)) }
  })
  let left = amount - parts.reduce((sum, { part }) => sum + part, 0)
  for (const entry of parts.toSorted((a, b) => b.remainder - a.remainder || a.index - b.index)) {
    if (left-- <= 0) break
    entry.part++
  }
  return parts.map(({ part }) => part)
}
