import type { ApiClient } from '../src/api/client.ts'
import type { NodeEvent } from '../src/node/events.ts'

type EventType = NodeEvent['type']
type EventOf<T extends EventType> = Extract<NodeEvent, { readonly type: T }>

/** An event and when it arrived here, as `performance.now()`. */
export interface Arrival<E extends NodeEvent = NodeEvent> {
  readonly event: E
  readonly at: number
}

/** Keeps what a node tells, so that one can ask for an event that came before one asked. */
export class Listening {
  readonly #arrivals: Arrival[] = []
  readonly #stop = new AbortController()
  readonly #waiting = new Set<() => void>()

  /** Begins at once; what happens while the connection is being made is not heard. */
  constructor(client: ApiClient) {
    void this.#listen(client)
  }

  async #listen(client: ApiClient): Promise<void> {
    try {
      for await (const event of client.events<NodeEvent>({ signal: this.#stop.signal })) {
        this.#arrivals.push({ event, at: performance.now() })
        for (const wake of this.#waiting) wake()
      }
    } catch {
      // The node stopped, or we did: whoever waits runs into its time limit.
    }
  }

  /**
   * The first event of a type that arrived at or after `since` and fits.
   * @param since `performance.now()`
   * @throws {Error} if none comes within `msMax`
   */
  async heard<T extends EventType>(
    type: T,
    since: number,
    fits: (event: EventOf<T>) => boolean = () => true,
    msMax = 15_000,
  ): Promise<Arrival<EventOf<T>>> {
    const end = performance.now() + msMax
    for (;;) {
      const found = this.#arrivals.find(
        ({ event, at }) => at >= since && event.type === type && fits(event as EventOf<T>),
      )
      if (found !== undefined) return found as Arrival<EventOf<T>>
      const left = end - performance.now()
      if (left <= 0) throw new Error(`No "${type}" within ${msMax} ms.`)
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer)
          this.#waiting.delete(wake)
          resolve()
        }
        const timer = setTimeout(wake, left)
        this.#waiting.add(wake)
      })
    }
  }

  close(): void {
    this.#stop.abort()
  }
}
