import type { Facts } from '../facts.ts'
import { languageOf } from '../text/language.ts'
import { readGrams, readMillimetres } from '../text/units.ts'
import type { Element } from '../xml/element.ts'
import { wholeNumber } from './price.ts'

/** Names of BMEcat 1.2 and of 2005. */
const details = ['PRODUCT_DETAILS', 'ARTICLE_DETAILS']
const orderDetails = ['PRODUCT_ORDER_DETAILS', 'ARTICLE_ORDER_DETAILS']
/** UN/ECE recommendation 20, as people write them. */
const unitSigns: Readonly<Record<string, string>> = {
  MMT: 'mm',
  CMT: 'cm',
  DMT: 'dm',
  MTR: 'm',
  MTK: 'm²',
  MTQ: 'm³',
  GRM: 'g',
  KGM: 'kg',
  TNE: 't',
  MLT: 'ml',
  LTR: 'l',
  VLT: 'V',
  AMP: 'A',
  WTT: 'W',
  KWT: 'kW',
  HTZ: 'Hz',
  KHZ: 'kHz',
  MHZ: 'MHz',
  CEL: '°C',
  BAR: 'bar',
  NEW: 'N',
  NU: 'Nm',
  P1: '%',
  DD: '°',
  INH: 'in',
  SEC: 's',
  MIN: 'min',
  HUR: 'h',
}
const pieces = new Set(['', 'PCE', 'C62', 'ST', 'STK', 'EA', 'H87'])
/** Pictures that are no pictures of the article. */
const noPictures = new Set(['thumbnail', 'logo', 'icon', 'data_sheet', 'safety_data_sheet', 'others'])

export function articleSku(article: Element): string {
  return article.textOf(['SUPPLIER_PID', 'SUPPLIER_AID'])
}

/** What an article says of itself, without its prices. @param language of texts that name none */
export function articleFacts(article: Element, language: string): Facts {
  const about = article.find(details)
  const titles = texts(about, 'DESCRIPTION_SHORT', language)
  const descriptions = texts(about, 'DESCRIPTION_LONG', language)
  const logistics = article.find(['PRODUCT_LOGISTIC_DETAILS', 'ARTICLE_LOGISTIC_DETAILS'])
  const size = (name: string): number | undefined =>
    readMillimetres(logistics?.textOf('PRODUCT_DIMENSIONS', name) ?? '', 'm', 'dot')
  const order = article.find(orderDetails)
  return {
    sku: articleSku(article),
    html: true,
    titles,
    descriptions,
    brand: about?.textOf('MANUFACTURER_NAME'),
    gtin: gtinOf(about),
    mpn: about?.textOf(['MANUFACTURER_PID', 'MANUFACTURER_AID']),
    deliveryDays: wholeNumber(about?.textOf('DELIVERY_TIME') ?? ''),
    minQuantity: wholeNumber(order?.textOf('QUANTITY_MIN') ?? ''),
    packSize: wholeNumber(order?.textOf('QUANTITY_INTERVAL') ?? ''),
    tags: (about?.all('KEYWORD') ?? [])
      .filter((keyword) => isLanguage(keyword, language))
      .map(({ text }) => text),
    images: pictures(article),
    attributes: [...features(article, language), ...units(order), ...treatments(about)],
    weightGrams: readGrams(logistics?.textOf('PRODUCT_DIMENSIONS', 'WEIGHT') ?? '', 'kg', 'dot'),
    lengthMm: size('LENGTH'),
    widthMm: size('WIDTH'),
    heightMm: size('DEPTH') ?? size('HEIGHT'),
    origin: logistics?.textOf('COUNTRY_OF_ORIGIN').slice(0, 2).toUpperCase(),
    hsCode: logistics?.textOf('CUSTOMS_TARIFF_NUMBER', 'CUSTOMS_NUMBER'),
  }
}

function texts(about: Element | undefined, name: string, language: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const { attributes, text } of about?.all(name) ?? []) {
    const code = languageOf(attributes.lang ?? '') ?? language
    if (text.trim() !== '' && !found.has(code)) found.set(code, text)
  }
  return found
}

function isLanguage(element: Element, language: string): boolean {
  const code = element.attributes.lang
  return code === undefined || languageOf(code) === language
}

