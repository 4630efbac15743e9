import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type KeyLog, KeyLogError, verifyKeyLog } from '../../src/core/identity/key-log.ts'
import type { MerchantId } from '../../src/core/identity/merchant-id.ts'
import { checkHello } from '../../src/network/hello-check.ts'
import { type Hello, HelloReader, helloFrame } from '../../src/network/hello-message.ts'
import { jsonFrame } from '../../src/network/json-frame.ts'
import { StreamError } from '../../src/network/stream-error.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { readVectors } from './vectors.ts'

interface Check {
  readonly comment: string
  readonly receiver: MerchantId
  readonly peerId: string
  readonly now: number
  readonly hello: Hello
  readonly keyEvents: readonly string[]
  readonly held?: readonly string[]
  readonly session?: MerchantId
  readonly blocked?: boolean
  readonly frozen?: boolean
  readonly keyLog?: 'new' | 'longer' | 'known'
  readonly code?: string
  readonly offence?: string
  readonly missing?: number
  readonly longer?: boolean
}

interface Frame {
  readonly comment: string
  readonly text: string
}

const { checks, frames } = readVectors<{ checks: Check[]; frames: { accepted: Frame[]; refused: Frame[] } }>(
  'hello',
)

function logOf(texts: readonly string[]): KeyLog {
  const log = verifyKeyLog(nodePrimitives, texts)
  if (log instanceof KeyLogError) throw log
  return log
}

async function* one(frame: Uint8Array): AsyncGenerator<Uint8Array> {
  yield frame
}

const read = (text: string) =>
  new HelloReader(one(Buffer.from(text))).message('mosaic/hello', 'mosaic/held', 'mosaic/refusal')

describe('hello, protocol/streams/hello.md §3', () => {
  for (const check of checks)
    test(check.comment, () => {
      const verdict = checkHello(nodePrimitives, check.hello, check.keyEvents, {
        merchant: check.receiver,
        ownPeerId: '12D3KooWReceiver',
        peerId: check.peerId,
        now: check.now,
        keyLog: check.held === undefined ? undefined : logOf(check.held),
        isBlocked: check.blocked ?? false,
        isFrozen: check.frozen ?? false,
        sessionMerchant: check.session,
      })
      if (verdict.ok) {
        expect(check.code).toBeUndefined()
        expect(verdict.isNewLog).toBe(check.keyLog !== 'known')
        expect(verdict.keyLog.texts).toEqual(check.keyEvents)
        return
      }
      expect(verdict.code).toBe(check.code)
      expect(verdict.offence).toBe(check.offence)
      expect(verdict.missing?.length).toBe(check.missing)
      expect(verdict.longerLog !== undefined).toBe(check.longer ?? false)
      expect(verdict.message.length).toBeGreaterThan(20)
      expect(verdict.message.length).toBeLessThanOrEqual(500)
    })
})

describe('frames of hello, protocol/streams/hello.md §2', () => {
  for (const { comment, text } of frames.accepted)
    test(comment, async () => {
      const message = await read(text)
      expect(Buffer.from(jsonFrame(message)).toString()).toBe(text)
    })

  for (const { comment, text } of frames.refused)
    test(`refused: ${comment}`, async () => {
      await expect(read(text)).rejects.toMatchObject({ name: 'StreamError', code: 'message-malformed' })
    })

  test('a message that is not due is refused', async () => {
    const hello = Buffer.from(helloFrame(checks[0]?.hello as Hello))
    await expect(new HelloReader(one(hello)).message('mosaic/held')).rejects.toMatchObject({
      code: 'message-malformed',
    })
  })

  test('key events above their limits are refused before they are checked', async () => {
    const large = new Uint8Array(16_385).fill(0x20)
    await expect(new HelloReader(one(large)).keyEvents(1)).rejects.toMatchObject({
      code: 'message-malformed',
    })
    async function* many() {
      for (let i = 0; i < 1_000; i++) yield new Uint8Array(16_000).fill(0x20)
    }
    await expect(new HelloReader(many()).keyEvents(1_000)).rejects.toMatchObject({
      code: 'message-malformed',
    })
  })

  test('arbitrary frames give a message or a StreamError', async () => {
    const texts = [...frames.accepted, ...frames.refused].map(({ text }) => text)
    const mutated = fc
      .tuple(fc.constantFrom(...texts), fc.nat(), fc.string({ maxLength: 3 }))
      .map(
        ([text, at, insert]) => text.slice(0, at % text.length) + insert + text.slice((at % text.length) + 1),
      )
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json(), mutated), async (text) => {
        const error = await read(text).then(
          () => undefined,
          (cause: unknown) => cause,
        )
        expect(error === undefined || error instanceof StreamError).toBe(true)
      }),
      { numRuns: 300 },
    )
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 100 }), async (bytes) => {
        await expect(new HelloReader(one(bytes)).message('mosaic/hello')).rejects.toBeInstanceOf(StreamError)
      }),
      { numRuns: 200 },
    )
  })
})
