import { describe, expect, test } from 'vitest'
import { decodeFrame, encodeFrame, type FrameName, SyncFrameError } from '../../src/core/sync/frame.ts'
import { nodePrimitives as primitives } from '../../src/store/primitives.ts'
import { bytesOfHex, readVectors } from './vectors.ts'

const vectors = readVectors<{
  accepted: readonly { comment: string; name: FrameName; body: object; text?: string; frame: string }[]
  refused: readonly { comment: string; frame: string }[]
}>('sync-frame')

describe('frames of sync, protocol/streams/sync.md', () => {
  test.each(vectors.accepted)('$name: $comment', ({ name, body, text, frame }) => {
    const decoded = decodeFrame(bytesOfHex(frame))
    expect(decoded).toMatchObject({ name, body })
    const { payload } = decoded
    if (text === undefined) expect(payload.length).toBe(0)
    else {
      const { rawBytes } = decoded.body as { rawBytes: number }
      expect(new TextDecoder().decode(primitives.zstdDecompress(payload, rawBytes))).toBe(text)
    }
    const written = Buffer.concat(encodeFrame(name, body as never, payload))
    expect(decodeFrame(new Uint8Array(written))).toEqual(decoded)
  })

  test.each(vectors.refused)('refused: $comment', ({ frame }) => {
    expect(() => decodeFrame(bytesOfHex(frame))).toThrow(SyncFrameError)
  })
})
