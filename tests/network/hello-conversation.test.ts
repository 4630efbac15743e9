import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HelloConversation } from '../../src/network/hello.ts'
import { StreamError } from '../../src/network/stream-error.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { MemoryHelloPort, TestMerchant } from './merchants.ts'

const anna = new TestMerchant('anna')
anna.rotate()
const bert = new TestMerchant('bert')

const conversation = (self: TestMerchant, peer: TestMerchant): HelloConversation =>
  new HelloConversation({
    primitives: nodePrimitives,
    port: new MemoryHelloPort(self),
    ownPeerId: self.peerId,
    peerId: peer.peerId,
    sessionMerchant: undefined,
  })

async function* of(frames: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* frames
}

/** What Anna sends as the dialer: hello, two key events, held. Bert's answers are taken from a first run. */
async function recorded(): Promise<{ dialer: Uint8Array[]; acceptor: Uint8Array[] }> {
  const dialer: Uint8Array[] = []
  const acceptor: Uint8Array[] = []
  const [fromAnna, fromBert] = [channel(dialer), channel(acceptor)]
  await Promise.all([
    fromAnna.take(conversation(anna, bert).dialer(fromBert.frames())),
    fromBert.take(conversation(bert, anna).acceptor(fromAnna.frames())),
  ])
  return { dialer, acceptor }
}

/** Frames on their way from one side to the other, kept in `log`. */
function channel(log: Uint8Array[]) {
  let arrival = Promise.withResolvers<void>()
  let over = false
  return {
    async take(source: AsyncIterable<Uint8Array>): Promise<void> {
      for await (const frame of source) {
        log.push(frame)
        arrival.resolve()
      }
      over = true
      arrival.resolve()
    },
    async *frames(): AsyncGenerator<Uint8Array> {
      for (let at = 0; ; at++) {
        while (at === log.length) {
          if (over) return
          arrival = Promise.withResolvers()
          await arrival.promise
        }
        yield log[at] as Uint8Array
      }
    },
  }
}

/** Runs one side against fixed frames. */
async function run(role: 'dialer' | 'acceptor', frames: readonly Uint8Array[]): Promise<HelloConversation> {
  const side = role === 'dialer' ? conversation(anna, bert) : conversation(bert, anna)
  try {
    for await (const _ of side[role](of(frames)));
  } catch (error) {
    expect(error).toBeInstanceOf(StreamError)
  }
  return side
}

describe('a hello conversation', async () => {
  const { dialer, acceptor } = await recorded()

  test('takes hello, key events and held from both sides', async () => {
    expect(dialer).toHaveLength(4)
    expect(acceptor).toHaveLength(3)
    expect((await run('acceptor', dialer)).outcome).toMatchObject({
      ok: true,
      hello: { merchant: anna.merchant },
    })
    expect((await run('dialer', acceptor)).outcome).toMatchObject({
      ok: true,
      hello: { merchant: bert.merchant },
    })
  })

  test('whatever is cut off, left out, doubled or exchanged: no session, and no other error than its own', async () => {
    for (const [role, frames] of [
      ['acceptor', dialer],
      ['dialer', acceptor],
    ] as const) {
      const changed: Uint8Array[][] = []
      for (let at = 0; at < frames.length; at++) {
        changed.push(frames.slice(0, at)) // cut off
        changed.push(frames.filter((_, index) => index !== at)) // left out
        if (at > 0) changed.push([...frames.slice(0, at), frames[at - 1] as Uint8Array, ...frames.slice(at)])
        for (let other = at + 1; other < frames.length; other++)
          changed.push(
            frames.map((frame, index) =>
              index === at
                ? (frames[other] as Uint8Array)
                : index === other
                  ? (frames[at] as Uint8Array)
                  : frame,
            ),
          )
      }
      for (const sequence of changed) expect((await run(role, sequence)).outcome?.ok ?? false).toBe(false)
    }
  })

  test('whatever byte is changed: no session of another merchant, and no other error than its own', async () => {
    const flip = fc.tuple(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }))
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('dialer', 'acceptor'), flip, async (role, [frame, at, mask]) => {
        const frames = (role === 'acceptor' ? dialer : acceptor).map((each) => Uint8Array.from(each))
        const changed = frames[frame % frames.length] as Uint8Array
        changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ mask
        const { outcome } = await run(role, frames)
        // An address or a second of the clock may change: both are hints. Nothing signed may.
        if (outcome?.ok)
          expect(outcome.hello.merchant).toBe(role === 'acceptor' ? anna.merchant : bert.merchant)
      }),
      { numRuns: 200 },
    )
  })

  test('arbitrary frames', async () => {
    const frames = fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('dialer', 'acceptor'), frames, async (role, sequence) => {
        expect((await run(role, sequence)).outcome).toBeUndefined()
      }),
      { numRuns: 200 },
    )
  })
})
