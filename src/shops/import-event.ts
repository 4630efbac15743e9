import type { Offer } from '../core/trade/offer.ts'

export type CatalogFormat = 'woocommerce' | 'shopify' | 'magento' | 'csv' | 'google' | 'bmecat'

/** Why a row is no offer, with nothing wrong in it. */
export type IgnoredReason =
  | 'parent-of-variants' // not sellable itself: its texts, images and categories go to its variants
  | 'grouped' // a page that shows other products
  | 'bundle'
  | 'external' // sold by somebody else
  | 'gift-card'
  | 'type-unsupported' // a subscription, a booking
  | 'not-published' // draft, private, disabled, archived
  | 'image-row' // one more image of the product above
  | 'store-view' // a translation of a product: its texts go there
  | 'row-empty'

/** Why a row that should be an offer is none. */
export type RefusedReason =
  | 'sku-missing'
  | 'sku-invalid'
  | 'sku-formula'
  | 'sku-duplicate'
  | 'title-missing'
  | 'title-formula'
  | 'price-missing'
  | 'price-malformed'
  | 'price-ambiguous'
  | 'price-negative'
  | 'price-inexact'
  | 'price-too-large'
  | 'currency-missing'
  | 'currency-unknown'
  | 'currency-differs'
  | 'vat-malformed'
  | 'product-unknown'
  | 'variants-too-many'
  | 'cells-count'
  | 'cell-too-large'
  | 'element-too-large'
  | 'encoding-invalid'
  | 'offer-too-large'
  | 'offer-invalid'

/** What was left out of an offer, or read in a way that a person may want to know. */
export type NoteCode =
  | 'gtin-invalid'
  | 'title-cut'
  | 'description-cut'
  | 'text-cut'
  | 'price-zero'
  | 'sale-price-unreadable'
  | 'stock-unreadable'
  | 'stock-negative'
  | 'stock-contradiction' // a number in stock, and the word that there is none: none it is
  | 'vat-unknown'
  | 'image-dropped'
  | 'images-cut'
  | 'attributes-cut'
  | 'value-unreadable'
  | 'sku-derived'
  | 'price-period-over'

/** What nobody said and was assumed, or what follows from how the file looks. */
export interface Assumptions {
  readonly language?: string
  readonly encoding?: string
  readonly prices?: 'net' | 'gross'
  /** Prices include VAT, but its rate is unknown: they are taken as they stand, without a VAT. */
  readonly grossWithoutRate?: number
  readonly decimals?: 'dot' | 'comma'
  readonly mapping?: object
  readonly territory?: string
  /** Shopify does not track the stock of these variants; the file holds numbers all the same. */
  readonly untrackedStock?: 'as-stated'
}

export interface RefusedRow {
  readonly line: number
  /** As far as it was known, else empty. */
  readonly sku: string
  readonly reason: RefusedReason
  readonly message: string
}

/**
 * What the import comes to. `taken + ignored + refusedCount = rows`.
 * One row can be several offers (a BMEcat article with variants), then `variants > taken`.
 */
export interface ImportSummary {
  readonly format: CatalogFormat
  /** Data records: rows of a table without its header; items, articles, products of an XML file. */
  readonly rows: number
  /** Products with at least one offer; variants of one product count once. */
  readonly products: number
  /** Sellable units: offers. */
  readonly variants: number
  readonly taken: number
  readonly ignored: number
  readonly refusedCount: number
  /** The first 1,000. */
  readonly refused: readonly RefusedRow[]
  /** The first ten, as they would be signed. */
  readonly offers: readonly Offer[]
  readonly removed: number
  readonly ignoredBy: Readonly<Partial<Record<IgnoredReason, number>>>
  readonly refusedBy: Readonly<Partial<Record<RefusedReason, number>>>
  readonly notes: Readonly<Partial<Record<NoteCode, number>>>
  readonly assumed: Assumptions
}

export type ImportEvent =
  /** First. `full`: what is not in the file is no longer offered; `update`: it stays as it is. */
  | { readonly type: 'start'; readonly format: CatalogFormat; readonly mode: 'full' | 'update' }
  | {
      readonly type: 'offer'
      readonly line: number
      readonly offer: Offer
      /** The offer's canonical text, as it is signed. */
      readonly text: string
      readonly notes: readonly NoteCode[]
    }
  /** The file says that the product is no longer offered. */
  | { readonly type: 'removal'; readonly line: number; readonly sku: string }
  | {
      readonly type: 'ignored'
      readonly line: number
      readonly sku: string
      readonly reason: IgnoredReason
    }
  | ({ readonly type: 'refused' } & RefusedRow)
  /** `survey`: reading what rows say of other rows; `offers`: the rows themselves. */
  | {
      readonly type: 'progress'
      readonly phase: 'survey' | 'offers'
      readonly rows: number
    }
  /** Last. */
  | { readonly type: 'end'; readonly summary: ImportSummary }
