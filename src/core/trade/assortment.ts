import { compilePriceRule, type PriceRefusal } from './assortment-price.ts'
import { compileRule, type RuleVerdict } from './assortment-rule.ts'
import type { Assortment, StockRule } from './assortment-schema.ts'
import type { Offer } from './offer.ts'

/** Why an offer is not in an assortment. */
export type Exclusion = NonNullable<RuleVerdict> | PriceRefusal

/** An assortment made ready for many offers, by {@link compileAssortment}. */
export interface CompiledAssortment {
  /** The offer at this assortment's terms, or why it is not in it. Pure: the same offer gives the same result. */
  readonly termsOf: (offer: Offer) => Offer | Exclusion
}

/**
 * Prepares an assortment for {@link offerFor}. Do it once per run over the catalog.
 * @see protocol/records/assortment.md. Some 0.5 µs an offer afterwards, whatever the number of SKUs in the rules.
 */
export function compileAssortment(
  assortment: Pick<Assortment, 'rule' | 'priceRule' | 'stockRule'>,
): CompiledAssortment {
  const verdictOf = compileRule(assortment.rule)
  const priced = compilePriceRule(assortment.priceRule)
  const { stockRule } = assortment
  return {
    termsOf: (offer) => {
      const verdict = verdictOf(offer)
      if (verdict !== undefined) return verdict
      const atPrice = priced(offer)
      if (typeof atPrice === 'string' || atPrice.stock === undefined) return atPrice
      const stock = stockShown(atPrice.stock, stockRule)
      return stock === atPrice.stock ? atPrice : { ...atPrice, stock }
    },
  }
}

/** The offer as the assortment's partners see it; `undefined` if it is not in the assortment. */
export function offerFor(assortment: CompiledAssortment, offer: Offer): Offer | undefined {
  const terms = assortment.termsOf(offer)
  return typeof terms === 'string' ? undefined : terms
}

/**
 * How much of a known stock is shown: less the safety stock, then the share rounded down, then the cap. Never more
 * than stock − safety stock, never below 0.
 * @param stock pieces, 0–10^9
 */
export function stockShown(stock: number, rule: StockRule): number {
  const free = Math.max(0, stock - (rule.safetyStock ?? 0))
  const share = Math.floor((free * (rule.shareBasisPoints ?? 10_000)) / 10_000) // ≤ 10^13: exact
  return Math.min(share, rule.countMax ?? share)
}
