import { hash } from 'node:crypto'

/**
 * A SKU for a unit whose file has none: its parts joined by "/", the same at each import. Longer than 64
 * characters, the end becomes "~" and 16 hex digits of the whole's SHA-256.
 */
export function derivedSku(parts: readonly string[]): string {
  const whole = parts
    .map((part) => part.replace(/\s+/g, ' ').trim())
    .join('/')
    .normalize('NFC')
  return whole.length <= 64
    ? whole
    : `${whole.slice(0, 47).toWellFormed()}~${hash('sha256', whole, 'hex').slice(0, 16)}`
}
