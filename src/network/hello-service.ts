import type { Connection } from '@libp2p/interface'
import { pipe } from 'it-pipe'
import type { KeyLog } from '../core/identity/key-log.ts'
import type { MerchantId } from '../core/identity/merchant-id.ts'
import type { Primitives } from '../core/signature/primitives.ts'
import type { FramedStream } from './framed-stream.ts'
import { HelloConversation, type HelloOutcome, type HelloPort } from './hello.ts'
import { helloFrameBytesMax, helloMs, helloProtocol, type RefusalCode } from './hello-message.ts'
import { type Host, HostError, type StreamLimits } from './host.ts'
import { type Session, Sessions } from './session.ts'
import { StreamError } from './stream-error.ts'

const limits: StreamLimits = {
  frameBytesMax: helloFrameBytesMax,
  deadlineMs: helloMs,
  streamsMax: 2,
  overRelay: true,
}

/** How often sessions are looked through for bindings that have expired. */
const sessionCheckMs = 60_000

export type HelloErrorCode = RefusalCode | 'no-merchant' | 'broken'

/** No session came of a connection. */
export class HelloError extends Error {
  override readonly name = 'HelloError'
  readonly code: HelloErrorCode
  readonly by: 'us' | 'them'
  constructor(code: HelloErrorCode, message: string, by: 'us' | 'them', options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.by = by
  }
}

export interface HelloEvents {
  /** For a person: a node was refused, or refused this one, and why. */
  refusal(refusal: {
    readonly peerId: string
    readonly merchant?: MerchantId
    readonly by: 'us' | 'them'
    readonly code: HelloErrorCode
    readonly message: string
  }): void
  /** This merchant's own key log goes on elsewhere: this node runs on an old copy and must not sign. */
  ownLogBehind(longer: KeyLog): void
}

