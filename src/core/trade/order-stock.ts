import type { MerchantId } from '../identity/merchant-id.ts'
import { stockShown } from './assortment.ts'
import type { StockRule } from './assortment-schema.ts'
import type { OrderState } from './order-state.ts'
import type { OrderTerms } from './order-terms.ts'

/** Reservations of one partner that are open at a time. @public the node that answers reservations passes it on */
export const reservationsOpenMax = 100

/** What the shop said it has. */
export interface StockReport {
  /** Pieces; `undefined`: unknown. */
  readonly stock: number | undefined
  /** Readings of the shop are numbered by when they began: one that began after an order was placed includes it. */
  readonly reading: number
}

/** Goods that are promised to a partner and that the shop's last report may still count as free. */
export interface Hold {
  readonly partner: MerchantId
  /** `reserved`: until its time is over; `sold`: there is a deal, or will be. */
  readonly kind: 'reserved' | 'sold'
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[]
  /** The shop has the order since this reading; `undefined`: not yet. */
  readonly placedAt: number | undefined
}

/**
 * Who was promised what, of which stock. Never more is free than the shop reported less the safety stock and all
 * that is held. Kept in memory; follows from the orders and the reports, so it can be made again at any time.
 */
export class StockLedger {
  readonly #reports = new Map<string, StockReport>()
  readonly #holds = new Map<string, Hold>()
  /** By SKU: who holds how much, by order. */
  readonly #bySku = new Map<string, Map<string, number>>()

  /** A report of the shop. What was placed before this reading began is in it, and is held no longer. */
  report(sku: string, report: StockReport): void {
    const before = this.#reports.get(sku)
    if (before !== undefined && before.reading > report.reading) return
    this.#reports.set(sku, report)
    for (const key of [...(this.#bySku.get(sku)?.keys() ?? [])]) {
      const hold = this.#holds.get(key)
      if (hold?.placedAt !== undefined && hold.placedAt < report.reading) this.#release(sku, key)
    }
  }

  /** Sets what is held for an order, in place of what was. @param key unique to the order */
  hold(key: string, hold: Hold | undefined): void {
    for (const { sku } of this.#holds.get(key)?.lines ?? []) this.#release(sku, key)
    this.#holds.delete(key)
    if (hold === undefined) return
    this.#holds.set(key, hold)
    for (const { sku, quantity } of hold.lines) {
      const report = this.#reports.get(sku)
      const included = hold.placedAt !== undefined && report !== undefined && hold.placedAt < report.reading
      if (included || quantity === 0) continue
      const holders = this.#bySku.get(sku) ?? new Map<string, number>()
      holders.set(key, (holders.get(key) ?? 0) + quantity)
      this.#bySku.set(sku, holders)
    }
  }

  /** Pieces that are promised of a SKU, to all or to one partner. */
  heldOf(sku: string, partner?: MerchantId): number {
    let held = 0
    for (const [key, quantity] of this.#bySku.get(sku) ?? [])
      if (partner === undefined || this.#holds.get(key)?.partner === partner) held += quantity
    return held
  }

  /**
   * Pieces that may still be promised to a partner: of what is left after the safety stock and everybody's holds, and
   * of what its assortment allots to it less its own holds. `undefined`: the stock is unknown.
   */
  availableFor(sku: string, partner: MerchantId, rule: StockRule): number | undefined {
    const stock = this.#reports.get(sku)?.stock
    if (stock === undefined) return undefined
    const free = stock - (rule.safetyStock ?? 0) - this.heldOf(sku)
    const allotted = stockShown(stock, rule) - this.heldOf(sku, partner)
    return Math.max(0, Math.min(free, allotted))
  }

  /** How many reservations of a partner are open. O(orders held). */
  reservationsOf(partner: MerchantId): number {
    let count = 0
    for (const hold of this.#holds.values()) if (hold.partner === partner && hold.kind === 'reserved') count++
    return count
  }

  #release(sku: string, key: string): void {
    const holders = this.#bySku.get(sku)
    holders?.delete(key)
    if (holders?.size === 0) this.#bySku.delete(sku)
  }
}

/** What is known of an order at the shop. Stored by the seller before it asks. */
export interface ShopStanding {
  readonly isAsked: boolean
  /** The reading since which the shop has it; `undefined`: it does not, as far as is known. */
  readonly placedAt: number | undefined
}

/**
 * What an order holds of the seller's stock: from the reservation, or the commit on one; an order on acceptance from
 * when the shop is asked. It is held until it is cancelled, or the shop has it and says so.
 * @param terms of the state
 */
export function holdOf(
  state: OrderState,
  terms: OrderTerms,
  partner: MerchantId,
  { isAsked, placedAt }: ShopStanding,
): Hold | undefined {
  if (state.test) return undefined
  const lines = terms.lines.map(({ sku, quantity }) => ({ sku, quantity }))
  if (state.phase === 'reserved') return { partner, kind: 'reserved', lines, placedAt }
  if (state.phase === 'committed') {
    const isPromised = isAsked || state.request?.on?.kind === 'reserved'
    return isPromised ? { partner, kind: 'sold', lines, placedAt } : undefined
  }
  if (state.deal === undefined) return undefined
  const left = lines.flatMap(({ sku }, at) => {
    const { ordered = 0, cancelled = 0 } = state.lines[at] ?? {}
    return ordered > cancelled ? [{ sku, quantity: ordered - cancelled }] : []
  })
  return left.length === 0 ? undefined : { partner, kind: 'sold', lines: left, placedAt }
}
