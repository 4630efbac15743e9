import type { Digest } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'
import { RecordError } from './record-error.ts'
import {
  beginsAt,
  crc32,
  keyBytesMax,
  leafBytesMax,
  leafEntriesMax,
  nodeChildrenMax,
  pageBytesMax,
  recordBytesMax,
  zeroBitsOf,
} from './shape.ts'

/** A run of entries, hashed as one text. */
export interface Leaf {
  readonly firstKey: string
  /** {@link zeroBitsOf} the CRC-32 of the first key. */
  readonly zeroBits: number
  /** SHA-256 of the leaf's text. */
  readonly digest: Digest
  /** Bytes of text, 1 to {@link leafBytesMax}. */
  readonly bytes: number
  /** Bytes of the first line: what decides whether the leaf before could have held it. */
  readonly firstBytes: number
  /** Entries, 1 to {@link leafEntriesMax}. */
  readonly count: number
}

/** A run of leaves: the node of level 1, and the unit of compression, storage and transfer. */
export interface PageNode {
  readonly firstKey: string
  /** What the first key of the page after must be above. */
  readonly lastKey: string
  readonly zeroBits: number
  /** SHA-256 of the node's text: a line for each leaf. */
  readonly digest: Digest
  readonly bytes: number
  readonly count: number
  readonly leaves: readonly Leaf[]
}

/**
 * Checks the value that begins at `valueFrom` under the key that lies between `keyFrom` and `keyTo`.
 * @returns the index after its last byte
 * @throws {RecordError}
 */
export type AdmitValue = (text: Uint8Array, keyFrom: number, keyTo: number, valueFrom: number) => number

const tab = 9
const newline = 10
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text of a node: `first key TAB digest LF` for each child. */
export function nodeText(
  children: readonly { readonly firstKey: string; readonly digest: Digest }[],
): string {
  let text = ''
  for (const { firstKey, digest } of children) text += `${firstKey}\t${digest}\n`
  return text
}

/** Why a leaf must begin at an entry: by its key, or because the leaf before is full. */
export const leafBegins = (
  zeroBits: number,
  before: { count: number; bytes: number },
  lineBytes: number,
): boolean =>
  beginsAt(0, zeroBits) || before.count === leafEntriesMax || before.bytes + lineBytes > leafBytesMax

/** Why a node of `level` must begin at a child: by its first key, or because the node before is full. */
export const nodeBegins = (level: number, zeroBits: number, childrenBefore: number): boolean =>
  beginsAt(level, zeroBits) || childrenBefore === nodeChildrenMax

/**
 * Reads a text line by line, checks keys, order, values and sizes, and calls `onLine` for each.
 * @throws {RecordError}
 */
export function walkLines(
  primitives: Primitives,
  text: Uint8Array,
  admit: AdmitValue,
  onLine: (from: number, keyTo: number, to: number, zeroBits: number) => void,
): void {
  if (!primitives.isUtf8(text)) throw new RecordError('text-invalid', 'The text is not UTF-8.')
  let previous = -1
  let previousTo = -1
  for (let at = 0; at < text.length; ) {
    const from = at
    const keyTo = endOfKey(text, from)
    if (previous >= 0 && compareBytes(text, previous, previousTo, from, keyTo) >= 0)
      throw new RecordError(
        'key-order',
        `The key "${keyOf(text, from, keyTo)}" stands twice or out of order.`,
      )
    const valueTo = admit(text, from, keyTo, keyTo + 1)
    if (valueTo - keyTo - 1 > recordBytesMax)
      throw new RecordError(
        'record-too-large',
        `The record "${keyOf(text, from, keyTo)}" is over ${recordBytesMax} bytes.`,
      )
    if (text[valueTo] !== newline)
      throw new RecordError(
        'record-invalid',
        `The record "${keyOf(text, from, keyTo)}" does not end where it should.`,
      )
    onLine(from, keyTo, valueTo + 1, zeroBitsOf(crc32(text, from, keyTo)))
    previous = from
    previousTo = keyTo
    at = valueTo + 1
  }
}

/** The key of a line, as text. The line's bytes must be UTF-8. */
export const keyOf = (text: Uint8Array, from: number, keyTo: number): string =>
  decoder.decode(text.subarray(from, keyTo))

function endOfKey(text: Uint8Array, from: number): number {
  const last = Math.min(text.length, from + keyBytesMax + 1)
  let ascii = true
  for (let at = from; at < last; at++) {
    const byte = text[at] as number
    if (byte >= 0x20 && byte !== 0x7f) {
      if (byte >= 0xf0) break // above U+FFFF
      if (byte >= 0x80) ascii = false
      continue
    }
    if (byte !== tab || at === from) break
    if (!ascii && keyOf(text, from, at).normalize('NFC') !== keyOf(text, from, at)) break
    return at
  }
  throw new RecordError(
    'key-invalid',
    `A key must be 1 to ${keyBytesMax} bytes of NFC text without control characters and characters above U+FFFF.`,
  )
}

