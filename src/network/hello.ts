import { type Duplicity, type KeyLog, KeyLogError, verifyKeyLog } from '../core/identity/key-log.ts'
import type { MerchantId } from '../core/identity/merchant-id.ts'
import type { Primitives } from '../core/signature/primitives.ts'
import { checkHello, type HelloVerdict } from './hello-check.ts'
import {
  type Held,
  type Hello,
  HelloReader,
  heldFrame,
  helloFrame,
  type Refusal,
  type RefusalCode,
  refusalCharsMax,
  refusalFrame,
} from './hello-message.ts'

/** What hello needs to know of this node and of others. The store implements it, in the node. */
export interface HelloPort {
  readonly merchant: MerchantId
  /** Read anew for each hello. `binding` is the canonical text. */
  own(): { readonly keyLog: KeyLog; readonly binding: string; readonly addresses: readonly string[] }
  /** UTC seconds. */
  now(): number
  /** What is known of a merchant; for a stranger: no log, not frozen, not blocked. */
  knownOf(
    merchant: MerchantId,
  ): Promise<{ readonly keyLog?: KeyLog; readonly isFrozen: boolean; readonly isBlocked: boolean }>
  /** What this node holds of the merchant. */
  heldOf(merchant: MerchantId): Promise<Held>
  /** A log longer than the one known, or a stranger's whose binding was right. Durable when it resolves. */
  keepKeyLog(log: KeyLog): Promise<void>
  /** Freezes the identity until a person decides. Durable when it resolves. */
  keepDuplicity(duplicity: Duplicity): Promise<void>
}

export type HelloOutcome =
  | {
      readonly ok: true
      readonly hello: Hello
      readonly verdict: HelloVerdict & { ok: true }
      readonly held: Held
    }
  | {
      readonly ok: false
      /** Who refused. */
      readonly by: 'us' | 'them'
      readonly code: RefusalCode
      readonly message: string
      readonly merchant?: MerchantId
      readonly offence?: (HelloVerdict & { ok: false })['offence']
      /** This merchant's own log as the other side knows it: longer than ours, so ours is an old copy. */
      readonly ownLongerLog?: KeyLog
    }

export interface HelloParties {
  readonly primitives: Primitives
  readonly port: HelloPort
  readonly ownPeerId: string
  /** The other node, as the connection proved it. */
  readonly peerId: string
  readonly sessionMerchant: MerchantId | undefined
}

type Frames = AsyncIterable<Uint8Array>

/**
 * One side of the exchange of protocol/streams/hello.md §1: frames in, frames out, no stream. Two of them piped
 * into each other are a whole hello.
 */
export class HelloConversation {
  readonly #parties: HelloParties
  outcome: HelloOutcome | undefined

  constructor(parties: HelloParties) {
    this.#parties = parties
  }

  async *dialer(frames: Frames): AsyncGenerator<Uint8Array> {
    const reader = new HelloReader(frames)
    yield* this.#greeting()
    const answer = await reader.message('mosaic/hello', 'mosaic/refusal')
    if (answer.type === 'mosaic/refusal') return this.#wasRefused(reader, answer)
    const verdict = await this.#check(reader, answer)
    if (!verdict.ok) return yield* this.#refuse(answer.merchant, verdict)
    // The other side speaks on without waiting: it may have refused us.
    const theirs = await reader.message('mosaic/held', 'mosaic/refusal')
    if (theirs.type === 'mosaic/refusal') return this.#wasRefused(reader, theirs, answer.merchant)
    yield heldFrame(await this.#parties.port.heldOf(answer.merchant))
    this.#succeed(answer, verdict, theirs)
  }

  async *acceptor(frames: Frames): AsyncGenerator<Uint8Array> {
    const reader = new HelloReader(frames)
    const hello = await reader.message('mosaic/hello')
    const verdict = await this.#check(reader, hello)
    if (!verdict.ok) return yield* this.#refuse(hello.merchant, verdict)
    yield* this.#greeting()
    yield heldFrame(await this.#parties.port.heldOf(hello.merchant))
    const theirs = await reader.message('mosaic/held', 'mosaic/refusal')
    if (theirs.type === 'mosaic/refusal') return this.#wasRefused(reader, theirs, hello.merchant)
    this.#succeed(hello, verdict, theirs)
  }

  *#greeting(): Generator<Uint8Array> {
    const { port } = this.#parties
    const { keyLog, binding, addresses } = port.own()
    yield helloFrame({
      type: 'mosaic/hello',
      merchant: port.merchant,
      clock: port.now(),
      keyEvents: keyLog.texts.length,
      binding,
      addresses: [...addresses],
    })
    for (const text of keyLog.texts) yield Buffer.from(text)
  }

  async #check(reader: HelloReader, hello: Hello): Promise<HelloVerdict> {
    const { primitives, port, ownPeerId, peerId, sessionMerchant } = this.#parties
    const keyEvents = await reader.keyEvents(hello.keyEvents)
    const { keyLog, isFrozen, isBlocked } = await port.knownOf(hello.merchant)
    const verdict = checkHello(primitives, hello, keyEvents, {
      merchant: port.merchant,
      ownPeerId,
      peerId,
      now: port.now(),
      keyLog,
      isFrozen,
      isBlocked,
      sessionMerchant,
    })
    if (verdict.ok) {
      if (verdict.isNewLog) await port.keepKeyLog(verdict.keyLog)
    } else {
      if (verdict.longerLog !== undefined) await port.keepKeyLog(verdict.longerLog)
      if (verdict.duplicity !== undefined) await port.keepDuplicity(verdict.duplicity)
    }
    return verdict
  }

  *#refuse(merchant: MerchantId, verdict: HelloVerdict & { ok: false }): Generator<Uint8Array> {
    const { code, message, missing = [], offence } = verdict
    this.outcome = {
      ok: false,
      by: 'us',
      code,
      message,
      merchant,
      ...(offence === undefined ? {} : { offence }),
    }
    yield refusalFrame({
      type: 'mosaic/refusal',
      code,
      message: message.slice(0, refusalCharsMax),
      keyEvents: missing.length,
    })
    for (const text of missing) yield Buffer.from(text)
  }

  async #wasRefused(reader: HelloReader, refusal: Refusal, merchant?: MerchantId): Promise<void> {
    const { code, message, keyEvents } = refusal
    const ownLongerLog = await this.#readOwnLog(reader, keyEvents)
    this.outcome = {
      ok: false,
      by: 'them',
      code,
      message,
      ...(merchant === undefined ? {} : { merchant }),
      ...(ownLongerLog === undefined ? {} : { ownLongerLog }),
    }
  }

  /** The other side may claim anything: only a log that verifies and goes on from ours means something. */
  async #readOwnLog(reader: HelloReader, count: number): Promise<KeyLog | undefined> {
    if (count === 0) return undefined
    const { primitives, port } = this.#parties
    const { keyLog } = port.own()
    const rest = await reader.keyEvents(count)
    const longer = verifyKeyLog(primitives, [...keyLog.texts, ...rest], keyLog)
    return longer instanceof KeyLogError ? undefined : longer
  }

  #succeed(hello: Hello, verdict: HelloVerdict & { ok: true }, { repos, orders }: Held): void {
    this.outcome = { ok: true, hello, verdict, held: { repos, orders } }
  }
}
