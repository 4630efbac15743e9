import type { MerchantId } from '../core/identity/merchant-id.ts'
import type { Digest } from '../core/signature/digest.ts'
import type { FramedStream } from './framed-stream.ts'
import { answerMs, type MessageAnswer, messagesUnansweredMax, parseAnswer } from './message-frame.ts'
import type { Outbox, OutgoingMessage } from './outbox.ts'
import { StreamError } from './stream-error.ts'

export type LaneEnd =
  /** Everything pending was answered; the stream stays open for more. */
  | { readonly end: 'empty' }
  | { readonly end: 'later'; readonly seconds: number }
  /** The stream broke or the receiver was silent for too long. */
  | { readonly end: 'broken' }

/** The sender's side of one stream of protocol/streams/message.md. */
export class MessageLane {
  readonly #stream: FramedStream
  readonly #to: MerchantId
  readonly #outbox: Outbox
  readonly #now: () => number
  readonly #onAnswer: (message: OutgoingMessage, answer: MessageAnswer) => void
  readonly #onExpired: (message: OutgoingMessage) => void
  readonly #unanswered: OutgoingMessage[] = []
  #sent = new Set<Digest>()
  #answered = Promise.withResolvers<void>()
  #laterSeconds: number | undefined
  #settling: Promise<void> = Promise.resolve()

  constructor(
    stream: FramedStream,
    to: MerchantId,
    outbox: Outbox,
    now: () => number,
    onAnswer: (message: OutgoingMessage, answer: MessageAnswer) => void,
    onExpired: (message: OutgoingMessage) => void,
  ) {
    this.#stream = stream
    this.#to = to
    this.#outbox = outbox
    this.#now = now
    this.#onAnswer = onAnswer
    this.#onExpired = onExpired
    stream.onFrame(
      (frame) => this.#receive(frame),
      () => void stream.close(),
    )
    void stream.closed.then(() => this.#answered.resolve())
  }

  get isUsable(): boolean {
    return this.#stream.isOpen && this.#laterSeconds === undefined
  }

  /** Sends all that is pending. Call it again when more is. Not for two calls at a time. */
  async run(): Promise<LaneEnd> {
    while (this.isUsable) {
      for (const message of await this.#unsent()) await this.#send(message)
      if (this.#unanswered.length === 0 && (await this.#unsent()).length === 0) return { end: 'empty' }
      await this.#awaitAnswer()
    }
    await this.#settling.catch(() => {})
    return this.#laterSeconds === undefined
      ? { end: 'broken' }
      : { end: 'later', seconds: this.#laterSeconds }
  }

  close(): Promise<void> {
    return this.#stream.close()
  }

  /** As many as may be sent now. */
  async #unsent(): Promise<OutgoingMessage[]> {
    await this.#settling
    const pending = await this.#outbox.pending(this.#to, 2 * messagesUnansweredMax)
    // An answer may come while the outbox is read: nothing is sent twice on one stream.
    const stillSent = new Set(pending.map(({ id }) => id).filter((id) => this.#sent.has(id)))
    for (const { id } of this.#unanswered) stillSent.add(id)
    this.#sent = stillSent
    const room = messagesUnansweredMax - this.#unanswered.length
    return pending.filter(({ id }) => !stillSent.has(id)).slice(0, room)
  }

  async #send(message: OutgoingMessage): Promise<void> {
    if (message.notAfter !== undefined && this.#now() > message.notAfter) {
      await this.#outbox.expired(this.#to, message.id)
      this.#onExpired(message)
      return
    }
    if (!this.isUsable) return
    this.#unanswered.push(message)
    this.#sent.add(message.id)
    try {
      await this.#stream.send(Buffer.from(message.text))
    } catch {
      // The stream broke: `run` sees it.
    }
  }

  async #awaitAnswer(): Promise<void> {
    if (!this.isUsable || this.#unanswered.length === 0) return
    this.#answered = Promise.withResolvers()
    const timer = setTimeout(
      () => this.#stream.abort('deadline', `No answer within ${answerMs} ms.`),
      answerMs,
    )
    await this.#answered.promise
    clearTimeout(timer)
  }

  #receive(frame: Uint8Array): void {
    const answer = parseAnswer(frame)
    const message = this.#unanswered.shift()
    if (message === undefined || message.id !== answer.id || this.#laterSeconds !== undefined)
      throw new StreamError('message-malformed', 'An answer came for a statement that was not next.')
    if (answer.type === 'mosaic/later') this.#laterSeconds = answer.seconds
    this.#settling = this.#settling.then(() => this.#settle(answer))
    this.#settling.catch(() => this.#stream.abort('handler-failed', 'The outbox failed.'))
    this.#onAnswer(message, answer)
    this.#answered.resolve()
  }

  async #settle(answer: MessageAnswer): Promise<void> {
    if (answer.type === 'mosaic/stored') await this.#outbox.acknowledged(this.#to, answer.id)
    else if (answer.type === 'mosaic/refused')
      await this.#outbox.refused(this.#to, answer.id, answer.code, answer.message)
  }
}
