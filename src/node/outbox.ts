import { z } from 'zod'
import { type MerchantId, merchantIdSchema } from '../core/identity/merchant-id.ts'
import { type Digest, digestOf, digestSchema } from '../core/signature/digest.ts'
import {
  type MessageRefusalCode,
  messageFrameBytesMax,
  messageRefusalCodes,
} from '../network/message-frame.ts'
import type { Outbox, OutgoingMessage } from '../network/outbox.ts'
import type { Database, Table, Write } from '../store/database.ts'
import { nodePrimitives } from '../store/primitives.ts'

const messageRow = z.strictObject({
  id: digestSchema,
  to: merchantIdSchema,
  text: z.string().min(1).max(messageFrameBytesMax),
  notAfter: z.int().optional(),
})

/** A message that will not be sent any more; kept for people to see. */
const failedRow = z.strictObject({
  id: digestSchema,
  to: merchantIdSchema,
  text: z.string(),
  reason: z.enum([...messageRefusalCodes, 'not-sent-in-time']),
  message: z.string(),
})
export type FailedMessage = z.output<typeof failedRow>

const failedKeptMax = 1_000

/** Statements on their way: rows `outbox/<to>/<number>`, in the order in which they were signed. */
export class NodeOutbox implements Outbox {
  readonly #pending: Table<z.output<typeof messageRow>>
  readonly #failed: Table<FailedMessage>
  /** By receiver: where the rows are, by id, in order. */
  readonly #places = new Map<MerchantId, Map<Digest, string>>()
  #next = 1

  private constructor(database: Database) {
    this.#pending = database.table('outbox', messageRow)
    this.#failed = database.table('outbox-failed', failedRow)
  }

  static async load(database: Database): Promise<NodeOutbox> {
    const outbox = new NodeOutbox(database)
    for await (const [key, { id, to }] of outbox.#pending.entries()) {
      outbox.#place(to, id, key)
      outbox.#next = Math.max(outbox.#next, numberOf(key) + 1)
    }
    for await (const [key] of outbox.#failed.entries())
      outbox.#next = Math.max(outbox.#next, numberOf(key) + 1)
    return outbox
  }

  /**
   * Puts a signed statement in the queue. The writes go into the batch with the row that the statement changes;
   * call `placed` once that is on the disk. One that is pending already is not put in again.
   */
  add(
    to: MerchantId,
    text: string,
    notAfter?: number,
  ): { readonly writes: readonly Write[]; readonly placed: () => void } {
    const id = digestOf(nodePrimitives, text)
    if (this.#places.get(to)?.has(id)) return { writes: [], placed: () => undefined }
    const key = `${to}/${String(this.#next++).padStart(16, '0')}`
    const row = { id, to, text, ...(notAfter !== undefined && { notAfter }) }
    return { writes: [this.#pending.write(key, row)], placed: () => this.#place(to, id, key) }
  }

  async pending(to: MerchantId, limit: number, after?: Digest): Promise<readonly OutgoingMessage[]> {
    const places = [...(this.#places.get(to) ?? [])]
    const at = after === undefined ? 0 : places.findIndex(([id]) => id === after) + 1
    return places.slice(at, at + limit).flatMap(([, key]) => this.#message(key) ?? [])
  }

  async acknowledged(to: MerchantId, id: Digest): Promise<void> {
    const key = this.#places.get(to)?.get(id)
    if (key === undefined) return
    await this.#pending.del(key, { sync: true })
    this.#places.get(to)?.delete(id)
  }

  async refused(to: MerchantId, id: Digest, code: MessageRefusalCode, message: string): Promise<void> {
    await this.#fail(to, id, code, message)
  }

  async expired(to: MerchantId, id: Digest): Promise<void> {
    await this.#fail(to, id, 'not-sent-in-time', 'It could not be delivered before its time was over.')
  }

  async overdue(now: number, limit: number): Promise<readonly OutgoingMessage[]> {
    const overdue: OutgoingMessage[] = []
    for (const places of this.#places.values())
      for (const key of places.values()) {
        const message = this.#message(key)
        if (message?.notAfter !== undefined && message.notAfter < now) overdue.push(message)
        if (overdue.length >= limit) return overdue
      }
    return overdue
  }

  /** Newest last. */
  async failed(): Promise<FailedMessage[]> {
    const failed: FailedMessage[] = []
    for await (const [, row] of this.#failed.entries({ limit: failedKeptMax })) failed.push(row)
    return failed
  }

  async #fail(to: MerchantId, id: Digest, reason: FailedMessage['reason'], message: string): Promise<void> {
    const key = this.#places.get(to)?.get(id)
    const pending = key === undefined ? undefined : this.#pending.get(key)
    if (key === undefined || pending === undefined) return
    const { notAfter: _, ...row } = pending
    await this.#failed.put(key, { ...row, reason, message }, { sync: true })
    await this.#pending.del(key, { sync: true })
    this.#places.get(to)?.delete(id)
  }

  #message(key: string): OutgoingMessage | undefined {
    const row = this.#pending.get(key)
    if (row === undefined) return undefined
    const { notAfter, ...message } = row
    return notAfter === undefined ? message : { ...message, notAfter }
  }

  #place(to: MerchantId, id: Digest, key: string): void {
    const places = this.#places.get(to)
    if (places === undefined) this.#places.set(to, new Map([[id, key]]))
    else places.set(id, key)
  }
}

function numberOf(key: string): number {
  return Number(key.slice(key.lastIndexOf('/') + 1))
}
