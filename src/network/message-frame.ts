import { z } from 'zod'
import { type Digest, digestSchema } from '../core/signature/digest.ts'
import { jsonFrame, parseJsonFrame } from './json-frame.ts'

/** Spec: protocol/streams/message.md. */
export const messageProtocol = '/mosaic/message/1'
export const messageFrameBytesMax = 65_536
export const messagesUnansweredMax = 32
export const answerMs = 60_000
export const laterSecondsMax = 3_600
const reasonCharsMax = 500

export const messageRefusalCodes = [
  'malformed',
  'unknown-type',
  'forged',
  'not-yours',
  'not-partners',
  'contradicts',
  'expired',
] as const
export type MessageRefusalCode = (typeof messageRefusalCodes)[number]

const answerSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('mosaic/stored'), id: digestSchema }),
  z.strictObject({
    type: z.literal('mosaic/refused'),
    id: digestSchema,
    code: z.enum(messageRefusalCodes),
    message: z.string().min(1).max(reasonCharsMax),
  }),
  z.strictObject({
    type: z.literal('mosaic/later'),
    id: digestSchema,
    seconds: z.int().min(1).max(laterSecondsMax),
  }),
])
/** What the receiver says of one statement. */
export type MessageAnswer = z.infer<typeof answerSchema>

/** What became of a statement at its receiver. */
export type Receipt =
  | { readonly receipt: 'stored' }
  | { readonly receipt: 'refused'; readonly code: MessageRefusalCode; readonly message: string }
  | { readonly receipt: 'later'; readonly seconds: number }

export function answerFrame(id: Digest, receipt: Receipt): Uint8Array {
  switch (receipt.receipt) {
    case 'stored':
      return jsonFrame({ type: 'mosaic/stored', id })
    case 'refused': {
      const { code, message } = receipt
      return jsonFrame({ type: 'mosaic/refused', id, code, message: message.slice(0, reasonCharsMax) })
    }
    case 'later':
      return jsonFrame({ type: 'mosaic/later', id, seconds: receipt.seconds })
  }
}

/** @throws {StreamError} `message-malformed` */
export function parseAnswer(frame: Uint8Array): MessageAnswer {
  return parseJsonFrame(answerSchema, frame, messageFrameBytesMax)
}
