import { z } from 'zod'
import { type MerchantId, merchantIdSchema } from '../identity/merchant-id.ts'
import { CanonicalError, canonicalText, parseCanonical } from '../signature/canonical.ts'
import type { Digest } from '../signature/digest.ts'
import { documentsNamed, type HeldDocument, utf8Length } from './order-document.ts'
import type { OrderDocuments } from './order-effects.ts'
import type { LogEntry } from './order-log.ts'
import { type OrderMessage, orderIdSchema, parties } from './order-message.ts'

/** A parcel's canonical text, in bytes of UTF-8: what the message stream carries. */
export const orderParcelBytesMax = 65_536
export const parcelMessagesMax = 16
export const parcelDocumentsMax = 32

const parcelSchema = z.strictObject({
  type: z.literal('mosaic/order-parcel'),
  v: z.literal(1),
  messages: z
    .array(
      z.looseObject({
        order: orderIdSchema,
        by: z.enum(parties),
        from: merchantIdSchema,
        to: merchantIdSchema,
      }),
    )
    .min(1)
    .max(parcelMessagesMax),
  documents: z.array(z.looseObject({})).max(parcelDocumentsMax),
})

/** What one frame of the message stream brings of an order; nothing in it is verified yet. */
export interface OrderParcel {
  readonly order: string
  readonly buyer: MerchantId
  readonly seller: MerchantId
  /** Canonical texts. */
  readonly messages: readonly string[]
  readonly documents: readonly object[]
}

export type ParcelVerdict =
  | { readonly ok: true; readonly parcel: OrderParcel }
  | { readonly ok: false; readonly reason: 'malformed' | 'pair'; readonly message: string }

/** Reads a parcel. Costs one parse, whatever is in it. Spec: protocol/records/order.md §11. */
export function readParcel(text: string): ParcelVerdict {
  let value: unknown
  try {
    value = parseCanonical(text, orderParcelBytesMax)
  } catch (error) {
    if (error instanceof CanonicalError) return { ok: false, reason: 'malformed', message: error.message }
    throw error
  }
  const parsed = parcelSchema.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return { ok: false, reason: 'malformed', message: `${issue?.path.join('.')}: ${issue?.message}.` }
  }
  const { messages } = parsed.data
  const [first] = messages
  if (first === undefined) return { ok: false, reason: 'malformed', message: 'There is no message.' }
  const [buyer, seller] = first.by === 'buyer' ? [first.from, first.to] : [first.to, first.from]
  for (const { order, by, from, to } of messages) {
    const isOfOrder =
      order === first.order &&
      (by === 'buyer' ? from === buyer && to === seller : from === seller && to === buyer)
    if (!isOfOrder) return { ok: false, reason: 'pair', message: 'The messages are not all of one order.' }
  }
  // The parts of a canonical text are canonical, as long as nobody copies them: not `parsed.data`.
  const raw = value as { readonly messages: readonly object[]; readonly documents: readonly object[] }
  const texts = raw.messages.map((message) => JSON.stringify(message))
  const { documents } = raw
  return { ok: true, parcel: { order: first.order, buyer, seller, messages: texts, documents } }
}

/**
 * Packs messages of an order with the documents that they name, as few parcels as their limits allow.
 * @param entries each author's by seq
 * @throws {RangeError} if a single message with its documents is too large
 */
export function packParcels(
  entries: readonly LogEntry<OrderMessage>[],
  documents: OrderDocuments,
): readonly string[] {
  const parcels: string[] = []
  let pack: LogEntry<OrderMessage>[] = []
  for (const entry of entries) {
    const larger = [...pack, entry]
    const fits = parcelOf(larger, documents)
    if (fits !== undefined) {
      pack = larger
      continue
    }
    if (pack.length > 0) parcels.push(parcelOf(pack, documents) as string)
    pack = [entry]
    if (parcelOf(pack, documents) === undefined)
      throw new RangeError('A message with its documents is larger than a parcel may be.')
  }
  if (pack.length > 0) parcels.push(parcelOf(pack, documents) as string)
  return parcels
}

function parcelOf(entries: readonly LogEntry<OrderMessage>[], documents: OrderDocuments): string | undefined {
  const named = new Map<Digest, HeldDocument>()
  for (const { message } of entries)
    for (const [digest] of documentsNamed(message)) {
      const held = documents.get(digest)
      if (held !== undefined) named.set(digest, held)
    }
  if (entries.length > parcelMessagesMax || named.size > parcelDocumentsMax) return undefined
  const text = canonicalText({
    type: 'mosaic/order-parcel',
    v: 1,
    messages: entries.map(({ message }) => message),
    documents: [...named.values()].map(({ document }) => document),
  })
  return utf8Length(text) > orderParcelBytesMax ? undefined : text
}
