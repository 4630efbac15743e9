import { Counted, type Question } from './counted.ts'
import type { TrustGraph } from './graph.ts'
import { distanceMax, shareOf } from './parameters.ts'

const none = -1

/** An endorsement that counts, by the place of its author. */
export interface Step {
  readonly by: number
  /** Number of a merchant. */
  readonly to: number
  readonly capacity: number
  readonly introduces: boolean
}

/**
 * The part of the graph that can carry flow from a viewer: the introducers within reach, and all that they endorse.
 * Places are by distance, then by name, so that the same statements give the same ball in whatever order they came.
 * O(endorsements in the ball). Spec: protocol/trust.md §4.
 */
export class Ball {
  readonly question: Question
  /** Numbers of introducers by place; the viewer has place 0. */
  readonly introducers: readonly number[]
  /** From the viewer, by place. */
  readonly distances: readonly number[]
  /** How much may pass through, by place. */
  readonly shares: readonly number[]
  /** From this second on, something that counts in it does not any more. */
  readonly validUntil: number
  readonly #places: ReadonlyMap<number, number>
  readonly #steps: Steps
  readonly #firstInto: ReadonlyMap<number, number>

  constructor(question: Question) {
    const { graph, parameters } = question
    const counted = new Counted(question)
    const steps = new Steps()
    const places = new Map<number, number>([[question.viewer, 0]])
    const introducers: number[] = []
    const distances: number[] = []
    const farthest = parameters.budgetMinor === 'uncapped' ? Number.POSITIVE_INFINITY : distanceMax
    for (let level = [question.viewer], distance = 0; level.length > 0; distance++) {
      const introduced: number[] = []
      for (const author of level) {
        introducers.push(author)
        distances.push(distance)
        const count = counted.read(author)
        steps.take(counted, count)
        for (let at = 0; at < count && distance < farthest; at++) {
          const to = counted.to[at] as number
          if (counted.introduces[at] === 0 || places.has(to)) continue
          places.set(to, none)
          introduced.push(to)
        }
      }
      level = byName(graph, introduced)
      for (const [at, number] of level.entries()) places.set(number, introducers.length + at)
    }
    this.question = question
    this.introducers = introducers
    this.distances = distances
    this.shares = distances.map((distance) => (distance === 0 ? 0 : shareOf(parameters, distance)))
    this.validUntil = counted.validUntil
    this.#places = places
    this.#steps = steps
    this.#firstInto = steps.chain()
  }

  placeOf(merchant: number): number | undefined {
    return this.#places.get(merchant)
  }

  /** Numbers of all that the viewer or an introducer endorses. */
  endorsed(): Iterable<number> {
    return this.#firstInto.keys()
  }

  get stepsCount(): number {
    return this.#steps.size
  }

  /** The endorsements by an author, in the order of their subjects' places; those without a place first. */
  from(place: number): Step[] {
    const own: Step[] = []
    for (let at = this.#steps.startOf(place), end = this.#steps.startOf(place + 1); at < end; at++)
      own.push(this.#steps.step(at))
    return own.sort((a, b) => (this.#places.get(a.to) ?? none) - (this.#places.get(b.to) ?? none))
  }

  /** The endorsements for a merchant, in the order of their authors' places. */
  *into(merchant: number): Iterable<Step> {
    for (let at = this.#firstInto.get(merchant) ?? none; at !== none; at = this.#steps.nextInto(at))
      yield this.#steps.step(at)
  }

  /** What the viewer itself vouches for a merchant. */
  direct(merchant: number): number {
    for (const { by, capacity } of this.into(merchant)) return by === 0 ? capacity : 0
    return 0
  }
}

function byName(graph: TrustGraph, numbers: readonly number[]): number[] {
  const named = numbers.map((number) => ({ number, name: graph.nameOf(number) }))
  return named.sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ number }) => number)
}

/** Endorsements author by author, in arrays that grow. */
class Steps {
  size = 0
  readonly #starts: number[] = []
  #by = new Int32Array(256)
  #to = new Int32Array(256)
  #capacity = new Float64Array(256)
  #introduces = new Uint8Array(256)
  /** The next one for the same merchant. */
  #next = new Int32Array(0)

  /** All that was read of the author in the next place. */
  take(counted: Counted, count: number): void {
    while (this.size + count > this.#to.length) this.#grow()
    this.#by.fill(this.#starts.length, this.size, this.size + count)
    this.#to.set(counted.to.subarray(0, count), this.size)
    this.#capacity.set(counted.capacity.subarray(0, count), this.size)
    this.#introduces.set(counted.introduces.subarray(0, count), this.size)
    this.#starts.push(this.size)
    this.size += count
  }

  /** Chains the endorsements for each merchant. @returns where the chains begin */
  chain(): Map<number, number> {
    this.#next = new Int32Array(this.size)
    const first = new Map<number, number>()
    for (let at = this.size - 1; at >= 0; at--) {
      const to = this.#to[at] as number
      this.#next[at] = first.get(to) ?? none
      first.set(to, at)
    }
    return first
  }

  startOf(place: number): number {
    return this.#starts[place] ?? this.size
  }

  nextInto(at: number): number {
    return this.#next[at] as number
  }

  step(at: number): Step {
    return {
      by: this.#by[at] as number,
      to: this.#to[at] as number,
      capacity: this.#capacity[at] as number,
      introduces: this.#introduces[at] === 1,
    }
  }

  #grow(): void {
    const length = this.#to.length * 2
    this.#by = new Int32Array(this.#by.buffer.transfer(length * 4))
    this.#to = new Int32Array(this.#to.buffer.transfer(length * 4))
    this.#capacity = new Float64Array(this.#capacity.buffer.transfer(length * 8))
    this.#introduces = new Uint8Array(this.#introduces.buffer.transfer(length))
  }
}
