import type { Stream } from '@libp2p/interface'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { encodeFrame, type FrameBody } from '../../src/core/sync/frame.ts'
import { lengthPrefix } from '../../src/network/frame.ts'
import { messageProtocol } from '../../src/network/message-frame.ts'
import { syncProtocol } from '../../src/network/sync-driver.ts'
import { isOpen, seedOf, until } from '../network/merchants.ts'
import { becomePartners, isLetIn, meet, peer, type RealNode, realNode, stockUp } from './real-node.ts'
import { SyncPeer } from './sync-peer.ts'

// Design §13: peers that ask for more than anybody needs, or never read. What a node holds for each has an end, and
// others are served meanwhile.

let vera: RealNode
beforeEach(async () => {
  vera = await realNode('Vera')
  await stockUp(vera, 3_000)
  await vera.api.post('/assortments', { id: 'public' })
})
afterEach(() => vera[Symbol.asyncDispose]())

type Want = FrameBody<'want'>['repos'][number]
const want = (id: number, more: Partial<Want> = {}): Want => ({
  ...{ id, merchant: vera.merchant, repo: 'public', rev: 0, keyEvents: 0, needs: 'pages' as const },
  ...more,
})

/** 256 wants on the wire. */
function wants(made: (n: number) => Want): Buffer {
  const frame = Buffer.concat(encodeFrame('want', { repos: Array.from({ length: 256 }, (_, n) => made(n)) }))
  return Buffer.concat([lengthPrefix(frame.length), frame])
}

type Written = 'reset' | 'blocked' | 'all'

/** Writes until the node resets the stream, or takes no more, or all chunks are gone. */
async function write(stream: Stream, chunksMax: number, chunk: () => Buffer): Promise<Written> {
  const closed = new Promise<Written>((resolve) => stream.addEventListener('close', () => resolve('reset')))
  for (let sent = 0; sent < chunksMax; sent++) {
    if (stream.status !== 'open') return 'reset'
    if (stream.send(chunk())) continue
    const drained = new Promise<undefined>((resolve) =>
      stream.addEventListener('drain', () => resolve(undefined), { once: true }),
    )
    const blocked = new Promise<Written>((resolve) => setTimeout(() => resolve('blocked'), 1_000))
    const ended = await Promise.race([closed, drained, blocked])
    if (ended !== undefined) return ended
  }
  return 'all'
}

/** Somebody else gets all of it while the attack goes on. */
async function expectServed(name: string): Promise<void> {
  await using friend = await peer(name)
  const sync = await SyncPeer.open(friend, await meet(friend, vera))
  const id = sync.want(want(1))
  const { payload } = await sync.hear('contents', id)
  expect(payload.length).toBeGreaterThan(0)
  await sync.hear('page', id)
}

test.each<[string, (n: number, first: number) => Want]>([
  ['of one repo, again and again', () => want(1)],
  ['of ever other repos', (n, first) => want(first + n, { repo: `assortment/a${first + n}` })],
])('wants without end, %s, by a peer that never reads: cut off', async (_, made) => {
  await using mallory = await peer('mallory')
  const { connection } = await meet(mallory, vera)
  const stream = await connection.newStream(syncProtocol)
  stream.pause()
  let first = 1
  const chunk = (): Buffer => {
    first += 256
    return wants((n) => made(n, first))
  }
  expect(await write(stream, 1_500, chunk)).toBe('reset')
  await expectServed('friend')
})

test('everything wanted and nothing read: others are served meanwhile', async () => {
  await using mallory = await peer('mallory')
  const session = await meet(mallory, vera)
  const streams = await Promise.all([1, 2].map(() => session.connection.newStream(syncProtocol)))
  for (const stream of streams) {
    stream.pause()
    stream.send(wants((n) => want(n + 1)))
  }
  await expectServed('friend')
  await stockUp(vera, 3_001, 0) // live changes for those who do not read
  await expectServed('another friend')
  expect(streams.map(({ status }) => status)).toEqual(['open', 'open'])
})

test('more streams of one protocol than allowed: those above are reset, at the price of nothing else', async () => {
  await using mallory = await peer('mallory')
  const { connection } = await meet(mallory, vera)
  const streams: Stream[] = []
  // A host of ours would not open so many.
  const open = { maxOutboundStreams: 100 }
  for (let n = 0; n < 20; n++) streams.push(await connection.newStream(messageProtocol, open))
  const half = Buffer.concat([lengthPrefix(60_000, 65_536), seedOf('half')])
  for (const stream of streams) if (stream.status === 'open') stream.send(half)
  await until(() => streams.filter(({ status }) => status === 'open').length <= 4)
  expect(isOpen(connection)).toBe(true)
  await expectServed('friend')
})

test('statements without end, answers never read: no more is taken than fits, and nobody else waits', async () => {
  await using mallory = await peer('mallory')
  const { connection } = await becomePartners(mallory, vera)
  const stream = await connection.newStream(messageProtocol)
  stream.pause()
  const text = Buffer.from('{"type":"mosaic/prize"}')
  const framed = Buffer.concat([lengthPrefix(text.length), text])
  const chunk = Buffer.concat(Array.from({ length: 500 }, () => framed))
  expect(await write(stream, 4_000, () => chunk)).not.toBe('all')
  await expectServed('friend')
  expect(await isLetIn(mallory, vera)).toBe(true)
})
