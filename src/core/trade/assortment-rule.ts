import type { Rule, Selector } from './assortment-schema.ts'
import { gtin14 } from './gtin.ts'
import type { Price } from './money.ts'
import type { Offer } from './offer.ts'

type Predicate = (offer: Offer) => boolean

/** Distinct category paths remembered per selector; shops have hundreds, hostile files more. */
const pathsRemembered = 10_000

/** Why a rule leaves an offer out; `undefined` if it takes it. */
export type RuleVerdict = 'not-included' | 'excluded' | undefined

/** Prepares a rule, so that one offer costs well under a microsecond. Spec: protocol/records/assortment.md §2. */
export function compileRule(rule: Rule): (offer: Offer) => RuleVerdict {
  const include = rule.include.map(compileSelector)
  const exclude = rule.exclude.map(compileSelector)
  return (offer) => {
    if (include.length > 0 && !include.some((matches) => matches(offer))) return 'not-included'
    return exclude.some((matches) => matches(offer)) ? 'excluded' : undefined
  }
}

function compileSelector(selector: Selector): Predicate {
  const all: Predicate[] = []
  if (selector.skus) all.push(isIn(new Set(selector.skus), (offer) => offer.sku))
  if (selector.gtins) {
    const gtins = new Set(selector.gtins.map(gtin14))
    all.push((offer) => offer.gtin !== undefined && gtins.has(gtin14(offer.gtin)))
  }
  if (selector.categories) all.push(isIn(new Set(selector.categories), (offer) => offer.category))
  if (selector.brands) {
    const brands = new Set(selector.brands.map(fold))
    all.push((offer) => offer.brand !== undefined && brands.has(fold(offer.brand)))
  }
  if (selector.tags) {
    const tags = new Set(selector.tags.map(fold))
    all.push((offer) => offer.tags?.some((tag) => tags.has(fold(tag))) ?? false)
  }
  if (selector.categoryPaths) all.push(isBelow(selector.categoryPaths))
  if (selector.price) all.push(isPriced(selector.price))
  return (offer) => all.every((matches) => matches(offer))
}

function isIn<T>(values: ReadonlySet<T>, get: (offer: Offer) => T | undefined): Predicate {
  return (offer) => {
    const value = get(offer)
    return value !== undefined && values.has(value)
  }
}

/** Shops write one brand in several ways: case, outer space and composition do not matter. */
function fold(text: string): string {
  return text.trim().normalize('NFC').toLowerCase()
}

/** "A > B" is "a>b": one spelling per path. */
function segmentsOf(path: string): string[] {
  return path.split('>').map(fold)
}

/** A merchant names a category as he sees it, often without what is above it: the path may begin at any segment. */
function isBelow(paths: readonly string[]): Predicate {
  const wanted = paths.map((path) => `>${segmentsOf(path).join('>')}>`)
  const known = new Map<string, boolean>()
  return ({ categoryPath }) => {
    if (categoryPath === undefined) return false
    let below = known.get(categoryPath)
    if (below === undefined) {
      const path = `>${segmentsOf(categoryPath).join('>')}>`
      below = wanted.some((segments) => path.includes(segments))
      if (known.size >= pathsRemembered) known.clear()
      known.set(categoryPath, below)
    }
    return below
  }
}

function isPriced({ currency, min, max }: NonNullable<Selector['price']>): Predicate {
  return ({ price }) =>
    price.currency === currency &&
    (min === undefined || comparePiece(price, min) >= 0) &&
    (max === undefined || comparePiece(price, max) <= 0)
}

/** Sign of (price of one piece − `minor`), exact: 12.34 per 1,000 is below 2 cents. */
function comparePiece(price: Price, minor: number): number {
  const forAll = minor * (price.perQuantity ?? 1)
  if (Number.isSafeInteger(forAll)) return Math.sign(price.minor - forAll)
  // Beyond the safe integers it is far above any price.
  return -1
}
