import type { Host } from './host.ts'
import { RetryPause } from './retry-pause.ts'

/** Keeps a connection to each of some addresses, so that the DHT and relays have somebody to begin with. */
export class Bootstrap {
  readonly #stopping = new AbortController()

  constructor(host: Host, addresses: readonly string[]) {
    for (const address of addresses) void this.#keep(host, address)
  }

  stop(): void {
    this.#stopping.abort()
  }

  async #keep(host: Host, address: string): Promise<void> {
    const { signal } = this.#stopping
    const pause = new RetryPause()
    signal.addEventListener('abort', () => pause.cancel(), { once: true })
    while (!signal.aborted) {
      try {
        const connection = await host.dial(address, signal)
        pause.reset()
        await new Promise<void>((resolve) => {
          connection.addEventListener('close', () => resolve(), { once: true })
          signal.addEventListener('abort', () => resolve(), { once: true })
        })
      } catch {
        // Nobody answers there now.
      }
      if (!signal.aborted) await pause.wait()
    }
  }
}
