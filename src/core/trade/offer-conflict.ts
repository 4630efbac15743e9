import { type Offer, offerBytesMax } from './offer.ts'

/** What contradicts itself in an offer that the schema takes. Spec: protocol/records/offer.md, "Members that go together". */
export type OfferConflict =
  | 'too-large'
  | 'currency-differs'
  | 'tiers-not-rising'
  | 'vat-rate'
  | 'vat-exemption'
  | 'country-twice'

/**
 * The rules between members, which a schema of single members cannot say. Who publishes an offer must hold
 * them; who receives one that breaks them shows it without the member at fault.
 * @returns undefined if there is none
 */
export function offerConflict(offer: Offer, textBytes: number): OfferConflict | undefined {
  if (textBytes > offerBytesMax) return 'too-large'
  const { currency } = offer.price
  const differs = (price: { currency: string } | undefined): boolean =>
    price !== undefined && price.currency !== currency
  if (differs(offer.nextPrice) || differs(offer.recommendedPrice)) return 'currency-differs'
  let before = 0
  for (const { minQuantity, price } of offer.tiers ?? []) {
    if (differs(price)) return 'currency-differs'
    if (minQuantity <= before) return 'tiers-not-rising'
    before = minQuantity
  }
  if (offer.vat !== undefined) {
    if ((offer.vat.category === 'S') !== offer.vat.rate > 0) return 'vat-rate'
    if (offer.vat.exemption !== undefined && (offer.vat.category === 'S' || offer.vat.category === 'Z'))
      return 'vat-exemption'
  }
  if (offer.shipTo !== undefined && new Set(offer.shipTo).size !== offer.shipTo.length) return 'country-twice'
  return undefined
}
