import { constants, createZstdDecompress, zstdCompressSync } from 'node:zlib'

/** What zlib's streams stand on. Not in Node's documentation; minizlib and others have used it since Node 10. */
interface Handle {
  onerror: () => void
  close(): void
  writeSync(
    flush: number,
    from: Uint8Array,
    fromOffset: number,
    fromLength: number,
    to: Uint8Array,
    toOffset: number,
    toLength: number,
  ): void
}

/** A window of 8 MiB is what RFC 8878 §3.1.1.1.2 asks every decoder to support; the longest text here needs no more. */
const windowLogMax = 23
/** A skippable frame of no bytes: RFC 8878 §3.1.2. */
const emptyFrame = Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0)

/**
 * Decompresses frame after frame with one context. `zstdDecompressSync` makes a stream, a context and a
 * window for each call: twice the time for a page.
 */
class Decompressor {
  readonly #handle: Handle
  /** Bytes of room that the last write left in the output, and bytes of input it did not use. */
  readonly #left: Uint32Array
  #failed = false

  constructor() {
    const stream = createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: windowLogMax } })
    const parts = stream as unknown as { _handle: Handle; _writeState: Uint32Array }
    this.#handle = parts._handle
    this.#left = parts._writeState
    this.#handle.onerror = () => {
      this.#failed = true
    }
  }

  /** `undefined` if the bytes are something else; the decompressor is of no use then. */
  decompress(bytes: Uint8Array, text: Uint8Array): Uint8Array | undefined {
    if (bytes.length === 0) return undefined
    return this.#write(bytes, text) && this.#write(emptyFrame, overflow) ? text : undefined
  }

  close(): void {
    this.#handle.close()
  }

  /** Whether all of `from` was used and just fills `to`. */
  #write(from: Uint8Array, to: Uint8Array): boolean {
    this.#handle.writeSync(constants.ZSTD_e_continue, from, 0, from.length, to, 0, to.length)
    const [room, unread] = this.#left
    return !this.#failed && unread === 0 && room === (to === overflow ? to.length : 0)
  }
}

/** Where a frame that is longer than stated, or cut off, would go on. */
const overflow = new Uint8Array(1)
let kept: Decompressor | undefined

/** @throws {RangeError} if the bytes are not exactly one zstd frame of `rawLength` bytes with a window of at most 8 MiB */
export function zstdDecompress(bytes: Uint8Array, rawLength: number, into?: Uint8Array): Uint8Array {
  kept ??= new Decompressor()
  const text = kept.decompress(bytes, into?.subarray(0, rawLength) ?? Buffer.allocUnsafeSlow(rawLength))
  if (text !== undefined) return text
  kept.close()
  kept = undefined
  throw new RangeError('not one zstd frame of the stated length')
}

const level1 = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/** One zstd frame, level 1. */
export const zstdCompress = (bytes: Uint8Array): Uint8Array => zstdCompressSync(bytes, level1)
