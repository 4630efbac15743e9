import { StreamState, type YamuxStream } from '@chainsafe/libp2p-yamux/stream'
import type { StreamMuxer, StreamMuxerFactory } from '@libp2p/interface'

/** Part of a stream's window that has to be used up before the peer is told of new room. */
const usedPartMin = 1 / 4

/** What the package keeps to itself. */
interface Internals {
  readonly recvWindow: number
  readonly recvWindowCapacity: number
}

/**
 * The package answers each frame of data with one that tells of new room, so that a live update to twenty
 * partners wakes its author twenty times. Here a quarter of the window has to be used first; yamux's first
 * implementation waits for half of it.
 */
export function sparingUpdates(create: () => StreamMuxerFactory): () => StreamMuxerFactory {
  return () => {
    const factory = create()
    const createStreamMuxer = factory.createStreamMuxer.bind(factory)
    factory.createStreamMuxer = (connection) => {
      const muxer = createStreamMuxer(connection)
      spareUpdatesOf(muxer)
      return muxer
    }
    return factory
  }
}

function spareUpdatesOf(muxer: StreamMuxer): void {
  const inner = muxer as StreamMuxer & { _newStream(...args: unknown[]): YamuxStream }
  const newStream = inner._newStream.bind(inner)
  inner._newStream = (...args) => {
    const stream = newStream(...args)
    const sendWindowUpdate = stream.sendWindowUpdate.bind(stream)
    stream.sendWindowUpdate = () => {
      const { recvWindow, recvWindowCapacity } = stream as unknown as Internals
      const isDue = recvWindow - recvWindowCapacity >= recvWindow * usedPartMin
      if (isDue || stream.state !== StreamState.Established) sendWindowUpdate() // opening one is such an update too
    }
    return stream
  }
}
