import fc from 'fast-check'
import { decode, encode } from 'it-length-prefixed'
import { describe, expect, test } from 'vitest'
import { FrameDecoder, FrameError, lengthPrefix } from '../../src/network/frame.ts'
import { bytesOfHex, readVectors } from './vectors.ts'

interface Case {
  readonly comment: string
  readonly bytesMax: number
  readonly bytes: string
  readonly frames: readonly string[]
  readonly code?: string
}

const { accepted, refused } = readVectors<{ accepted: Case[]; refused: Case[] }>('frame')

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** The frames of a whole stream that arrives in the given chunks, and the code of the breach that ends it. */
function read(chunks: readonly Uint8Array[], bytesMax: number): { frames: string[]; code?: string } {
  const decoder = new FrameDecoder(bytesMax)
  const frames: string[] = []
  try {
    for (const chunk of chunks) {
      decoder.append(chunk)
      for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) frames.push(hexOf(frame))
    }
    decoder.end()
    return { frames }
  } catch (error) {
    if (!(error instanceof FrameError)) throw error
    return { frames, code: error.code }
  }
}

const bytewise = (bytes: Uint8Array): Uint8Array[] => [...bytes].map((byte) => Uint8Array.of(byte))

describe('frames, protocol/streams/framing.md §1', () => {
  for (const { comment, bytesMax, bytes, frames, code } of [...accepted, ...refused])
    test(comment, () => {
      const expected = code === undefined ? { frames } : { frames, code }
      expect(read([bytesOfHex(bytes)], bytesMax)).toEqual(expected)
      expect(read(bytewise(bytesOfHex(bytes)), bytesMax)).toEqual(expected)
    })

  for (const { comment, bytesMax, bytes, frames } of accepted)
    test(`written the same: ${comment}`, () => {
      const written = frames.map((frame) => hexOf(lengthPrefix(frame.length / 2, bytesMax)) + frame).join('')
      expect(written).toBe(bytes)
    })

  test('what is too long or empty is not written', () => {
    expect(() => lengthPrefix(301, 300)).toThrow(expect.objectContaining({ code: 'frame-too-large' }))
    expect(() => lengthPrefix(0)).toThrow(expect.objectContaining({ code: 'frame-empty' }))
  })

  const framesOf = fc.array(fc.uint8Array({ minLength: 1, maxLength: 20_000 }), { maxLength: 8 })

  test('another implementation reads what we write, and writes what we read', () => {
    fc.assert(
      fc.property(framesOf, (frames) => {
        const ours = frames.flatMap((frame) => [lengthPrefix(frame.byteLength), frame])
        const theirs = [...encode(frames)].map((chunk) => chunk.subarray())
        expect(hexOf(Buffer.concat(ours))).toBe(hexOf(Buffer.concat(theirs)))
        expect([...decode(ours)].map((frame) => hexOf(frame.subarray()))).toEqual(frames.map(hexOf))
      }),
      { numRuns: 50 },
    )
  })

  test('frames survive any cutting into chunks', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(framesOf, sizes, (frames, cuts) => {
        const bytes = Buffer.concat(frames.flatMap((frame) => [lengthPrefix(frame.byteLength), frame]))
        const chunks: Uint8Array[] = []
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = cuts[i % cuts.length] as number
          chunks.push(bytes.subarray(at, at + size))
          at += size
        }
        expect(read(chunks, 1_048_576)).toEqual({ frames: frames.map(hexOf) })
      }),
      { numRuns: 100 },
    )
  })

  test('arbitrary bytes give frames or a FrameError, and nothing is held beyond what came', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 20 }), (chunks) => {
        const { frames, code } = read(chunks, 300)
        const came = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)
        expect(frames.join('').length / 2).toBeLessThanOrEqual(came)
        if (code !== undefined) expect(code).toMatch(/^frame-/)
      }),
      { numRuns: 500 },
    )
  })

  test('a frame within one chunk is a view of it; one across chunks is whole', () => {
    const decoder = new FrameDecoder()
    const chunk = Uint8Array.of(2, 1, 2, 3, 7)
    decoder.append(chunk)
    expect(decoder.next()?.buffer).toBe(chunk.buffer)
    expect(decoder.next()).toBeUndefined()
    expect(decoder.heldBytes).toBe(1)
    decoder.append(Uint8Array.of(8, 9))
    expect([...(decoder.next() ?? [])]).toEqual([7, 8, 9])
  })
})
