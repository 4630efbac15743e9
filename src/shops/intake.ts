import { canonicalText } from '../core/signature/canonical.ts'
import type { Offer } from '../core/trade/offer.ts'
import type { Facts } from './facts.ts'
import type {
  Assumptions,
  CatalogFormat,
  IgnoredReason,
  ImportEvent,
  ImportSummary,
  NoteCode,
  RefusedReason,
  RefusedRow,
} from './import-event.ts'
import { type BuildRules, type BuiltOffer, buildOffer } from './offer-builder.ts'
import { Seen } from './seen.ts'

/** Refused rows that a summary lists. */
export const refusedListMax = 1_000
/** Offers that a summary shows. */
export const offersShownMax = 10
/** Rows from one progress event to the next. */
export const progressRows = 10_000

/** New prices for an offer that the caller has: resolved, in order, before the events after it go out. */
export interface PriceUpdate {
  readonly type: 'price-update'
  readonly line: number
  readonly facts: Facts
}

/** Takes what a format's reader makes of rows, counts it, and turns it into events. One call per row. */
export class Intake {
  readonly #format: CatalogFormat
  readonly #rules: BuildRules
  #events: (ImportEvent | PriceUpdate)[] = []
  readonly #skus = new Seen()
  readonly #groups = new Seen()
  readonly #refused: RefusedRow[] = []
  readonly #offers: Offer[] = []
  readonly #ignoredBy: Partial<Record<IgnoredReason, number>> = {}
  readonly #refusedBy: Partial<Record<RefusedReason, number>> = {}
  readonly #notes: Partial<Record<NoteCode, number>> = {}
  #rows = 0
  #taken = 0
  #ignored = 0
  #refusedCount = 0
  #variants = 0
  #single = 0
  #removed = 0
  #grossWithoutRate = 0

  constructor(format: CatalogFormat, rules: BuildRules) {
    this.#format = format
    this.#rules = rules
  }

  get rows(): number {
    return this.#rows
  }

  /** What came since the last call. */
  drain(): readonly (ImportEvent | PriceUpdate)[] {
    const events = this.#events
    if (events.length > 0) this.#events = []
    return events
  }

  /** A row that is sellable units: all of them become offers, or the row is refused. */
  offers(line: number, units: readonly Facts[]): void {
    const made: BuiltOffer[] = []
    for (const facts of units) {
      const built = buildOffer(facts, this.#rules)
      if ('refused' in built) {
        this.refuse(line, built.refused, facts.sku, built.message)
        return
      }
      if (this.#skus.has(built.offer.sku) || made.some(({ offer }) => offer.sku === built.offer.sku)) {
        this.refuse(line, 'sku-duplicate', facts.sku, `The SKU ${built.offer.sku} was there before.`)
        return
      }
      made.push(built)
    }
    this.#count()
    this.#taken++
    for (const built of made) this.#take(line, built)
  }

  offer(line: number, facts: Facts): void {
    const built = buildOffer(facts, this.#rules)
    if ('refused' in built) {
      this.refuse(line, built.refused, facts.sku, built.message)
      return
    }
    if (this.#skus.has(built.offer.sku)) {
      this.refuse(line, 'sku-duplicate', facts.sku, `The SKU ${built.offer.sku} was there before.`)
      return
    }
    this.#count()
    this.#taken++
    this.#take(line, built)
  }

  #take(line: number, built: BuiltOffer): void {
    const { offer, text, notes } = built
    this.#skus.add(offer.sku)
    this.#variants++
    if (offer.group === undefined) this.#single++
    else this.#groups.add(offer.group.id)
    if (built.grossWithoutRate) this.#grossWithoutRate++
    for (const note of notes) this.#notes[note] = (this.#notes[note] ?? 0) + 1
    if (this.#offers.length < offersShownMax) this.#offers.push(offer)
    this.#events.push({ type: 'offer', line, offer, text, notes })
  }

  /** Prices only: the offer that they belong to comes from the caller. Counted by {@link settle}. */
  updatePrice(line: number, facts: Facts): void {
    this.#events.push({ type: 'price-update', line, facts })
  }

  /** @param existing the offer as it stands; undefined if there is none */
  settle(update: PriceUpdate, existing: Offer | undefined): void {
    const { line, facts } = update
    if (existing === undefined) {
      this.refuse(
        line,
        'product-unknown',
        facts.sku,
        `The file has only a new price for ${facts.sku}, and no product of that SKU is known. Import the whole catalog first.`,
      )
      return
    }
    const built = buildOffer({ ...facts, title: 'x' }, this.#rules)
    if ('refused' in built) {
      this.refuse(line, built.refused, facts.sku, built.message)
      return
    }
    const { nextPrice: _, tiers: __, recommendedPrice: recommended, ...rest } = existing
    const { price, vat, tiers, nextPrice, recommendedPrice } = built.offer
    const offer: Offer = {
      ...rest,
      price,
      ...(vat === undefined ? {} : { vat }),
      ...(tiers === undefined ? {} : { tiers }),
      ...(nextPrice === undefined ? {} : { nextPrice }),
      ...(recommendedPrice !== undefined
        ? { recommendedPrice }
        : recommended !== undefined && recommended.currency === price.currency
          ? { recommendedPrice: recommended }
          : {}),
    }
    if (this.#skus.has(offer.sku)) {
      this.refuse(line, 'sku-duplicate', offer.sku, `The SKU ${offer.sku} was there before.`)
      return
    }
    this.#count()
    this.#taken++
    const text = canonicalText(offer)
    this.#take(line, { ...built, offer: JSON.parse(text) as Offer, text })
  }

  remove(line: number, sku: string): void {
    this.#count()
    this.#taken++
    this.#removed++
    this.#events.push({ type: 'removal', line, sku })
  }

  ignore(line: number, reason: IgnoredReason, sku = ''): void {
    this.#count()
    this.#ignored++
    this.#ignoredBy[reason] = (this.#ignoredBy[reason] ?? 0) + 1
    this.#events.push({ type: 'ignored', line, sku, reason })
  }

  refuse(line: number, reason: RefusedReason, sku: string, message: string): void {
    this.#count()
    this.#refusedCount++
    this.#refusedBy[reason] = (this.#refusedBy[reason] ?? 0) + 1
    // Whatever stands in the file's cell goes into logs and pages: keep it short.
    const row: RefusedRow = { line, sku: sku.trim().slice(0, 64).toWellFormed(), reason, message }
    if (this.#refused.length < refusedListMax) this.#refused.push(row)
    this.#events.push({ type: 'refused', ...row })
  }

  #count(): void {
    this.#rows++
    if (this.#rows % progressRows === 0)
      this.#events.push({ type: 'progress', phase: 'offers', rows: this.#rows })
  }

  summary(assumed: Assumptions): ImportSummary {
    return {
      format: this.#format,
      rows: this.#rows,
      products: this.#single + this.#groups.size,
      variants: this.#variants,
      taken: this.#taken,
      ignored: this.#ignored,
      refusedCount: this.#refusedCount,
      refused: this.#refused,
      offers: this.#offers,
      removed: this.#removed,
      ignoredBy: this.#ignoredBy,
      refusedBy: this.#refusedBy,
      notes: this.#notes,
      assumed: {
        ...assumed,
        ...(this.#grossWithoutRate > 0 ? { grossWithoutRate: this.#grossWithoutRate } : {}),
      },
    }
  }
}
