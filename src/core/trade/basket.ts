import { z } from 'zod'
import { merchantIdSchema } from '../identity/merchant-id.ts'
import type { OrderWords } from './order-author.ts'
import { commitUntil, isOverdue, withdrawal } from './order-buyer.ts'
import type { OrderLogs } from './order-fold.ts'
import { orderIdSchema } from './order-message.ts'
import type { OrderState } from './order-state.ts'

/** Orders of one basket. */
export const basketPartsMax = 50

/**
 * Orders with several suppliers that belong together. A row of the buyer's store; no message names it. What was
 * decided is here, what happened is in the orders: so it goes on after a crash at any point.
 */
export const basketRowSchema = z.strictObject({
  id: orderIdSchema,
  parts: z
    .array(z.strictObject({ seller: merchantIdSchema, order: orderIdSchema }))
    .min(1)
    .max(basketPartsMax),
  /** When a part fails after another was committed: cancel the others, or keep them. */
  onPartial: z.enum(['cancel', 'keep']),
  /** When to give up waiting for reservations, UTC seconds by the own clock. */
  reserveUntil: z.int().nonnegative(),
  /** `commit` is written before the first commit, and never taken back. */
  decided: z.enum(['nothing', 'commit', 'release']),
})
export type Basket = z.infer<typeof basketRowSchema>

/** How a part stands for its basket. */
export type BasketPart =
  | 'to-reserve' // nothing is asked yet
  | 'waiting' // for the reservation
  | 'reserved'
  | 'committed' // and not answered
  | 'confirmed'
  | 'failed' // refused, released, expired, withdrawn or cancelled: nothing will come
  | 'cancelling' // confirmed, and asked to be cancelled

export type BasketOutcome =
  | 'open'
  | 'done' // all confirmed
  | 'released' // none committed
  | 'kept' // some confirmed, the others failed, as the merchant chose
  | 'cancelled' // none confirmed, or all of them cancelled
  | 'cancelling' // some suppliers have not answered whether they cancel, or said no

export interface BasketStep {
  /** To be stored before anything of `say` is said. */
  readonly decided: Basket['decided']
  /** What to say now, by index of the part. `reserve`: the caller has the terms. */
  readonly say: readonly { readonly part: number; readonly words: OrderWords | 'reserve' }[]
  readonly outcome: BasketOutcome
}

export interface PartHeld {
  readonly logs: OrderLogs
  readonly state: OrderState
}

/**
 * What a basket does next: reserve all, then commit all, or release all. Ask again whenever a part changed or time
 * has passed; the same state gives the same step.
 * @param parts by index; `undefined`: the order is not begun @param now UTC seconds, own clock
 */
export function basketStep(
  basket: Basket,
  parts: readonly (PartHeld | undefined)[],
  now: number,
): BasketStep {
  const standing = parts.map(standingOf)
  const decided = decide(basket, parts, standing, now)
  const say: { part: number; words: OrderWords | 'reserve' }[] = []
  for (const [part, held] of parts.entries()) {
    const words = wordsFor(basket, decided, standing, part, held, now)
    if (words !== undefined) say.push({ part, words })
  }
  return { decided, say, outcome: outcomeOf(basket, decided, standing) }
}

export function standingOf(held: PartHeld | undefined): BasketPart {
  if (held === undefined) return 'to-reserve'
  const { state } = held
  switch (state.phase) {
    case 'none':
    case 'asked':
    case 'quoted':
      return 'to-reserve'
    case 'reserving':
      return 'waiting'
    case 'reserved':
      return 'reserved'
    case 'committed':
      return 'committed'
    case 'confirmed':
    case 'closed':
      return state.asks.some(({ by, kind }) => by === 'buyer' && kind === 'cancel')
        ? 'cancelling'
        : 'confirmed'
    default:
      return 'failed'
  }
}

function decide(
  { decided, reserveUntil }: Basket,
  parts: readonly (PartHeld | undefined)[],
  standing: readonly BasketPart[],
  now: number,
): Basket['decided'] {
  if (decided !== 'nothing') return decided
  // A basket that came back from a backup may have been decided since.
  if (parts.some((held) => held?.state.request?.kind === 'commit')) return 'commit'
  const runsOut = parts.some(
    (held) => held !== undefined && now > (commitUntil(held.logs, held.state) ?? now),
  )
  if (standing.includes('failed') || runsOut || now > reserveUntil) return 'release'
  return standing.every((part) => part === 'reserved') ? 'commit' : 'nothing'
}

function wordsFor(
  basket: Basket,
  decided: Basket['decided'],
  standing: readonly BasketPart[],
  part: number,
  held: PartHeld | undefined,
  now: number,
): OrderWords | 'reserve' | undefined {
  const is = standing[part]
  if (decided === 'nothing') return is === 'to-reserve' ? 'reserve' : undefined
  if (held === undefined) return undefined
  const { state, logs } = held
  const notAfter = now + cancelSeconds
  if (decided === 'release')
    return is === 'waiting' || is === 'reserved' || is === 'to-reserve'
      ? withdrawal(state, 'basket', notAfter)
      : undefined
  const gone = standing.includes('failed')
  if (is === 'reserved') {
    // After a crash in the middle: too late to commit, or another part has failed meanwhile.
    const tooLate = now > (commitUntil(logs, state) ?? now)
    if (tooLate || (gone && basket.onPartial === 'cancel')) return { kind: 'release' }
    const { seq: re, terms } = state.offer ?? {}
    if (re === undefined || terms === undefined) return undefined
    return { kind: 'commit', re, terms, notAfter: now + commitSeconds }
  }
  if (is === 'committed' && isOverdue(state, now)) return withdrawal(state, 'not-sent', notAfter)
  if (!gone || basket.onPartial === 'keep') return undefined
  if (is === 'committed') return withdrawal(state, 'basket', notAfter)
  const untouched = state.lines.every(({ shipped }) => shipped === 0)
  return is === 'confirmed' && untouched ? { kind: 'cancel', reason: 'basket', notAfter } : undefined
}

/** How long a commit of a basket may take to be answered. */
const commitSeconds = 900
/** How long a supplier may grant a cancellation. */
const cancelSeconds = 7 * 86_400

function outcomeOf(
  { onPartial }: Basket,
  decided: Basket['decided'],
  standing: readonly BasketPart[],
): BasketOutcome {
  if (decided === 'release') {
    const settled = standing.every((part) => part === 'failed' || part === 'to-reserve')
    return settled ? 'released' : 'open'
  }
  if (decided === 'nothing' || standing.some((part) => part === 'committed' || part === 'reserved'))
    return 'open'
  const failed = standing.filter((part) => part === 'failed').length
  if (failed === 0) return standing.includes('cancelling') ? 'cancelling' : 'done'
  if (failed === standing.length) return 'cancelled'
  return onPartial === 'keep' ? 'kept' : 'cancelling'
}
