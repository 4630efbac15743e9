import { randomBytes } from 'node:crypto'
import type { Connection } from '@libp2p/interface'
import type { MerchantId } from '../core/identity/merchant-id.ts'
import { peerIdToPublicKey } from '../core/identity/peer-id.ts'
import { PairingAttempts } from '../core/partner/attempts.ts'
import type { Invitation } from '../core/partner/invitation.ts'
import type { InvitationId, InvitationKeys } from '../core/partner/invitation-keys.ts'
import {
  type InviterSession,
  inviterDecided,
  inviterRandomBytes,
  inviterReceives,
  openInviter,
  tooManyAttempts,
} from '../core/partner/inviter.ts'
import { type JoinerSession, joinerReceives, openJoiner } from '../core/partner/joiner.ts'
import {
  type PairingContext,
  type PairingEnd,
  type PairingEvent,
  type PairingStep,
  pairingAnswerSecondsMax,
} from '../core/partner/pairing.ts'
import { pairingMessageBytesMax } from '../core/partner/pairing-message.ts'
import type { Relation } from '../core/partner/relation.ts'
import type { Primitives } from '../core/signature/primitives.ts'
import type { FramedStream } from './framed-stream.ts'
import type { HelloService } from './hello-service.ts'
import type { Host, StreamLimits } from './host.ts'
import { frameText } from './json-frame.ts'
import type { OffenceCode } from './offences.ts'
import type { Session } from './session.ts'

/** Spec: protocol/streams/pairing.md. */
export const pairingProtocol = '/mosaic/pair/1'

const limits: StreamLimits = { frameBytesMax: pairingMessageBytesMax, streamsMax: 2, overRelay: true }

/** What pairing needs to know and to store. The node implements it on its store. */
export interface PairingPort extends Pick<PairingContext, 'profile' | 'sign'> {
  /** UTC seconds. */
  now(): number
  isFrozen(merchant: MerchantId): boolean
  invitation(id: InvitationId): Invitation | undefined
  /** To another merchant; the empty one if there is none. */
  relation(other: MerchantId): Relation
  /** One transaction, on the disk when it resolves. */
  store(changes: PairingStep<unknown>['store']): Promise<void>
}

/** What came of one attempt to join. `broken`: the connection was lost; the same code may be tried again. */
export type JoinEnd = PairingEnd | { readonly end: 'broken' }

/** One open stream at which this node is the inviter. */
interface OpenPairing {
  readonly stream: FramedStream
  readonly session: Session
  state: InviterSession
}

