import { randomBytes } from 'node:crypto'
import { constants, createZstdCompress, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { zstdCompress, zstdDecompress } from './zstd.ts'

const checksum = { params: { [constants.ZSTD_c_checksumFlag]: 1 } }
const texts = [Buffer.from('a'), Buffer.from('abc'.repeat(20_000)), randomBytes(1_000), randomBytes(100_000)]
const frames = texts.flatMap((text) => [
  { text, frame: zstdCompress(text) },
  { text, frame: zstdCompressSync(text, checksum) },
])

describe('zstd', () => {
  test('gives back what was packed, frame after frame', () => {
    for (const { text, frame } of [...frames, ...frames])
      expect(text.equals(zstdDecompress(frame, text.length))).toBe(true)
    expect(zstdDecompress(zstdCompress(new Uint8Array(0)), 0)).toHaveLength(0)
  })

  test('refuses a frame that is cut off anywhere, and goes on with the next', () => {
    for (const { text, frame } of frames)
      for (let cut = 1; cut <= frame.length; cut += cut < 20 ? 1 : frame.length >> 4) {
        expect(() => zstdDecompress(frame.subarray(0, frame.length - cut), text.length)).toThrow(RangeError)
        expect(text.equals(zstdDecompress(frame, text.length))).toBe(true)
      }
  })

  test.each([
    ['a second frame', (frame: Uint8Array) => frame],
    ['a skippable frame', () => Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0)],
    ['one more byte', () => Uint8Array.of(0)],
  ])('refuses %s after the frame', (_, tail) => {
    for (const { text, frame } of frames) {
      const longer = Buffer.concat([frame, tail(frame)])
      expect(() => zstdDecompress(longer, text.length)).toThrow(RangeError)
      expect(() => zstdDecompress(longer, text.length * 2)).toThrow(RangeError)
    }
  })

  test('refuses another length than stated, and never fills more than that', () => {
    for (const { text, frame } of frames)
      for (const length of [0, 1, text.length - 1, text.length + 1, text.length + 100_000])
        if (length !== text.length) expect(() => zstdDecompress(frame, length)).toThrow(RangeError)
    const bomb = zstdCompress(new Uint8Array(50_000_000))
    expect(bomb.length).toBeLessThan(10_000)
    expect(() => zstdDecompress(bomb, 1_000)).toThrow(RangeError)
  })

  test('refuses a window above 8 MiB where one would be needed', async () => {
    const stream = createZstdCompress({ params: { [constants.ZSTD_c_windowLog]: 25 } })
    const parts: Buffer[] = []
    stream.on('data', (part: Buffer) => parts.push(part))
    const ended = new Promise((resolve) => stream.on('end', resolve))
    stream.write('one part', () => stream.end('and another'))
    await ended
    expect(() => zstdDecompress(Buffer.concat(parts), 'one partand another'.length)).toThrow(RangeError)
  })

  test('any bytes are refused or are a frame', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(fc.constantFrom(...frames), fc.nat(), fc.nat(255)).map(([{ frame }, at, byte]) => {
        const changed = Uint8Array.from(frame)
        changed[at % changed.length] = byte
        return changed
      }),
    )
    fc.assert(
      fc.property(bytes, fc.nat(200_000), (packed, length) => {
        try {
          expect(zstdDecompress(packed, length)).toHaveLength(length)
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
      }),
    )
    for (const { text, frame } of frames) expect(text.equals(zstdDecompress(frame, text.length))).toBe(true)
  })
})
