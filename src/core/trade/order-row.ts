import { z } from 'zod'
import { merchantIdSchema } from '../identity/merchant-id.ts'
import { type Digest, digestSchema } from '../signature/digest.ts'
import { documentsNamed, type HeldDocument, orderDocumentSchema } from './order-document.ts'
import type { OrderLogs } from './order-fold.ts'
import type { LogEntry } from './order-log.ts'
import { type OrderMessage, orderIdSchema, orderMessageSchema } from './order-message.ts'

const entrySchema = z.strictObject({
  text: z.string(),
  digest: digestSchema,
  at: z.int().nonnegative(), // UTC seconds, own clock
})

/** An order as it is stored: one row, written whole with each change. */
export const orderRowSchema = z.strictObject({
  order: orderIdSchema,
  buyer: merchantIdSchema,
  seller: merchantIdSchema,
  test: z.boolean(),
  buyers: z.array(entrySchema),
  sellers: z.array(entrySchema),
  documents: z.array(z.strictObject({ text: z.string(), digest: digestSchema })),
})
export type OrderRow = z.infer<typeof orderRowSchema>

/** `<seller>/<buyer>/<order>`: an id is unique between two merchants in these parts only. */
export function orderKey({ order, buyer, seller }: Pick<OrderLogs, 'order' | 'buyer' | 'seller'>): string {
  return `${seller}/${buyer}/${order}`
}

export function rowOf(logs: OrderLogs): OrderRow {
  const { order, buyer, seller, test, entries, documents } = logs
  const texts = (log: readonly LogEntry<OrderMessage>[]): OrderRow['buyers'] =>
    log.map(({ text, digest, at }) => ({ text, digest, at }))
  return {
    order,
    buyer,
    seller,
    test,
    buyers: texts(entries[0]),
    sellers: texts(entries[1]),
    documents: [...documents.values()].map(({ text, digest }) => ({ text, digest })),
  }
}

/** What was stored was verified before. Costs a parse and the schema, some 20 µs a message. */
export function logsOf(row: OrderRow): OrderLogs {
  const { order, buyer, seller, test } = row
  const entries = (texts: OrderRow['buyers']): LogEntry<OrderMessage>[] =>
    texts.map(({ text, digest, at }) => ({
      message: orderMessageSchema.parse(JSON.parse(text)),
      text,
      digest,
      at,
    }))
  const documents = new Map<Digest, HeldDocument>(
    row.documents.map(({ text, digest }) => [
      digest,
      { document: orderDocumentSchema.parse(JSON.parse(text)), text, digest },
    ]),
  )
  return { order, buyer, seller, test, entries: [entries(row.buyers), entries(row.sellers)], documents }
}

/** Whether a document that a message names was erased: the order takes no more messages. */
export function isErased(logs: OrderLogs): boolean {
  return logs.entries.some((log) =>
    log.some(({ message }) => documentsNamed(message).some(([digest]) => !logs.documents.has(digest))),
  )
}