/** Runs the pairing of core/partner over streams. */
export class PairingService {
  readonly #host: Host
  readonly #hello: HelloService
  readonly #primitives: Primitives
  readonly #port: PairingPort
  readonly #attempts = new PairingAttempts()
  readonly #open = new Set<OpenPairing>()
  readonly #listeners = new Set<(event: PairingEvent) => void>()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(host: Host, hello: HelloService, primitives: Primitives, port: PairingPort) {
    this.#host = host
    this.#hello = hello
    this.#primitives = primitives
    this.#port = port
  }

  async start(): Promise<void> {
    await this.#hello.handleStream(
      pairingProtocol,
      (stream, session) => this.#accept(stream, session),
      limits,
    )
  }

  async stop(): Promise<void> {
    await this.#host.unhandleStream(pairingProtocol)
    for (const { stream } of this.#open) stream.abort()
  }

  /** @returns a function that ends the subscription */
  onEvent(listener: (event: PairingEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** To be called when a decision on an invitation has been stored: joiners that wait are told. */
  async decided(): Promise<void> {
    await Promise.all(
      [...this.#open].map((open) =>
        this.#inTurn(async () => {
          const { stream, session } = open
          if (!stream.isOpen) return
          const step = inviterDecided(this.#context(session), open.state, this.#held(session))
          open.state = step.session
          await this.#perform(step, stream)
        }).catch(() => {}),
      ),
    )
  }

  /**
   * Uses an invitation at the node of a session. Waits while the inviter decides.
   * @param signal breaks the attempt off; the inviter keeps the claim
   */
  async join(session: Session, keys: InvitationKeys, signal?: AbortSignal): Promise<JoinEnd> {
    const stream = await this.#host.openStream(session.connection, pairingProtocol, {
      ...limits,
      ...(signal === undefined ? {} : { signal }),
    })
    const ended = Promise.withResolvers<JoinEnd>()
    const patience = new Patience(stream)
    let state: JoinerSession
    const take = async (step: PairingStep<JoinerSession>): Promise<void> => {
      state = step.session
      patience.set(state.phase === 'claimed' && state.isWaiting)
      await this.#perform(step, stream)
      if (step.end !== undefined) ended.resolve(step.end)
    }
    const relation = (): Relation => this.#port.relation(session.merchant)
    try {
      await this.#inTurn(async () => {
        const nonce = randomBytes(32)
        await take(openJoiner(this.#context(session), keys, relation(), nonce, this.#port.now()))
      })
      stream.onFrame((frame) =>
        this.#inTurn(() =>
          take(joinerReceives(this.#context(session), state, frameText(frame), relation(), this.#port.now())),
        ),
      )
      void stream.closed.then(() => ended.resolve({ end: 'broken' }))
      return await ended.promise
    } finally {
      patience.end()
    }
  }

  async #accept(stream: FramedStream, session: Session): Promise<void> {
    const { peerId, connection } = session
    const waitSeconds = this.#attempts.waitSeconds(peerId, originOf(connection), this.#port.now())
    if (waitSeconds > 0) {
      await stream.send(Buffer.from(tooManyAttempts(waitSeconds)))
      return stream.close()
    }
    const open: OpenPairing = { stream, session, state: openInviter(randomBytes(inviterRandomBytes)) }
    const patience = new Patience(stream)
    this.#open.add(open)
    void stream.closed.then(() => {
      patience.end()
      this.#open.delete(open)
    })
    stream.onFrame(
      (frame) =>
        this.#inTurn(async () => {
          const text = frameText(frame)
          const held = this.#held(session)
          const step = inviterReceives(this.#context(session), open.state, text, held, this.#port.now())
          open.state = step.session
          patience.set(step.session.phase === 'waiting')
          if (step.failedAttempt) this.#attempts.failed(peerId, originOf(connection), this.#port.now())
          await this.#perform(step, stream)
        }),
      () => void stream.close(),
    )
  }

  /** In the order that core/partner asks for: store, send, tell, end. */
  async #perform(step: PairingStep<unknown>, stream: FramedStream): Promise<void> {
    const { store, send, events, end } = step
    if (store.invitation !== undefined || store.relation !== undefined) await this.#port.store(store)
    if (stream.isOpen) for (const text of send) await stream.send(Buffer.from(text))
    for (const event of events) for (const listener of [...this.#listeners]) listener(event)
    if (end === undefined) return
    if (end.end === 'offence') {
      stream.abort('aborted', `The peer broke the pairing: ${end.reason}.`)
      this.#host.report(stream.peerId, offenceOf[end.reason])
    } else void stream.close()
  }

  #context({ peerId, keyLog }: Session): PairingContext {
    const { merchant, keyLog: ownLog } = this.#hello.own()
    const frozen = this.#port.isFrozen(keyLog.merchant)
    return {
      primitives: this.#primitives,
      self: { nodeKey: nodeKeyOf(this.#host.peerId), merchant, keyEvent: ownLog.current.digest },
      peer: { nodeKey: nodeKeyOf(peerId), log: keyLog, frozen },
      profile: this.#port.profile,
      sign: this.#port.sign,
    }
  }

  #held({ merchant }: Session) {
    return {
      invitation: (id: InvitationId) => this.#port.invitation(id),
      relation: this.#port.relation(merchant),
    }
  }

  /** One step of any pairing at a time: each reads what the one before has stored. */
  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(step)
    this.#turn = turn.catch(() => {})
    return turn
  }
}

/** Breaks a stream off when the other side is silent, but for the time in which a person decides. */
class Patience {
  readonly #stream: FramedStream
  #timer: NodeJS.Timeout | undefined

  constructor(stream: FramedStream) {
    this.#stream = stream
    this.set(false)
  }

  set(isUnlimited: boolean): void {
    this.end()
    if (isUnlimited) return
    this.#timer = setTimeout(
      () => this.#stream.abort('deadline', `No answer within ${pairingAnswerSecondsMax} s.`),
      pairingAnswerSecondsMax * 1_000,
    ).unref()
  }

  end(): void {
    clearTimeout(this.#timer)
  }
}

const offenceOf: Readonly<Record<(PairingEnd & { end: 'offence' })['reason'], OffenceCode>> = {
  malformed: 'message-malformed',
  unexpected: 'message-malformed',
  mac: 'message-malformed',
  statement: 'statement-forged',
}

/** Ed25519 keys lie in the peer id itself; hello has refused any other. */
function nodeKeyOf(peerId: string): Uint8Array {
  const key = peerIdToPublicKey(peerId)
  if (key === undefined) throw new RangeError(`${peerId} is not the id of an Ed25519 key`)
  return key
}

/** The IP address of the other end; over a relay, the relay. */
function originOf({ remoteAddr }: Connection): string {
  const components = remoteAddr.getComponents()
  const relay = components.findIndex(({ name }) => name === 'p2p-circuit')
  const ip = components.find(({ name }) => name === 'ip4' || name === 'ip6')?.value
  return relay === -1 && ip !== undefined ? ip : `relay ${components[relay - 1]?.value ?? ''}`
}
