import { z } from 'zod'
import { merchantIdSchema } from '../identity/merchant-id.ts'
import { isGtin } from './gtin.ts'
import { currencySchema, priceMinorMax, priceSchema } from './money.ts'
import { isSku } from './offer.ts'

/** Selectors on each side of a rule. */
export const selectorsMax = 100
/** Values of one criterion of a selector, and partners of an assortment. */
export const selectorValuesMax = 10_000
/** Entries of a price list. */
export const priceListEntriesMax = 100_000
/** The highest markup in basis points: 100 × the price. */
export const markupBasisPointsMax = 1_000_000

/** The last part of a repo's name, `assortment/<id>`. */
export const assortmentIdSchema = z
  .string()
  .regex(/^[a-z0-9-]{1,32}$/, 'an assortment id has 1 to 32 of a–z, 0–9 and "-"')

const values = (pattern: z.ZodString): z.ZodArray<z.ZodString> =>
  z.array(pattern).min(1).max(selectorValuesMax)
const word = z
  .string()
  .min(1)
  .max(300)
  .refine((text) => text.trim() !== '', 'only white space')
const skuText = z.string().refine(isSku, 'not a SKU')

/** Net price of one piece, in minor units, both ends included. An offer in another currency is outside. */
const priceRangeSchema = z
  .strictObject({
    currency: currencySchema,
    min: z.int().min(0).max(priceMinorMax).exactOptional(),
    max: z.int().min(0).max(priceMinorMax).exactOptional(),
  })
  .refine(
    ({ min, max }) => (min ?? max) !== undefined && (min ?? 0) <= (max ?? priceMinorMax),
    'min, max or both, and min ≤ max',
  )

/** Every criterion that is there must hold; of a criterion's values, one. */
const selectorSchema = z
  .strictObject({
    categories: z.array(z.int().min(1)).min(1).max(selectorValuesMax).exactOptional(), // exactly this id
    categoryPaths: values(word).exactOptional(), // "A > B", wherever it stands, and all below it
    brands: values(word).exactOptional(),
    tags: values(word).exactOptional(),
    skus: values(skuText).exactOptional(),
    gtins: values(z.string().refine(isGtin, 'not a GTIN')).exactOptional(),
    price: priceRangeSchema.exactOptional(),
  })
  .refine((selector) => Object.keys(selector).length > 0, 'a selector needs a criterion')
export type Selector = z.infer<typeof selectorSchema>

/** In, if any of `include` matches (all, if there is none) and none of `exclude` does. */
export const ruleSchema = z.strictObject({
  include: z.array(selectorSchema).max(selectorsMax),
  exclude: z.array(selectorSchema).max(selectorsMax),
})
export type Rule = z.infer<typeof ruleSchema>

/** To a multiple of `step` minor units. Absent: the nearest minor unit, half up. */
const roundingSchema = z.strictObject({
  step: z.int().min(1).max(10_000),
  direction: z.enum(['nearest', 'up', 'down']), // nearest: half up
})
export type Rounding = z.infer<typeof roundingSchema>

const unchanged = z.strictObject({ kind: z.literal('unchanged') })
const discount = z.strictObject({
  kind: z.literal('discount'),
  basisPoints: z.int().min(0).max(9_999), // 100 % would be a price of nought: say so with `fixed`
  rounding: roundingSchema.exactOptional(),
})
const markup = z.strictObject({
  kind: z.literal('markup'), // price × (1 + rate)
  basisPoints: z.int().min(0).max(markupBasisPointsMax),
  rounding: roundingSchema.exactOptional(),
})
const margin = z.strictObject({
  kind: z.literal('margin'), // price ÷ (1 − rate): the rate is the part of the new price
  basisPoints: z.int().min(0).max(9_999),
  rounding: roundingSchema.exactOptional(),
})
const relativeRuleSchema = z.discriminatedUnion('kind', [unchanged, discount, markup, margin])
export type RelativeRule = z.infer<typeof relativeRuleSchema>

const list = z.strictObject({
  kind: z.literal('list'),
  prices: z
    .array(z.strictObject({ sku: skuText, price: priceSchema }))
    .min(1)
    .max(priceListEntriesMax)
    .refine((entries) => new Set(entries.map(({ sku }) => sku)).size === entries.length, 'a SKU given twice'),
  otherwise: relativeRuleSchema.exactOptional(), // absent: what is not in the list is not in the assortment
})
const fixed = z.strictObject({ kind: z.literal('fixed'), price: priceSchema })

/** How the shop's net price becomes this partner's. Spec: protocol/records/assortment.md §3. */
export const priceRuleSchema = z.discriminatedUnion('kind', [
  unchanged,
  discount,
  markup,
  margin,
  list,
  fixed,
])
export type PriceRule = z.infer<typeof priceRuleSchema>

/** How much of the shop's stock is shown. `{}` shows all. Spec: protocol/records/assortment.md §4. */
export const stockRuleSchema = z.strictObject({
  safetyStock: z.int().min(0).max(1_000_000_000).exactOptional(), // kept back first
  shareBasisPoints: z.int().min(0).max(10_000).exactOptional(), // then this part, rounded down
  countMax: z.int().min(0).max(1_000_000_000).exactOptional(), // then at most so many
})
export type StockRule = z.infer<typeof stockRuleSchema>

/** A chosen part of the catalog at price terms, for chosen partners. Stays in the node: partners see its offers. */
export const assortmentSchema = z.strictObject({
  id: assortmentIdSchema,
  title: z.string().min(1).max(100),
  rule: ruleSchema,
  priceRule: priceRuleSchema,
  stockRule: stockRuleSchema,
  partners: z.array(merchantIdSchema).max(selectorValuesMax),
})
export type Assortment = z.infer<typeof assortmentSchema>
