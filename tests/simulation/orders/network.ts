import type { Random } from './random.ts'
import type { Timeline } from './timeline.ts'

/** What one node sends another. */
export type Packet =
  | { readonly kind: 'text'; readonly id: string; readonly text: string }
  | { readonly kind: 'answer'; readonly id: string; readonly receipt: 'stored' | 'refused' | 'later' }
  | { readonly kind: 'note'; readonly text: string }

export interface Weather {
  loss: number
  duplication: number
  /** Longest delay of a packet in seconds; each has its own, so packets overtake each other. */
  delaySecondsMax: number
}

export interface Faults {
  lost: number
  duplicated: number
  cut: number
  crashes: number
  restores: number
  partitions: number
}

/** Loses, doubles, delays and reorders packets; cuts pairs off from each other. */
export class Network {
  readonly weather: Weather
  readonly faults: Faults
  readonly #timeline: Timeline
  readonly #random: Random
  readonly #receivers = new Map<string, (from: string, packet: Packet) => void>()
  readonly #cut = new Set<string>()
  readonly #lives = new Map<string, number>()

  constructor(timeline: Timeline, random: Random, weather: Weather, faults: Faults) {
    this.#timeline = timeline
    this.#random = random
    this.weather = weather
    this.faults = faults
  }

  join(name: string, receive: (from: string, packet: Packet) => void): void {
    this.#receivers.set(name, receive)
  }

  /** All connections of a node end for good, with what is under way on them. */
  end(name: string): void {
    this.#lives.set(name, (this.#lives.get(name) ?? 0) + 1)
  }

  cut(a: string, b: string): void {
    this.#cut.add(pair(a, b))
    this.faults.partitions++
  }

  heal(a: string, b: string): void {
    this.#cut.delete(pair(a, b))
  }

  send(from: string, to: string, packet: Packet): void {
    const { loss, duplication, delaySecondsMax } = this.weather
    if (this.#random.chance(loss)) {
      this.faults.lost++
      return
    }
    const copies = this.#random.chance(duplication) ? 2 : 1
    if (copies === 2) this.faults.duplicated++
    const life = this.#lifeOf(from, to)
    for (let copy = 0; copy < copies; copy++)
      this.#timeline.after(this.#random.int(0, delaySecondsMax), () => {
        if (life !== this.#lifeOf(from, to)) return
        if (this.#cut.has(pair(from, to))) this.faults.cut++
        else this.#receivers.get(to)?.(from, packet)
      })
  }

  #lifeOf(from: string, to: string): string {
    return `${this.#lives.get(from) ?? 0} ${this.#lives.get(to) ?? 0}`
  }
}

function pair(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`
}
