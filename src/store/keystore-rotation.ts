import { type RotationCause, rotateKeyLog } from '../core/identity/key-event-author.ts'
import { type KeyLog, KeyLogError } from '../core/identity/key-log.ts'
import {
  eventKeyDigest,
  eventKeyIndexesMax,
  eventKeySeed,
  findEventKey,
  type RecoveryWords,
  recoverySeed,
} from '../core/identity/recovery-words.ts'
import { multibaseToPublicKey, publicKeyToMultibase } from '../core/signature/base.ts'
import { type Digest, digestOf } from '../core/signature/digest.ts'
import { KeystoreError } from './keystore-error.ts'
import { nodePrimitives } from './primitives.ts'

export interface RotationOptions {
  readonly words: RecoveryWords
  readonly newWords?: RecoveryWords
  readonly cause: RotationCause
  /** UTC seconds. */
  readonly now: number
  /** The merchant's log as partners hold it, where it is longer: this folder was restored from a backup. */
  readonly log?: KeyLog
}

/** The log with one more event. `hint`: the index to try first. */
export function rotatedLog(
  log: KeyLog,
  signingSeed: Uint8Array,
  { words, newWords, cause, now }: RotationOptions,
  hint: number,
): { readonly log: KeyLog; readonly nextIndex: number } {
  const seed = recoverySeed(words)
  const index = findEventKey(nodePrimitives, seed, log.current.next, hint)
  if (index === undefined) {
    throw new KeystoreError(
      'words-wrong',
      'These recovery words do not hold the key that the identity’s last key event names. If the words were changed since, the newer ones are needed.',
    )
  }
  const isSame = newWords === undefined || newWords === words
  const nextSeed = isSame ? seed : recoverySeed(newWords)
  const nextIndex = unusedIndex(log, nextSeed, isSame ? index + 1 : 0)
  const keys = {
    eventSeed: eventKeySeed(nodePrimitives, seed, index),
    key: publicKeyToMultibase(nodePrimitives.ed25519PublicKey(signingSeed)),
    next: eventKeyDigest(nodePrimitives, nextSeed, nextIndex),
    time: now,
  }
  try {
    return { log: rotateKeyLog(nodePrimitives, log, keys, cause), nextIndex }
  } catch (cause) {
    if (!(cause instanceof KeyLogError)) throw cause
    throw new KeystoreError('rotation-refused', `The key log takes no such event. ${cause.message}`, {
      cause,
    })
  }
}

/** The lowest index from `first` on whose key the log has not seen: words may come back after others. */
function unusedIndex(log: KeyLog, seed: Uint8Array, first: number): number {
  const used = new Set<Digest>([log.current.next])
  for (const { eventKey } of log.events)
    used.add(digestOf(nodePrimitives, multibaseToPublicKey(eventKey) ?? ''))
  for (let index = first; index < eventKeyIndexesMax; index++) {
    if (!used.has(eventKeyDigest(nodePrimitives, seed, index))) return index
  }
  throw new KeystoreError(
    'rotation-refused',
    'These recovery words are used up: name new ones for the time after.',
  )
}
