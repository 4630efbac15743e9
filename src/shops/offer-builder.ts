import type { DecimalStyle } from '../core/trade/amount.ts'
import { isGtin } from '../core/trade/gtin.ts'
import {
  attributesMax,
  imagesMax,
  isSku,
  languagesMax,
  type Offer,
  offerBytesMax,
  offerSchema,
  optionsMax,
  tagsMax,
  tiersMax,
} from '../core/trade/offer.ts'
import { offerConflict } from '../core/trade/offer-conflict.ts'
import { type Vat, vatOfRate } from '../core/trade/vat.ts'
import type { Facts } from './facts.ts'
import type { NoteCode, RefusedReason } from './import-event.ts'
import { makePrice, type PriceRules } from './price-text.ts'
import { cleanLine, cleanProse, cutText, isFormula } from './text/clean.ts'
import { htmlToText } from './text/html.ts'

/** What holds for every row of a file. */
export interface BuildRules {
  readonly language: string
  readonly currency: string | undefined
  readonly vatRate: number | undefined
  readonly gross: boolean
  readonly style: DecimalStyle
  readonly imageBase: string | undefined
}

export type Built =
  | {
      readonly offer: Offer
      readonly notes: readonly NoteCode[]
      readonly grossWithoutRate: boolean
    }
  | { readonly refused: RefusedReason; readonly message: string }

/** An offer under construction. */
type Draft = { -readonly [K in keyof Offer]: Offer[K] }

const noNotes: readonly NoteCode[] = []
/** Below this many UTF-16 units of text no offer reaches {@link offerBytesMax}: three bytes each at most. */
const certainlySmall = 3_500

/** Makes an offer that the schema takes of what a file says, or says why there is none. Pure. */
export function buildOffer(facts: Facts, rules: BuildRules): Built {
  const sku = cleanLine(facts.sku)
  if (sku === '') return refuse('sku-missing', 'The row has no SKU.')
  if (!isSku(sku)) return refuse('sku-invalid', `A SKU has at most 64 characters; this has ${sku.length}.`)
  if (isFormula(sku)) return refuse('sku-formula', 'The SKU is a formula that spreadsheets would run.')
  return new Builder(sku, facts, rules).build()
}

function refuse(refused: RefusedReason, message: string): Built {
  return { refused, message }
}

class Builder {
  readonly #facts: Facts
  readonly #rules: BuildRules
  readonly #offer: Draft
  #notes: NoteCode[] | undefined
  /** UTF-16 units of the texts so far. */
  #length = 0
  #grossWithoutRate = false

  constructor(sku: string, facts: Facts, rules: BuildRules) {
    this.#facts = facts
    this.#rules = rules
    this.#offer = { sku, title: {}, price: { minor: 0, currency: '' } }
    if (facts.notes !== undefined) for (const note of facts.notes) this.#note(note)
  }

  build(): Built {
    const refused = this.#texts() ?? this.#prices()
    if (refused !== undefined) return refused
    this.#identifiers()
    this.#terms()
    this.#sorting()
    this.#measures()
    return this.#finish()
  }

  #note(code: NoteCode): void {
    this.#notes ??= []
    if (!this.#notes.includes(code)) this.#notes.push(code)
  }

