import type { FrameErrorCode } from './frame.ts'

export type StreamCloseCode =
  | 'closed' // both sides had said all
  | 'aborted' // this side broke it off
  | 'reset' // the peer or the connection broke it off
  | 'deadline' // the whole exchange took too long
  | 'message-malformed' // a frame was no message of the protocol
  | 'handler-failed' // a frame handler of ours threw
  | FrameErrorCode

/** Why a stream is no longer usable. */
export class StreamError extends Error {
  override readonly name = 'StreamError'
  readonly code: StreamCloseCode
  constructor(code: StreamCloseCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The peer is at fault. A stream that ends within a frame is no offence: a node that shuts down does that. */
export const offendingCodes: ReadonlySet<StreamCloseCode> = new Set([
  'message-malformed',
  'frame-too-large',
  'frame-empty',
  'frame-length-malformed',
])
