/**
 * Frames of a stream: an unsigned varint (LEB128, the shortest form), then that many bytes.
 * Spec: protocol/streams/framing.md. Pure: bytes in, frames out.
 */

/** Largest frame of a protocol that names no limit of its own. */
export const frameBytesMax = 1024 * 1024
/** A length prefix has at most this many bytes: no frame reaches 2^28 bytes. */
export const lengthPrefixBytesMax = 4

export type FrameErrorCode = 'frame-too-large' | 'frame-empty' | 'frame-length-malformed' | 'frame-truncated'

/** The bytes are no sequence of frames; who sent them is at fault. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
  readonly code: FrameErrorCode
  constructor(code: FrameErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/**
 * The length prefix of a frame of `length` bytes: 1 to 4 bytes.
 * @throws {FrameError} `frame-empty`, or `frame-too-large` above `bytesMax`
 */
export function lengthPrefix(length: number, bytesMax = frameBytesMax): Uint8Array {
  if (length === 0) throw new FrameError('frame-empty', 'A frame has at least one byte.')
  if (length > bytesMax) throw tooLarge(length, bytesMax)
  if (length < 0x80) return Uint8Array.of(length)
  if (length < 0x4000) return Uint8Array.of((length & 0x7f) | 0x80, length >>> 7)
  if (length < 0x200000)
    return Uint8Array.of((length & 0x7f) | 0x80, ((length >>> 7) & 0x7f) | 0x80, length >>> 14)
  return Uint8Array.of(
    (length & 0x7f) | 0x80,
    ((length >>> 7) & 0x7f) | 0x80,
    ((length >>> 14) & 0x7f) | 0x80,
    length >>> 21,
  )
}

/**
 * Takes chunks as they arrive and gives frames. A frame that lies within one chunk is a view of it, not a
 * copy. Holds no more than the bytes that arrived: a large length alone allocates nothing.
 */
export class FrameDecoder {
  readonly #bytesMax: number
  readonly #chunks: Uint8Array[] = []
  #first = 0 // index of the first chunk that is not used up
  #offset = 0 // in that chunk
  #held = 0 // bytes not yet given out
  #frameLength = -1 // of the frame being awaited; -1: its prefix is being awaited

  constructor(bytesMax = frameBytesMax) {
    this.#bytesMax = bytesMax
  }

  /** Bytes that no frame has been made of yet. */
  get heldBytes(): number {
    return this.#held
  }

  append(chunk: Uint8Array): void {
    if (chunk.byteLength === 0) return
    this.#chunks.push(chunk)
    this.#held += chunk.byteLength
  }

  /**
   * The next whole frame, or undefined until more bytes arrive.
   * @throws {FrameError} after which the decoder must not be used any more
   */
  next(): Uint8Array | undefined {
    if (this.#frameLength < 0) {
      this.#frameLength = this.#readPrefix()
      if (this.#frameLength < 0) return undefined
    }
    if (this.#held < this.#frameLength) return undefined
    const frame = this.#take(this.#frameLength)
    this.#frameLength = -1
    return frame
  }

  /** To be called when no more bytes will come. @throws {FrameError} `frame-truncated` if a frame is incomplete */
  end(): void {
    if (this.#held > 0 || this.#frameLength >= 0)
      throw new FrameError('frame-truncated', 'The stream ended in the middle of a frame.')
  }

  #readPrefix(): number {
    let length = 0
    let index = this.#first
    let offset = this.#offset
    const available = Math.min(this.#held, lengthPrefixBytesMax)
    for (let i = 0; i < available; i++) {
      const chunk = this.#chunks[index] as Uint8Array
      const byte = chunk[offset] as number
      if (++offset === chunk.byteLength) {
        index++
        offset = 0
      }
      length |= (byte & 0x7f) << (7 * i)
      if (byte & 0x80) continue
      if (byte === 0) throw emptyOrPadded(i)
      if (length > this.#bytesMax) throw tooLarge(length, this.#bytesMax)
      this.#skip(i + 1)
      return length
    }
    if (available === lengthPrefixBytesMax)
      throw new FrameError(
        'frame-length-malformed',
        `A length prefix has at most ${lengthPrefixBytesMax} bytes.`,
      )
    return -1
  }

  #skip(bytes: number): void {
    this.#held -= bytes
    this.#offset += bytes
    for (;;) {
      const chunk = this.#chunks[this.#first]
      if (chunk === undefined || this.#offset < chunk.byteLength) break
      this.#offset -= chunk.byteLength
      this.#first++
    }
    if (this.#first === this.#chunks.length) {
      this.#chunks.length = 0
      this.#first = 0
    } else if (this.#first >= 64) {
      this.#chunks.splice(0, this.#first)
      this.#first = 0
    }
  }

  #take(length: number): Uint8Array {
    const chunk = this.#chunks[this.#first] as Uint8Array
    const end = this.#offset + length
    if (end <= chunk.byteLength) {
      const frame = chunk.subarray(this.#offset, end)
      this.#skip(length)
      return frame
    }
    const frame = new Uint8Array(length)
    let filled = 0
    while (filled < length) {
      const part = (this.#chunks[this.#first] as Uint8Array).subarray(
        this.#offset,
        this.#offset + length - filled,
      )
      frame.set(part, filled)
      filled += part.byteLength
      this.#skip(part.byteLength)
    }
    return frame
  }
}

function tooLarge(length: number, bytesMax: number): FrameError {
  return new FrameError('frame-too-large', `A frame of ${length} bytes exceeds the limit of ${bytesMax}.`)
}

function emptyOrPadded(index: number): FrameError {
  return index === 0
    ? new FrameError('frame-empty', 'A frame has at least one byte.')
    : new FrameError('frame-length-malformed', 'A length prefix must have its shortest form.')
}
