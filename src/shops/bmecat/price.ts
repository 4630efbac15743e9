import { parseDecimal } from '../../core/trade/amount.ts'
import { readTime } from '../csv/sale-price.ts'
import type { Facts, PriceFact } from '../facts.ts'
import type { NoteCode, RefusedReason } from '../import-event.ts'
import { readVatRate } from '../text/units.ts'
import type { Element } from '../xml/element.ts'

/** Which price of an article counts, best first. `nrp` is the recommended one; `udp_…` are agreed between two. */
const priceTypes = ['net_customer', 'net_customer_exp', 'net_list', 'gros_list']

export interface PriceChoice {
  /** ISO 3166. */
  readonly territory: string | undefined
  readonly currency: string | undefined
  /** UTC seconds. */
  readonly now: number | undefined
}

export type ArticlePrices =
  | (Pick<Facts, 'price' | 'nextPrice' | 'recommendedPrice' | 'tiers' | 'vatRate' | 'vatCategory'> & {
      /** The price begins with this quantity. */
      readonly fromQuantity: number
      readonly territories: readonly string[]
      readonly notes: readonly NoteCode[]
    })
  | { readonly refused: RefusedReason }

/** A price element as far as it matters. */
interface Price {
  readonly fact: PriceFact
  readonly type: string
  readonly lowerBound: number
  readonly vatRate: number | undefined
  readonly exempt: boolean
  readonly territories: readonly string[]
}

interface Period {
  readonly begin: number
  readonly end: number
  readonly prices: readonly Price[]
}

/** Chooses among an article's prices: by date, territory and type; graduated prices become tiers. */
export function readPrices(article: Element, choice: PriceChoice): ArticlePrices {
  const orderDetails = article.find(['ARTICLE_ORDER_DETAILS', 'PRODUCT_ORDER_DETAILS'])
  const perQuantity = wholeNumber(orderDetails?.textOf('PRICE_QUANTITY') || '1')
  if (perQuantity === undefined || perQuantity < 1) return { refused: 'price-malformed' }
  const periods = article
    .all('ARTICLE_PRICE_DETAILS', 'PRODUCT_PRICE_DETAILS')
    .map((details) => readPeriod(details, perQuantity, choice))
    .filter(({ prices }) => prices.length > 0)
  const period = periodInForce(periods, choice.now)
  if (period === undefined) return { refused: 'price-missing' }
  const offered = offeredPrices(period, choice)
  const base = offered[0]
  if (base === undefined) return { refused: 'price-missing' }
  const recommended = inTerritory(period.prices, choice).find(({ type }) => type === 'nrp')
  const next = nextPrice(periods, choice)
  const over = choice.now !== undefined && period.end <= choice.now
  return {
    price: base.fact,
    fromQuantity: base.lowerBound,
    tiers: offered.slice(1).map(({ lowerBound, fact }) => ({ minQuantity: lowerBound, price: fact })),
    recommendedPrice: recommended?.fact,
    nextPrice: next,
    vatRate: base.vatRate,
    vatCategory: base.exempt ? 'E' : undefined,
    territories: base.territories,
    notes: over ? ['price-period-over'] : [],
  }
}

function readPeriod(details: Element, perQuantity: number, choice: PriceChoice): Period {
  const time = (type: string, end: boolean): number | undefined => {
    const datetime = details.all('DATETIME').find(({ attributes }) => attributes.type === type)
    const text = datetime === undefined ? details.textOf(type.toUpperCase()) : joined(datetime)
    return text === '' ? undefined : readTime(text, end)
  }
  return {
    begin: time('valid_start_date', false) ?? 0,
    end: time('valid_end_date', true) ?? Number.POSITIVE_INFINITY,
    prices: details
      .all('ARTICLE_PRICE', 'PRODUCT_PRICE')
      .map((price) => readPriceElement(price, perQuantity, choice.currency)),
  }
}

function joined(datetime: Element): string {
  const time = datetime.textOf('TIME')
  return datetime.textOf('DATE') + (time === '' ? '' : `T${time}${datetime.textOf('TIMEZONE')}`)
}

function readPriceElement(price: Element, perQuantity: number, currency: string | undefined): Price {
  const type = (price.attributes.price_type ?? '').toLowerCase()
  const factor = price.textOf('PRICE_FACTOR')
  const tax = price.textOf('TAX') || price.textOf('TAX_DETAILS', 'TAX')
  const category = price.textOf('TAX_DETAILS', 'TAX_CATEGORY').toLowerCase()
  return {
    type,
    fact: {
      text: price.textOf('PRICE_AMOUNT'),
      currency: price.textOf('PRICE_CURRENCY').toUpperCase() || currency,
      perQuantity,
      factor: factor === '' || factor === '1' ? undefined : factor,
      gross: type === 'gros_list',
    },
    lowerBound: wholeNumber(price.textOf('LOWER_BOUND') || '1') ?? 0,
    vatRate: tax === '' ? undefined : readVatRate(tax, 'dot'),
    exempt: category === 'exempt' || category === 'exemption',
    territories: price.all('TERRITORY').map(({ text }) => text.trim().toUpperCase()),
  }
}

/** The one that began last of those in force; without a date, or if none is, the first. */
function periodInForce(periods: readonly Period[], now: number | undefined): Period | undefined {
  if (now === undefined) return periods[0]
  const inForce = periods.filter(({ begin, end }) => begin <= now && now < end)
  return inForce.sort((a, b) => b.begin - a.begin)[0] ?? periods[0]
}

function inTerritory(prices: readonly Price[], { territory }: PriceChoice): readonly Price[] {
  if (territory === undefined) return prices
  const there = prices.filter(
    ({ territories }) => territories.length === 0 || territories.includes(territory),
  )
  return there.length > 0 ? there : prices
}

/** The prices of the best type there is, of one territory, by rising quantity. */
function offeredPrices(period: Period, choice: PriceChoice): readonly Price[] {
  const here = inTerritory(period.prices, choice)
  const type =
    priceTypes.find((wanted) => here.some((price) => price.type === wanted)) ??
    here.find((price) => price.type !== 'nrp' && !price.type.startsWith('udp_'))?.type
  const ofType = here.filter((price) => price.type === type)
  const first = ofType[0]
  if (first === undefined) return []
  const same = ofType.filter(
    (price) =>
      price.fact.currency === first.fact.currency && price.territories.join() === first.territories.join(),
  )
  const rising = same.filter(({ lowerBound }) => lowerBound >= 1).sort((a, b) => a.lowerBound - b.lowerBound)
  return rising.filter((price, index) => price.lowerBound !== rising[index - 1]?.lowerBound)
}

function nextPrice(periods: readonly Period[], choice: PriceChoice): Facts['nextPrice'] {
  const { now } = choice
  if (now === undefined) return undefined
  const coming = periods.filter(({ begin }) => begin > now).sort((a, b) => a.begin - b.begin)[0]
  const price = coming === undefined ? undefined : offeredPrices(coming, choice)[0]
  return coming === undefined || price === undefined
    ? undefined
    : { price: price.fact, validFrom: coming.begin }
}

export function wholeNumber(text: string): number | undefined {
  const value = parseDecimal(text, 'dot')
  return typeof value === 'string' || value.scale > 0 || value.digits > 1_000_000 ? undefined : value.digits
}
