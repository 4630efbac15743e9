import type { DecimalStyle } from '../core/trade/amount.ts'
import { isGtin } from '../core/trade/gtin.ts'
import {
  attributesMax,
  imagesMax,
  isSku,
  type Offer,
  offerBytesMax,
  optionsMax,
  tagsMax,
  tiersMax,
} from '../core/trade/offer.ts'
import { offerConflict } from '../core/trade/offer-conflict.ts'
import { type Vat, vatOfRate } from '../core/trade/vat.ts'
import type { Facts } from './facts.ts'
import type { NoteCode, RefusedReason } from './import-event.ts'
import { canonicalOffer } from './offer-check.ts'
import { byLanguage, imageUrl, lineOf, Notes, namedTexts, proseOf } from './offer-text.ts'
import { makePrice, type PriceRules, priceProblem } from './price-text.ts'
import { cleanLine, isFormula } from './text/clean.ts'

/** What holds for every row of a file. */
export interface BuildRules {
  readonly language: string
  readonly currency: string | undefined
  readonly vatRate: number | undefined
  readonly gross: boolean
  readonly style: DecimalStyle
  readonly imageBase: string | undefined
}

export interface BuiltOffer {
  readonly offer: Offer
  /** The offer's canonical text. */
  readonly text: string
  readonly notes: readonly NoteCode[]
  readonly grossWithoutRate: boolean
}
export interface NotBuilt {
  readonly refused: RefusedReason
  readonly message: string
}
export type Built = BuiltOffer | NotBuilt

/** An offer under construction: members are set in canonical order. */
type Draft = { -readonly [K in keyof Offer]?: Offer[K] }

/** Makes an offer that the schema takes of what a file says, or says why there is none. Pure. */
export function buildOffer(facts: Facts, rules: BuildRules): Built {
  const sku = cleanLine(facts.sku)
  if (sku === '') return refuse('sku-missing', 'The row has no SKU.')
  if (!isSku(sku))
    return refuse(
      'sku-invalid',
      sku.length > 64
        ? `A SKU has at most 64 characters; this has ${sku.length}.`
        : 'The SKU has characters that a key cannot have.',
    )
  if (isFormula(sku)) return refuse('sku-formula', 'The SKU is a formula that spreadsheets would run.')
  const notes = new Notes(facts.notes)
  const html = facts.html === true
  const title = byLanguage(facts.title, rules.language, facts.titles, (text) =>
    lineOf(text, html, 300, notes, 'title-cut'),
  )
  if (title === undefined) return refuse('title-missing', 'The row has no title.')
  for (const language in title)
    if (isFormula(title[language] as string))
      return refuse('title-formula', 'The title is a formula that spreadsheets would run.')
  const priced = pricesOf(facts, rules, notes)
  if ('refused' in priced) return priced
  const draft = assemble(sku, title, facts, priced, rules, notes)
  const conflict = offerConflict(draft, 0)
  if (conflict === 'currency-differs')
    return refuse('currency-differs', 'The prices of one product are in different currencies.')
  if (conflict !== undefined) return refuse('offer-invalid', `The offer contradicts itself: ${conflict}.`)
  const checked = canonicalOffer(draft, notes)
  if ('problem' in checked)
    return checked.problem === 'too-large'
      ? refuse('offer-too-large', `The offer takes more than ${offerBytesMax} bytes without its description.`)
      : refuse('offer-invalid', `The offer is not valid: ${checked.field}.`)
  return { ...checked, notes: notes.codes, grossWithoutRate: priced.grossWithoutRate }
}

function refuse(refused: RefusedReason, message: string): NotBuilt {
  return { refused, message }
}

/** Members in canonical order, which is that of their names; see {@link canonicalOffer}. */
function assemble(
  sku: string,
  title: Offer['title'],
  facts: Facts,
  priced: Priced,
  rules: BuildRules,
  notes: Notes,
): Offer {
  const draft: Draft = {}
  const line = (text: string | undefined, lengthMax: number): string =>
    text === undefined || text === '' ? '' : lineOf(text, facts.html === true, lengthMax, notes)
  setAttributesToImages(draft, facts, rules, notes, line)
  if (inRange(facts.minQuantity, 2, 1_000_000)) draft.minQuantity = facts.minQuantity
  const mpn = line(facts.mpn, 70)
  if (mpn !== '') draft.mpn = mpn
  if (priced.nextPrice !== undefined) draft.nextPrice = priced.nextPrice
  if (facts.origin !== undefined && countryPattern.test(facts.origin)) draft.origin = facts.origin
  if (inRange(facts.packSize, 2, 1_000_000)) draft.packSize = facts.packSize
  draft.price = priced.price
  if (facts.priceBinding !== undefined) draft.priceBinding = facts.priceBinding
  if (priced.recommendedPrice !== undefined) draft.recommendedPrice = priced.recommendedPrice
  if (facts.shipTo !== undefined && facts.shipTo.length > 0) {
    const shipTo = [...new Set(facts.shipTo)].filter((code) => countryPattern.test(code)).slice(0, 250)
    if (shipTo.length > 0) draft.shipTo = shipTo
  }
  draft.sku = sku
  if (facts.stock !== undefined) draft.stock = facts.stock
  if (facts.tags !== undefined && facts.tags.length > 0) {
    const tags = new Set(facts.tags.map((tag) => line(tag, 64)))
    tags.delete('')
    if (tags.size > 0) draft.tags = [...tags].slice(0, tagsMax)
  }
  if (priced.tiers !== undefined) draft.tiers = priced.tiers
  draft.title = title
  if (priced.vat !== undefined) draft.vat = priced.vat
  if (facts.weightGrams !== undefined) draft.weightGrams = facts.weightGrams
  return draft as Offer
}

const countryPattern = /^[A-Z]{2}$/

