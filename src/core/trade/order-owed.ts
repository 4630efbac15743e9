import type { CreditGroup } from './order-document.ts'
import { type CreditedGroup, type OrderLine, type OrderState, owedMinor } from './order-state.ts'
import { lineNet, type OrderTerms } from './order-terms.ts'
import { type VatGroup, type VatTotals, vatOf, vatOver } from './order-vat.ts'

/**
 * What the quantities that are not cancelled come to, at the prices agreed. Shipping stays whole until no line is
 * left. Spec: protocol/records/order.md §5.
 */
export function totalsLeft(terms: OrderTerms, lines: readonly OrderLine[]): VatTotals {
  const left = terms.lines.flatMap((line, index) => {
    const { ordered = line.quantity, cancelled = 0 } = lines[index] ?? {}
    const quantity = ordered - cancelled
    return quantity === 0 ? [] : [{ vat: line.vat, netMinor: lineNet(line.price, quantity) ?? 0 }]
  })
  const totals = vatOver(left, left.length === 0 ? 0 : terms.shipping.netMinor)
  // The terms were checked, and a part of them costs no more than the whole.
  if (typeof totals === 'string') throw new RangeError(`the terms do not add up: ${totals}`)
  return totals
}

/** What may still be credited of each group. */
export function creditable(totals: VatTotals, credited: readonly CreditedGroup[]): readonly VatGroup[] {
  return totals.groups.map((group) => {
    const { netMinor, vatMinor } = creditedOf(credited, group)
    return { ...group, netMinor: group.netMinor - netMinor, vatMinor: group.vatMinor - vatMinor }
  })
}

export function creditedOf(
  credited: readonly CreditedGroup[],
  { category, rate }: Pick<CreditedGroup, 'category' | 'rate'>,
): CreditedGroup {
  const same = credited.find((group) => group.category === category && group.rate === rate)
  return same ?? { category, rate, netMinor: 0, vatMinor: 0 }
}

/** VAT of a credit: by its own net; the one that takes the rest of a group takes the rest of its VAT. */
export function creditVat(left: VatGroup, netMinor: number): number {
  return netMinor === left.netMinor ? left.vatMinor : vatOf(netMinor, left.rate)
}

/** The groups and totals of a credit of so much net in each group; `undefined` if that is more than is left. */
export function creditOf(
  left: readonly VatGroup[],
  netMinor: (group: VatGroup) => number,
):
  | { readonly groups: CreditGroup[]; readonly netMinor: number; vatMinor: number; grossMinor: number }
  | undefined {
  const groups: CreditGroup[] = []
  for (const group of left) {
    const net = netMinor(group)
    if (net === 0) continue
    if (!Number.isSafeInteger(net) || net < 0 || net > group.netMinor) return undefined
    const { category, rate } = group
    groups.push({ category, rate, netMinor: net, vatMinor: creditVat(group, net) })
  }
  if (groups.length === 0) return undefined
  const net = groups.reduce((sum, group) => sum + group.netMinor, 0)
  const vatMinor = groups.reduce((sum, group) => sum + group.vatMinor, 0)
  return { groups, netMinor: net, vatMinor, grossMinor: net + vatMinor }
}

/** What each side would lose if the other did nothing more, gross, as far as this order alone tells. */
export interface OrderRisk {
  /** Not paid before the goods leave. Less what was paid since: see the account. */
  readonly sellerMinor: number
  /** Paid before, and not arrived. */
  readonly buyerMinor: number
}

/**
 * What to book in the trust ledger of the side at risk: from the commit on, before the confirm is signed; until it is settled.
 * @param terms of the state
 */
export function riskOf(state: OrderState, terms: OrderTerms): OrderRisk {
  if (state.test || (state.deal === undefined && state.phase !== 'committed'))
    return { sellerMinor: 0, buyerMinor: 0 }
  const owed = state.deal === undefined ? terms.grossMinor : owedMinor(state)
  const prepaidMinor = Math.min(terms.payment.prepaidMinor, Math.max(0, owed))
  const isThere =
    state.lines.length > 0 &&
    state.lines.every(({ ordered, cancelled, delivered }) => delivered >= ordered - cancelled)
  return { sellerMinor: Math.max(0, owed) - prepaidMinor, buyerMinor: isThere ? 0 : prepaidMinor }
}
