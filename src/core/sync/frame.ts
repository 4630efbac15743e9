import { z } from 'zod'
import { keyEventBytesMax } from '../identity/key-event.ts'
import { keyEventsMax } from '../identity/key-log.ts'
import { merchantIdSchema } from '../identity/merchant-id.ts'
import { commitBytesMax } from '../record/commit.ts'
import { linksMax } from '../record/history.ts'
import { repoNameSchema } from '../record/key.ts'
import { keyBytesMax, pageBytesMax } from '../record/shape.ts'
import { digestSchema } from '../signature/digest.ts'
import { schemaMessage } from '../signature/schema-message.ts'

/** Wants, or haves, in one frame. */
export const batchMax = 256
/** Bytes of the text of a delta, at most; more is sent as pages. */
export const deltaBytesMax = 4_194_304
/** Bytes of the text of a list of contents, at most. */
export const contentsBytesMax = 8_388_608
/** Pages that one request may ask for. */
export const pagesAskedMax = 64
/** Bytes of a frame, at most. Source: protocol/streams/framing.md. */
const bytesMax = 1_048_576
/** Bytes of a frame's body, at most. */
const bodyBytesMax = 786_432

const id = z
  .int()
  .min(1)
  .max(2 ** 31)
const rev = z.int().min(0)
const rawBytes = (max: number) => z.int().min(0).max(max)
const repoRef = { merchant: merchantIdSchema, repo: repoNameSchema }
const chain = z
  .array(z.string().max(commitBytesMax))
  .min(1)
  .max(linksMax + 1)
const headOf = {
  head: z.string().max(commitBytesMax),
  links: z.array(z.string().max(commitBytesMax)).max(linksMax),
}

/**
 * What a follower lacks: the changes since the rev that it wants from; or the contents, since it has not the
 * entries of that rev; or all pages after the contents without being asked, since it has nothing at all.
 */
const needs = ['changes', 'contents', 'pages'] as const
export type Needs = (typeof needs)[number]

/** The frames of `/mosaic/sync/1`. Spec: protocol/streams/sync.md §2; the numbers are the type bytes. */
export const frameSchemas = {
  /** What a side holds and the other may read; also each time it changes. */
  have: z.strictObject({
    repos: z.array(z.strictObject({ ...repoRef, rev, head: digestSchema })).max(batchMax),
  }),
  /** What a side follows, from which rev on. */
  want: z.strictObject({
    repos: z
      .array(
        z.strictObject({
          id,
          ...repoRef,
          rev,
          head: digestSchema.exactOptional(), // of the commit at `rev`, if that is not 0
          keyEvents: z.int().min(0).max(keyEventsMax),
          needs: z.enum(needs),
        }),
      )
      .max(batchMax),
  }),
  /** Nothing under that name for this peer, or not any more. */
  none: z.strictObject({ id }),
  /** Nothing newer than what was wanted. */
  current: z.strictObject({ id }),
  /** Key events of the repo's merchant, the first of them at `from`. */
  keys: z.strictObject({
    id,
    from: z.int().min(0).max(keyEventsMax),
    events: z.array(z.string().max(keyEventBytesMax)).min(1).max(keyEventsMax),
    more: z.boolean(), // of the same row come in the next frame
  }),
  /** Changes from the rev wanted to a head. Payload: their text, packed. */
  delta: z.strictObject({ id, ...headOf, from: rev, rawBytes: rawBytes(deltaBytesMax) }),
  /** All pages of a head, linked to the rev wanted. Payload: a line for each, packed. */
  contents: z.strictObject({ id, ...headOf, from: rev, rawBytes: rawBytes(contentsBytesMax) }),
  /** Asks for pages in a row, from a first key on. */
  pages: z.strictObject({ id, from: z.string().max(keyBytesMax), count: z.int().min(1).max(pagesAskedMax) }),
  /** A page, in the order asked. Payload: its text, packed. */
  page: z.strictObject({ id, rawBytes: rawBytes(pageBytesMax) }),
  /** The pages asked for are no longer there: want again. */
  moved: z.strictObject({ id }),
  /** Proof that the merchant signed two commits of one rev. */
  forked: z.strictObject({ id, rev, chains: z.tuple([chain, chain]) }),
  /** No longer follows. */
  stop: z.strictObject({ id }),
} as const

export type FrameName = keyof typeof frameSchemas
export type FrameBody<Name extends FrameName> = z.infer<(typeof frameSchemas)[Name]>
export type Frame = {
  [Name in FrameName]: { readonly name: Name; readonly body: FrameBody<Name>; readonly payload: Uint8Array }
}[FrameName]

const names = Object.keys(frameSchemas) as FrameName[]

/** The bytes are no frame; who sent them is at fault. */
export class SyncFrameError extends Error {
  override readonly name = 'SyncFrameError'
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/** Type, length of the body (4 bytes, big endian), body, payload: in parts, to be joined by the transport. */
export function encodeFrame<Name extends FrameName>(
  name: Name,
  body: FrameBody<Name>,
  payload?: Uint8Array,
): Uint8Array[] {
  const text = encoder.encode(JSON.stringify(body))
  const start = new Uint8Array(5 + text.length)
  start[0] = names.indexOf(name) + 1
  new DataView(start.buffer).setUint32(1, text.length)
  start.set(text, 5)
  return payload === undefined || payload.length === 0 ? [start] : [start, payload]
}

/** Whether the transport takes a frame of these parts. */
export const fitsFrame = (parts: readonly Uint8Array[]): boolean =>
  parts.reduce((sum, { length }) => sum + length, 0) <= bytesMax

/** No zstd frame of so many bytes is longer; what is would be kept and served for nothing. */
const packedBytesMax = (rawBytes: number): number => rawBytes + Math.floor(rawBytes / 256) + 64

/** @throws {SyncFrameError} */
export function decodeFrame(bytes: Uint8Array): Frame {
  const name = names[(bytes[0] ?? 0) - 1]
  if (name === undefined || bytes.length < 5) throw new SyncFrameError('The frame is of no known type.')
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1)
  if (length > bodyBytesMax || 5 + length > bytes.length)
    throw new SyncFrameError(`The body of the frame "${name}" is cut off, or over ${bodyBytesMax} bytes.`)
  const payload = bytes.subarray(5 + length)
  const body = parseBody(name, bytes.subarray(5, 5 + length))
  const payloadMax = 'rawBytes' in body ? packedBytesMax(body.rawBytes) : 0
  if (payload.length > payloadMax)
    throw new SyncFrameError(
      `The frame "${name}" has ${payload.length} bytes of payload, over ${payloadMax}.`,
    )
  return { name, body, payload } as Frame
}

function parseBody(name: FrameName, bytes: Uint8Array): FrameBody<FrameName> {
  let body: unknown
  try {
    body = JSON.parse(decoder.decode(bytes))
  } catch (cause) {
    throw new SyncFrameError('The body of the frame is not JSON.', { cause })
  }
  const parsed = frameSchemas[name].safeParse(body)
  if (parsed.success) return parsed.data
  throw new SyncFrameError(`The frame "${name}": ${schemaMessage(parsed.error)}`)
}