function setAttributesToImages(
  draft: Draft,
  facts: Facts,
  rules: BuildRules,
  notes: Notes,
  line: (text: string | undefined, lengthMax: number) => string,
): void {
  const html = facts.html === true
  if (facts.attributes !== undefined && facts.attributes.length > 0) {
    const attributes = namedTexts(facts.attributes, html, attributesMax, notes)
    if (attributes !== undefined) draft.attributes = attributes
  }
  if (facts.content !== undefined) draft.basePrice = facts.content as NonNullable<Offer['basePrice']>
  const brand = line(facts.brand, 100)
  if (brand !== '') draft.brand = brand
  if (inRange(facts.category, 1, 9_999_999)) draft.category = facts.category
  const categoryPath = line(facts.categoryPath, 300)
  if (categoryPath !== '') draft.categoryPath = categoryPath
  if (inRange(facts.deliveryDays, 0, 365)) draft.deliveryDays = facts.deliveryDays
  const description = byLanguage(facts.description, rules.language, facts.descriptions, (text) =>
    proseOf(text, facts.html !== false, 4_000, notes),
  )
  if (description !== undefined) draft.description = description
  const { heightMm: height, lengthMm: length, widthMm: width } = facts
  if (height !== undefined && length !== undefined && width !== undefined)
    draft.dimensionsMm = { height, length, width }
  if (facts.group !== undefined) {
    const id = line(facts.group.id, 255)
    const options = namedTexts(facts.group.options, html, optionsMax, notes)
    if (id !== '') draft.group = options === undefined ? { id } : { id, options }
  }
  const gtin = gtinOf(facts.gtin, notes)
  if (gtin !== undefined) draft.gtin = gtin
  const hsCode = facts.hsCode === undefined ? '' : facts.hsCode.replace(/[\s.]/g, '')
  if (/^\d{6,12}$/.test(hsCode)) draft.hsCode = hsCode
  if (facts.images !== undefined && facts.images.length > 0) {
    const images = imagesOf(facts.images, rules.imageBase, notes)
    if (images.length > 0) draft.images = images
  }
}

interface Priced extends Pick<Offer, 'price' | 'nextPrice' | 'recommendedPrice' | 'tiers' | 'vat'> {
  readonly grossWithoutRate: boolean
}

function pricesOf(facts: Facts, rules: BuildRules, notes: Notes): Priced | NotBuilt {
  const vat = vatOf(facts, rules, notes)
  const priceRules: PriceRules = {
    style: rules.style,
    currency: rules.currency,
    vatRate: vat?.rate,
    gross: rules.gross,
  }
  if (facts.price === undefined) return priceProblem('price-missing', '')
  const made = makePrice(facts.price, priceRules)
  if (typeof made === 'string') return priceProblem(made, facts.price.text)
  const { price } = made
  if (price.minor === 0) notes.add('price-zero')
  const priced: { -readonly [K in keyof Priced]: Priced[K] } = {
    price,
    grossWithoutRate: made.grossWithoutRate,
  }
  if (vat !== undefined) priced.vat = vat
  if (facts.tiers !== undefined && facts.tiers.length > 0) {
    const tiers: NonNullable<Offer['tiers']> = []
    for (const tier of facts.tiers.slice(0, tiersMax)) {
      const tierPrice = makePrice(tier.price, priceRules)
      if (typeof tierPrice === 'string') return priceProblem(tierPrice, tier.price.text)
      tiers.push({ minQuantity: tier.minQuantity, price: tierPrice.price })
    }
    priced.tiers = tiers.sort((a, b) => a.minQuantity - b.minQuantity)
  }
  if (facts.nextPrice !== undefined) {
    const next = makePrice(facts.nextPrice.price, priceRules)
    if (typeof next === 'object' && next.price.currency === price.currency)
      priced.nextPrice = { ...next.price, validFrom: facts.nextPrice.validFrom }
    else notes.add('value-unreadable')
  }
  if (facts.recommendedPrice !== undefined && facts.recommendedPrice.text !== '') {
    const recommended = makePrice(facts.recommendedPrice, priceRules, true)
    if (typeof recommended === 'string' || recommended.price.currency !== price.currency)
      notes.add('value-unreadable')
    else if (recommended.price.minor > 0) priced.recommendedPrice = recommended.price
  }
  return priced
}

function vatOf(facts: Facts, rules: BuildRules, notes: Notes): Vat | undefined {
  const { vatCategory, vatRate } = facts
  if (vatRate === 'unknown') {
    notes.add('vat-unknown')
    return undefined
  }
  if (vatCategory !== undefined && vatCategory !== 'S') return { category: vatCategory, rate: 0 }
  const rate = vatRate ?? rules.vatRate
  return rate === undefined ? undefined : vatOfRate(rate)
}

function gtinOf(text: string | undefined, notes: Notes): string | undefined {
  if (text === undefined || text === '') return undefined
  if (isGtin(text) && !/^0+$/.test(text)) return text
  const digits = text.replace(/[\s-]|^'/g, '')
  if (isGtin(digits) && !/^0+$/.test(digits)) return digits
  if (/\d/.test(digits) && digits !== '0') notes.add('gtin-invalid')
  return undefined
}

function imagesOf(urls: readonly string[], base: string | undefined, notes: Notes): { url: string }[] {
  const made: { url: string }[] = []
  for (const raw of urls) {
    const url = imageUrl(raw, base)
    if (url === '') continue
    if (url === undefined) notes.add('image-dropped')
    else if (made.length >= imagesMax) notes.add('images-cut')
    else if (!made.some((image) => image.url === url)) made.push({ url })
  }
  return made
}

function inRange(value: number | undefined, min: number, max: number): value is number {
  return value !== undefined && value >= min && value <= max
}
