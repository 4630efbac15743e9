import type { PriceRule, RelativeRule, Rounding } from './assortment-schema.ts'
import { mulDivHalfUp, type Price, priceMinorMax } from './money.ts'
import type { Offer } from './offer.ts'

/** Why a price rule leaves an offer out. A price never turns into nought by rounding. */
export type PriceRefusal = 'not-in-price-list' | 'price-zero' | 'price-too-large'

/** The offer at its new price; the same object if nothing changes. */
type PriceStep = (offer: Offer) => Offer | PriceRefusal

/** Prepares a price rule. Spec: protocol/records/assortment.md §3. */
export function compilePriceRule(rule: PriceRule): PriceStep {
  const step = compileUnbound(rule)
  // A price that the law binds is the same for everyone.
  return (offer) => (offer.priceBinding === undefined ? step(offer) : offer)
}

function compileUnbound(rule: PriceRule): PriceStep {
  switch (rule.kind) {
    case 'fixed':
      return (offer) => atListPrice(offer, rule.price)
    case 'list': {
      const prices = new Map(rule.prices.map(({ sku, price }) => [sku, price]))
      const otherwise: PriceStep =
        rule.otherwise === undefined ? () => 'not-in-price-list' : compileRelative(rule.otherwise)
      return (offer) => {
        const price = prices.get(offer.sku)
        return price === undefined ? otherwise(offer) : atListPrice(offer, price)
      }
    }
    default:
      return compileRelative(rule)
  }
}

/** A price of its own replaces the shop's terms whole: its tiers and its announced price go. */
function atListPrice(offer: Offer, price: Price): Offer {
  const { tiers: _tiers, nextPrice: _next, ...rest } = offer
  return { ...rest, price }
}

/** New price = price × numerator ÷ denominator, rounded once. */
interface Factor {
  readonly numerator: number
  readonly denominator: number
  readonly rounding: Rounding
}

const nearest: Rounding = { step: 1, direction: 'nearest' }

function compileRelative(rule: RelativeRule): PriceStep {
  if (rule.kind === 'unchanged' || (rule.basisPoints === 0 && rule.rounding === undefined)) {
    return (offer) => offer
  }
  const { kind, basisPoints, rounding = nearest } = rule
  const factors: Readonly<Record<typeof kind, Factor>> = {
    discount: { numerator: 10_000 - basisPoints, denominator: 10_000, rounding },
    markup: { numerator: 10_000 + basisPoints, denominator: 10_000, rounding },
    margin: { numerator: 10_000, denominator: 10_000 - basisPoints, rounding },
  }
  const factor = factors[kind]
  return (offer) => transform(offer, factor)
}

/** Every price in the offer by the same factor, each rounded once at its own `perQuantity`. */
function transform(offer: Offer, factor: Factor): Offer | PriceRefusal {
  const minor = scaled(offer.price.minor, factor)
  if (typeof minor === 'string') return minor
  const changed: Offer = { ...offer, price: { ...offer.price, minor } }
  if (offer.nextPrice !== undefined) {
    const next = scaled(offer.nextPrice.minor, factor)
    if (typeof next === 'string') return next
    changed.nextPrice = { ...offer.nextPrice, minor: next }
  }
  if (offer.tiers !== undefined) {
    const tiers: NonNullable<Offer['tiers']> = []
    for (const { minQuantity, price } of offer.tiers) {
      const ofTier = scaled(price.minor, factor)
      if (typeof ofTier === 'string') return ofTier
      tiers.push({ minQuantity, price: { ...price, minor: ofTier } })
    }
    changed.tiers = tiers
  }
  return changed
}

function scaled(minor: number, { numerator, denominator, rounding }: Factor): number | PriceRefusal {
  const result = roundedQuotient(minor, numerator, denominator * rounding.step, rounding.direction)
  if (result * rounding.step > priceMinorMax) return 'price-too-large'
  return result === 0 && minor > 0 ? 'price-zero' : result * rounding.step
}

/** value × multiplier ÷ divisor, exact, rounded once; Infinity where it leaves the safe integers. */
function roundedQuotient(
  value: number,
  multiplier: number,
  divisor: number,
  direction: Rounding['direction'],
): number {
  const product = value * multiplier
  if (!Number.isSafeInteger(product)) return roundedBigQuotient(value, multiplier, divisor, direction)
  if (direction === 'nearest') return mulDivHalfUp(value, multiplier, divisor)
  const rest = product % divisor
  return (product - rest) / divisor + (direction === 'up' && rest > 0 ? 1 : 0)
}

function roundedBigQuotient(
  value: number,
  multiplier: number,
  divisor: number,
  direction: Rounding['direction'],
): number {
  const by = BigInt(divisor)
  const added = { nearest: by / 2n, up: by - 1n, down: 0n }[direction]
  return Number((BigInt(value) * BigInt(multiplier) + added) / by)
}
