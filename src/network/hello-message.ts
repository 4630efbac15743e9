import { z } from 'zod'
import { keyEventBytesMax } from '../core/identity/key-event.ts'
import { keyEventsMax, keyLogCharsMax } from '../core/identity/key-log.ts'
import { merchantIdSchema } from '../core/identity/merchant-id.ts'
import { nodeBindingBytesMax } from '../core/identity/node-binding.ts'
import { repoHeadSchema } from '../core/identity/repo-head.ts'
import { frameText, jsonFrame, parseJsonFrame } from './json-frame.ts'
import { StreamError } from './stream-error.ts'

/** Spec: protocol/streams/hello.md. */
export const helloProtocol = '/mosaic/hello/1'
export const helloFrameBytesMax = 262_144
export const helloMs = 10_000
export const addressesMax = 16
export const addressCharsMax = 256
export const heldReposMax = 256
export const heldOrdersMax = 1_024
export const refusalCharsMax = 500

const addressesSchema = z.array(z.string().min(1).max(addressCharsMax)).max(addressesMax)

const helloSchema = z.strictObject({
  type: z.literal('mosaic/hello'),
  merchant: merchantIdSchema,
  clock: z.int().nonnegative(), // UTC seconds
  keyEvents: z.int().min(1).max(keyEventsMax),
  binding: z.string().max(nodeBindingBytesMax),
  addresses: addressesSchema,
})
/** Who I am. The key events follow in frames of their own. */
export type Hello = z.infer<typeof helloSchema>

const ascending = (keys: readonly string[]): boolean =>
  keys.every((key, index) => index === 0 || (keys[index - 1] as string) < key)

const heldSchema = z.strictObject({
  type: z.literal('mosaic/held'),
  repos: z
    .array(repoHeadSchema)
    .max(heldReposMax)
    .refine((repos) => ascending(repos.map(({ repo }) => repo)), { error: 'not ascending by repo' }),
  orders: z
    .array(
      z.strictObject({
        order: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
        seq: z.int().nonnegative(),
      }),
    )
    .max(heldOrdersMax)
    .refine((orders) => ascending(orders.map(({ order }) => order)), { error: 'not ascending by order' }),
})
/** What one side holds of the other: newest commits and order messages. */
export type Held = Omit<z.infer<typeof heldSchema>, 'type'>

const refusalCodes = [
  'same-merchant',
  'merchant-false',
  'clock-wrong',
  'merchant-refused',
  'identity-frozen',
  'key-log-wrong',
  'key-log-behind',
  'binding-wrong',
  'binding-superseded',
  'binding-expired',
  'busy',
] as const
export type RefusalCode = (typeof refusalCodes)[number]

const refusalSchema = z.strictObject({
  type: z.literal('mosaic/refusal'),
  code: z.enum(refusalCodes),
  message: z.string().min(1).max(refusalCharsMax),
  keyEvents: z.int().nonnegative().max(keyEventsMax),
})
export type Refusal = z.infer<typeof refusalSchema>

const answerSchema = z.discriminatedUnion('type', [helloSchema, heldSchema, refusalSchema])

export const helloFrame = (hello: Hello): Uint8Array => jsonFrame(hello)
export const heldFrame = (held: Held): Uint8Array => jsonFrame({ type: 'mosaic/held', ...held })
export const refusalFrame = (refusal: Refusal): Uint8Array => jsonFrame(refusal)

/** Reads the frames of one side of a hello, in the order of the spec. */
export class HelloReader {
  readonly #frames: AsyncIterator<Uint8Array, unknown>

  constructor(frames: AsyncIterable<Uint8Array>) {
    this.#frames = frames[Symbol.asyncIterator]()
  }

  /** @throws {StreamError} `message-malformed` if it is another message; `closed` if the peer left */
  async message<T extends 'mosaic/hello' | 'mosaic/held' | 'mosaic/refusal'>(
    ...types: readonly T[]
  ): Promise<Extract<z.infer<typeof answerSchema>, { type: T }>> {
    const message = parseJsonFrame(answerSchema, await this.#next(), helloFrameBytesMax)
    if ((types as readonly string[]).includes(message.type))
      return message as Extract<z.infer<typeof answerSchema>, { type: T }>
    throw new StreamError('message-malformed', `${message.type} came where ${types.join(' or ')} was due.`)
  }

  /** The texts of `count` key events. @throws {StreamError} */
  async keyEvents(count: number): Promise<string[]> {
    const texts: string[] = []
    let chars = 0
    for (let i = 0; i < count; i++) {
      const frame = await this.#next()
      chars += frame.byteLength
      if (frame.byteLength > keyEventBytesMax || chars > keyLogCharsMax)
        throw new StreamError('message-malformed', 'The key events exceed their limit.')
      texts.push(frameText(frame))
    }
    return texts
  }

  async #next(): Promise<Uint8Array> {
    const { done, value } = await this.#frames.next()
    if (done) throw new StreamError('closed', 'The peer left in the middle of the hello.')
    return value
  }
}
