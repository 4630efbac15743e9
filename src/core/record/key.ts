import { z } from 'zod'
import { keyBytesMax } from './shape.ts'

/** `trust`, `public`, or `assortment/<id>`. Spec: protocol/records/repo.md §1. */
export const repoNameSchema = z.string().regex(/^(?:trust|public|assortment\/[a-z0-9-]{1,32})$/)
export type RepoName = z.infer<typeof repoNameSchema>

const encoder = new TextEncoder()

/** Whether the text may be a record's key: 1 to 256 bytes of well-formed UTF-8, no control characters, NFC. */
export function isRecordKey(key: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (key === '' || /[\u0000-\u001f\u007f]/.test(key) || !key.isWellFormed()) return false
  return encoder.encode(key).length <= keyBytesMax && key.normalize('NFC') === key
}

/** The order of keys: by UTF-8 bytes, which is the order of code points. Negative, 0 or positive. */
export function compareKeys(left: string, right: string): number {
  const length = Math.min(left.length, right.length)
  for (let at = 0; at < length; at++) {
    const a = left.charCodeAt(at)
    const b = right.charCodeAt(at)
    if (a !== b) return inCodePointOrder(a) - inCodePointOrder(b)
  }
  return left.length - right.length
}

/** UTF-16 puts surrogates below U+E000 to U+FFFF; code points put them above. */
const inCodePointOrder = (unit: number): number =>
  unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800

/** The last index whose first key is ≤ `key`, or -1. O(log n). */
export function indexOfKey(runs: readonly { readonly firstKey: string }[], key: string): number {
  let low = 0
  let high = runs.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareKeys((runs[middle] as { firstKey: string }).firstKey, key) <= 0) low = middle + 1
    else high = middle
  }
  return low - 1
}
