import type { MerchantId } from '../core/identity/merchant-id.ts'
import type { FramedStream } from '../network/framed-stream.ts'
import { RetryPause } from '../network/retry-pause.ts'
import type { Session } from '../network/session.ts'

/** A stream that lasted so long was a good one: the next pause is short again. */
const goodStreamMs = 60_000

interface SyncStreamsParts {
  /** Whether the connection is still this merchant's. */
  isOn(session: Session): boolean
  /** @throws {HostError} */
  open(session: Session): Promise<FramedStream>
  attach(merchant: MerchantId, stream: FramedStream): void
  /** The stream broke, or none came about; the connection is still there, and it is tried anew now. */
  onBroken(merchant: MerchantId, why: string): void
}

/** Keeps one sync stream on each connection that this node dialled, for as long as its session lasts. */
export class SyncStreams {
  readonly #parts: SyncStreamsParts
  readonly #pauses = new Set<RetryPause>()
  #isStopped = false

  constructor(parts: SyncStreamsParts) {
    this.#parts = parts
  }

  /** Call once for each session of a connection that this node dialled. Ends by itself with the session. */
  async keep(session: Session): Promise<void> {
    const pause = new RetryPause()
    this.#pauses.add(pause)
    while (this.#isOn(session)) {
      const openedAt = Date.now()
      const why = await this.#untilBroken(session)
      if (Date.now() - openedAt >= goodStreamMs) pause.reset()
      // A connection that closes closes its streams first: only after the pause it is known which of the two broke.
      if (!this.#isStopped) await pause.wait()
      if (this.#isOn(session)) this.#parts.onBroken(session.merchant, why)
    }
    this.#pauses.delete(pause)
  }

  stop(): void {
    this.#isStopped = true
    for (const pause of this.#pauses) pause.cancel()
  }

  #isOn(session: Session): boolean {
    return !this.#isStopped && this.#parts.isOn(session)
  }

  async #untilBroken(session: Session): Promise<string> {
    try {
      const stream = await this.#parts.open(session)
      this.#parts.attach(session.merchant, stream)
      return (await stream.closed).message
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }
}
