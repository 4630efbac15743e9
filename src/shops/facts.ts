import type { VatCategory } from '../core/trade/vat.ts'

/** A price as the file has it. */
export interface PriceFact {
  readonly text: string
  readonly currency?: string | undefined
  /** The price is for so many pieces; no integer > 0 if the file says something else there. */
  readonly perQuantity?: number | undefined
  /** Multiplies the price. */
  readonly factor?: string | undefined
  /** Whether it holds VAT; undefined: as the options or the format's default say. */
  readonly gross?: boolean | undefined
}

/** What a file says of one sellable unit, as text still. `buildOffer` makes an offer of it, or says why not. */
export interface Facts {
  readonly sku: string
  readonly skuDerived?: boolean
  /** In the file's language. */
  readonly title?: string | undefined
  readonly description?: string | undefined
  /** In other languages, ISO 639-1. */
  readonly titles?: ReadonlyMap<string, string>
  readonly descriptions?: ReadonlyMap<string, string>
  /** Texts may hold HTML. */
  readonly html?: boolean
  readonly brand?: string | undefined
  readonly gtin?: string | undefined
  readonly mpn?: string | undefined
  readonly price?: PriceFact | undefined
  readonly nextPrice?: { readonly price: PriceFact; readonly validFrom: number } | undefined
  readonly recommendedPrice?: PriceFact | undefined
  readonly tiers?: readonly { readonly minQuantity: number; readonly price: PriceFact }[]
  readonly priceBinding?: 'de-buchprg' | 'de-press' | 'tobacco' | undefined
  /** Basis points; undefined: the option's rate, `unknown`: of a class whose rate nobody said. */
  readonly vatRate?: number | 'unknown' | undefined
  readonly vatCategory?: VatCategory | undefined
  readonly stock?: number | undefined
  readonly deliveryDays?: number | undefined
  readonly minQuantity?: number | undefined
  readonly packSize?: number | undefined
  readonly category?: number | undefined
  readonly categoryPath?: string | undefined
  readonly tags?: readonly string[]
  readonly images?: readonly string[]
  readonly attributes?: readonly (readonly [name: string, value: string])[]
  readonly group?:
    | { readonly id: string; readonly options: readonly (readonly [name: string, value: string])[] }
    | undefined
  readonly weightGrams?: number | undefined
  readonly lengthMm?: number | undefined
  readonly widthMm?: number | undefined
  readonly heightMm?: number | undefined
  readonly origin?: string | undefined
  readonly hsCode?: string | undefined
  readonly shipTo?: readonly string[]
  readonly content?: { readonly quantityMilli: number; readonly unit: string } | undefined
  /** Notes that the format's reader made. */
  readonly notes?: readonly import('./import-event.ts').NoteCode[]
}
