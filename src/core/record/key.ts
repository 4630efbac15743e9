import { z } from 'zod'
import { keyBytesMax } from './shape.ts'

/** `trust`, `public`, or `assortment/<id>`. Spec: protocol/records/repo.md §1. */
export const repoNameSchema = z.string().regex(/^(?:trust|public|assortment\/[a-z0-9-]{1,32})$/)

const encoder = new TextEncoder()

/**
 * Whether the text may be a record's key: 1 to 256 bytes of UTF-8 in NFC, no control characters, none above
 * U+FFFF, so that order by UTF-8 bytes and by UTF-16 units are one.
 */
export function isRecordKey(key: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (key === '' || /[\u0000-\u001f\u007f\ud800-\udfff]/.test(key)) return false
  return encoder.encode(key).length <= keyBytesMax && key.normalize('NFC') === key
}

/** The order of keys: by UTF-8 bytes. Negative, 0 or positive. */
export const compareKeys = (left: string, right: string): number =>
  left < right ? -1 : left === right ? 0 : 1

/** The last index whose first key is ≤ `key`, or -1. O(log n). */
export function indexOfKey(runs: readonly { readonly firstKey: string }[], key: string): number {
  let low = 0
  let high = runs.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((runs[middle] as { firstKey: string }).firstKey <= key) low = middle + 1
    else high = middle
  }
  return low - 1
}
