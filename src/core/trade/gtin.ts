/**
 * GTIN-8, -12 (UPC), -13 (EAN) and -14 with GS1's check digit. A GTIN is kept as it is printed; two that
 * differ in leading zeros only name the same article, see {@link gtin14}.
 * Source: GS1 General Specifications 7.9; protocol/records/offer.md, "GTIN".
 */

/** Whether `text` is 8, 12, 13 or 14 digits with the right check digit. */
export function isGtin(text: string): boolean {
  const { length } = text
  if (length !== 8 && (length < 12 || length > 14)) return false
  let sum = 0
  for (let index = length - 1, weight = 1; index >= 0; index--, weight = 4 - weight) {
    const digit = text.charCodeAt(index) - 48
    if (!(digit >= 0 && digit <= 9)) return false
    sum += digit * weight
  }
  return sum % 10 === 0
}

/** {@link isGtin} for the ASCII bytes `from` ≤ i < `to`. */
export function isGtinAscii(text: Uint8Array, from: number, to: number): boolean {
  const length = to - from
  if (length !== 8 && (length < 12 || length > 14)) return false
  let sum = 0
  for (let at = to - 1, weight = 1; at >= from; at--, weight = 4 - weight) {
    const digit = (text[at] as number) - 48
    if (!(digit >= 0 && digit <= 9)) return false
    sum += digit * weight
  }
  return sum % 10 === 0
}

/** The form to compare and search by: 14 digits, zeros in front. @param gtin a valid GTIN */
export function gtin14(gtin: string): string {
  return gtin.padStart(14, '0')
}

/** The check digit of a GTIN without it. @param digits 7, 11, 12 or 13 digits */
export function gtinCheckDigit(digits: string): number {
  let sum = 0
  for (let index = digits.length - 1, weight = 3; index >= 0; index--, weight = 4 - weight)
    sum += (digits.charCodeAt(index) - 48) * weight
  return (10 - (sum % 10)) % 10
}
