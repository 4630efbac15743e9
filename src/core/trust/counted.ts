import { endorsementsPerAuthorMax, forever, type TrustGraph } from './graph.ts'
import type { TrustParameters } from './parameters.ts'
import { maskOf, type Purpose } from './purpose.ts'
import { Converter } from './rates.ts'

const none = -1

/** What a question about trust rests on, beside the merchant that it is about. */
export interface Question {
  readonly graph: TrustGraph
  /** Number of the viewer in the graph. */
  readonly viewer: number
  readonly purpose: Purpose
  readonly parameters: TrustParameters
  /** UTC seconds. */
  readonly at: number
  /** A merchant left out of the graph: the one that is disputed. */
  readonly without?: number | undefined
}

/**
 * Reads which endorsements of an author count for a question, and for how much. Those by or for suspended merchants
 * do not. Spec: protocol/trust.md §1–4.
 */
export class Counted {
  // What was read last.
  readonly to = new Int32Array(endorsementsPerAuthorMax)
  /** Minor units of the viewer's currency, > 0. */
  readonly capacity = new Float64Array(endorsementsPerAuthorMax)
  readonly introduces = new Uint8Array(endorsementsPerAuthorMax)
  /** From this second on, something that was read does not count any more. */
  validUntil = forever
  readonly #question: Question
  readonly #mask: number
  readonly #converter: Converter
  readonly #slots = new Int32Array(endorsementsPerAuthorMax)
  readonly #leftOut: number

  /** @param options `viewerToo`: endorsements for the viewer count as well; they carry no flow, but walks take them */
  constructor(question: Question, options: { readonly viewerToo: boolean } = { viewerToo: false }) {
    const { purpose, parameters } = question
    this.#question = question
    this.#leftOut = options.viewerToo ? none : question.viewer
    this.#mask = purpose === 'any' ? 0 : maskOf([purpose.context])
    this.#converter = new Converter(parameters.currency, parameters.rates)
  }

  /** @returns how many of the author's endorsements count, in no order */
  read(author: number): number {
    const { graph, viewer, at } = this.#question
    if (author !== viewer) {
      const until = graph.countsUntil(author)
      if (until < at) return 0
      if (until < forever) this.validUntil = Math.min(this.validUntil, until + 1)
    }
    const slots = graph.edges.slotsOf(author, this.#slots)
    let count = 0
    for (let index = 0; index < slots; index++) {
      const slot = this.#slots[index] as number
      const capacity = this.#capacityOf(author, slot)
      if (capacity === 0) continue
      this.to[count] = graph.edges.to[slot] as number
      this.capacity[count] = capacity
      this.introduces[count] = graph.introduces(slot) ? 1 : 0
      this.validUntil = Math.min(this.validUntil, graph.edges.until[slot] as number)
      count++
    }
    return count
  }

  #capacityOf(author: number, slot: number): number {
    const { graph, viewer, purpose, at, without, parameters } = this.#question
    const to = graph.edges.to[slot] as number
    if (to === this.#leftOut || to === without || graph.isSuspended(to)) return 0
    if (!graph.serves(slot, purpose, this.#mask, at)) return 0
    const capacity = this.#converter.endorsed(graph.edges.minor[slot] as number, graph.currencyOf(slot))
    const { budgetMinor } = parameters
    return author === viewer && budgetMinor !== 'uncapped' ? Math.min(capacity, budgetMinor) : capacity
  }
}
