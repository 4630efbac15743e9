import { currencyExponent } from '../core/trade/money.ts'
import type { Language } from './texts/texts.ts'

interface Price {
  readonly minor: number
  readonly perQuantity?: number | undefined
  readonly currency: string
}

/** How a merchant of this language writes amounts and dates. Times are RFC 3339, shown in local time. */
export interface Format {
  price(price: Price): string
  number(value: number): string
  /** Basis points as percent: 1900 is 19 %. */
  rate(basisPoints: number): string
  date(time: string): string
  dateTime(time: string): string
  /** 950 ms, 3.2 s, 4 min. */
  duration(milliseconds: number): string
  bytes(count: number): string
}

export function createFormat(language: Language): Format {
  const locale = language === 'de' ? 'de-DE' : 'en-GB'
  const number = new Intl.NumberFormat(locale)
  const oneDecimal = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 2 })
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' })
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })
  const formats = new Map<string, Intl.NumberFormat>()
  const amount = ({ minor, currency }: Price): string => {
    // Intl's own decimals are those of daily life, not of ISO 4217: an Iraqi dinar has three.
    const decimals = currencyExponent(currency) ?? 2
    const digitsOnly = { minimumFractionDigits: decimals, maximumFractionDigits: decimals }
    const format =
      formats.get(currency) ?? new Intl.NumberFormat(locale, { style: 'currency', currency, ...digitsOnly })
    formats.set(currency, format)
    // As a decimal string the amount stays exact: Intl takes it digit by digit.
    const digits = String(minor).padStart(decimals + 1, '0')
    const decimal = decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
    return format.format(decimal as `${number}`)
  }
  return {
    price: (price) =>
      price.perQuantity === undefined || price.perQuantity === 1
        ? amount(price)
        : `${amount(price)} / ${number.format(price.perQuantity)}`,
    number: (value) => number.format(value),
    rate: (basisPoints) => percent.format(basisPoints / 10_000),
    date: (time) => date.format(new Date(time)),
    dateTime: (time) => dateTime.format(new Date(time)),
    duration(milliseconds) {
      if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`
      if (milliseconds < 120_000) return `${oneDecimal.format(milliseconds / 1000)} s`
      return `${number.format(Math.round(milliseconds / 60_000))} min`
    },
    bytes(count) {
      if (count < 1000) return `${number.format(count)} B`
      if (count < 1_000_000) return `${oneDecimal.format(count / 1000)} kB`
      return `${oneDecimal.format(count / 1_000_000)} MB`
    },
  }
}
