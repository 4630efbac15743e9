/** First pause before a retry. */
export const retryFirstMs = 1_000
/** Longest pause between retries, unless the peer asks for a longer one. */
export const retryMaxMs = 300_000
/** Pauses vary by this share, so that many senders do not come back at once. */
const variation = 0.2

/** Pauses that grow: each is twice the one before. */
export class RetryPause {
  readonly #firstMs: number
  readonly #maxMs: number
  #nextMs: number
  #end: (() => void) | undefined

  constructor({ firstMs = retryFirstMs, maxMs = retryMaxMs }: { firstMs?: number; maxMs?: number } = {}) {
    this.#firstMs = firstMs
    this.#maxMs = maxMs
    this.#nextMs = firstMs
  }

  /** Waits, at least `leastMs` if it is given, or until {@link cancel}. */
  async wait(leastMs = 0): Promise<void> {
    const varied = this.#nextMs * (1 + variation * (2 * Math.random() - 1))
    this.#nextMs = Math.min(2 * this.#nextMs, this.#maxMs)
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(varied, leastMs)).unref()
      this.#end = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#end = undefined
  }

  /** Ends a wait now. */
  cancel(): void {
    this.#end?.()
  }

  /** The next pause is the first again: something has worked. */
  reset(): void {
    this.#nextMs = this.#firstMs
  }
}
