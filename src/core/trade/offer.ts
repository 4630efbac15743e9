import * as z from 'zod'
import { isGtin } from './gtin.ts'
import { priceSchema, priceShape } from './money.ts'
import { vatSchema } from './vat.ts'

/** Bytes of an offer's canonical text in UTF-8. Whoever admits it checks this: a schema sees no bytes. */
export const offerBytesMax = 12_000
export const skuBytesMax = 250
const skuLengthMax = 64 // all lengths of text count code points, as zod and JSON Schema do
const titleLengthMax = 300
const descriptionLengthMax = 4_000
const warningLengthMax = 2_000
const nameLengthMax = 64
const valueLengthMax = 500
export const languagesMax = 8
export const attributesMax = 60
export const optionsMax = 10
export const imagesMax = 20
export const tiersMax = 20
export const tagsMax = 50
const countriesMax = 250
const stockMax = 1_000_000_000
const quantityMax = 1_000_000

/** Text without control characters (C0, delete, C1); `prose` may have tabs and line feeds. */
const line = /^[ -~\u00a0-\uffff]*$/
const prose = /^[\t\n -~\u00a0-\uffff]*$/
/** Not only digits: canonical JSON has no integer-like names. Not `__proto__`: JavaScript drops it. */
const name = /^(?![0-9]+$|__proto__$)[ -~\u00a0-\uffff]+$/
const country = /^[A-Z]{2}$/ // ISO 3166-1 alpha-2

/**
 * The rules of single texts that JSON Schema cannot say, by the name that stands at the field as
 * `.meta({ check })`. A validator generated from the JSON schema calls these.
 */
export const offerChecks: Readonly<Record<'sku' | 'gtin', (text: string) => boolean>> = {
  sku: (text) => isSku(text),
  gtin: (text) => isGtin(text),
}

/** Whether `text` can be a SKU: 1–64 characters, ≤ 250 bytes of UTF-8, NFC, no control characters, none above U+FFFF. */
export function isSku(text: string): boolean {
  if (text.length === 0 || text.length > skuLengthMax) return false
  let ascii = true
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x20 || (unit > 0x7e && unit < 0xa0) || (unit >= 0xd800 && unit <= 0xdfff)) return false
    if (unit > 0x7f) ascii = false
  }
  // 64 units are at most 192 bytes, so the limit of bytes needs no count here; it is stated for other languages.
  return ascii || (text.isWellFormed() && text.normalize('NFC') === text)
}

/** A map with at least one and at most `entriesMax` entries. */
function map(
  key: z.ZodString,
  value: z.ZodString,
  entriesMax: number,
): z.ZodRecord<z.ZodString, z.ZodString> {
  return z
    .record(key, value)
    .refine((entries) => {
      const { length } = Object.keys(entries)
      return length >= 1 && length <= entriesMax
    }, `between 1 and ${entriesMax} entries`)
    .meta({ minProperties: 1, maxProperties: entriesMax })
}

const text = (lengthMax: number): z.ZodString => z.string().min(1).max(lengthMax).regex(line)
const language = z.string().regex(/^[a-z]{2}$/) // ISO 639-1
const byLanguage = (lengthMax: number, pattern: RegExp): z.ZodRecord<z.ZodString, z.ZodString> =>
  map(language, z.string().min(1).max(lengthMax).regex(pattern), languagesMax)
const named = (entriesMax: number): z.ZodRecord<z.ZodString, z.ZodString> =>
  map(z.string().min(1).max(nameLengthMax).regex(name), text(valueLengthMax), entriesMax)
