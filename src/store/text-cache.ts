import type { Digest } from '../core/signature/digest.ts'

/**
 * The texts of pages that were read or written lately, by the digest of the page: equal pages of different
 * repos share one. Least recently used out first.
 */
export class TextCache {
  readonly #texts = new Map<Digest, Uint8Array>()
  readonly #bytesMax: number
  #bytes = 0

  /** @param bytesMax what the texts may hold together */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get(digest: Digest): Uint8Array | undefined {
    const text = this.#texts.get(digest)
    if (text === undefined) return undefined
    this.#texts.delete(digest)
    this.#texts.set(digest, text)
    return text
  }

  put(digest: Digest, text: Uint8Array): void {
    if (this.#texts.has(digest) || text.length > this.#bytesMax) return
    this.#texts.set(digest, text)
    this.#bytes += text.length
    for (const [oldest, old] of this.#texts) {
      if (this.#bytes <= this.#bytesMax) break
      this.#texts.delete(oldest)
      this.#bytes -= old.length
    }
  }

  clear(): void {
    this.#texts.clear()
    this.#bytes = 0
  }
}
