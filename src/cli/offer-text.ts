import type { Offer } from '../core/trade/offer.ts'
import type { OfferView } from '../node/views.ts'
import type { Context } from './frame.ts'
import { facts } from './table.ts'
import type { Language } from './texts/texts.ts'

const anyOf = (texts: Readonly<Record<string, string>> | undefined): string | undefined =>
  Object.values(texts ?? {})[0]

/** The title in the reader's language, else in English, else in any. */
export function titleOf({ title }: Pick<Offer, 'title'>, language: Language): string {
  return title[language] ?? title.en ?? anyOf(title) ?? ''
}

/** All that a merchant wants to know of one offer. */
export function offerFacts(context: Context, shown: { readonly offer: Offer } & Partial<OfferView>): string {
  const { offer, merchant, merchantName, repo } = shown
  const { texts, format, language } = context
  const words = texts.offer
  const { group, nextPrice } = offer
  return facts([
    [words.title, titleOf(offer, language)],
    [words.partner, merchant && `${merchantName} (${merchant})`],
    [words.repo, repo],
    [words.sku, offer.sku],
    [words.gtin, offer.gtin],
    [words.brand, offer.brand],
    [words.mpn, offer.mpn],
    [words.price, format.price(offer.price)],
    [
      words.nextPrice,
      nextPrice && words.from(format.price(nextPrice), format.date(timeOf(nextPrice.validFrom))),
    ],
    ...(offer.tiers ?? []).map(({ minQuantity, price }): [string, string] => [
      words.tier(format.number(minQuantity)),
      format.price(price),
    ]),
    [words.recommended, offer.recommendedPrice && format.price(offer.recommendedPrice)],
    [words.vat, offer.vat && `${offer.vat.category} ${format.rate(offer.vat.rate)}`],
    [words.stock, offer.stock === undefined ? texts.offers.stockUnknown : format.number(offer.stock)],
    [words.deliveryDays, offer.deliveryDays?.toString()],
    [words.minQuantity, offer.minQuantity?.toString()],
    [words.packSize, offer.packSize?.toString()],
    [words.category, offer.categoryPath ?? offer.category?.toString()],
    [words.variant, group && optionsText(group)],
    [words.origin, offer.origin],
    [words.images, offer.images?.map(({ url }) => url).join(' ')],
    [words.description, description(offer, language)],
  ])
}

function description({ description }: Offer, language: Language): string | undefined {
  return description === undefined ? undefined : (description[language] ?? anyOf(description))
}

function optionsText({ options }: NonNullable<Offer['group']>): string {
  return Object.entries(options ?? {})
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ')
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}