const url = z
  .string()
  .max(1_000)
  .regex(/^https?:\/\/[!#-;=?-[\]_a-z~\u00a0-\uffff]+$/)
const sku = z.string().min(1).max(skuLengthMax).regex(line).refine(isSku, 'NFC').meta({ check: 'sku' })

/** Units of the base price that the price indication law (PAngV) asks for. */
export const baseUnits = ['kg', 'g', 'l', 'ml', 'm', 'm2', 'm3', 'piece'] as const

/** A product at terms: the body of record `offer/<sku>`. Spec: protocol/records/offer.md. */
export const offerSchema = z.strictObject({
  sku,
  title: byLanguage(titleLengthMax, line),
  description: byLanguage(descriptionLengthMax, prose).exactOptional(), // plain text, never HTML
  brand: text(100).exactOptional(),
  gtin: z
    .string()
    .regex(/^(?:[0-9]{8}|[0-9]{12,14})$/)
    .refine(isGtin, 'the check digit')
    .meta({ check: 'gtin' })
    .exactOptional(),
  mpn: text(70).exactOptional(),
  price: priceSchema, // net of VAT
  nextPrice: z
    .strictObject({ ...priceShape, validFrom: z.int().min(0).max(253_402_300_799) }) // UTC seconds
    .exactOptional(),
  vat: vatSchema.exactOptional(), // absent: unknown, or outside a VAT area
  tiers: z
    .array(z.strictObject({ minQuantity: z.int().min(2).max(quantityMax), price: priceSchema }))
    .min(1)
    .max(tiersMax)
    .exactOptional(),
  recommendedPrice: priceSchema.exactOptional(), // what a consumer pays: with VAT
  priceBinding: z.enum(['de-buchprg', 'de-press', 'tobacco']).exactOptional(),
  stock: z.int().min(0).max(stockMax).exactOptional(), // absent: unknown, not zero
  deliveryDays: z.int().min(0).max(365).exactOptional(),
  minQuantity: z.int().min(1).max(quantityMax).exactOptional(),
  packSize: z.int().min(1).max(quantityMax).exactOptional(), // order in multiples of this
  category: z.int().min(1).max(9_999_999).exactOptional(), // Google product taxonomy
  categoryPath: text(300).exactOptional(), // the shop's own, "A > B > C"
  tags: z.array(text(nameLengthMax)).min(1).max(tagsMax).exactOptional(),
  images: z
    .array(
      z.strictObject({
        url,
        sha256: z
          .string()
          .regex(/^[A-Za-z0-9_-]{43}$/)
          .exactOptional(),
      }),
    )
    .min(1)
    .max(imagesMax)
    .exactOptional(),
  attributes: named(attributesMax).exactOptional(),
  group: z.strictObject({ id: text(255), options: named(optionsMax).exactOptional() }).exactOptional(),
  weightGrams: z.int().min(1).max(1_000_000_000).exactOptional(),
  dimensionsMm: z
    .strictObject({
      length: z.int().min(1).max(quantityMax),
      width: z.int().min(1).max(quantityMax),
      height: z.int().min(1).max(quantityMax),
    })
    .exactOptional(),
  origin: z.string().regex(country).exactOptional(),
  hsCode: z
    .string()
    .regex(/^[0-9]{6,12}$/)
    .exactOptional(),
  shipTo: z.array(z.string().regex(country)).min(1).max(countriesMax).exactOptional(),
  basePrice: z
    .strictObject({
      quantityMilli: z.int().min(1).max(1_000_000_000), // what one piece holds, in thousandths of the unit
      unit: z.enum(baseUnits),
    })
    .exactOptional(),
  responsiblePerson: z
    .strictObject({
      name: text(200),
      address: text(400),
      email: z
        .string()
        .max(254)
        .regex(/^[!-?A-~\u00a0-\uffff]+@[!-?A-~\u00a0-\uffff]+$/)
        .exactOptional(),
      url: url.exactOptional(),
    })
    .exactOptional(), // EU 2023/988, article 16
  warnings: byLanguage(warningLengthMax, prose).exactOptional(),
  registrations: z
    .strictObject({
      packaging: text(nameLengthMax).exactOptional(),
      weee: text(nameLengthMax).exactOptional(),
      battery: text(nameLengthMax).exactOptional(),
    })
    .exactOptional(),
})
export type Offer = z.infer<typeof offerSchema>

/** The key of the record that holds the offer. */
export function offerKey(sku: string): string {
  return `offer/${sku}`
}
