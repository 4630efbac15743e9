import type { Connection, Stream } from '@libp2p/interface'
import { FrameDecoder, FrameError, frameBytesMax, lengthPrefix } from './frame.ts'
import { SendQueue, sendBytesMax } from './send-queue.ts'
import { offendingCodes, type StreamCloseCode, StreamError } from './stream-error.ts'

/** More than this waiting to be sent, and `send` asks its caller to wait. */
export const sendQueueBytesMax = 4 * sendBytesMax
/** Frames that an async iterator holds before it pauses the peer. */
export const iteratorBytesMax = 1024 * 1024

export type FrameHandler = (frame: Uint8Array) => void | Promise<void>

export interface FramedStreamOptions {
  /** Largest frame in either direction. @default frameBytesMax */
  readonly frameBytesMax?: number
  /** The whole exchange must end within this time, or the stream is aborted with `deadline`. @default none */
  readonly deadlineMs?: number
  /** Aborts the stream. */
  readonly signal?: AbortSignal
  /** Called once when the peer broke the framing or the protocol. */
  readonly onOffence?: (code: StreamCloseCode) => void
}

/**
 * Frames both ways over one libp2p stream. Small frames of one turn of the event loop leave in one send.
 * Spec: protocol/streams/framing.md.
 */
export class FramedStream {
  readonly connection: Connection
  /** Settles once, never rejects. */
  readonly closed: Promise<StreamError>
  readonly #stream: Stream
  readonly #bytesMax: number
  readonly #onOffence: ((code: StreamCloseCode) => void) | undefined
  readonly #decoder: FrameDecoder
  readonly #abortSignal: AbortSignal | undefined
  readonly #deadline: NodeJS.Timeout | undefined
  #settleClosed: (error: StreamError) => void = () => {}
  #error: StreamError | undefined
  // Outbound
  readonly #queue = new SendQueue()
  #flushing: NodeJS.Immediate | undefined
  #room: PromiseWithResolvers<void> | undefined
  // Inbound
  #handler: FrameHandler | undefined
  #onEnd: (() => void) | undefined
  #handling = false
  /** The peer closed its side in order. libp2p's `end` also comes of an abort and of a lost connection. */
  #saidAll: boolean
  #ended = false

