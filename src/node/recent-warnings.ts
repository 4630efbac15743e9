import type { Clock } from './clock.ts'
import type { NodeEvents } from './events.ts'
import type { WarningView } from './views.ts'

/** Warnings that are told in the status for a day; the oldest go first. */
export const recentWarningsMax = 20
const keptSeconds = 86_400

/** Told in the status by what is the matter itself, for as long as it lasts. */
const toldElsewhere: ReadonlySet<string> = new Set(['own-repo-behind'])

/** Warnings that came as events: who looks at the status later sees them too. In memory, until the next start. */
export class RecentWarnings {
  readonly #clock: Clock
  /** By what they say, oldest first: what happens again is told once. */
  readonly #kept = new Map<string, { readonly code: string; readonly at: number }>()

  constructor(events: NodeEvents, clock: Clock) {
    this.#clock = clock
    events.on('any', (event) => {
      if (event.type === 'warning' && !toldElsewhere.has(event.code)) this.#keep(event.code, event.message)
    })
  }

  /** Newest first. */
  all(): WarningView[] {
    const since = this.#clock.nowSeconds() - keptSeconds
    return [...this.#kept]
      .filter(([, { at }]) => at >= since)
      .reverse()
      .map(([message, { code }]) => ({ code, message, params: {} }))
  }

  #keep(code: string, message: string): void {
    this.#kept.delete(message)
    this.#kept.set(message, { code, at: this.#clock.nowSeconds() })
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > recentWarningsMax && oldest !== undefined) this.#kept.delete(oldest)
  }
}
