import type { KeyLog } from '../core/identity/key-log.ts'
import type { MerchantId } from '../core/identity/merchant-id.ts'
import type { MerchantRow } from './merchants.ts'

/** Merchants that only said hello, remembered in memory. */
export const strangersMax = 1_000
/** Characters of their rows, all together. */
export const strangersCharsMax = 4_194_304

interface Stranger {
  readonly row: MerchantRow
  readonly log: KeyLog
}

/** What is known of merchants with which this one has nothing to do: in memory only, and the oldest goes first. */
export class Strangers {
  readonly #held = new Map<MerchantId, Stranger & { readonly chars: number }>()
  #chars = 0

  get(merchant: MerchantId): Stranger | undefined {
    return this.#held.get(merchant)
  }

  set(row: MerchantRow, log: KeyLog): void {
    this.delete(row.merchant)
    const chars = JSON.stringify(row).length
    this.#held.set(row.merchant, { row, log, chars })
    this.#chars += chars
    for (const merchant of this.#held.keys()) {
      if (this.#held.size <= strangersMax && this.#chars <= strangersCharsMax) break
      this.delete(merchant)
    }
  }

  delete(merchant: MerchantId): void {
    this.#chars -= this.#held.get(merchant)?.chars ?? 0
    this.#held.delete(merchant)
  }
}
