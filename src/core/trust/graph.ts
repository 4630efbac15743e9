import { amountMinorMax } from './amount.ts'
import { type Claim, DisputeBook } from './dispute-book.ts'
import { Edges } from './edges.ts'
import { Names } from './names.ts'
import { type Context, contexts, covers, maskOf, type Purpose, type Scope } from './purpose.ts'

/** Endorsements of one author, at most; of more, none count. */
export const endorsementsPerAuthorMax = 8_000
/** A head older than this shows as stale; seven days in seconds. */
export const headFreshSeconds = 7 * 86_400
/** The records of a head older than this do not count; thirty days in seconds. */
export const headCountsSeconds = 30 * 86_400
/** As an expiry: never. As the time of a head: it does not age. */
export const forever = 0xffff_ffff

/** What an endorsement says, without who says it of whom. */
export interface Vouch {
  readonly minor: number // 0 – amountMinorMax
  readonly currency: string
  readonly contexts: readonly Context[]
  readonly introduce: boolean
  readonly scope?: Scope | undefined
  readonly expiresAt: number // UTC seconds, not included; or `forever`
}

// Bits of `Edges.meta`.
const introduceBit = 0b1_0000
const scopedBit = 0b10_0000
const currencyShift = 6
// Bits of a merchant's flags.
const suspendedFlag = 1
const overfullFlag = 2

/**
 * Who vouches for whom, from verified statements, in typed arrays; changed in place as statements arrive. What counts
 * depends on the viewer, the purpose and the time: see {@link Ball}. Nothing depends on the order of changes, except
 * numbers of merchants. Spec: protocol/trust.md §1.
 */
export class TrustGraph {
  readonly edges: Edges
  readonly #disputes = new DisputeBook()
  /** Grows with each change: what was computed from an earlier version is out of date. */
  version = 0
  readonly #names = new Names()
  readonly #scopes = new Map<number, Scope>()
  readonly #currencies: string[] = []
  readonly #currencyNumbers = new Map<string, number>()
  #headTimes = new Uint32Array(64)
  #flags = new Uint8Array(64)

  /** @param expected endorsements; more are taken */
  constructor(expected = 0) {
    this.edges = new Edges(expected)
  }

  get merchantsCount(): number {
    return this.#names.size
  }

  /** The number of a merchant, new or known. Numbers are for one graph, in order of arrival. */
  numberOf(merchant: string): number {
    const number = this.#names.add(merchant)
    if (number >= this.#flags.length) {
      const length = number + Math.max(64, number >> 2)
      this.#flags = new Uint8Array(this.#flags.buffer.transfer(length))
      this.#headTimes = new Uint32Array(this.#headTimes.buffer.transfer(length * 4))
    }
    return number
  }

  /** `undefined` for one that no statement named. */
  knownNumberOf(merchant: string): number | undefined {
    return this.#names.find(merchant)
  }

  nameOf(number: number): string {
    return this.#names.at(number)
  }

