import { compileAssortment, type Exclusion } from './assortment.ts'
import type { Assortment } from './assortment-schema.ts'
import type { Offer } from './offer.ts'

/** Examples kept by default, of each sort. */
const examplesDefault = 10
/** SKUs that rules name and the catalog has not, at most so many reported. */
const skusMissingReportedMax = 100

/** What releasing an assortment would show, before it is released. */
export interface Preview {
  readonly offers: number
  readonly included: number
  readonly outOfStock: number // of those included
  readonly stockUnknown: number // of those included
  readonly priceBound: number // of those included: the price rule does not touch them
  readonly excluded: Readonly<Partial<Record<Exclusion, number>>>
  /** The first ones in, as the shop has them and as partners would see them. */
  readonly examples: readonly { readonly own: Offer; readonly shown: Offer }[]
  readonly excludedExamples: readonly { readonly sku: string; readonly reason: Exclusion }[]
  /** Named by a rule or a price list, but not in the catalog: mostly a typing error. */
  readonly skusMissing: readonly string[]
}

/** Collects a {@link Preview} over a catalog that comes in pieces. Memory does not grow with the catalog. */
export class AssortmentPreview {
  readonly #termsOf: (offer: Offer) => Offer | Exclusion
  readonly #examplesMax: number
  readonly #skusMissing: Set<string>
  readonly #counts = { offers: 0, included: 0, outOfStock: 0, stockUnknown: 0, priceBound: 0 }
  readonly #excluded: Partial<Record<Exclusion, number>> = {}
  readonly #examples: { own: Offer; shown: Offer }[] = []
  readonly #excludedExamples: { sku: string; reason: Exclusion }[] = []

  /** @param options `examplesMax`: of each sort, default 10 */
  constructor(assortment: Assortment, options: { readonly examplesMax?: number } = {}) {
    this.#termsOf = compileAssortment(assortment).termsOf
    this.#examplesMax = options.examplesMax ?? examplesDefault
    this.#skusMissing = new Set(skusNamed(assortment))
  }

  add(own: Offer): void {
    this.#counts.offers++
    this.#skusMissing.delete(own.sku)
    const shown = this.#termsOf(own)
    if (typeof shown === 'string') {
      this.#excluded[shown] = (this.#excluded[shown] ?? 0) + 1
      if (this.#excludedExamples.length < this.#examplesMax)
        this.#excludedExamples.push({ sku: own.sku, reason: shown })
      return
    }
    this.#counts.included++
    if (shown.stock === undefined) this.#counts.stockUnknown++
    else if (shown.stock === 0) this.#counts.outOfStock++
    if (shown.priceBinding !== undefined) this.#counts.priceBound++
    if (this.#examples.length < this.#examplesMax) this.#examples.push({ own, shown })
  }

  /** What was added so far. */
  result(): Preview {
    return {
      ...this.#counts,
      excluded: { ...this.#excluded },
      examples: [...this.#examples],
      excludedExamples: [...this.#excludedExamples],
      skusMissing: [...this.#skusMissing.values().take(skusMissingReportedMax)],
    }
  }
}

function* skusNamed({ rule, priceRule }: Assortment): Iterable<string> {
  for (const { skus } of [...rule.include, ...rule.exclude]) if (skus) yield* skus
  if (priceRule.kind === 'list') for (const { sku } of priceRule.prices) yield sku
}
