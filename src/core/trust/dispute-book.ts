/** Disputes of one author, at most; of more, none count. */
export const disputesPerAuthorMax = 1_000

/** What a dispute claims. */
export interface Claim {
  readonly minor: number
  readonly currency: string
  readonly expiresAt: number // UTC seconds, not included
}

/** About one deal, by one author, against one merchant. */
interface Matter {
  claim: Claim | undefined
  settled: boolean
}

type Matters = Map<string, Matter> // by deal

/** Who disputes whom, by numbers of merchants. Nothing depends on the order of changes. */
export class DisputeBook {
  readonly #against = new Map<number, Map<number, Matters>>()
  readonly #claims = new Map<number, number>()
  readonly #overfull = new Set<number>()

  dispute(by: number, against: number, deal: string, claim: Claim): void {
    if (this.#overfull.has(by)) return
    const matter = this.#matter(by, against, deal)
    if (matter.claim === undefined) {
      const claims = (this.#claims.get(by) ?? 0) + 1
      if (claims > disputesPerAuthorMax) {
        this.withdrawAll(by)
        this.#overfull.add(by)
        return
      }
      this.#claims.set(by, claims)
    }
    matter.claim = claim
  }

  /** The dispute is no longer at its author's head. */
  withdraw(by: number, against: number, deal: string): void {
    const matter = this.#against.get(against)?.get(by)?.get(deal)
    if (matter?.claim === undefined) return
    matter.claim = undefined
    this.#claims.set(by, (this.#claims.get(by) as number) - 1)
    this.#forget(by, against, deal, matter)
  }

  /** All disputes of an author; one that had too many starts anew. Settlements stay. */
  withdrawAll(by: number): void {
    this.#overfull.delete(by)
    for (const [against, authors] of this.#against)
      for (const deal of [...(authors.get(by)?.keys() ?? [])]) this.withdraw(by, against, deal)
  }

  /** @param settled whether a settlement of this dispute by its author is held */
  setSettled(by: number, against: number, deal: string, settled: boolean): void {
    const matter = this.#matter(by, against, deal)
    matter.settled = settled
    this.#forget(by, against, deal, matter)
  }

  /** Disputes against a merchant that are neither settled nor over at a time. */
  *against(merchant: number, at: number): Iterable<{ readonly by: number; readonly claim: Claim }> {
    for (const [by, matters] of this.#against.get(merchant) ?? [])
      for (const { claim, settled } of matters.values())
        if (claim !== undefined && !settled && claim.expiresAt > at) yield { by, claim }
  }

  #matter(by: number, against: number, deal: string): Matter {
    const authors = this.#against.get(against) ?? new Map<number, Matters>()
    const matters: Matters = authors.get(by) ?? new Map()
    const matter = matters.get(deal) ?? { claim: undefined, settled: false }
    this.#against.set(against, authors.set(by, matters.set(deal, matter)))
    return matter
  }

  #forget(by: number, against: number, deal: string, matter: Matter): void {
    if (matter.claim !== undefined || matter.settled) return
    const authors = this.#against.get(against)
    const matters = authors?.get(by)
    matters?.delete(deal)
    if (matters?.size === 0) authors?.delete(by)
    if (authors?.size === 0) this.#against.delete(against)
  }
}
