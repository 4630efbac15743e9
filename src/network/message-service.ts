import type { MerchantId } from '../core/identity/merchant-id.ts'
import { digestOf } from '../core/signature/digest.ts'
import type { Primitives } from '../core/signature/primitives.ts'
import type { FramedStream } from './framed-stream.ts'
import type { HelloService } from './hello-service.ts'
import type { Host, StreamLimits } from './host.ts'
import { frameText } from './json-frame.ts'
import {
  answerFrame,
  type MessageAnswer,
  messageFrameBytesMax,
  messageProtocol,
  type Receipt,
} from './message-frame.ts'
import { type LaneEnd, MessageLane } from './message-lane.ts'
import type { Inbox, Outbox, OutgoingMessage } from './outbox.ts'
import { RetryPause } from './retry-pause.ts'
import type { Session } from './session.ts'

const limits: StreamLimits = { frameBytesMax: messageFrameBytesMax, streamsMax: 2, overRelay: true }

/** How often the outbox is looked through for messages whose time is over. */
const overdueCheckMs = 30_000
const overdueMax = 1_000
/** What a receiver that failed asks for. */
const laterSecondsOnError = 10

export interface MessageEvents {
  /** A receiver answered. */
  answer(message: OutgoingMessage, answer: MessageAnswer): void
  /** A message was dropped because its time was over. */
  expired(message: OutgoingMessage): void
}

export interface MessageParts {
  readonly host: Host
  readonly hello: HelloService
  readonly primitives: Primitives
  readonly outbox: Outbox
  readonly inbox: Inbox
  /** UTC seconds. */
  readonly now: () => number
  readonly retry?: { readonly firstMs: number; readonly maxMs: number }
}

interface Sender {
  lane: MessageLane | undefined
  running: boolean
  again: boolean
  readonly pause: RetryPause
}

/** Sends what is in the outbox to whom it is for, and hands what comes to the inbox. Spec: protocol/streams/message.md. */
export class MessageService {
  readonly #parts: MessageParts
  readonly #senders = new Map<MerchantId, Sender>()
  readonly #receiving = new Map<string, FramedStream>() // by connection id
  readonly #inboxTurn = new Map<MerchantId, Promise<unknown>>()
  readonly #listeners = new Set<Partial<MessageEvents>>()
  #unsubscribe: () => void = () => {}
  #timer: NodeJS.Timeout | undefined

  constructor(parts: MessageParts) {
    this.#parts = parts
  }

  async start(): Promise<void> {
    const { hello } = this.#parts
    await hello.handleStream(messageProtocol, (stream, session) => this.#accept(stream, session), limits)
    this.#unsubscribe = hello.sessions.on({
      begin: ({ merchant }) => {
        const { pause } = this.#sender(merchant)
        pause.reset()
        pause.cancel()
        this.wake(merchant)
      },
      end: ({ merchant }) => {
        if (hello.sessions.of(merchant) === undefined) this.#drop(merchant)
      },
    })
    this.#timer = setInterval(() => {
      this.expireOverdue().catch(() => {}) // the store failed: it says so itself, and the next round tries again
    }, overdueCheckMs).unref()
    for (const { merchant } of hello.sessions.all()) this.wake(merchant)
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#unsubscribe()
    await this.#parts.host.unhandleStream(messageProtocol)
    await Promise.all([...this.#senders.values()].map(({ lane }) => lane?.close()))
    for (const merchant of [...this.#senders.keys()]) this.#drop(merchant)
  }

  /** @returns a function that ends the subscription */
  on(listener: Partial<MessageEvents>): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** To be called when something was put into the outbox. Without a session nothing happens: it is sent when one begins. */
  wake(to: MerchantId): void {
    const sender = this.#sender(to)
    sender.again = true
    if (!sender.running) void this.#run(to, sender)
  }

  /** Drops messages whose time is over. Runs by itself every {@link overdueCheckMs}. */
  async expireOverdue(): Promise<void> {
    const { outbox, now } = this.#parts
    for (const message of await outbox.overdue(now(), overdueMax)) {
      await outbox.expired(message.to, message.id)
      for (const listener of [...this.#listeners]) listener.expired?.(message)
    }
  }

  #sender(to: MerchantId): Sender {
    let sender = this.#senders.get(to)
    if (sender === undefined) {
      sender = { lane: undefined, running: false, again: false, pause: new RetryPause(this.#parts.retry) }
      this.#senders.set(to, sender)
    }
    return sender
  }

  #drop(merchant: MerchantId): void {
    this.#senders.get(merchant)?.pause.cancel()
    this.#senders.delete(merchant)
  }

  async #run(to: MerchantId, sender: Sender): Promise<void> {
    sender.running = true
    try {
      while (sender.again && this.#senders.get(to) === sender) {
        sender.again = false
        const end = await this.#runLane(to, sender)
        if (end.end === 'empty') continue
        sender.lane = undefined
        if (this.#parts.hello.sessions.of(to) === undefined) return
        sender.again = true
        await sender.pause.wait(end.end === 'later' ? end.seconds * 1_000 : undefined)
      }
    } finally {
      sender.running = false
    }
  }

  async #runLane(to: MerchantId, sender: Sender): Promise<LaneEnd> {
    const { host, hello, outbox, now } = this.#parts
    try {
      if (sender.lane?.isUsable !== true) {
        const session = hello.sessions.of(to)
        if (session === undefined || (await outbox.pending(to, 1)).length === 0) return { end: 'empty' }
        const stream = await host.openStream(session.connection, messageProtocol, limits)
        sender.lane = new MessageLane(
          stream,
          to,
          outbox,
          now,
          (message, answer) => {
            if (answer.type === 'mosaic/stored') sender.pause.reset()
            for (const listener of [...this.#listeners]) listener.answer?.(message, answer)
          },
          (message) => {
            for (const listener of [...this.#listeners]) listener.expired?.(message)
          },
        )
      }
      return await sender.lane.run()
    } catch {
      return { end: 'broken' }
    }
  }

  #accept(stream: FramedStream, { merchant, peerId, connection }: Session): void {
    this.#receiving.get(connection.id)?.abort('aborted', 'Another stream of the same sender replaced it.')
    this.#receiving.set(connection.id, stream)
    void stream.closed.then(() => {
      if (this.#receiving.get(connection.id) === stream) this.#receiving.delete(connection.id)
    })
    let over = false
    stream.onFrame(
      async (frame) => {
        if (over) return
        const text = frameText(frame)
        const id = digestOf(this.#parts.primitives, frame)
        const receipt = await this.#receive(merchant, id, text)
        if (receipt.receipt === 'refused' && receipt.code === 'forged')
          this.#parts.host.report(peerId, 'statement-forged')
        if (!stream.isOpen) return
        await stream.send(answerFrame(id, receipt))
        if (receipt.receipt !== 'later') return
        over = true
        await stream.close()
      },
      () => void stream.close(),
    )
  }

  /** One at a time a merchant, also over two connections. */
  #receive(from: MerchantId, id: OutgoingMessage['id'], text: string): Promise<Receipt> {
    const before = this.#inboxTurn.get(from) ?? Promise.resolve()
    const turn = before
      .then(() => this.#parts.inbox.receive(from, id, text))
      .catch((): Receipt => ({ receipt: 'later', seconds: laterSecondsOnError }))
    this.#inboxTurn.set(from, turn)
    void turn.then(() => {
      if (this.#inboxTurn.get(from) === turn) this.#inboxTurn.delete(from)
    })
    return turn
  }
}
