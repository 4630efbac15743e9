import { z } from 'zod'
import { type MerchantId, merchantIdSchema } from '../identity/merchant-id.ts'
import { isGtin } from './gtin.ts'
import { currencySchema, lineAmount, priceMinorMax, priceSchema } from './money.ts'
import { isSku } from './offer.ts'
import { orderIdSchema } from './order-message.ts'
import { vatOver } from './order-vat.ts'
import { vatCategories, vatRateMax, vatSchema } from './vat.ts'

/** Lines of an order. */
export const orderLinesMax = 100
/** Pieces of one line. */
export const orderQuantityMax = 1_000_000
const titleLengthMax = 100
const groupsMax = 20

/** 32 random bytes, so that a document's digest tells nothing to who does not have it. */
export const saltSchema = z.string().regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/)

export const destinationSchema = z.strictObject({
  country: z.string().regex(/^[A-Z]{2}$/), // ISO 3166-1 alpha-2
  postcode: z
    .string()
    .regex(/^[A-Z0-9 -]{1,12}$/)
    .exactOptional(),
})
export type Destination = z.infer<typeof destinationSchema>

export const serviceIdSchema = z.string().regex(/^[a-z0-9-]{1,32}$/)
const minor = z.int().min(0).max(priceMinorMax)

export const orderShippingSchema = z.strictObject({ service: serviceIdSchema, netMinor: minor })
export type OrderShipping = z.infer<typeof orderShippingSchema>

export const orderPaymentSchema = z.strictObject({
  days: z.int().min(0).max(365), // from `confirm` on
  prepaidMinor: minor, // gross, before the goods leave
})
export type OrderPayment = z.infer<typeof orderPaymentSchema>

export const termsLineSchema = z.strictObject({
  sku: z.string().refine(isSku, 'not a SKU'),
  title: z
    .string()
    .min(1)
    .max(titleLengthMax)
    .regex(/^[ -~\u00a0-\uffff]*$/), // for people
  gtin: z.string().refine(isGtin, 'not a GTIN').exactOptional(),
  quantity: z.int().min(1).max(orderQuantityMax),
  price: priceSchema, // net
  vat: vatSchema,
  netMinor: minor,
})
export type TermsLine = z.infer<typeof termsLineSchema>

/** What is bought, complete. Spec: protocol/records/order.md §4. */
export const orderTermsSchema = z.strictObject({
  type: z.literal('mosaic/order-terms'),
  v: z.literal(1),
  salt: saltSchema,
  order: orderIdSchema,
  buyer: merchantIdSchema,
  seller: merchantIdSchema,
  test: z.literal(true).exactOptional(),
  currency: currencySchema,
  lines: z.array(termsLineSchema).min(1).max(orderLinesMax),
  shipTo: destinationSchema,
  shipping: orderShippingSchema,
  vat: z
    .array(
      z.strictObject({
        category: z.enum(vatCategories),
        rate: z.int().min(0).max(vatRateMax),
        exemption: vatSchema.shape.exemption,
        netMinor: minor,
        vatMinor: minor,
      }),
    )
    .min(1)
    .max(groupsMax),
  netMinor: minor,
  vatMinor: minor,
  grossMinor: minor,
  payment: orderPaymentSchema,
  neutralDelivery: z.boolean(),
  deliverBy: z.int().nonnegative().exactOptional(), // UTC seconds
})
export type OrderTerms = z.infer<typeof orderTermsSchema>

/** In which order the terms stand. */
export interface TermsFrame {
  readonly order: string
  readonly buyer: MerchantId
  readonly seller: MerchantId
  readonly test: boolean
}

export type TermsProblem =
  | 'frame' // another order's or another pair's
  | 'currency'
  | 'sku-twice'
  | 'line-net'
  | 'vat'
  | 'totals'
  | 'prepaid'

/** What contradicts itself in terms that the schema takes; `undefined` if nothing does. */
export function termsProblem(terms: OrderTerms, frame: TermsFrame): TermsProblem | undefined {
  const { order, buyer, seller, test } = frame
  const isOfFrame = terms.order === order && terms.buyer === buyer && terms.seller === seller
  if (!isOfFrame || (terms.test ?? false) !== test) return 'frame'
  const skus = new Set<string>()
  for (const line of terms.lines) {
    if (line.price.currency !== terms.currency) return 'currency'
    if (skus.has(line.sku)) return 'sku-twice'
    skus.add(line.sku)
    const net = lineNet(line.price, line.quantity)
    if (net !== line.netMinor) return 'line-net'
  }
  const totals = vatOver(terms.lines, terms.shipping.netMinor)
  if (typeof totals === 'string') return 'vat'
  const { netMinor, vatMinor, grossMinor } = totals
  if (terms.netMinor !== netMinor || terms.vatMinor !== vatMinor || terms.grossMinor !== grossMinor)
    return 'totals'
  const same = totals.groups.every((group, index) => {
    const said = terms.vat[index]
    return (
      said?.category === group.category &&
      said.rate === group.rate &&
      said.exemption === group.exemption &&
      said.netMinor === group.netMinor &&
      said.vatMinor === group.vatMinor
    )
  })
  if (!same || terms.vat.length !== totals.groups.length) return 'totals'
  return terms.payment.prepaidMinor > grossMinor ? 'prepaid' : undefined
}

/** A line's net, rounded half up once; `undefined` above 10^12. */
export function lineNet(price: TermsLine['price'], quantity: number): number | undefined {
  const perPiece = price.perQuantity ?? 1
  // 10^12 × 10^6 leaves the safe integers; the true amount decides.
  if ((price.minor / perPiece) * quantity > priceMinorMax * 2) return undefined
  const net = lineAmount(price, quantity)
  return net > priceMinorMax ? undefined : net
}
