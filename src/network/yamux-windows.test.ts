import { StreamState } from '@chainsafe/libp2p-yamux/stream'
import type { StreamMuxerFactory } from '@libp2p/interface'
import { expect, test } from 'vitest'
import { sparingUpdates } from './yamux-windows.ts'

/** A muxer that makes one stream, and counts the updates that the stream sends. */
function muxerWith(stream: { state: StreamState; recvWindow: number; recvWindowCapacity: number }) {
  let updates = 0
  const inner = { ...stream, sendWindowUpdate: () => updates++ }
  const factory = { createStreamMuxer: () => ({ _newStream: () => inner }) } as unknown as StreamMuxerFactory
  const muxer = sparingUpdates(() => factory)().createStreamMuxer({} as never) as unknown as {
    _newStream(): typeof inner
  }
  return { stream: muxer._newStream(), updates: () => updates }
}

test.each([
  { state: StreamState.Established, used: 100, sent: 0 },
  { state: StreamState.Established, used: 249, sent: 0 },
  { state: StreamState.Established, used: 250, sent: 1 },
  { state: StreamState.Established, used: 1000, sent: 1 },
  { state: StreamState.Init, used: 0, sent: 1 },
  { state: StreamState.SYNReceived, used: 0, sent: 1 },
])('$used of 1,000 used in state $state: $sent updates', ({ state, used, sent }) => {
  const { stream, updates } = muxerWith({ state, recvWindow: 1000, recvWindowCapacity: 1000 - used })
  stream.sendWindowUpdate()
  expect(updates()).toBe(sent)
})