  /**
   * Puts an endorsement in force, in the place of an earlier one for the same merchant.
   * @throws {RangeError} for an endorsement of oneself, or amounts and times out of range: schemas keep those out
   */
  endorse(from: string, to: string, vouch: Vouch): void {
    if (from === to) throw new RangeError(`${from} endorses itself`)
    if (!Number.isInteger(vouch.minor) || vouch.minor < 0 || vouch.minor > amountMinorMax)
      throw new RangeError(`no amount: ${vouch.minor}`)
    if (!(vouch.expiresAt >= 0 && vouch.expiresAt <= forever))
      throw new RangeError(`no expiry: ${vouch.expiresAt}`)
    const [author, subject] = [this.numberOf(from), this.numberOf(to)]
    if (((this.#flags[author] as number) & overfullFlag) !== 0) return
    let slot = this.edges.find(author, subject)
    if (slot < 0) {
      if (this.edges.countOf(author) === endorsementsPerAuthorMax) {
        this.#overfill(author)
        return
      }
      slot = this.edges.add(author)
    }
    this.edges.to[slot] = subject
    this.edges.minor[slot] = vouch.minor
    this.edges.until[slot] = vouch.expiresAt
    this.edges.meta[slot] =
      maskOf(vouch.contexts) |
      (vouch.introduce ? introduceBit : 0) |
      (vouch.scope === undefined ? 0 : scopedBit) |
      (this.#currencyNumber(vouch.currency) << currencyShift)
    if (vouch.scope === undefined) this.#scopes.delete(slot)
    else this.#scopes.set(slot, vouch.scope)
    this.version++
  }

  /** The endorsement is no longer at its author's head. */
  withdraw(from: string, to: string): void {
    const [author, subject] = [this.#names.find(from), this.#names.find(to)]
    if (author === undefined || subject === undefined) return
    const slot = this.edges.find(author, subject)
    if (slot < 0) return
    this.#drop(author, slot)
    this.version++
  }

  /** All endorsements of an author; one that had too many starts anew. */
  withdrawAll(from: string): void {
    const author = this.#names.find(from)
    if (author === undefined) return
    this.#clear(author)
    this.#flags[author] = (this.#flags[author] as number) & ~overfullFlag
    this.version++
  }

  /** @param deal names the dispute among those of `by` against `against` */
  dispute(by: string, against: string, deal: string, claim: Claim): void {
    if (by === against) throw new RangeError(`${by} disputes itself`)
    this.#disputes.dispute(this.numberOf(by), this.numberOf(against), deal, claim)
    this.version++
  }

  withdrawDispute(by: string, against: string, deal: string): void {
    this.#disputes.withdraw(this.numberOf(by), this.numberOf(against), deal)
    this.version++
  }

  /** All disputes of an author; one that had too many starts anew. */
  withdrawDisputes(by: string): void {
    this.#disputes.withdrawAll(this.numberOf(by))
    this.version++
  }

  /** @param settled whether a settlement by `by` about this deal is held */
  setSettled(by: string, against: string, deal: string, settled: boolean): void {
    this.#disputes.setSettled(this.numberOf(by), this.numberOf(against), deal, settled)
    this.version++
  }

  /** Disputes against a merchant that are neither settled nor over; whether their authors count is not asked. */
  disputesAgainst(merchant: number, at: number): Iterable<{ readonly by: number; readonly claim: Claim }> {
    return this.#disputes.against(merchant, at)
  }

  /** @param time of the newest head held, UTC seconds, or {@link forever}; 0 if none is held */
  setHead(merchant: string, time: number): void {
    const number = this.numberOf(merchant)
    if (this.#headTimes[number] === time) return
    this.#headTimes[number] = time
    this.version++
  }

  /** While a merchant is frozen or has an equivocation unrepaired, nothing by it or for it counts. */
  setSuspended(merchant: string, suspended: boolean): void {
    const number = this.numberOf(merchant)
    const flags = this.#flags[number] as number
    this.#flags[number] = suspended ? flags | suspendedFlag : flags & ~suspendedFlag
    this.version++
  }

  isSuspended(number: number): boolean {
    return ((this.#flags[number] as number) & suspendedFlag) !== 0
  }

  /** The last second at which what the author published counts; before `at` if it does not. */
  countsUntil(author: number): number {
    if ((this.#flags[author] as number) !== 0) return -1
    const time = this.#headTimes[author] as number
    return time === forever ? forever : time === 0 ? -1 : time + headCountsSeconds
  }

  isStale(author: number, at: number): boolean {
    const time = this.#headTimes[author] as number
    return time !== forever && at - time > headFreshSeconds
  }

  /** Whether the endorsement in the slot serves the purpose at a time, as far as it goes itself. */
  serves(slot: number, purpose: Purpose, mask: number, at: number): boolean {
    const meta = this.edges.meta[slot] as number
    if ((this.edges.until[slot] as number) <= at) return false
    if (mask !== 0 && (meta & mask) === 0) return false
    return (meta & scopedBit) === 0 || covers(this.#scopes.get(slot) as Scope, purpose)
  }

  introduces(slot: number): boolean {
    return ((this.edges.meta[slot] as number) & introduceBit) !== 0
  }

  currencyOf(slot: number): string {
    return this.#currencies[(this.edges.meta[slot] as number) >>> currencyShift] as string
  }

  /** The endorsement as it is in force, or `undefined`. */
  vouchOf(from: string, to: string): Vouch | undefined {
    const [author, subject] = [this.#names.find(from), this.#names.find(to)]
    const slot = author === undefined || subject === undefined ? -1 : this.edges.find(author, subject)
    if (slot < 0) return undefined
    const meta = this.edges.meta[slot] as number
    return {
      minor: this.edges.minor[slot] as number,
      currency: this.currencyOf(slot),
      contexts: contexts.filter((_, bit) => (meta & (1 << bit)) !== 0),
      introduce: (meta & introduceBit) !== 0,
      scope: this.#scopes.get(slot),
      expiresAt: this.edges.until[slot] as number,
    }
  }

  #drop(author: number, slot: number): void {
    const moved = this.edges.remove(author, slot)
    const scope = this.#scopes.get(moved)
    this.#scopes.delete(moved)
    if (moved === slot) return
    if (scope === undefined) this.#scopes.delete(slot)
    else this.#scopes.set(slot, scope)
  }

  #clear(author: number): void {
    while (this.edges.countOf(author) > 0) this.#drop(author, this.edges.lastOf(author))
  }

  #overfill(author: number): void {
    this.#clear(author)
    this.#flags[author] = (this.#flags[author] as number) | overfullFlag
    this.version++
  }

  #currencyNumber(currency: string): number {
    let number = this.#currencyNumbers.get(currency)
    if (number === undefined) {
      number = this.#currencies.push(currency) - 1
      this.#currencyNumbers.set(currency, number)
    }
    return number
  }
}