  #line(text: string, lengthMax: number, note: NoteCode): string {
    const decoded = this.#facts.html === true ? htmlToText(text) : text
    const cleaned = cleanLine(decoded)
    if (cleaned.length > lengthMax) this.#note(note)
    const cut = cutText(cleaned, lengthMax)
    this.#length += cut.length
    return cut
  }

  #texts(): Built | undefined {
    const { title, titles, description, descriptions } = this.#facts
    const { language } = this.#rules
    this.#title(language, title ?? '')
    if (titles !== undefined) for (const [code, text] of titles) this.#title(code, text)
    const made = Object.values(this.#offer.title)
    if (made.length === 0) return refuse('title-missing', 'The row has no title.')
    if (made.some(isFormula))
      return refuse('title-formula', 'The title is a formula that spreadsheets would run.')
    const prose: Record<string, string> = {}
    this.#prose(prose, language, description ?? '')
    if (descriptions !== undefined) for (const [code, text] of descriptions) this.#prose(prose, code, text)
    if (hasEntries(prose)) this.#offer.description = prose
    return undefined
  }

  #title(language: string, text: string): void {
    const title = text === '' ? '' : this.#line(text, 300, 'title-cut')
    if (title === '' || language in this.#offer.title) return
    if (Object.keys(this.#offer.title).length < languagesMax) this.#offer.title[language] = title
  }

  #prose(into: Record<string, string>, language: string, text: string): void {
    if (text === '' || language in into || Object.keys(into).length >= languagesMax) return
    const cleaned = cleanProse(this.#facts.html === false ? text : htmlToText(text))
    if (cleaned === '') return
    if (cleaned.length > 4_000) this.#note('description-cut')
    into[language] = cutText(cleaned, 4_000)
    this.#length += into[language].length
  }

  #vat(): Vat | undefined {
    const { vatCategory, vatRate } = this.#facts
    if (vatRate === 'unknown') {
      this.#note('vat-unknown')
      return undefined
    }
    const rate = vatRate ?? this.#rules.vatRate
    if (vatCategory !== undefined && vatCategory !== 'S') return { category: vatCategory, rate: 0 }
    return rate === undefined ? undefined : vatOfRate(rate)
  }

  #prices(): Built | undefined {
    const { facts, offer } = { facts: this.#facts, offer: this.#offer }
    const vat = this.#vat()
    if (vat !== undefined) offer.vat = vat
    const rules: PriceRules = {
      style: this.#rules.style,
      currency: this.#rules.currency,
      vatRate: vat?.rate,
      gross: this.#rules.gross,
    }
    if (facts.price === undefined) return refusePrice('price-missing', '')
    const made = makePrice(facts.price, rules)
    if (typeof made === 'string') return refusePrice(made, facts.price.text)
    offer.price = made.price
    this.#grossWithoutRate = made.grossWithoutRate
    if (made.price.minor === 0) this.#note('price-zero')
    for (const { minQuantity, price } of (facts.tiers ?? []).slice(0, tiersMax)) {
      const tier = makePrice(price, rules)
      if (typeof tier === 'string') return refusePrice(tier, price.text)
      offer.tiers = [...(offer.tiers ?? []), { minQuantity, price: tier.price }]
    }
    offer.tiers?.sort((a, b) => a.minQuantity - b.minQuantity)
    if (facts.nextPrice !== undefined) {
      const next = makePrice(facts.nextPrice.price, rules)
      if (typeof next === 'object' && next.price.currency === offer.price.currency)
        offer.nextPrice = { ...next.price, validFrom: facts.nextPrice.validFrom }
      else this.#note('value-unreadable')
    }
    this.#recommendedPrice(rules)
    if (facts.priceBinding !== undefined) offer.priceBinding = facts.priceBinding
    return undefined
  }

  #recommendedPrice(rules: PriceRules): void {
    const { recommendedPrice } = this.#facts
    if (recommendedPrice === undefined || recommendedPrice.text === '') return
    const made = makePrice(recommendedPrice, rules, true)
    if (typeof made === 'string' || made.price.currency !== this.#offer.price.currency)
      this.#note('value-unreadable')
    else if (made.price.minor > 0) this.#offer.recommendedPrice = made.price
  }

  #identifiers(): void {
    const { brand, gtin, mpn } = this.#facts
    if (brand !== undefined && brand !== '') {
      const text = this.#line(brand, 100, 'text-cut')
      if (text !== '') this.#offer.brand = text
    }
    if (mpn !== undefined && mpn !== '') {
      const text = this.#line(mpn, 70, 'text-cut')
      if (text !== '') this.#offer.mpn = text
    }
    if (gtin === undefined || gtin === '') return
    const digits = gtin.replace(/[\s-]|^'/g, '')
    if (isGtin(digits) && !/^0+$/.test(digits)) this.#offer.gtin = digits
    else if (/\d/.test(digits) && digits !== '0') this.#note('gtin-invalid')
  }

  #terms(): void {
    const { facts, offer } = { facts: this.#facts, offer: this.#offer }
    if (facts.stock !== undefined) offer.stock = facts.stock
    if (inRange(facts.deliveryDays, 0, 365)) offer.deliveryDays = facts.deliveryDays
    if (inRange(facts.minQuantity, 2, 1_000_000)) offer.minQuantity = facts.minQuantity
    if (inRange(facts.packSize, 2, 1_000_000)) offer.packSize = facts.packSize
    const shipTo = [...new Set(facts.shipTo ?? [])].filter((code) => /^[A-Z]{2}$/.test(code)).slice(0, 250)
    if (shipTo.length > 0) offer.shipTo = shipTo
    if (facts.origin !== undefined && /^[A-Z]{2}$/.test(facts.origin)) offer.origin = facts.origin
    const hsCode = facts.hsCode?.replace(/[\s.]/g, '') ?? ''
    if (/^\d{6,12}$/.test(hsCode)) offer.hsCode = hsCode
  }

  #sorting(): void {
    const { facts, offer } = { facts: this.#facts, offer: this.#offer }
    if (inRange(facts.category, 1, 9_999_999)) offer.category = facts.category
    if (facts.categoryPath !== undefined && facts.categoryPath !== '') {
      const path = this.#line(facts.categoryPath, 300, 'text-cut')
      if (path !== '') offer.categoryPath = path
    }
    if (facts.tags !== undefined && facts.tags.length > 0) {
      const tags = facts.tags.map((tag) => this.#line(tag, 64, 'text-cut')).filter((tag) => tag !== '')
      if (tags.length > 0) offer.tags = [...new Set(tags)].slice(0, tagsMax)
    }
    if (facts.images !== undefined && facts.images.length > 0) this.#images(facts.images)
    if (facts.attributes !== undefined && facts.attributes.length > 0) {
      const attributes = this.#named(facts.attributes, attributesMax)
      if (hasEntries(attributes)) offer.attributes = attributes
    }
    if (facts.group !== undefined) {
      const id = this.#line(facts.group.id, 255, 'text-cut')
      const options = this.#named(facts.group.options, optionsMax)
      if (id !== '') offer.group = hasEntries(options) ? { id, options } : { id }
    }
  }

  #named(pairs: readonly (readonly [string, string])[], entriesMax: number): Record<string, string> {
    const made: Record<string, string> = {}
    let entries = 0
    for (const [rawName, rawValue] of pairs) {
      const value = this.#line(rawValue, 500, 'text-cut')
      let name = this.#line(rawName, 64, 'text-cut')
      if (name === '' || value === '') continue
      // Canonical JSON has no integer-like names, and JavaScript drops __proto__.
      if (/^\d+$|^__proto__$/.test(name)) name = `#${name}`
      if (Object.hasOwn(made, name)) continue
      if (entries++ >= entriesMax) {
        this.#note('attributes-cut')
        break
      }
      made[name] = value
    }
    return made
  }

  #images(urls: readonly string[]): void {
    const made: { url: string }[] = []
    for (const raw of urls) {
      const url = imageUrl(raw, this.#rules.imageBase)
      if (url === '') continue
      if (url === undefined) this.#note('image-dropped')
      else if (made.length >= imagesMax) this.#note('images-cut')
      else if (!made.some((image) => image.url === url)) {
        made.push({ url })
        this.#length += url.length
      }
    }
    if (made.length > 0) this.#offer.images = made
  }

  #measures(): void {
    const { weightGrams, lengthMm, widthMm, heightMm, content } = this.#facts
    if (weightGrams !== undefined) this.#offer.weightGrams = weightGrams
    if (lengthMm !== undefined && widthMm !== undefined && heightMm !== undefined)
      this.#offer.dimensionsMm = { length: lengthMm, width: widthMm, height: heightMm }
    if (content !== undefined) this.#offer.basePrice = content as NonNullable<Offer['basePrice']>
  }

  #finish(): Built {
    const offer = this.#offer
    if (this.#length > certainlySmall && !this.#fit())
      return refuse(
        'offer-too-large',
        `The offer takes more than ${offerBytesMax} bytes without its description.`,
      )
    const conflict = offerConflict(offer, 0)
    if (conflict === 'currency-differs')
      return refuse('currency-differs', 'The prices of one product are in different currencies.')
    const checked = offerSchema.safeParse(offer)
    if (conflict !== undefined || !checked.success) {
      const path = checked.success ? conflict : checked.error.issues[0]?.path.join('.')
      return refuse('offer-invalid', `The offer is not valid: ${path}.`)
    }
    return { offer, notes: this.#notes ?? noNotes, grossWithoutRate: this.#grossWithoutRate }
  }

  /** Cuts descriptions, longest first, until the offer has its size. */
  #fit(): boolean {
    const offer = this.#offer
    for (let bytes = sizeOf(offer); bytes > offerBytesMax; bytes = sizeOf(offer)) {
      const texts = Object.entries(offer.description ?? {}).sort(([, a], [, b]) => b.length - a.length)
      const longest = texts[0]
      if (longest === undefined || offer.description === undefined) return false
      this.#note('description-cut')
      const [language, text] = longest
      if (text.length > 200)
        offer.description = { ...offer.description, [language]: cutText(text, Math.floor(text.length * 0.8)) }
      else {
        const { [language]: _, ...rest } = offer.description
        if (hasEntries(rest)) offer.description = rest
        else delete offer.description
      }
    }
    return true
  }
}