/** Runs hello on every connection and keeps the sessions. Spec: protocol/streams/hello.md. */
export class HelloService {
  readonly sessions = new Sessions()
  readonly #host: Host
  readonly #primitives: Primitives
  readonly #port: HelloPort
  readonly #listeners = new Set<Partial<HelloEvents>>()
  readonly #running = new Map<string, Promise<Session>>() // by connection id
  #unsubscribe: (() => void)[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(host: Host, primitives: Primitives, port: HelloPort) {
    this.#host = host
    this.#primitives = primitives
    this.#port = port
  }

  /** This node's own side, as the next hello will show it. */
  own(): { readonly merchant: MerchantId; readonly keyLog: KeyLog } {
    return { merchant: this.#port.merchant, keyLog: this.#port.own().keyLog }
  }

  async start(): Promise<void> {
    await this.#host.handleStream(helloProtocol, (stream) => this.#accept(stream), limits)
    this.#unsubscribe = [
      this.#host.onConnection((connection) => {
        if (connection.direction === 'outbound') this.#run(connection).catch(() => {}) // told as an event
      }),
      this.#host.onDisconnection((connection) => this.sessions.end(connection)),
    ]
    this.#timer = setInterval(() => {
      this.endExpired()
      for (const { merchant } of this.sessions.all()) void this.recheck(merchant)
    }, sessionCheckMs).unref()
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    await this.#host.unhandleStream(helloProtocol)
    for (const { connection } of this.sessions.all()) this.sessions.end(connection)
  }

  /** @returns a function that ends the subscription */
  on(listener: Partial<HelloEvents>): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Dials a node and waits for its session.
   * @param merchant refuses any other
   * @throws {HostError} if no connection comes about
   * @throws {HelloError} if no session does
   */
  async connect(
    addresses: string | readonly string[],
    merchant?: MerchantId,
    signal?: AbortSignal,
  ): Promise<Session> {
    const connection = await this.#host.dial(addresses, signal)
    const session = this.sessions.ofConnection(connection) ?? (await this.#runOrOther(connection))
    if (merchant === undefined || session.merchant === merchant) return session
    throw new HelloError(
      'merchant-false',
      `${session.merchant} answers where ${merchant} was expected.`,
      'us',
    )
  }

  /** Tells every connected merchant this node's new key log, binding or addresses. Failures are told as events. */
  async renew(): Promise<void> {
    await Promise.allSettled(this.sessions.all().map(({ connection }) => this.#run(connection)))
  }

  /** Ends sessions whose binding has expired, and their connections. Runs by itself once a minute. */
  endExpired(): void {
    for (const { connection } of this.sessions.expired(this.#port.now())) this.#close(connection)
  }

  /**
   * Ends sessions that hello would refuse by now: of a key before the merchant's last rotation, so that a thief of that
   * key has to leave, or of an identity that is frozen or blocked. Runs by itself after each hello, and once a minute.
   */
  async recheck(merchant: MerchantId): Promise<void> {
    const known = await this.#port.knownOf(merchant).catch(() => undefined) // the store failed: it says so itself
    if (known?.keyLog === undefined) return
    const { keyLog, isFrozen, isBlocked } = known
    for (const session of this.sessions.all())
      if (session.merchant === merchant)
        if (isFrozen || isBlocked || session.binding.keyEvent !== keyLog.current.digest)
          this.#close(session.connection)
  }

  #close(connection: Connection): void {
    this.sessions.end(connection)
    void connection.close().catch(() => {})
  }

  /**
   * Like {@link Host.handleStream}, for protocols that need a session: a stream on a connection without one is
   * broken off, after the hello that may be under way.
   */
  async handleStream(
    protocol: string,
    onStream: (stream: FramedStream, session: Session) => void | Promise<void>,
    streamLimits: StreamLimits,
  ): Promise<void> {
    await this.#host.handleStream(
      protocol,
      async (stream) => {
        const { connection } = stream
        const session =
          this.sessions.ofConnection(connection) ??
          (await this.#running.get(connection.id)?.catch(() => undefined))
        if (session === undefined) stream.abort('aborted', 'A stream before the hello.')
        else await onStream(stream, session)
      },
      streamLimits,
    )
  }

  /** The other side may have dialled too, and its connection been kept. */
  async #runOrOther(connection: Connection): Promise<Session> {
    try {
      return await this.#run(connection)
    } catch (cause) {
      const peerId = connection.remotePeer.toString()
      const other = this.sessions.all().find((session) => session.peerId === peerId)
      if (other !== undefined) return other
      throw cause
    }
  }

  /** As the dialer; one at a time a connection. */
  #run(connection: Connection): Promise<Session> {
    const running = this.#running.get(connection.id)
    if (running !== undefined) return running
    const run = this.#dial(connection)
    return this.#track(connection, run)
  }

  #track(connection: Connection, run: Promise<Session>): Promise<Session> {
    this.#running.set(connection.id, run)
    const done = (): void => {
      if (this.#running.get(connection.id) === run) this.#running.delete(connection.id)
    }
    run.then(done, done)
    return run
  }

  async #dial(connection: Connection): Promise<Session> {
    try {
      const stream = await this.#host.openStream(connection, helloProtocol, limits)
      return await this.#converse(stream, 'dialer')
    } catch (cause) {
      if (cause instanceof HelloError) throw cause
      const code =
        cause instanceof HostError && cause.code === 'protocol-unsupported' ? 'no-merchant' : 'broken'
      const error = new HelloError(
        code,
        cause instanceof Error ? cause.message : 'The hello failed.',
        'them',
        { cause },
      )
      this.#fail(connection, error)
      throw error
    }
  }

  async #accept(stream: FramedStream): Promise<void> {
    const run = this.#converse(stream, 'acceptor')
    await this.#track(stream.connection, run).catch((cause: unknown) => {
      if (!(cause instanceof HelloError))
        this.#fail(stream.connection, new HelloError('broken', messageOf(cause), 'them', { cause }))
    })
  }

  async #converse(stream: FramedStream, role: 'dialer' | 'acceptor'): Promise<Session> {
    const { connection, peerId } = stream
    const conversation = new HelloConversation({
      primitives: this.#primitives,
      port: this.#port,
      ownPeerId: this.#host.peerId,
      peerId,
      sessionMerchant: this.sessions.ofConnection(connection)?.merchant,
    })
    try {
      await pipe(stream.frames(), (frames) => conversation[role](frames), stream.sink)
    } catch (cause) {
      if (cause instanceof StreamError) stream.abort(cause.code, cause.message)
      else stream.abort('handler-failed', 'The hello could not be handled.')
      throw cause
    }
    return this.#conclude(connection, conversation.outcome)
  }

  #conclude(connection: Connection, outcome: HelloOutcome | undefined): Session {
    if (outcome === undefined) throw new StreamError('closed', 'The hello ended early.')
    const peerId = connection.remotePeer.toString()
    if (outcome.ok) {
      const { hello, verdict, held } = outcome
      const session: Session = {
        merchant: hello.merchant,
        peerId,
        connection,
        keyLog: verdict.keyLog,
        binding: verdict.binding,
        held,
        addresses: hello.addresses,
      }
      if (connection.status !== 'open')
        throw new StreamError('reset', 'The connection broke after the hello.')
      const isFirst = this.sessions.ofConnection(connection) === undefined
      this.sessions.set(session)
      if (isFirst) this.#closeDouble(session)
      void this.recheck(session.merchant)
      return session
    }
    const error = new HelloError(outcome.code, outcome.message, outcome.by)
    this.#fail(connection, error, outcome.merchant)
    if (outcome.merchant !== undefined) void this.recheck(outcome.merchant)
    if (outcome.offence !== undefined) this.#host.report(peerId, outcome.offence)
    if (outcome.ownLongerLog !== undefined)
      for (const listener of [...this.#listeners]) listener.ownLogBehind?.(outcome.ownLongerLog)
    throw error
  }

  #fail(connection: Connection, error: HelloError, merchant?: MerchantId): void {
    this.sessions.end(connection)
    if (error.code === 'no-merchant') return // a relay or another node of the DHT: nothing to tell
    const { code, message, by } = error
    const peerId = connection.remotePeer.toString()
    for (const listener of [...this.#listeners])
      listener.refusal?.({ peerId, by, code, message, ...(merchant === undefined ? {} : { merchant }) })
  }

  /** Both nodes dialled at the same time: the one with the smaller peer id closes the newer connection. */
  #closeDouble({ peerId, connection }: Session): void {
    if (connection.limits !== undefined || this.#host.peerId > peerId) return
    const isDouble = this.sessions
      .all()
      .some(
        (other) =>
          other.peerId === peerId && other.connection !== connection && other.connection.limits === undefined,
      )
    if (isDouble) void connection.close().catch(() => {})
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : 'The hello failed.'
}
