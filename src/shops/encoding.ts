import { isAscii, isUtf8 } from 'node:buffer'
import { ImportError } from './import-error.ts'

/** How a file's bytes become text. `bom`: bytes to leave out in front. */
export interface Encoding {
  readonly label: string
  readonly bom: number
  /** No byte above 127 was seen yet: UTF-8, or Windows-1252 if the first such bytes are no UTF-8. */
  readonly open?: boolean
  /** Told from how the bytes look, not from a mark or an option. */
  readonly guessed: boolean
}

/**
 * Tells the encoding from a file's beginning: by its mark (BOM), by the zero bytes of UTF-16, as UTF-8 if it is
 * well-formed (or nearly: then damaged rows are refused), else Windows-1252, what German Excel writes.
 * @param stated a label that was given as an option
 * @throws {ImportError} `compressed` or `format-unknown` for what is no text
 */
export function detectEncoding(head: Uint8Array, stated: string | undefined): Encoding {
  refuseBinary(head)
  const mark = (...bytes: number[]): boolean => bytes.every((byte, index) => head[index] === byte)
  if (mark(0xef, 0xbb, 0xbf)) return { label: 'utf-8', bom: 3, guessed: false }
  if (mark(0xff, 0xfe)) return { label: 'utf-16le', bom: 2, guessed: false }
  if (mark(0xfe, 0xff)) return { label: 'utf-16be', bom: 2, guessed: false }
  if (stated !== undefined) return { label: stated, bom: 0, guessed: false }
  const zeros = zerosByParity(head)
  if (zeros.odd > head.length / 8 && zeros.even === 0) return { label: 'utf-16le', bom: 0, guessed: true }
  if (zeros.even > head.length / 8 && zeros.odd === 0) return { label: 'utf-16be', bom: 0, guessed: true }
  if (zeros.even + zeros.odd > 0)
    throw new ImportError('format-unknown', 'The file is no text: it has zero bytes.')
  const { sequences, broken } = countUtf8(head)
  if (sequences === 0 && broken === 0) return { label: 'utf-8', bom: 0, open: true, guessed: false }
  if (broken === 0) return { label: 'utf-8', bom: 0, guessed: false }
  return sequences > broken * 4
    ? { label: 'utf-8', bom: 0, guessed: true }
    : { label: 'windows-1252', bom: 0, guessed: true }
}

function refuseBinary(head: Uint8Array): void {
  const starts = (...bytes: number[]): boolean => bytes.every((byte, index) => head[index] === byte)
  if (
    starts(0x1f, 0x8b) ||
    starts(0x50, 0x4b, 3, 4) ||
    starts(0x28, 0xb5, 0x2f, 0xfd) ||
    starts(0x42, 0x5a, 0x68)
  )
    throw new ImportError(
      'compressed',
      'The file is packed (zip, gzip, bzip2 or zstd; Excel workbooks are zip files too). Unpack it, or save it as CSV.',
    )
  if (starts(0x25, 0x50, 0x44, 0x46)) throw new ImportError('format-unknown', 'The file is a PDF.')
}

function zerosByParity(head: Uint8Array): { even: number; odd: number } {
  let even = 0
  let odd = 0
  for (let index = 0; index < head.length; index++) {
    if (head[index] !== 0) continue
    if (index % 2 === 0) even++
    else odd++
  }
  return { even, odd }
}

/** Well-formed sequences of two to four bytes, and bytes that belong to none. A sequence cut off at the end is neither. */
function countUtf8(bytes: Uint8Array): { sequences: number; broken: number } {
  let sequences = 0
  let broken = 0
  for (let index = 0; index < bytes.length; ) {
    const byte = bytes[index] as number
    if (byte < 0x80) {
      index++
      continue
    }
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
    if (byte >= 0xc2 && byte < 0xf5 && isUtf8(bytes.subarray(index, index + length))) {
      sequences++
      index += length
    } else {
      if (index + length <= bytes.length || byte < 0xc2) broken++
      index++
    }
  }
  return { sequences, broken }
}

/** Bytes of any encoding as UTF-8, chunk by chunk. */
export class Utf8Stream {
  #encoding: Encoding
  #decoder: InstanceType<typeof TextDecoder> | undefined
  #skip: number
  /** The beginning of a sequence that the last chunk cut off. */
  #rest: Uint8Array = new Uint8Array(0)
  /** Some bytes so far were no text of the encoding; U+FFFD stands in their place. */
  damaged = false

  constructor(encoding: Encoding) {
    this.#encoding = encoding
    this.#skip = encoding.bom
    if (encoding.label !== 'utf-8') this.#decoder = new TextDecoder(encoding.label, { ignoreBOM: true })
  }

  /** The label in use: an open encoding may have turned out to be Windows-1252. */
  get label(): string {
    return this.#encoding.label
  }

  push(chunk: Uint8Array): Uint8Array {
    let bytes = chunk
    if (this.#skip > 0) {
      const skipped = Math.min(this.#skip, bytes.length)
      bytes = bytes.subarray(skipped)
      this.#skip -= skipped
    }
    if (this.#decoder !== undefined) return this.#decoded(this.#decoder.decode(bytes, { stream: true }))
    const whole = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    const cut = incompleteTail(whole)
    this.#rest = whole.slice(whole.length - cut)
    return this.#checked(whole.subarray(0, whole.length - cut))
  }

  end(): Uint8Array {
    if (this.#decoder !== undefined) return this.#decoded(this.#decoder.decode())
    const rest = this.#rest
    this.#rest = new Uint8Array(0)
    return rest.length === 0 ? rest : this.#checked(rest)
  }

  #decoded(text: string): Uint8Array {
    if (text.includes('\ufffd')) this.damaged = true
    return Buffer.from(text)
  }

  #checked(bytes: Uint8Array): Uint8Array {
    if (isUtf8(bytes)) {
      if (this.#encoding.open === true && !isAscii(bytes)) this.#encoding = { ...this.#encoding, open: false }
      return bytes
    }
    if (this.#encoding.open === true) {
      this.#encoding = { label: 'windows-1252', bom: 0, guessed: true }
      this.#decoder = new TextDecoder('windows-1252')
      const text =
        this.#decoder.decode(bytes, { stream: true }) + this.#decoder.decode(this.#rest, { stream: true })
      this.#rest = new Uint8Array(0)
      return Buffer.from(text)
    }
    this.damaged = true
    return bytes
  }
}

/** How many bytes at the end are the beginning of a longer sequence, 0–3. */
function incompleteTail(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0
  }
  return 0
}
