import * as z from 'zod'

/** Minor units that a price may hold: 10^12 (ten billion euros). With a quantity it is computed in BigInt. */
export const priceMinorMax = 1_000_000_000_000
/** The largest number of pieces that one price may be for. */
export const perQuantityMax = 1_000_000

/**
 * ISO 4217: the currencies in use, by the number of decimals of their minor unit. A currency that is not
 * here has two in ISO 4217's list of active codes, or is none (the codes for metals, tests and bonds are left out).
 */
const codesByExponent: Readonly<Record<number, string>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  2: `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP
    CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR
    JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN
    NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP
    SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG`,
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'UYW',
}

const exponents: ReadonlyMap<string, number> = new Map(
  Object.entries(codesByExponent).flatMap(([exponent, codes]) =>
    codes
      .trim()
      .split(/\s+/)
      .map((code): [string, number] => [code, Number(exponent)]),
  ),
)

/** Decimals of the currency's minor unit, 0–4 (EUR 2, JPY 0, TND 3); `undefined` for a code that ISO 4217 has not. */
export function currencyExponent(currency: string): number | undefined {
  return exponents.get(currency)
}

/** Three capitals. Which codes exist is not checked here: a currency newer than the software must not break a repo. */
export const currencySchema = z.string().regex(/^[A-Z]{3}$/)

/** The members of a price, for records that add others to them. */
export const priceShape = {
  minor: z.int().min(0).max(priceMinorMax),
  perQuantity: z.int().min(2).max(perQuantityMax).exactOptional(), // absent: 1
  currency: currencySchema,
}

/** `minor` units of `currency` for `perQuantity` pieces, so that 12.34 per 1,000 is exact. */
export const priceSchema = z.strictObject(priceShape)
export type Price = z.infer<typeof priceSchema>

/**
 * What `quantity` pieces cost, in minor units, rounded half up once.
 * @param quantity pieces, an integer ≥ 0
 * @throws {RangeError} if the result is not a safe integer
 */
export function lineAmount(price: Price, quantity: number): number {
  return mulDivHalfUp(price.minor, quantity, price.perQuantity ?? 1)
}

/**
 * `value × multiplier ÷ divisor`, rounded half up, exact at any size.
 * @param value integer ≥ 0 @param multiplier integer ≥ 0 @param divisor integer > 0
 * @throws {RangeError} if an argument is no such integer or the result is not a safe integer
 */
export function mulDivHalfUp(value: number, multiplier: number, divisor: number): number {
  if (!isCount(value) || !isCount(multiplier) || !isCount(divisor) || divisor === 0)
    throw new RangeError(`not integers ≥ 0 with a divisor > 0: ${value} × ${multiplier} ÷ ${divisor}`)
  const product = value * multiplier
  if (product <= Number.MAX_SAFE_INTEGER / 2) {
    const rest = product % divisor
    return (product - rest) / divisor + (rest * 2 >= divisor ? 1 : 0)
  }
  const doubled = 2n * BigInt(value) * BigInt(multiplier) + BigInt(divisor)
  const result = Number(doubled / (2n * BigInt(divisor)))
  if (!Number.isSafeInteger(result)) throw new RangeError(`the amount is too large: ${value} × ${multiplier}`)
  return result
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

/** "12.34 EUR", "12.34 EUR / 1000". Decimals by the currency; an unknown currency shows its minor units. */
export function formatPrice(price: Price): string {
  const exponent = currencyExponent(price.currency)
  const digits = String(price.minor).padStart((exponent ?? 0) + 1, '0')
  const amount =
    exponent === undefined || exponent === 0
      ? digits
      : `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`
  const unit = exponent === undefined ? `minor ${price.currency}` : price.currency
  return price.perQuantity === undefined ? `${amount} ${unit}` : `${amount} ${unit} / ${price.perQuantity}`
}
