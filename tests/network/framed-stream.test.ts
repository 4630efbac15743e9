import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { FramedStream, FramedStreamOptions } from '../../src/network/framed-stream.ts'
import { createHost, type Host } from '../../src/network/host.ts'
import { sendBytesMax } from '../../src/network/send-queue.ts'
import { loopback, seedOf, until } from './merchants.ts'

const protocol = '/test/frames/1'
let here: Host
let there: Host

beforeEach(async () => {
  here = await createHost({ nodeSeed: seedOf('here'), listen: [] })
  there = await createHost({ nodeSeed: seedOf('there'), listen: [loopback] })
})

afterEach(async () => {
  await here.stop()
  await new Promise((resolve) => setTimeout(resolve, 5)) // see merchants.ts
  await there.stop()
})

/** A stream between two nodes: both ends. */
async function pair(
  ours: FramedStreamOptions = {},
  theirs: FramedStreamOptions = {},
): Promise<[FramedStream, FramedStream]> {
  const accepted = Promise.withResolvers<FramedStream>()
  await there.handleStream(protocol, (stream) => accepted.resolve(stream), theirs)
  const connection = await here.dial(there.addresses())
  return [await here.openStream(connection, protocol, ours), await accepted.promise]
}

const frameOf = (length: number, fill: number): Uint8Array => new Uint8Array(length).fill(fill)

async function collect(stream: FramedStream): Promise<Uint8Array[]> {
  const frames: Uint8Array[] = []
  for await (const frame of stream.frames()) frames.push(Uint8Array.from(frame))
  return frames
}

