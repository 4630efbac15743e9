import type { MerchantId } from '../core/identity/merchant-id.ts'
import type { Digest } from '../core/signature/digest.ts'
import type { MessageRefusalCode, Receipt } from './message-frame.ts'

/** A statement on its way to one merchant. */
export interface OutgoingMessage {
  /** Digest of `text`. */
  readonly id: Digest
  readonly to: MerchantId
  /** Canonical text, at most 65,536 bytes of UTF-8. */
  readonly text: string
  /** UTC seconds. Not sent after it. */
  readonly notAfter?: number
}

/**
 * What waits to be sent, in order for each receiver. The store implements it.
 * Every change is durable when its promise resolves, and idempotent: an id that is not pending changes nothing.
 */
export interface Outbox {
  /** The oldest that are neither acknowledged, refused nor expired, at most `limit`, in the order in which they were put in. */
  pending(to: MerchantId, limit: number): Promise<readonly OutgoingMessage[]>
  /** The receiver has it on its disk. */
  acknowledged(to: MerchantId, id: Digest): Promise<void>
  /** The receiver will never take it: it is kept apart, for people to see. */
  refused(to: MerchantId, id: Digest, code: MessageRefusalCode, message: string): Promise<void>
  /** Its `notAfter` has passed: it is kept apart, for people to see. */
  expired(to: MerchantId, id: Digest): Promise<void>
  /** Pending messages whose `notAfter` is before `now`, to anyone, at most `limit`. */
  overdue(now: number, limit: number): Promise<readonly OutgoingMessage[]>
}

/** What takes statements in. The node implements it. */
export interface Inbox {
  /**
   * Checks and stores a statement. Called for one statement of a merchant at a time, in its order.
   * `stored` may be returned only when it is durable; the same `id` again is `stored` with no further effect.
   * @param id digest of `text`
   * @throws anything: the sender is told to come again later
   */
  receive(from: MerchantId, id: Digest, text: string): Promise<Receipt>
}
