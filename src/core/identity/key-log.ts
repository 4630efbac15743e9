import { multibaseToPublicKey } from '../signature/base.ts'
import { type Digest, digestOf } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'
import { failureMessage, verifyStatementText } from '../signature/proof.ts'
import { schemaMessage } from '../signature/schema-message.ts'
import { type KeyEvent, keyEventBytesMax, keyEventSchema } from './key-event.ts'
import { type MerchantId, merchantIdOf } from './merchant-id.ts'

/** Monthly rotation for eighty years. */
export const keyEventsMax = 1_000
/** All events of a log together, in characters of their texts. */
export const keyLogCharsMax = 1_048_576

export type KeyLogErrorCode =
  | 'empty'
  | 'too-long'
  | 'event-malformed'
  | 'version-unknown'
  | 'signature'
  | 'seq'
  | 'merchant'
  | 'prev'
  | 'key-not-committed'
  | 'key-reused'

/** The log is no identity's; whoever sent it is at fault. Returned, not thrown. */
export class KeyLogError extends Error {
  override readonly name = 'KeyLogError'
  readonly code: KeyLogErrorCode
  /** Index of the event that is wrong, if one is. */
  readonly index: number | undefined
  constructor(code: KeyLogErrorCode, message: string, index?: number, options?: ErrorOptions) {
    super(index === undefined ? message : `Key event ${index}: ${message}`, options)
    this.code = code
    this.index = index
  }
}

export interface KeyLogEntry {
  readonly event: KeyEvent
  readonly text: string
  /** Of the whole text, proof included. */
  readonly digest: Digest
}

/** A verified key log. Only {@link verifyKeyLog} makes one; it never changes. Spec: protocol/records/key-event.md. */
export class KeyLog {
  readonly merchant: MerchantId
  readonly entries: readonly KeyLogEntry[]
  readonly #byDigest: ReadonlyMap<Digest, KeyLogEntry>
  readonly #byKey: ReadonlyMap<string, KeyLogEntry>

  constructor(merchant: MerchantId, entries: readonly KeyLogEntry[]) {
    this.merchant = merchant
    this.entries = entries
    this.#byDigest = new Map(entries.map((entry) => [entry.digest, entry]))
    this.#byKey = new Map(entries.map((entry) => [entry.event.key, entry]))
  }

  get events(): readonly KeyEvent[] {
    return this.entries.map((entry) => entry.event)
  }

  /** What goes over the wire. */
  get texts(): readonly string[] {
    return this.entries.map((entry) => entry.text)
  }

  get head(): KeyLogEntry {
    return this.entries[this.entries.length - 1] as KeyLogEntry
  }

  /** The signing key in force now, as multibase; the event that names it; the digest of the next event key. */
  get current(): {
    readonly key: string
    readonly seq: number
    readonly digest: Digest
    readonly next: Digest
  } {
    const { event, digest } = this.head
    return { key: event.key, seq: event.seq, digest, next: event.next }
  }

  /** The signing key that the event with this digest names; `undefined` if the log has no such event. */
  keyInForceAt(event: Digest): string | undefined {
    return this.#byDigest.get(event)?.event.key
  }

  entryOf(event: Digest): KeyLogEntry | undefined {
    return this.#byDigest.get(event)
  }

  /** The event that names this signing key. Keys are never used twice, so there is one at most. */
  entryOfKey(key: string): KeyLogEntry | undefined {
    return this.#byKey.get(key)
  }

  /** Whether this log begins with all of `other` and has more. */
  extends(other: KeyLog): boolean {
    return (
      this.entries.length > other.entries.length &&
      this.entries[other.entries.length - 1]?.digest === other.head.digest
    )
  }
}

/**
 * Verifies a whole log from the texts of its events, oldest first.
 * Costs one signature verification an event; events that `held` has already, in the same place, cost a comparison.
 * @returns the log, or what is wrong with it
 */
export function verifyKeyLog(
  primitives: Primitives,
  texts: readonly string[],
  held?: KeyLog,
): KeyLog | KeyLogError {
  if (texts.length === 0) return new KeyLogError('empty', 'A key log has at least its inception.')
  if (texts.length > keyEventsMax) {
    return new KeyLogError('too-long', `A key log has at most ${keyEventsMax} events.`)
  }
  if (texts.reduce((sum, text) => sum + text.length, 0) > keyLogCharsMax) {
    return new KeyLogError('too-long', `A key log has at most ${keyLogCharsMax} characters.`)
  }
  const verifier = new LogVerifier(primitives)
  for (const [index, text] of texts.entries()) {
    const known = held?.entries[index]
    const samePrefix = known?.text === text && verifier.isPrefixOf(held)
    const error = samePrefix ? verifier.accept(known) : verifier.append(text)
    if (error !== undefined) return error
  }
  return verifier.log()
}

/** Takes events one by one. */
class LogVerifier {
  readonly #primitives: Primitives
  readonly #entries: KeyLogEntry[] = []
  /** Digests of the raw bytes of every signing and event key so far. */
  readonly #used = new Set<Digest>()

  constructor(primitives: Primitives) {
    this.#primitives = primitives
  }

