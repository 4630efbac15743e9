import type { OrderWords } from './order-author.ts'
import { type OrderLogs, sideOf } from './order-fold.ts'
import type { OrderState } from './order-state.ts'

/** How long before the end of a reservation the buyer stops committing: the message has to arrive. */
export const commitMarginSeconds = 10

/**
 * Until when the buyer may commit on its reservation, by its own clock; `undefined` if it has none. Counted from
 * when the reservation arrived, so that the clocks need not agree; the seller's alone decides.
 * @see protocol/records/order.md §13
 */
export function commitUntil(logs: OrderLogs, state: OrderState): number | undefined {
  if (state.phase !== 'reserved' || state.offer === undefined) return undefined
  const { seq } = state.offer
  const entry = logs.entries[sideOf('seller')].find(({ message }) => message.seq === seq)
  if (entry?.message.kind !== 'reserved') return undefined
  return entry.at + entry.message.ttlSeconds - commitMarginSeconds
}

/** Whether the buyer's last request is still unanswered after its time, by its own clock. A person wants to see that. */
export function isOverdue(state: OrderState, now: number): boolean {
  const isWaiting = state.phase === 'asked' || state.phase === 'reserving' || state.phase === 'committed'
  return isWaiting && state.request !== undefined && now > state.request.notAfter
}

/**
 * What takes back what stands of a request or a reservation: after the outbox dropped it, or when it is not wanted
 * any more. `undefined` if there is nothing to take back.
 */
export function withdrawal(
  state: OrderState,
  reason: 'not-sent' | 'changed-mind' | 'basket',
  notAfter: number,
): OrderWords | undefined {
  switch (state.phase) {
    case 'asked':
    case 'quoted':
    case 'reserving':
    case 'reserved':
      return { kind: 'release' }
    case 'committed':
      return { kind: 'cancel', reason, notAfter }
    default:
      return undefined
  }
}
