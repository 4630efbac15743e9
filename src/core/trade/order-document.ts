import { z } from 'zod'
import { CanonicalError, canonicalText } from '../signature/canonical.ts'
import { type Digest, digestOf } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'
import { currencySchema, priceMinorMax, priceSchema } from './money.ts'
import { isSku } from './offer.ts'
import { type OrderKind, type OrderMessage, refuseReasons } from './order-message.ts'
import {
  destinationSchema,
  orderLinesMax,
  orderPaymentSchema,
  orderQuantityMax,
  orderShippingSchema,
  orderTermsSchema,
  saltSchema,
  serviceIdSchema,
} from './order-terms.ts'
import { vatCategories, vatRateMax, vatSchema } from './vat.ts'

/** A document's canonical text, in bytes of UTF-8. */
export const orderDocumentBytesMax = 49_152
/** Text by people, in UTF-16 units. */
export const orderNoteLengthMax = 2_000
const minor = z.int().min(0).max(priceMinorMax)
const quantity = z.int().min(1).max(orderQuantityMax)
const lineIndex = z
  .int()
  .min(0)
  .max(orderLinesMax - 1)
const text = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[ -~\u00a0-\uffff]*$/)
const note = z
  .string()
  .min(1)
  .max(orderNoteLengthMax)
  .regex(/^[\t\n -~\u00a0-\uffff]*$/)

const lineListSchema = z
  .array(z.strictObject({ line: lineIndex, quantity }))
  .min(1)
  .max(orderLinesMax)
  .refine((lines) => lines.every(({ line }, at) => at === 0 || (lines[at - 1]?.line ?? 0) < line), {
    error: 'ascending by line, each once',
  })
/** Some of an order's lines: index in the terms, and how many of it. */
export type LineList = z.infer<typeof lineListSchema>

const document = <T extends string>(type: T) => ({
  type: z.literal(type),
  v: z.literal(1),
  salt: saltSchema,
})

const wantedSchema = z.strictObject({
  ...document('mosaic/order-wanted'),
  currency: currencySchema,
  lines: z
    .array(
      z.strictObject({
        sku: z.string().refine(isSku, 'not a SKU'),
        quantity,
        price: priceSchema.exactOptional(), // as the buyer sees it
      }),
    )
    .min(1)
    .max(orderLinesMax)
    .refine((lines) => new Set(lines.map(({ sku }) => sku)).size === lines.length, 'a SKU given twice'),
  shipTo: destinationSchema,
  service: serviceIdSchema.exactOptional(),
})
export type OrderWanted = z.infer<typeof wantedSchema>

const problemSchema = z.strictObject({
  code: z.enum(refuseReasons),
  line: lineIndex.exactOptional(),
  price: priceSchema.exactOptional(),
  vat: vatSchema.exactOptional(),
  minQuantity: quantity.exactOptional(),
  packSize: quantity.exactOptional(),
  available: z.int().nonnegative().exactOptional(),
  availableMinor: minor.exactOptional(),
  countMax: z.int().nonnegative().exactOptional(),
  shipping: orderShippingSchema.exactOptional(),
  payment: orderPaymentSchema.exactOptional(),
  now: z.int().nonnegative().exactOptional(), // UTC seconds
  note: note.exactOptional(),
})
/** Why not, with the figure as it is. */
export type OrderProblem = z.infer<typeof problemSchema>

const creditGroupSchema = z.strictObject({
  category: z.enum(vatCategories),
  rate: z.int().min(0).max(vatRateMax),
  netMinor: minor.min(1),
  vatMinor: minor,
})
export type CreditGroup = z.infer<typeof creditGroupSchema>

const creditSchema = z.strictObject({
  ...document('mosaic/order-credit'),
  lines: lineListSchema.exactOptional(),
  groups: z.array(creditGroupSchema).min(1).max(20),
  netMinor: minor,
  vatMinor: minor,
  grossMinor: minor,
  note: note.exactOptional(),
})

/** What belongs to a message and can be erased. Spec: protocol/records/order.md §3. */
export const orderDocumentSchema = z.discriminatedUnion('type', [
  wantedSchema,
  orderTermsSchema,
  z.strictObject({
    ...document('mosaic/order-figures'),
    problems: z.array(problemSchema).min(1).max(orderLinesMax),
  }),
  z.strictObject({
    ...document('mosaic/order-parts'),
    lines: lineListSchema,
    carrier: text.exactOptional(),
    tracking: z.array(text).min(1).max(20).exactOptional(),
    note: note.exactOptional(),
  }),
  z.strictObject({
    ...document('mosaic/order-ask'),
    lines: lineListSchema.exactOptional(),
    note: note.exactOptional(),
  }),
  z.strictObject({
    ...document('mosaic/order-reply'),
    note: note.exactOptional(),
    remedy: z.enum(['replace', 'credit', 'repair', 'return']).exactOptional(),
  }),
  creditSchema,
])
export type OrderDocument = z.infer<typeof orderDocumentSchema>
export type DocumentType = OrderDocument['type']
export type DocumentOf<T extends DocumentType> = Extract<OrderDocument, { type: T }>

/** A document with what the log knows it by. */
export interface HeldDocument {
  readonly document: OrderDocument
  readonly text: string
  readonly digest: Digest
}

/** Reads a document; `undefined` if it is none, or too large. The digest is that of its canonical text. */
export function readOrderDocument(primitives: Primitives, value: object): HeldDocument | undefined {
  const parsed = orderDocumentSchema.safeParse(value)
  if (!parsed.success) return undefined
  try {
    const canonical = canonicalText(parsed.data)
    if (utf8Length(canonical) > orderDocumentBytesMax) return undefined
    return { document: parsed.data, text: canonical, digest: digestOf(primitives, canonical) }
  } catch (error) {
    if (error instanceof CanonicalError) return undefined
    throw error
  }
}

/** Bytes of a well-formed text in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = text.length
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit >= 0x80) bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2
  }
  return bytes
}

/** Which type `content` is of, by the kind of its message. */
export const contentTypes: Readonly<Partial<Record<OrderKind, DocumentType>>> = {
  quote: 'mosaic/order-wanted',
  refuse: 'mosaic/order-figures',
  ship: 'mosaic/order-parts',
  cancel: 'mosaic/order-ask',
  return: 'mosaic/order-ask',
  complaint: 'mosaic/order-ask',
  answer: 'mosaic/order-reply',
  credit: 'mosaic/order-credit',
}

/** Each document that a message names, and the type it must be of. */
export function documentsNamed(message: OrderMessage): readonly (readonly [Digest, DocumentType])[] {
  const named: (readonly [Digest, DocumentType])[] = []
  if (message.kind === 'quoted' || message.kind === 'reserve' || message.kind === 'commit')
    named.push([message.terms, 'mosaic/order-terms'])
  if (message.kind === 'refuse' && message.instead !== undefined)
    named.push([message.instead, 'mosaic/order-terms'])
  const type = contentTypes[message.kind]
  if (type !== undefined && 'content' in message && message.content !== undefined)
    named.push([message.content, type])
  return named
}
