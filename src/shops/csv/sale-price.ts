import { parseDecimal } from '../../core/trade/amount.ts'
import type { NoteCode } from '../import-event.ts'

/** A price and a lower one for a time, as a shop keeps them. Empty texts: none. */
export interface SalePrice {
  readonly regular: string
  readonly sale: string
  readonly from: string
  readonly to: string
}

export interface PriceInForce {
  readonly price: string
  /** The change that the file announces. */
  readonly next?: { readonly price: string; readonly validFrom: number }
  readonly note?: NoteCode
}

/**
 * What the shop shows. A sale price without dates is in force; with dates only while `now` is between them, so
 * without `now` the regular price counts. A sale price that is not lower is none.
 * @param now UTC seconds
 */
export function priceInForce(prices: SalePrice, now: number | undefined): PriceInForce {
  const { regular, sale, from, to } = prices
  if (sale === '' || (regular !== '' && !isLower(sale, regular))) return { price: regular }
  if (from === '' && to === '') return { price: sale }
  const begin = from === '' ? 0 : readTime(from, false)
  const end = to === '' ? Number.POSITIVE_INFINITY : readTime(to, true)
  if (begin === undefined || end === undefined) return { price: regular, note: 'sale-price-unreadable' }
  if (now === undefined || now >= end) return { price: regular }
  if (now < begin) return { price: regular, next: { price: sale, validFrom: begin } }
  if (regular === '' || !Number.isFinite(end)) return { price: sale }
  return { price: sale, next: { price: regular, validFrom: end } }
}

function isLower(sale: string, regular: string): boolean {
  const [a, b] = [parseDecimal(sale, 'ungrouped'), parseDecimal(regular, 'ungrouped')]
  if (typeof a === 'string' || typeof b === 'string') return true // refused or read where it is used
  return a.digits / 10 ** a.scale < b.digits / 10 ** b.scale
}

/**
 * UTC seconds of "2026-12-01", "2026-12-01 10:00:00", "2026-12-01T10:00:00+01:00". Without a zone: UTC.
 * @param end a date without a time means its end
 * @returns undefined for anything else: "1/2/26" is two days
 */
export function readTime(text: string, end: boolean): number | undefined {
  const match =
    /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/.exec(
      text.trim().slice(0, 40),
    )
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second, zone] = match
  const time = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour ?? 0),
    Number(minute ?? 0),
    Number(second ?? 0),
  )
  if (Number.isNaN(time) || Number(month) > 12 || Number(day) > 31) return undefined
  let seconds = time / 1000
  if (zone !== undefined && zone !== 'Z') {
    const digits = zone.replace(':', '')
    const offset = Number(digits.slice(1, 3)) * 3600 + Number(digits.slice(3)) * 60
    seconds -= zone.startsWith('-') ? -offset : offset
  }
  if (hour === undefined && end) seconds += 86_400
  return seconds >= 0 && seconds <= 253_402_300_799 ? seconds : undefined
}