describe('a framed stream', () => {
  test('carries frames of all sizes both ways, in order', async () => {
    const [ours, theirs] = await pair()
    const sizes = [1, 127, 128, 5_000, sendBytesMax - 3, sendBytesMax, sendBytesMax + 1, 1_048_576, 2]
    const frames = sizes.map((size, index) => frameOf(size, index + 1))
    const both = [ours, theirs].map(async (stream) => {
      for (const frame of frames) await stream.send(frame)
      await stream.close()
    })
    const [a, b] = await Promise.all([collect(ours), collect(theirs), ...both])
    expect(a.map((frame) => Buffer.from(frame).equals(frames[a.indexOf(frame)] ?? frameOf(0, 0)))).toEqual(
      sizes.map(() => true),
    )
    expect(b.map(({ byteLength }) => byteLength)).toEqual(sizes)
    expect((await ours.closed).code).toBe('closed')
  })

  test('joins the parts of a frame', async () => {
    const [ours, theirs] = await pair()
    await ours.send([frameOf(2, 1), frameOf(3, 2)])
    await ours.close()
    expect((await collect(theirs)).map((frame) => [...frame])).toEqual([[1, 1, 2, 2, 2]])
  })

  test('sends small frames of one turn in one piece', async () => {
    const [ours, theirs] = await pair()
    const [stream] = ours.connection.streams.filter((each) => each.protocol === protocol)
    const sends: number[] = []
    if (stream !== undefined) {
      const send = stream.send.bind(stream)
      stream.send = (data) => {
        sends.push(data.byteLength)
        return send(data)
      }
    }
    for (let i = 0; i < 1_000; i++) await ours.send(frameOf(9, i % 256))
    await ours.close()
    expect(await collect(theirs)).toHaveLength(1_000)
    expect(sends).toEqual([10_000])
  })

  test('a reader that waits stops the sender, whose queue stays small', async () => {
    const [ours, theirs] = await pair()
    const gate = Promise.withResolvers<void>()
    let received = 0
    theirs.onFrame((frame) => {
      received += frame.byteLength
      return gate.promise
    })
    const frame = frameOf(100_000, 1)
    let sent = 0
    let sending = true
    const sender = (async () => {
      for (; sent < 400; sent++) await ours.send(frame)
      sending = false
    })()
    let before = -1
    while (before !== sent) {
      before = sent
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    expect(sending).toBe(true)
    expect(ours.queuedBytes).toBeLessThan(1_048_576)
    expect(received).toBe(100_000)
    gate.resolve()
    await sender
    await until(() => received === 40_000_000)
  })

  test('what arrived before both sides closed is read to its end', async () => {
    const [ours, theirs] = await pair()
    for (let i = 0; i < 20; i++) await ours.send(frameOf(10_000, i))
    await ours.close()
    await theirs.close()
    await ours.closed
    expect(await collect(theirs)).toHaveLength(20)
  })

  test('a frame above the limit is not sent', async () => {
    const [ours] = await pair({ frameBytesMax: 100 })
    expect(() => ours.send(frameOf(101, 0))).toThrow(expect.objectContaining({ code: 'frame-too-large' }))
    expect(ours.isOpen).toBe(true)
  })

  test('a frame above the limit breaks the stream and costs its sender', async () => {
    const offences: string[] = []
    there.onOffence((peerId, code) => offences.push(`${peerId} ${code}`))
    const [ours, theirs] = await pair({}, { frameBytesMax: 100 })
    const reading = collect(theirs)
    await ours.send(frameOf(101, 0))
    await expect(reading).rejects.toMatchObject({ code: 'frame-too-large' })
    expect((await ours.closed).code).toBe('reset')
    expect(offences).toEqual([`${here.peerId} frame-malformed`])
    expect(() => ours.send(frameOf(1, 0))).toThrow(expect.objectContaining({ code: 'reset' }))
  })

  test('a stream that ends within a frame is incomplete, and nobody at fault', async () => {
    const offences: string[] = []
    there.onOffence((_, code) => offences.push(code))
    const [ours, theirs] = await pair()
    const [raw] = ours.connection.streams.filter((each) => each.protocol === protocol)
    raw?.send(Uint8Array.of(5, 1, 2))
    await raw?.close()
    await expect(collect(theirs)).rejects.toMatchObject({ code: 'frame-truncated' })
    expect(offences).toEqual([])
  })

  test('a deadline ends the exchange at both ends', async () => {
    const [ours, theirs] = await pair({ deadlineMs: 30 })
    expect((await ours.closed).code).toBe('deadline')
    expect((await theirs.closed).code).toBe('reset')
  })

  test('a signal aborts, before and during', async () => {
    const controller = new AbortController()
    const [ours] = await pair({ signal: controller.signal })
    controller.abort()
    expect((await ours.closed).code).toBe('aborted')
  })

  test('a handler that throws breaks the stream, and the connection stays', async () => {
    const [ours, theirs] = await pair()
    theirs.onFrame(() => {
      throw new Error('ours, not the peer’s')
    })
    await ours.send(frameOf(1, 1))
    expect((await theirs.closed).code).toBe('handler-failed')
    expect((await ours.closed).code).toBe('reset')
    expect(ours.connection.status).toBe('open')
  })

  test('a lost connection wakes a sender that waits and a reader', async () => {
    const [ours, theirs] = await pair()
    theirs.onFrame(() => new Promise(() => {}))
    const reading = collect(ours)
    const sending = (async () => {
      for (;;) await ours.send(frameOf(200_000, 1))
    })()
    await until(() => ours.queuedBytes > sendBytesMax)
    ours.connection.abort(new Error('cable pulled'))
    await expect(sending).rejects.toMatchObject({ code: 'reset' })
    await expect(reading).rejects.toMatchObject({ code: 'reset' })
    expect((await theirs.closed).code).toBe('reset')
  })

  test('a node that goes away in order is told from one that had said all', async () => {
    const [ours, theirs] = await pair()
    const reading = collect(ours)
    await theirs.send(frameOf(3, 1))
    theirs.flush()
    await until(() => theirs.queuedBytes === 0)
    const [raw] = ours.connection.streams.filter((each) => each.protocol === protocol)
    raw?.dispatchEvent(new Event('end')) // what libp2p does when the transport closes without a FIN
    theirs.connection.abort(new Error('power cut'))
    await expect(reading).rejects.toMatchObject({ code: 'reset' })
  })
})