function refusePrice(reason: RefusedReason, text: string): Built {
  const shown = cutText(cleanLine(text), 60)
  const messages: Partial<Record<RefusedReason, string>> = {
    'price-missing': 'The row has no price. A missing price is never taken as 0.',
    'price-malformed': `"${shown}" is no price.`,
    'price-ambiguous': `"${shown}" can be read in two ways: say which character separates decimals.`,
    'price-negative': `The price ${shown} is below 0.`,
    'price-inexact': `The price ${shown} has more decimals than can be kept exactly.`,
    'price-too-large': `The price ${shown} is too large.`,
    'currency-missing': 'The price has no currency: say which it is.',
    'currency-unknown': `The currency of "${shown}" is not known.`,
  }
  return refuse(reason, messages[reason] ?? reason)
}

const sizeOf = (offer: Offer): number => Buffer.byteLength(JSON.stringify(offer))

function inRange(value: number | undefined, min: number, max: number): value is number {
  return value !== undefined && value >= min && value <= max
}

function hasEntries(record: object): boolean {
  for (const _ in record) return true
  return false
}

const goodUrl = /^https?:\/\/[!#-;=?-[\]_a-z~\u00a0-\uffff]+$/

/** An absolute http(s) URL in the characters that the schema takes; '' for an empty text; undefined for none. */
function imageUrl(raw: string, base: string | undefined): string | undefined {
  let text = raw.trim()
  if (text === '') return ''
  if (text.startsWith('//')) text = `https:${text}`
  if (!/^https?:\/\//i.test(text)) {
    if (base === undefined || /^[a-z][a-z0-9+.-]*:/i.test(text)) return undefined
    text = `${base.replace(/\/$/, '')}/${text.replace(/^\/+/, '')}`
  }
  if (text.length > 1_000) return undefined
  if (goodUrl.test(text)) return text
  const parsed = URL.parse(text)
  if (parsed === null) return undefined
  const href = parsed.href.replace(/[ "<>\\^`{|}]/g, (character) => encodeURIComponent(character))
  return href.length <= 1_000 && goodUrl.test(href) ? href : undefined
}
