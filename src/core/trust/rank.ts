import { Counted, type Question } from './counted.ts'

/** Mass is counted in integers of 10^-12, ranks in integers of 10^-9. */
const whole = 1_000_000_000_000
const rankWhole = 1_000_000_000n
/** Mass below this for each endorsement that leads on stays where it is: 10^-6. */
const restMass = 1_000_000
const unread = -1

/** Personalised PageRank of one viewer. */
export interface Ranks {
  /** By number of merchant; integers of 10^-9. */
  rankOf(number: number): number
  /** How far a rank may be from the true value, at most, in the same unit. */
  readonly errorMax: number
}

/**
 * Ranks that anyone with the same statements gets to the last digit. O(endorsements of merchants to which more than
 * 10^-6 comes for each of them): it follows the viewer's surroundings, not the network. Spec: protocol/trust.md §9.
 */
export function ranksFromScratch(question: Question): Ranks {
  const walk = new Walk(question)
  while (walk.round());
  const { ended, kept, moving, rounding } = walk
  const rest = BigInt(moving + rounding)
  const found = BigInt(kept)
  // What rests may still end anywhere, or be lost: protocol/trust.md §9.
  const above = found > rest ? (2n * rest * rankWhole) / (found - rest) + 2n : rankWhole
  return {
    rankOf: (number) => Number((BigInt(ended[number] ?? 0) * rankWhole) / found),
    errorMax: Number(above < rankWhole ? above : rankWhole),
  }
}

/** One step of all walkers at a time. */
class Walk {
  /** By number of merchant: mass that ended there. */
  readonly ended: Float64Array
  /** All mass but what found no way on. */
  kept = whole
  /** Mass on the way. */
  moving = 0
  /** Halves that were rounded up, each by half a unit at most. */
  rounding = 0
  readonly #counted: Counted
  readonly #moving: Float64Array
  readonly #degrees: Int32Array
  readonly #isCandidate: Uint8Array
  readonly #candidates: Int32Array
  #candidatesCount = 0
  readonly #movers: Int32Array
  readonly #masses: number[] = []

  constructor(question: Question) {
    const { merchantsCount } = question.graph
    this.#counted = new Counted(question, { viewerToo: true })
    this.ended = new Float64Array(merchantsCount)
    this.#moving = new Float64Array(merchantsCount)
    this.#degrees = new Int32Array(merchantsCount).fill(unread)
    this.#isCandidate = new Uint8Array(merchantsCount)
    this.#candidates = new Int32Array(merchantsCount)
    this.#movers = new Int32Array(merchantsCount)
    this.#arrive(question.viewer, whole)
  }

  /** @returns whether anything moved */
  round(): boolean {
    const movers = this.#choose()
    for (let at = 0; at < movers; at++) this.#leave(this.#movers[at] as number, this.#masses[at] as number)
    return movers > 0
  }

  /** Takes the mass of all that have enough, as it is when the round begins. */
  #choose(): number {
    let movers = 0
    for (let at = 0; at < this.#candidatesCount; at++) {
      const merchant = this.#candidates[at] as number
      this.#isCandidate[merchant] = 0
      const mass = this.#moving[merchant] as number
      if (mass < restMass) continue
      if (this.#degrees[merchant] === unread) this.#degrees[merchant] = this.#counted.read(merchant)
      if (mass < restMass * (this.#degrees[merchant] as number)) continue
      this.#movers[movers] = merchant
      this.#masses[movers++] = mass
      this.#moving[merchant] = 0
    }
    this.#candidatesCount = 0
    return movers
  }

  #leave(merchant: number, mass: number): void {
    const counted = this.#counted
    const going = Math.floor(mass / 2)
    const degree = counted.read(merchant)
    this.ended[merchant] = (this.ended[merchant] as number) + mass - going
    this.moving -= mass
    this.rounding++
    if (degree === 0) {
      this.kept -= going
      return
    }
    const share = Math.floor(going / degree)
    const over = Math.floor(share / 2)
    for (let index = 0; index < degree; index++) {
      const to = counted.to[index] as number
      if (counted.introduces[index] === 1) this.#arrive(to, share)
      else {
        this.ended[to] = (this.ended[to] as number) + share - over
        this.kept -= over
        this.rounding++
      }
    }
    if (going > share * degree) this.#arrive(merchant, going - share * degree)
  }

  #arrive(merchant: number, mass: number): void {
    this.#moving[merchant] = (this.#moving[merchant] as number) + mass
    this.moving += mass
    if (this.#isCandidate[merchant] === 1) return
    this.#isCandidate[merchant] = 1
    this.#candidates[this.#candidatesCount++] = merchant
  }
}
