import {
  type Decimal,
  type DecimalStyle,
  multiplyDecimals,
  parseDecimal,
  priceOf,
} from '../core/trade/amount.ts'
import { currencyExponent, type Price, perQuantityMax } from '../core/trade/money.ts'
import { netOfGross } from '../core/trade/vat.ts'
import type { PriceFact } from './facts.ts'
import type { RefusedReason } from './import-event.ts'
import { cleanLine, cutText } from './text/clean.ts'

/** Signs that name one currency. "$" and "kr" name several: they stand for the option's. */
const symbols: Readonly<Record<string, string>> = {
  '€': 'EUR',
  '£': 'GBP',
  '₺': 'TRY',
  '₽': 'RUB',
  '₴': 'UAH',
  '₹': 'INR',
  zł: 'PLN',
  Kč: 'CZK',
  Ft: 'HUF',
  Fr: 'CHF',
  SFr: 'CHF',
}
const openSymbols = new Set(['$', 'kr', '¥'])

/** A price cell is no longer than this, in UTF-16 units. */
const priceLengthMax = 80

export interface PriceText {
  readonly amount: Decimal
  readonly currency?: string
  readonly perQuantity?: number
}

type PriceTextProblem = 'missing' | 'malformed' | 'ambiguous' | 'negative' | 'too-large' | 'currency-unknown'

/**
 * Reads "4.95", "4.95 EUR", "€ 1.234,50", "12.34 per 1,000 pieces", "12,34 € / 100 Stück".
 * A word in place of the amount ("on request") is `malformed`.
 */
export function readPrice(text: string, style: DecimalStyle): PriceText | PriceTextProblem {
  const plain = parseDecimal(text, style)
  if (typeof plain === 'object') return { amount: plain }
  const trimmed = text.replace(/[\u00a0\u202f]/g, ' ').trim()
  if (trimmed === '') return 'missing'
  if (trimmed.length > priceLengthMax) return 'malformed'
  const match =
    /^(\p{Sc}|\p{L}{2,3}\.?)? ?([-+]?[\d.,][\d.,'’ ]*(?:-{1,2}|–|—)?) ?(\p{Sc}|(?!per|pro|je|for|für)\p{L}{2,3}\.?)?(?: ?(?:\/|per|pro|je|for|für) ?(.*))?$/u.exec(
      trimmed,
    )
  if (match === null) return 'malformed'
  const amount = parseDecimal((match[2] as string).trim(), style)
  if (typeof amount === 'string') return amount
  const currency = readCurrency(match[1] ?? match[3])
  if (currency === 'unknown') return 'currency-unknown'
  const perQuantity = match[4] === undefined ? 1 : readPerQuantity(match[4])
  if (perQuantity === undefined) return 'malformed'
  return {
    amount,
    ...(currency === undefined ? {} : { currency }),
    ...(perQuantity === 1 ? {} : { perQuantity }),
  }
}

function readCurrency(text: string | undefined): string | 'unknown' | undefined {
  if (text === undefined || openSymbols.has(text)) return undefined
  const code = symbols[text.replace(/\.$/, '')] ?? text.toUpperCase()
  return currencyExponent(code) === undefined ? 'unknown' : code
}

/** What one piece is called. A price per kg, box or dozen is one for something else: it is refused. */
const pieceWords = /^(?:pieces?|pcs?|pce|units?|items?|ea|each|stück|stueck|stk|st|einheit|einheiten)?\.?$/i

/** "1,000 pieces", "100", "piece", "Stück": thousands may be grouped, pieces are whole. */
function readPerQuantity(text: string): number | undefined {
  const match = /^(\d[\d.,' ]*?)? ?(\p{L}*\.?)$/u.exec(text.trim())
  if (match === null || !pieceWords.test(match[2] ?? '')) return undefined
  const number = match[1]
  if (number === undefined) return match[2] === '' ? undefined : 1
  const grouped = /^\d{1,3}([.,' ])\d{3}(?:\1\d{3})*$/.test(number)
  const quantity = /^\d+$/.test(number) || grouped ? Number(number.replace(/\D/g, '')) : 0
  return quantity >= 1 && quantity <= perQuantityMax ? quantity : undefined
}

export interface PriceRules {
  readonly style: DecimalStyle
  /** For prices without one. */
  readonly currency: string | undefined
  /** Basis points; undefined if unknown. */
  readonly vatRate: number | undefined
  /** Whether prices hold VAT if they do not say so themselves. */
  readonly gross: boolean
}

export interface PriceMade {
  readonly price: Price
  /** The price holds VAT of an unknown rate: it is as it stood. */
  readonly grossWithoutRate: boolean
}

/**
 * The exact net price. Only taking out VAT rounds: half up to the minor unit.
 * @param keepGross for a price that consumers pay (the recommended one)
 */
export function makePrice(fact: PriceFact, rules: PriceRules, keepGross = false): PriceMade | RefusedReason {
  const read = readPrice(fact.text, rules.style)
  if (typeof read === 'string') return read === 'currency-unknown' ? 'currency-unknown' : `price-${read}`
  let amount: Decimal | 'too-large' = read.amount
  if (fact.factor !== undefined) {
    const factor = parseDecimal(fact.factor, 'ungrouped')
    if (typeof factor === 'string') return 'price-malformed'
    amount = multiplyDecimals(amount, factor)
    if (amount === 'too-large') return 'price-too-large'
  }
  const currency = read.currency ?? (fact.currency === '' ? undefined : fact.currency) ?? rules.currency
  if (currency === undefined) return 'currency-missing'
  const perQuantity = (fact.perQuantity ?? 1) * (read.perQuantity ?? 1)
  if (!(perQuantity >= 1 && Number.isInteger(perQuantity))) return 'price-malformed'
  const price = priceOf(amount, currency, perQuantity)
  if (typeof price === 'string') return price === 'currency-unknown' ? price : `price-${price}`
  if (keepGross || !(fact.gross ?? rules.gross)) return { price, grossWithoutRate: false }
  if (rules.vatRate === undefined) return { price, grossWithoutRate: true }
  return { price: { ...price, minor: netOfGross(price.minor, rules.vatRate) }, grossWithoutRate: false }
}

/** A price that was refused, in a sentence. @param text what the file has */
export function priceProblem(
  refused: RefusedReason,
  text: string,
): { readonly refused: RefusedReason; readonly message: string } {
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
  return { refused, message: messages[refused] ?? refused }
}
