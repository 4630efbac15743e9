import { InvalidArgumentError } from 'commander'
import { currencyExponent } from '../core/trade/money.ts'
import { UsageError } from './usage-error.ts'

/** What the flags' values may be. A value of the wrong form is a usage error that names the flag. */

export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^-?\d+$/.test(text) || value < min || value > max) throw new InvalidArgumentError(`${min}–${max}`)
    return value
  }
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** "90s", "30m", "72h", "7d" in seconds. */
export function duration(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const seconds = Number(count) * (unitSeconds[unit] ?? 0)
  if (seconds <= 0) throw new InvalidArgumentError('30m, 72h, 7d')
  return seconds
}

/** "12", "12.5", "12,5 %" in basis points. */
export function percent(text: string): number {
  const [, whole = '', , decimals = ''] = /^(\d{1,4})([.,](\d{1,2}))?\s?%?$/.exec(text) ?? []
  if (whole === '') throw new InvalidArgumentError('12, 12.5, 12,5%')
  return Number(whole) * 100 + Number(decimals.padEnd(2, '0') || 0)
}

/**
 * "4.95" and "4,95" in minor units of the currency.
 * @throws {UsageError} for other forms, and for more decimals than the currency has
 */
export function minorUnits(text: string, currency: string, flag: string): number
export function minorUnits(text: string | undefined, currency: string, flag: string): number | undefined
export function minorUnits(text: string | undefined, currency: string, flag: string): number | undefined {
  if (text === undefined) return undefined
  const exponent = currencyExponent(currency)
  if (exponent === undefined) throw new UsageError('flag-invalid', `"${currency}": ISO 4217?`, '--currency')
  const [, whole, , decimals = ''] = /^(\d{1,10})([.,](\d{1,4}))?$/.exec(text) ?? []
  if (whole === undefined || decimals.length > exponent)
    throw new UsageError(
      'flag-invalid',
      `${flag} "${text}": 4${exponent === 0 ? '' : `.${'95'.padEnd(exponent, '0').slice(0, exponent)}`}`,
      flag,
    )
  return Number(whole + decimals.padEnd(exponent, '0'))
}

/** For flags that may be given several times. */
export function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text]
}

export function oneOf<const T extends string>(values: readonly T[]): (text: string) => T {
  return (text) => {
    const value = values.find((known) => known === text)
    if (value === undefined) throw new InvalidArgumentError(values.join(', '))
    return value
  }
}
