import { admitKeyLog, KeyLogError, keyEventsMax, keyLogCharsMax } from '../identity/key-log.ts'
import type { MerchantId } from '../identity/merchant-id.ts'
import type { Follow } from './follow.ts'
import type { FrameBody } from './frame.ts'
import type { FollowingPorts } from './ports.ts'
import { SyncOffence } from './sync-offence.ts'

/** Key events of one merchant in a row, the first of them at `from`. */
export interface KeyEventRow {
  readonly from: number
  readonly events: readonly string[]
}

/**
 * Puts the frames of a row together.
 * @returns the row when it is whole
 * @throws {SyncOffence} `unasked`, `too-many`
 */
export function takeKeyEvents(follow: Follow, body: FrameBody<'keys'>): KeyEventRow | undefined {
  const { keys: before, wanted } = follow
  const expected = before === undefined ? wanted?.keyEvents : before.from + before.events.length
  if (body.from !== expected) throw new SyncOffence('unasked', 'Key events came that were not wanted.')
  const row = { from: before?.from ?? body.from, events: [...(before?.events ?? []), ...body.events] }
  const chars = row.events.reduce((sum, event) => sum + event.length, 0)
  if (row.from + row.events.length > keyEventsMax || chars > keyLogCharsMax)
    throw new SyncOffence('too-many', `A key log has at most ${keyEventsMax} events.`)
  follow.keys = body.more ? row : undefined
  if (body.more) return undefined
  if (wanted !== undefined) follow.wanted = { ...wanted, keyEvents: row.from + row.events.length }
  return row
}

export type KeyEventsLearned =
  /** What comes next can be judged by the log that is held now. */
  | { readonly verdict: 'learned' }
  /** They do not go on from the events held: the whole of the peer's log has to be seen. */
  | { readonly verdict: 'other-log' }
  /** There are two events with one seq. */
  | { readonly verdict: 'frozen'; readonly message: string }

/**
 * Takes key events in.
 * @throws {KeyLogError} if they make no log @throws {SyncOffence} `unasked` if it is another merchant's
 */
export async function learnKeyEvents(
  ports: FollowingPorts,
  merchant: MerchantId,
  { from, events }: KeyEventRow,
): Promise<KeyEventsLearned> {
  const held = ports.keyLog(merchant)
  if (held !== undefined && from === 0) {
    const admission = admitKeyLog(ports.primitives, merchant, held, events)
    if (admission.verdict === 'reject') throw admission.error
    if (admission.verdict === 'duplicity') {
      await ports.duplicity?.(admission.proof)
      return { verdict: 'frozen', message: `${merchant} has two key events with seq ${admission.proof.seq}.` }
    }
    if (admission.verdict !== 'extended') return { verdict: 'learned' }
  }
  try {
    const log = await ports.learnKeyLog(merchant, from, events)
    if (log.merchant === merchant) return { verdict: 'learned' }
  } catch (error) {
    if (from === 0 || !(error instanceof KeyLogError)) throw error
    // The peer may hold other events than this side, which is for the merchant to explain and not for the peer.
    return { verdict: 'other-log' }
  }
  throw new SyncOffence('unasked', 'Key events of another merchant came.')
}