function compareBytes(text: Uint8Array, aFrom: number, aTo: number, bFrom: number, bTo: number): number {
  const length = Math.min(aTo - aFrom, bTo - bFrom)
  for (let at = 0; at < length; at++) {
    const difference = (text[aFrom + at] as number) - (text[bFrom + at] as number)
    if (difference !== 0) return difference
  }
  return aTo - aFrom - (bTo - bFrom)
}

/**
 * Gathers lines into leaves and leaves into pages by the rules of the shape. Feed it entries in order of
 * keys; it calls `onPage` as each page closes. The lines of a page must lie in one text, in a row.
 */
export class PageBuilder {
  readonly #primitives: Primitives
  readonly #onPage: (page: PageNode, text: Uint8Array) => void
  #text: Uint8Array = new Uint8Array(0)
  #leaves: Leaf[] = []
  #pageFrom = 0
  #leafFrom = 0
  #leafKeyTo = 0
  #leafTo = 0
  #lastFrom = 0
  #lastKeyTo = 0
  #leafCount = 0
  #leafFirstBytes = 0
  #leafZeroBits = 0

  constructor(primitives: Primitives, onPage: (page: PageNode, text: Uint8Array) => void) {
    this.#primitives = primitives
    this.#onPage = onPage
  }

  /** The text that the next lines lie in. Only between pages, after {@link end}. */
  begin(text: Uint8Array, from = 0): void {
    this.#text = text
    this.#pageFrom = this.#leafFrom = this.#leafTo = from
  }

  add(from: number, keyTo: number, to: number, zeroBits: number): void {
    if (this.#leafCount > 0) {
      const before = { count: this.#leafCount, bytes: this.#leafTo - this.#leafFrom }
      if (leafBegins(zeroBits, before, to - from)) this.#closeLeaf()
    }
    if (this.#leafCount === 0) {
      if (this.#leaves.length > 0 && nodeBegins(1, zeroBits, this.#leaves.length)) this.#closePage()
      this.#leafFrom = from
      this.#leafKeyTo = keyTo
      this.#leafFirstBytes = to - from
      this.#leafZeroBits = zeroBits
    }
    this.#leafCount++
    this.#leafTo = to
    this.#lastFrom = from
    this.#lastKeyTo = keyTo
  }

  /** Closes what is open. */
  end(): void {
    if (this.#leafCount > 0) this.#closeLeaf()
    if (this.#leaves.length > 0) this.#closePage()
  }

  #closeLeaf(): void {
    const text = this.#text.subarray(this.#leafFrom, this.#leafTo)
    this.#leaves.push({
      firstKey: keyOf(this.#text, this.#leafFrom, this.#leafKeyTo),
      zeroBits: this.#leafZeroBits,
      digest: this.#primitives.sha256Base64url(text) as Digest,
      bytes: text.length,
      firstBytes: this.#leafFirstBytes,
      count: this.#leafCount,
    })
    this.#leafCount = 0
  }

  #closePage(): void {
    const lastKey = keyOf(this.#text, this.#lastFrom, this.#lastKeyTo)
    const page = pageNodeOf(this.#primitives, this.#leaves, lastKey)
    this.#onPage(page, this.#text.subarray(this.#pageFrom, this.#leafTo))
    this.#pageFrom = this.#leafTo
    this.#leaves = []
  }
}

/** The node over leaves that stand in a row; at least one. */
export function pageNodeOf(primitives: Primitives, leaves: readonly Leaf[], lastKey: string): PageNode {
  const [first] = leaves
  if (first === undefined) throw new RangeError('a page has at least one leaf')
  let bytes = 0
  let count = 0
  for (const leaf of leaves) {
    bytes += leaf.bytes
    count += leaf.count
  }
  const digest = primitives.sha256Base64url(nodeText(leaves)) as Digest
  return { firstKey: first.firstKey, lastKey, zeroBits: first.zeroBits, digest, bytes, count, leaves }
}

/**
 * Reads and checks the text of one page.
 * @throws {RecordError} also `shape-invalid` if the text is empty, too long, or more than one page
 */
export function readPage(primitives: Primitives, text: Uint8Array, admit: AdmitValue): PageNode {
  if (text.length === 0 || text.length > pageBytesMax)
    throw new RecordError('shape-invalid', `A page has 1 to ${pageBytesMax} bytes, this one ${text.length}.`)
  const pages: PageNode[] = []
  const builder = new PageBuilder(primitives, (page) => pages.push(page))
  builder.begin(text)
  walkLines(primitives, text, admit, (from, keyTo, to, zeroBits) => builder.add(from, keyTo, to, zeroBits))
  builder.end()
  const [page] = pages
  if (page === undefined || pages.length > 1)
    throw new RecordError('shape-invalid', 'The text is not exactly one page.')
  return page
}

/** Whether `page` may stand right after `before`: in order, and not where one page should have gone on. */
export function pageFollows(before: PageNode, page: PageNode): boolean {
  const last = before.leaves.at(-1) as Leaf
  const first = page.leaves[0] as Leaf
  return (
    before.lastKey < page.firstKey &&
    leafBegins(first.zeroBits, last, first.firstBytes) &&
    nodeBegins(1, first.zeroBits, before.leaves.length)
  )
}
