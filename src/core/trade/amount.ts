import { currencyExponent, type Price, perQuantityMax, priceMinorMax } from './money.ts'

/** A decimal number as written: `digits ÷ 10^scale`, `digits` a safe integer ≥ 0, no trailing zero decimals. */
export interface Decimal {
  readonly digits: number
  readonly scale: number
}

/**
 * Which character separates decimals in a file. It matters for one form only: a single separator followed by
 * exactly three digits ("1.234"). `dot` and `comma`: the other one groups thousands. `ungrouped`: whatever
 * stands there separates decimals. `unknown`: such an amount is `ambiguous`.
 */
export type DecimalStyle = 'dot' | 'comma' | 'ungrouped' | 'unknown'

export type DecimalProblem = 'malformed' | 'ambiguous' | 'negative' | 'too-large'

/** Digits before and after the separator together. */
const digitsMax = 15
/** A number longer than this is none. */
const numberLengthMax = 40

/**
 * Reads a number in any of the usual notations: "4.95", "4,95", "1.234,50", "1,234.50", "1 234,50", "1'234.50",
 * ".5", "19,-". Thousands must be grouped by three.
 */
export function parseDecimal(text: string, style: DecimalStyle): Decimal | DecimalProblem {
  // One or two decimals: the same in every style, and the common case.
  const plain = /^(\d{1,15})(?:[.,](\d{1,2}))?$/.exec(text)
  if (plain !== null) return decimal(plain[1] as string, plain[2] ?? '')
  if (text.length > numberLengthMax) return 'malformed'
  const trimmed = text.trim().replace(/[,.](?:-{1,2}|–|—)$/, '')
  if (/^[-−–].*\d|\d\s*-$/.test(trimmed)) return 'negative'
  const number = trimmed.replace(/^\+/, '')
  if (!/^\d[\d.,'’\s]*$|^[.,]\d+$/.test(number)) return 'malformed'
  return splitNumber(number, style)
}

function splitNumber(number: string, style: DecimalStyle): Decimal | DecimalProblem {
  const at = Math.max(number.lastIndexOf('.'), number.lastIndexOf(','))
  if (at === -1) return grouped(number, "'’\\s")
  const separator = number[at] as string
  const before = number.slice(0, at)
  const after = number.slice(at + 1)
  if (!/^\d*$/.test(after)) return 'malformed' // "1,234 567": a space after the last separator
  const other = separator === '.' ? ',' : '.'
  if (before.includes(separator)) {
    // Twice the same: it groups thousands, and there are no decimals.
    return before.includes(other) ? 'malformed' : grouped(number, separator)
  }
  const groups = before.includes(other) || /['’\s]/.test(before)
  if (!groups && after.length === 3 && /^[1-9]\d{0,2}$/.test(before) && style !== 'ungrouped') {
    if (style === 'unknown') return 'ambiguous'
    const decimals = style === 'dot' ? '.' : ','
    if (separator !== decimals) return decimal(before + after, '')
  }
  const whole = before === '' ? undefined : grouped(before, `${other}'’\\s`)
  return typeof whole === 'string' ? whole : decimal(wholeDigits(before), after)
}

const wholeDigits = (text: string): string => text.replace(/\D/g, '')

/** An integer whose thousands may be grouped by one of `separators` (a character class), always the same. */
function grouped(text: string, separators: string): Decimal | DecimalProblem {
  if (/^\d+$/.test(text)) return decimal(text, '')
  const match = new RegExp(`^\\d{1,3}([${separators}])\\d{3}(?:\\1\\d{3})*$`).exec(text)
  return match === null ? 'malformed' : decimal(wholeDigits(text), '')
}

function decimal(whole: string, decimals: string): Decimal | DecimalProblem {
  const kept = decimals.replace(/0+$/, '')
  const digits = (whole + kept).replace(/^0+(?=\d)/, '')
  return digits.length > digitsMax ? 'too-large' : { digits: Number(digits), scale: kept.length }
}

/** `a × b`, for price factors. */
export function multiplyDecimals(a: Decimal, b: Decimal): Decimal | 'too-large' {
  let digits = a.digits * b.digits
  let scale = a.scale + b.scale
  if (!Number.isSafeInteger(digits)) return 'too-large'
  for (; scale > 0 && digits % 10 === 0; scale--) digits /= 10
  return { digits, scale }
}

export type PriceProblem = 'currency-unknown' | 'inexact' | 'too-large'

/**
 * The exact price of `amount` for `perQuantity` pieces. More decimals than the currency has become a larger
 * quantity: 0.0125 EUR is 1.25 EUR per 100. Nothing is rounded.
 * @param perQuantity integer > 0
 * @returns `inexact` if it would take more than 1,000,000 pieces to say it in whole minor units
 */
export function priceOf(amount: Decimal, currency: string, perQuantity: number): Price | PriceProblem {
  const exponent = currencyExponent(currency)
  if (exponent === undefined) return 'currency-unknown'
  const excess = amount.scale - exponent
  let minor = excess < 0 ? amount.digits * 10 ** -excess : amount.digits
  let per = excess > 0 ? perQuantity * 10 ** excess : perQuantity
  if (per > perQuantityMax) {
    const shared = greatestDivisor(minor, per)
    minor /= shared
    per /= shared
  }
  if (per > perQuantityMax) return 'inexact'
  if (minor > priceMinorMax) return 'too-large'
  // Members in canonical order: whoever writes it down need not sort.
  return per === 1 ? { currency, minor } : { currency, minor, perQuantity: per }
}

function greatestDivisor(a: number, b: number): number {
  let [x, y] = [a, b]
  while (y !== 0) [x, y] = [y, x % y]
  return x
}
