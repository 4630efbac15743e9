/**
 * One send at most: with the header of the muxer it fills two Noise messages exactly. Measured over loopback:
 * 171 MB/s with one message a send, 205 with two, 245 with four; but four fill the initial window of a yamux
 * stream, so that a slow line would stop and wait.
 */
export const sendBytesMax = 2 * (65_535 - 16) - 12
/** Bytes that wait to be sent, joined into sends. */
export class SendQueue {
  #pieces: Uint8Array[] = []
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  push(piece: Uint8Array): void {
    this.#pieces.push(piece)
    this.#bytes += piece.byteLength
  }

  /** Up to {@link sendBytesMax} bytes, as one piece: each piece would cost a cipher call and a system call of its own. */
  takeSend(): Uint8Array {
    const size = Math.min(this.#bytes, sendBytesMax)
    const taken: Uint8Array[] = []
    let filled = 0
    let used = 0
    while (filled < size) {
      const piece = this.#pieces[used] as Uint8Array
      const room = size - filled
      if (piece.byteLength <= room) {
        taken.push(piece)
        filled += piece.byteLength
        used++
      } else {
        taken.push(piece.subarray(0, room))
        this.#pieces[used] = piece.subarray(room)
        filled = size
      }
    }
    if (used === this.#pieces.length) this.#pieces = []
    else this.#pieces.splice(0, used)
    this.#bytes -= size
    return taken.length === 1 ? (taken[0] as Uint8Array) : Buffer.concat(taken, size)
  }

  clear(): void {
    this.#pieces = []
    this.#bytes = 0
  }
}
