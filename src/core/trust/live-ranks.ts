import { Counted, type Question } from './counted.ts'

/** Mass below this for each endorsement of a merchant stays where it is. */
const rest = 1e-6

/**
 * Ranks that are kept up to date as endorsements come and go, in floating point: for sorting only, never for a bundle.
 * The invariant behind the repair: what has moved on from a merchant in all is what has ended there (the walk ends at
 * each merchant with probability ½), so the old endorsements' part of it is taken back and given to the new ones.
 * Good for one time: from {@link validUntil} on, and when heads or suspensions change, make new ones.
 * Spec: protocol/trust.md §9. After Andersen, Chung and Lang 2006; repair after Zhang, Lofgren and Goel 2016.
 */
export class LiveRanks {
  readonly #question: Question
  readonly #counted: Counted
  /** Mass that ended with merchants from which the walk could have gone on. */
  #ended: Float64Array<ArrayBuffer>
  /** Mass that ended with merchants reached without `introduce`. */
  #endedPlain: Float64Array<ArrayBuffer>
  /** Mass that found no way on. */
  #lost = 0
  /** Mass on the way; negative where a repair took back more than there was. */
  #moving: Float64Array<ArrayBuffer>
  readonly #queue: number[] = []
  #isQueued: Uint8Array<ArrayBuffer>

  /** O(endorsements of merchants with a rank above 10^-6 for each of them). */
  constructor(question: Question) {
    const { graph, viewer } = question
    this.#question = question
    this.#counted = new Counted(question, { viewerToo: true })
    this.#ended = new Float64Array(graph.merchantsCount)
    this.#endedPlain = new Float64Array(graph.merchantsCount)
    this.#moving = new Float64Array(graph.merchantsCount)
    this.#isQueued = new Uint8Array(graph.merchantsCount)
    this.#move(viewer, 1)
    this.#settle()
  }

  /** The share of walks that end at a merchant, by its number: 0 – 1, within {@link errorMax}. */
  rankOf(number: number): number {
    return ((this.#ended[number] ?? 0) + (this.#endedPlain[number] ?? 0)) / (1 - this.#lost)
  }

  /** How far a rank may be off. O(merchants). */
  get errorMax(): number {
    const moving = this.#moving.reduce((sum, mass) => sum + Math.abs(mass), 0)
    const kept = 1 - this.#lost
    return kept > moving ? Math.min(1, (2 * moving) / (kept - moving)) : 1
  }

  get validUntil(): number {
    return this.#counted.validUntil
  }

  /**
   * Changes endorsements of one author in the graph, and the ranks with them. O(endorsements of the author), mostly.
   * @param change endorses or withdraws, for this author only
   */
  change(author: string, change: () => void): void {
    const { graph } = this.#question
    const known = graph.knownNumberOf(author)
    const mass = known === undefined ? 0 : (this.#ended[known] ?? 0)
    if (known === undefined || mass === 0) {
      change()
      this.#grow()
      return
    }
    this.#give(known, -mass)
    change()
    this.#grow()
    this.#give(known, mass)
    this.#move(known, 0) // fewer endorsements: less may stay
    this.#settle()
  }

  /** Mass from an author to all that it endorses. */
  #give(author: number, mass: number): void {
    const counted = this.#counted
    const degree = counted.read(author)
    if (degree === 0) {
      this.#lost += mass
      return
    }
    const share = mass / degree
    for (let index = 0; index < degree; index++) {
      const to = counted.to[index] as number
      if (counted.introduces[index] === 1) this.#move(to, share)
      else {
        this.#endedPlain[to] = (this.#endedPlain[to] as number) + share / 2
        this.#lost += share / 2
      }
    }
  }

  #move(merchant: number, mass: number): void {
    const sum = (this.#moving[merchant] as number) + mass
    this.#moving[merchant] = sum
    if (Math.abs(sum) < rest || this.#isQueued[merchant] === 1) return
    this.#isQueued[merchant] = 1
    this.#queue.push(merchant)
  }

  #settle(): void {
    const { edges } = this.#question.graph
    for (let at = 0; at < this.#queue.length; at++) {
      const merchant = this.#queue[at] as number
      const mass = this.#moving[merchant] as number
      this.#isQueued[merchant] = 0
      if (Math.abs(mass) < rest * Math.max(1, edges.countOf(merchant))) continue
      this.#moving[merchant] = 0
      this.#ended[merchant] = (this.#ended[merchant] as number) + mass / 2
      this.#give(merchant, mass / 2)
    }
    this.#queue.length = 0
  }

  #grow(): void {
    const count = this.#question.graph.merchantsCount
    if (count <= this.#moving.length) return
    const room = count + (count >> 3)
    const bytes = 8 * room
    this.#isQueued = new Uint8Array(this.#isQueued.buffer.transfer(room))
    this.#ended = new Float64Array(this.#ended.buffer.transfer(bytes))
    this.#endedPlain = new Float64Array(this.#endedPlain.buffer.transfer(bytes))
    this.#moving = new Float64Array(this.#moving.buffer.transfer(bytes))
  }
}