function gtinOf(about: Element | undefined): string {
  const stated = about?.all('INTERNATIONAL_PID') ?? []
  const typed = stated.find(({ attributes }) => /^(?:gtin|ean|upc|isbn)/i.test(attributes.type ?? ''))
  return about?.textOf('EAN') || typed?.text.trim() || stated[0]?.text.trim() || ''
}

function pictures(article: Element): string[] {
  const media = (article.find('MIME_INFO')?.all('MIME') ?? []).filter((mime) => {
    const type = mime.textOf('MIME_TYPE').toLowerCase()
    const source = mime.textOf('MIME_SOURCE')
    const isPicture =
      type.startsWith('image/') ||
      /^(?:jpe?g|png|gif|webp)$/.test(type) ||
      (type === '' && /\.(?:jpe?g|png|gif|webp)$/i.test(source))
    return isPicture && !noPictures.has(mime.textOf('MIME_PURPOSE').toLowerCase())
  })
  const order = (mime: Element): number => Number(mime.textOf('MIME_ORDER')) || 1_000
  return media.sort((a, b) => order(a) - order(b)).map((mime) => mime.textOf('MIME_SOURCE'))
}

function featureElements(article: Element): Element[] {
  return article.all('ARTICLE_FEATURES', 'PRODUCT_FEATURES').flatMap((group) => group.all('FEATURE'))
}

function featureName(feature: Element, language: string): string {
  const names = feature.all('FNAME', 'FT_NAME')
  return (names.find((name) => isLanguage(name, language)) ?? names[0])?.text.trim() ?? ''
}

function features(article: Element, language: string): (readonly [string, string])[] {
  return featureElements(article)
    .filter((feature) => feature.find('VARIANTS') === undefined)
    .map((feature) => {
      const values = feature
        .all('FVALUE')
        .filter((value) => isLanguage(value, language))
        .map(({ text }) => text.trim())
        .filter((text) => text !== '' && text !== '-')
      const code = feature.textOf('FUNIT')
      const unit = unitSigns[code.toUpperCase()] ?? code
      const value = values.join(', ')
      return [
        featureName(feature, language),
        value === '' || unit === '' ? value : `${value} ${unit}`,
      ] as const
    })
}

/** Prices are for order units. If that is no piece, the offer says what it is. */
function units(order: Element | undefined): (readonly [string, string])[] {
  const unit = order?.textOf('ORDER_UNIT') ?? ''
  if (order === undefined || pieces.has(unit.toUpperCase())) return []
  const content = order.textOf('NO_CU_PER_OU')
  return [
    ['Order unit', unit],
    ['Content', content === '' ? '' : `${content} ${order.textOf('CONTENT_UNIT')}`],
  ]
}

function treatments(about: Element | undefined): (readonly [string, string])[] {
  return (about?.all('SPECIAL_TREATMENT_CLASS') ?? []).map(
    ({ attributes, text }) => [attributes.type ?? 'Special treatment', text.trim()] as const,
  )
}

/** Sellable units that one article may stand for. */
export const articleVariantsMax = 1_000

export interface ArticleVariant {
  readonly sku: string
  readonly options: readonly (readonly [string, string])[]
}

/**
 * The units that an article with VARIANTS stands for: its SKU with a supplement for each value, features in the order
 * of VORDER, all combinations.
 * @returns empty if it has none; `too-many`
 */
export function articleVariants(article: Element, language: string): readonly ArticleVariant[] | 'too-many' {
  const dimensions = featureElements(article)
    .map((feature) => ({ feature, variants: feature.find('VARIANTS') }))
    .filter(({ variants }) => variants !== undefined)
    .sort((a, b) => Number(a.variants?.textOf('VORDER') || 0) - Number(b.variants?.textOf('VORDER') || 0))
  if (dimensions.length === 0) return []
  let found: ArticleVariant[] = [{ sku: articleSku(article), options: [] }]
  for (const { feature, variants } of dimensions) {
    const values = variants?.all('VARIANT') ?? []
    if (found.length * values.length > articleVariantsMax) return 'too-many'
    found = found.flatMap(({ sku, options }) =>
      values.map((variant) => ({
        sku: sku + variant.textOf(['SUPPLIER_PID_SUPPLEMENT', 'SUPPLIER_AID_SUPPLEMENT']),
        options: [...options, [featureName(feature, language), variant.textOf('FVALUE')] as const],
      })),
    )
  }
  return found
}
