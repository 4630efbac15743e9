import type { z } from 'zod'
import {
  CanonicalError,
  canonicalText,
  type JsonObject,
  parseCanonical,
} from '../core/signature/canonical.ts'
import { StreamError } from './stream-error.ts'

const decoder = new TextDecoder('utf-8', { fatal: true })
const encoder = new TextEncoder()

/** A JSON frame is canonical text. Spec: protocol/streams/framing.md §1. */
export function jsonFrame(message: JsonObject): Uint8Array {
  return encoder.encode(canonicalText(message))
}

/** A frame that is a text, such as a statement. @throws {StreamError} `message-malformed` */
export function frameText(frame: Uint8Array): string {
  try {
    return decoder.decode(frame)
  } catch (cause) {
    throw new StreamError('message-malformed', 'A frame is not UTF-8.', { cause })
  }
}

/**
 * @param bytesMax the protocol's frame limit
 * @throws {StreamError} `message-malformed`, naming the member that is wrong
 */
export function parseJsonFrame<T>(schema: z.ZodType<T>, frame: Uint8Array, bytesMax: number): T {
  let value: unknown
  try {
    value = parseCanonical(frameText(frame), bytesMax)
  } catch (cause) {
    if (!(cause instanceof CanonicalError)) throw cause
    throw new StreamError('message-malformed', `A frame is no canonical JSON: ${cause.message}`, { cause })
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new StreamError(
    'message-malformed',
    `A frame is no message of the protocol: ${issue?.path.join('.') || 'it'}: ${issue?.message ?? ''}.`,
  )
}