  log(): KeyLog {
    return new KeyLog((this.#entries[0] as KeyLogEntry).event.merchant, this.#entries)
  }

  /** Whether everything so far was taken from `held`. */
  isPrefixOf(held: KeyLog | undefined): boolean {
    const last = this.#entries.at(-1)
    return held !== undefined && (last === undefined || last === held.entries[this.#entries.length - 1])
  }

  append(text: string): KeyLogError | undefined {
    const index = this.#entries.length
    const event = this.#read(text, index)
    if (event instanceof KeyLogError) return event
    const entry = { event, text, digest: digestOf(this.#primitives, text) }
    const error =
      event.kind === 'inception' ? this.#checkInception(event, index) : this.#checkLink(event, index)
    return error ?? this.accept(entry)
  }

  /** The entry is verified, except that its keys must be new. */
  accept(entry: KeyLogEntry): KeyLogError | undefined {
    const index = this.#entries.length
    for (const key of [entry.event.eventKey, entry.event.key]) {
      const digest = this.#digestOfKey(key)
      if (this.#used.has(digest)) return new KeyLogError('key-reused', `${key} was used before.`, index)
      this.#used.add(digest)
    }
    if (this.#used.has(entry.event.next)) {
      return new KeyLogError('key-reused', '`next` names a key that was used before.', index)
    }
    this.#entries.push(entry)
    return undefined
  }

  #read(text: string, index: number): KeyEvent | KeyLogError {
    const verified = verifyStatementText(this.#primitives, text, keyEventBytesMax)
    if (!verified.ok) {
      const code = verified.reason === 'signature-wrong' ? 'signature' : 'event-malformed'
      return new KeyLogError(code, failureMessage(verified), index)
    }
    const statement: unknown = verified.statement
    const { type, v } = verified.statement as { type?: unknown; v?: unknown }
    if (type === 'mosaic/key-event' && typeof v === 'number' && v > 1) {
      return new KeyLogError('version-unknown', `Version ${v} is newer than this program: update it.`, index)
    }
    const parsed = keyEventSchema.safeParse(statement)
    if (!parsed.success) return new KeyLogError('event-malformed', schemaMessage(parsed.error), index)
    if (verified.publicKey !== parsed.data.eventKey) {
      return new KeyLogError('signature', 'It is not signed by its own `eventKey`.', index)
    }
    return parsed.data
  }

  #checkInception(event: KeyEvent, index: number): KeyLogError | undefined {
    if (index !== 0) return new KeyLogError('seq', 'Only the first event is an inception.', index)
    const { merchant, proof, ...body } = event
    if (merchantIdOf(this.#primitives, body) !== merchant) {
      return new KeyLogError('merchant', '`merchant` is not the id that this inception makes.', index)
    }
    return undefined
  }

  #checkLink(event: KeyEvent & { kind: 'rotation' }, index: number): KeyLogError | undefined {
    const before = this.#entries[index - 1]
    if (before === undefined) return new KeyLogError('seq', 'A log begins with an inception.', index)
    if (event.seq !== index) return new KeyLogError('seq', `Its seq is ${event.seq}.`, index)
    if (event.merchant !== before.event.merchant) {
      return new KeyLogError('merchant', 'It belongs to another merchant.', index)
    }
    if (event.prev !== before.digest) {
      return new KeyLogError('prev', '`prev` is not the digest of the event before.', index)
    }
    if (this.#digestOfKey(event.eventKey) !== before.event.next) {
      return new KeyLogError(
        'key-not-committed',
        'Its key is not the one that the event before committed to.',
        index,
      )
    }
    return undefined
  }

  #digestOfKey(key: string): Digest {
    return digestOf(this.#primitives, multibaseToPublicKey(key) ?? '')
  }
}

/** Two events with one seq: the identity is frozen until a person decides which of them stands. */
export interface Duplicity {
  readonly merchant: MerchantId
  readonly seq: number
  /** The texts: held, received. */
  readonly events: readonly [string, string]
}

export type KeyLogAdmission =
  | { readonly verdict: 'new' | 'extended'; readonly log: KeyLog }
  | { readonly verdict: 'known' | 'older' } // nobody at fault
  | { readonly verdict: 'duplicity'; readonly proof: Duplicity; readonly received: KeyLog }
  | { readonly verdict: 'reject'; readonly error: KeyLogError }

/**
 * What a received log means beside the one held, if any.
 * @param merchant whose log it has to be
 */
export function admitKeyLog(
  primitives: Primitives,
  merchant: MerchantId,
  held: KeyLog | undefined,
  texts: readonly string[],
): KeyLogAdmission {
  const received = verifyKeyLog(primitives, texts, held)
  if (received instanceof KeyLogError) return { verdict: 'reject', error: received }
  if (received.merchant !== merchant) {
    const message = `The log is ${received.merchant}'s, not ${merchant}'s.`
    return { verdict: 'reject', error: new KeyLogError('merchant', message) }
  }
  if (held === undefined) return { verdict: 'new', log: received }
  const proof = duplicityOf(held, received)
  if (proof !== undefined) return { verdict: 'duplicity', proof, received }
  if (received.extends(held)) return { verdict: 'extended', log: received }
  return { verdict: held.extends(received) ? 'older' : 'known' }
}

/** The first place where two logs of one merchant differ; `undefined` if one begins with the other. */
export function duplicityOf(held: KeyLog, received: KeyLog): Duplicity | undefined {
  const length = Math.min(held.entries.length, received.entries.length)
  for (let seq = 0; seq < length; seq++) {
    const [ours, theirs] = [held.entries[seq], received.entries[seq]]
    if (ours !== undefined && theirs !== undefined && ours.text !== theirs.text) {
      return { merchant: held.merchant, seq, events: [ours.text, theirs.text] }
    }
  }
  return undefined
}
