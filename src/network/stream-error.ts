import type { FrameErrorCode } from './frame.ts'
import { type OffenceCode, offencePoints } from './offences.ts'

export type StreamCloseCode =
  | 'closed' // both sides had said all
  | 'aborted' // this side broke it off
  | 'reset' // the peer or the connection broke it off
  | 'deadline' // the whole exchange took too long
  | 'handler-failed' // a frame handler of ours threw
  | FrameErrorCode
  | OffenceCode // what the peer did wrong, where that is known more closely

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
  ...(Object.keys(offencePoints) as OffenceCode[]),
  'frame-too-large',
  'frame-empty',
  'frame-length-malformed',
])

/** The offence that a close code stands for. */
export const offenceOf = (code: StreamCloseCode): OffenceCode =>
  code in offencePoints ? (code as OffenceCode) : 'frame-malformed'