  constructor(stream: Stream, connection: Connection, options: FramedStreamOptions = {}) {
    this.#stream = stream
    this.connection = connection
    this.#bytesMax = options.frameBytesMax ?? frameBytesMax
    this.#decoder = new FrameDecoder(this.#bytesMax)
    this.#onOffence = options.onOffence
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve
    })
    this.#saidAll = stream.remoteWriteStatus === 'closed'
    stream.addEventListener('remoteCloseWrite', this.#handleSaidAll)
    stream.addEventListener('drain', this.#pump)
    stream.addEventListener('end', this.#handleEnd)
    stream.addEventListener('close', this.#handleClose)
    this.#abortSignal = options.signal
    if (options.deadlineMs !== undefined) {
      const { deadlineMs } = options
      this.#deadline = setTimeout(
        () => this.#fail('deadline', `The exchange took longer than ${deadlineMs} ms.`),
        deadlineMs,
      ).unref()
    }
    if (options.signal?.aborted) this.#handleAbort()
    else options.signal?.addEventListener('abort', this.#handleAbort, { once: true })
  }

  get protocol(): string {
    return this.#stream.protocol
  }

  /** The libp2p peer id of the other side, proven by the connection's handshake. */
  get peerId(): string {
    return this.connection.remotePeer.toString()
  }

  get isOpen(): boolean {
    return this.#error === undefined
  }

  /** Bytes that were given to {@link send} and have not been handed to the connection yet. */
  get queuedBytes(): number {
    return this.#queue.bytes
  }

  /**
   * Queues one frame; parts are joined. The bytes must not be changed afterwards.
   * @returns a promise when the queue is full: wait for it before the next frame. It rejects with a
   *   {@link StreamError} if the stream breaks; ignoring it is safe.
   * @throws {StreamError} if the stream is closed
   * @throws {FrameError} if the frame is empty or above the limit
   */
  send(frame: Uint8Array | readonly Uint8Array[]): void | Promise<void> {
    if (this.#error !== undefined) throw this.#error
    const parts: readonly Uint8Array[] = frame instanceof Uint8Array ? [frame] : frame
    let length = 0
    for (const part of parts) length += part.byteLength
    const prefix = lengthPrefix(length, this.#bytesMax)
    this.#queue.push(prefix)
    for (const part of parts) this.#queue.push(part)
    if (this.#queue.bytes >= sendBytesMax) this.#pump()
    else this.#flushing ??= setImmediate(this.#pump)
    if (this.#queue.bytes <= sendQueueBytesMax || this.#error !== undefined) return
    this.#room ??= ignorable()
    return this.#room.promise
  }

  /** Sends what is queued now, without waiting for the turn to end. */
  flush(): void {
    this.#pump()
  }

  /**
   * Calls `handler` with each frame, in order, one at a time: while its promise is pending the peer is
   * paused. A frame is a view of a larger buffer: who keeps it longer than the call copies it.
   * @param onEnd the peer has said all
   */
  onFrame(handler: FrameHandler, onEnd?: () => void): void {
    if (this.#handler !== undefined) throw new Error('A stream of frames has one reader.')
    this.#handler = handler
    this.#onEnd = onEnd
    this.#stream.addEventListener('message', this.#handleMessage)
    if (this.#stream.readableEnded) this.#handleEnd()
  }

  /** The frames in order. Ends when the peer has said all; throws {@link StreamError} if the stream breaks. */
  async *frames(): AsyncGenerator<Uint8Array, void, undefined> {
    const ready: Uint8Array[] = []
    let readyBytes = 0
    let arrival: PromiseWithResolvers<void> | undefined
    let space: PromiseWithResolvers<void> | undefined
    let over = false
    const wake = (): void => arrival?.resolve()
    this.onFrame(
      (frame) => {
        ready.push(frame)
        readyBytes += frame.byteLength
        wake()
        if (readyBytes <= iteratorBytesMax) return
        space ??= Promise.withResolvers()
        return space.promise
      },
      () => {
        over = true
        wake()
      },
    )
    void this.closed.then(wake)
    try {
      for (;;) {
        const frame = ready.shift()
        if (frame !== undefined) {
          readyBytes -= frame.byteLength
          if (readyBytes <= iteratorBytesMax) space = void space?.resolve()
          yield frame
        } else if (over) return
        else if (!this.#mayRead()) throw this.#error
        else {
          arrival = Promise.withResolvers()
          await arrival.promise
        }
      }
    } finally {
      space?.resolve()
    }
  }

  /** Sends every frame of `source`, then closes. The last part of an it-pipe; {@link frames} is the first. */
  readonly sink = async (source: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const frame of source) await this.send(frame)
    await this.close()
  }

  /** Sends what is queued, then tells the peer that no more will come; the peer may still send. */
  async close(): Promise<void> {
    while (this.#error === undefined && this.#queue.bytes > 0) {
      this.#pump()
      if (this.#queue.bytes === 0) break
      this.#room ??= ignorable()
      await this.#room.promise
    }
    if (this.#error !== undefined) return
    try {
      await this.#stream.close({ signal: AbortSignal.timeout(closeMs) })
    } catch (cause) {
      this.#fail('reset', 'The stream broke while it was being closed.', { cause })
    }
  }

  /** Breaks the stream off. `message-malformed` counts as an offence of the peer. */
  abort(code: StreamCloseCode = 'aborted', message = 'This side broke the stream off.'): void {
    this.#fail(code, message)
  }

  readonly #pump = (): void => {
    if (this.#flushing !== undefined) this.#flushing = void clearImmediate(this.#flushing)
    if (this.#error !== undefined) return
    try {
      while (this.#queue.bytes > 0 && !this.#stream.writableNeedsDrain)
        this.#stream.send(this.#queue.takeSend())
    } catch (cause) {
      // The stream may close between the check and the send, also within an event of libp2p (js-libp2p#3415).
      this.#fail('reset', 'The stream broke while sending.', { cause })
      return
    }
    if (this.#room !== undefined && this.#queue.bytes <= sendQueueBytesMax / 2) {
      this.#room.resolve()
      this.#room = undefined
    }
  }

  readonly #handleMessage = (event: { data: Uint8Array | Iterable<Uint8Array> }): void => {
    if (event.data instanceof Uint8Array) this.#decoder.append(event.data)
    else for (const chunk of event.data) this.#decoder.append(chunk)
    if (!this.#handling) this.#deliver()
  }

  /** Gives frames to the handler until there are none or it asks to wait. */
  #deliver(): void {
    try {
      while (this.#mayRead()) {
        const frame = this.#decoder.next()
        if (frame === undefined) break
        const wait = this.#handler?.(frame)
        if (wait === undefined) continue
        this.#waitFor(wait)
        return
      }
      if (this.#ended && this.#mayRead()) {
        this.#decoder.end()
        this.#onEnd?.()
      }
    } catch (cause) {
      this.#failReading(cause)
    }
  }

  /** What arrived before both sides closed is read to its end. */
  #mayRead(): boolean {
    return this.#error === undefined || this.#error.code === 'closed'
  }

  #waitFor(wait: Promise<void>): void {
    this.#handling = true
    if (this.#stream.readStatus === 'readable') this.#stream.pause()
    wait.then(
      () => {
        this.#handling = false
        this.#deliver()
        if (!this.#handling) this.#resume()
      },
      (cause) => this.#failReading(cause),
    )
  }

  #resume(): void {
    if (this.#stream.readStatus !== 'paused') return
    try {
      this.#stream.resume()
    } catch {
      // The connection is gone: libp2p has given us what it held, and failed to say so to the peer.
    }
  }

  readonly #handleSaidAll = (): void => {
    this.#saidAll = true
  }

  readonly #handleEnd = (): void => {
    if (this.#ended || !this.#saidAll || this.#handler === undefined) return
    this.#ended = true
    if (!this.#handling) this.#deliver()
  }

  readonly #handleClose = ({ error }: { error?: Error }): void => {
    if (error === undefined && this.#saidAll) this.#settle(new StreamError('closed', 'The stream is closed.'))
    else
      this.#settle(
        new StreamError('reset', 'The peer or the connection broke the stream off.', { cause: error }),
      )
  }

  readonly #handleAbort = (): void => this.#fail('aborted', 'This side broke the stream off.')

  #failReading(cause: unknown): void {
    if (cause instanceof FrameError || cause instanceof StreamError) this.#fail(cause.code, cause.message)
    else this.#fail('handler-failed', 'A frame could not be handled.', { cause })
  }

  #fail(code: StreamCloseCode, message: string, options?: ErrorOptions): void {
    if (this.#error !== undefined) return
    const error = new StreamError(code, message, options)
    this.#settle(error)
    this.#stream.abort(error)
    if (offendingCodes.has(code)) this.#onOffence?.(code)
  }

  #settle(error: StreamError): void {
    if (this.#error !== undefined) return
    this.#error = error
    clearTimeout(this.#deadline)
    clearImmediate(this.#flushing)
    this.#abortSignal?.removeEventListener('abort', this.#handleAbort)
    this.#stream.removeEventListener('drain', this.#pump)
    this.#queue.clear()
    this.#room?.reject(error)
    this.#room = undefined
    this.#settleClosed(error)
  }
}

const closeMs = 5_000

/** A promise whose rejection nobody has to look at. */
function ignorable(): PromiseWithResolvers<void> {
  const promise = Promise.withResolvers<void>()
  promise.promise.catch(() => {})
  return promise
}
