import { publicKeyToMultibase } from '../signature/base.ts'
import { canonicalText } from '../signature/canonical.ts'
import type { Digest } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'
import { signStatement } from '../signature/proof.ts'
import { type KeyLog, KeyLogError, verifyKeyLog } from './key-log.ts'
import { merchantIdOf } from './merchant-id.ts'
import type { RepoHead } from './repo-head.ts'

interface EventKeys {
  /** 32-byte seed of the event key: from the recovery words, forgotten after this event. */
  readonly eventSeed: Uint8Array
  /** The signing key in force from here, multibase. */
  readonly key: string
  /** Commitment to the next event key. */
  readonly next: Digest
  /** UTC seconds. */
  readonly time: number
}

/** A new identity. @returns its log of one event */
export function inceptKeyLog(primitives: Primitives, keys: EventKeys): KeyLog {
  const body = {
    type: 'mosaic/key-event',
    v: 1,
    seq: 0,
    kind: 'inception',
    key: keys.key,
    eventKey: publicKeyToMultibase(primitives.ed25519PublicKey(keys.eventSeed)),
    next: keys.next,
    time: keys.time,
  } as const
  const merchant = merchantIdOf(primitives, body)
  const event = signStatement(primitives, { ...body, merchant }, { seed: keys.eventSeed })
  return verified(verifyKeyLog(primitives, [canonicalText(event)]))
}

/** Why a key is replaced, and what that leaves standing. Heads in any order. */
export type RotationCause =
  | { readonly reason: 'scheduled' | 'retired'; readonly repairs?: readonly RepoHead[] }
  | {
      readonly reason: 'compromised'
      readonly lastGood: readonly RepoHead[]
      readonly repairs?: readonly RepoHead[]
    }

/**
 * The log with one more event.
 * @throws {KeyLogError} if the log would not verify: above all `key-not-committed`, if the event key is not the one
 *   that the log's last event committed to
 */
export function rotateKeyLog(
  primitives: Primitives,
  log: KeyLog,
  keys: EventKeys,
  cause: RotationCause,
): KeyLog {
  const { repairs } = cause
  const body = {
    type: 'mosaic/key-event',
    v: 1,
    merchant: log.merchant,
    seq: log.current.seq + 1,
    kind: 'rotation',
    key: keys.key,
    eventKey: publicKeyToMultibase(primitives.ed25519PublicKey(keys.eventSeed)),
    next: keys.next,
    time: keys.time,
    prev: log.current.digest,
    reason: cause.reason,
    ...(cause.reason === 'compromised' ? { lastGood: sortedHeads(cause.lastGood) } : {}),
    ...(repairs === undefined || repairs.length === 0 ? {} : { repairs: sortedHeads(repairs) }),
  } as const
  const event = signStatement(primitives, body, { seed: keys.eventSeed })
  return verified(verifyKeyLog(primitives, [...log.texts, canonicalText(event)], log))
}

function sortedHeads(heads: readonly RepoHead[]): RepoHead[] {
  return [...heads].sort((a, b) => (a.repo === b.repo ? a.rev - b.rev : a.repo < b.repo ? -1 : 1))
}

function verified(log: KeyLog | KeyLogError): KeyLog {
  if (log instanceof KeyLogError) throw log
  return log
}
