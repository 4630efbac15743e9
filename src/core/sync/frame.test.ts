import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TestHistory } from '../../../tests/simulation/history.ts'
import { TestMerchant } from '../../../tests/simulation/merchants.ts'
import { linkRevs } from '../record/history.ts'
import {
  decodeFrame,
  encodeFrame,
  type FrameBody,
  type FrameName,
  fitsFrame,
  frameSchemas,
  SyncFrameError,
} from './frame.ts'

const anna = new TestMerchant('Anna')
const history = new TestHistory(anna).grow(3)
const { text: head, digest } = history.head
const place = { merchant: anna.id, repo: 'assortment/wine' }
const bodies: { readonly [Name in FrameName]: FrameBody<Name> } = {
  have: { repos: [{ ...place, rev: 3, head: digest }] },
  want: { repos: [{ id: 1, ...place, rev: 3, head: digest, keyEvents: 1, needs: 'changes' }] },
  none: { id: 1 },
  current: { id: 2 ** 31 },
  keys: { id: 1, from: 0, events: [...anna.log.texts], more: false },
  delta: { id: 1, head, links: [history.at(2).text], from: 1, rawBytes: 100 },
  contents: { id: 1, head, links: [], from: 0, rawBytes: 0 },
  pages: { id: 1, from: 'offer/ü', count: 64 },
  page: { id: 1, rawBytes: 224_000 },
  moved: { id: 1 },
  forked: { id: 1, rev: 3, chains: [[head], [head]] },
  stop: { id: 1 },
}
const names = Object.keys(frameSchemas) as FrameName[]
const joined = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

/** Decodes, and lets nothing but a SyncFrameError through. */
function decoded(bytes: Uint8Array): ReturnType<typeof decodeFrame> | undefined {
  try {
    return decodeFrame(bytes)
  } catch (error) {
    expect(error).toBeInstanceOf(SyncFrameError)
    return undefined
  }
}

describe('a frame', () => {
  test.each(names)('%s comes as it went', (name) => {
    const body = bodies[name]
    const payload = 'rawBytes' in body ? new Uint8Array(64).fill(7) : new Uint8Array(0)
    const bytes = joined(encodeFrame(name, body as never, payload))
    expect(bytes[0]).toBe(names.indexOf(name) + 1)
    expect(decodeFrame(bytes)).toEqual({ name, body, payload })
    // Also out of the middle of a larger buffer, as the transport gives it.
    expect(decodeFrame(new Uint8Array([9, ...bytes, 9]).subarray(1, 1 + bytes.length))).toEqual({
      name,
      body,
      payload,
    })
  })

  test.each(names)('%s with a member too many, too few or of another type is none', (name) => {
    const body: Readonly<Record<string, unknown>> = bodies[name]
    const refuses = (wrong: object) =>
      expect(() => decodeFrame(joined(encodeFrame(name, wrong as never)))).toThrow(SyncFrameError)
    refuses({ ...body, extra: 1 })
    for (const member of Object.keys(body)) {
      const { [member]: _, ...rest } = body
      refuses(rest)
      refuses({ ...body, [member]: null })
    }
  })

  test('with a payload that it may not have, or a longer one than it says, is none', () => {
    const refuses = (name: FrameName, body: object, length: number) =>
      expect(() => decodeFrame(joined(encodeFrame(name, body as never, new Uint8Array(length))))).toThrow(
        'payload',
      )
    refuses('none', bodies.none, 1)
    refuses('page', { id: 1, rawBytes: 1_000 }, 1_068)
    refuses('delta', { ...bodies.delta, rawBytes: 0 }, 65)
    expect(
      decoded(joined(encodeFrame('page', { id: 1, rawBytes: 1_000 }, new Uint8Array(1_067)))),
    ).toBeDefined()
  })

  test.each([
    ['no byte', []],
    ['no length', [3, 0, 0, 0]],
    ['type 0', [0, 0, 0, 0, 2, 0x7b, 0x7d]],
    ['type 13', [13, 0, 0, 0, 2, 0x7b, 0x7d]],
    ['a body that is cut off', [3, 0, 0, 0, 8, 0x7b, 0x22, 0x69, 0x64]],
    ['a body of 4 GB', [3, 255, 255, 255, 255, 0x7b, 0x7d]],
    ['a body that is no JSON', [3, 0, 0, 0, 1, 0x7b]],
    ['a body that is no UTF-8', [3, 0, 0, 0, 2, 0xff, 0xfe]],
  ])('%s is none', (_, bytes) => {
    expect(() => decodeFrame(Uint8Array.from(bytes))).toThrow(SyncFrameError)
  })

  test('of arrays within arrays is none', () => {
    const deep = new TextEncoder().encode('['.repeat(300_000) + ']'.repeat(300_000))
    const bytes = new Uint8Array(5 + deep.length)
    bytes[0] = 1
    new DataView(bytes.buffer).setUint32(1, deep.length)
    bytes.set(deep, 5)
    expect(() => decodeFrame(bytes)).toThrow(SyncFrameError)
  })

  test('that is the largest it may be fits', () => {
    const links = linkRevs(2 ** 22, 1).map(() => head)
    const parts = encodeFrame('delta', { ...bodies.delta, links }, new Uint8Array(700_000))
    expect(fitsFrame(parts)).toBe(true)
    expect(fitsFrame([...parts, new Uint8Array(200_000)])).toBe(false)
  })
})

describe('arbitrary bytes give a frame or a SyncFrameError', () => {
  test('from nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void decoded(bytes)),
      { numRuns: 2000 },
    )
  })

  test('with a type and JSON', () => {
    fc.assert(
      fc.property(fc.nat(14), fc.json(), fc.uint8Array({ maxLength: 80 }), (type, json, rest) => {
        const text = new TextEncoder().encode(json)
        const bytes = new Uint8Array(5 + text.length + rest.length)
        bytes[0] = type
        new DataView(bytes.buffer).setUint32(1, text.length)
        bytes.set(text, 5)
        bytes.set(rest, 5 + text.length)
        decoded(bytes)
      }),
      { numRuns: 1000 },
    )
  })

  test('near good ones', () => {
    const good = names.map((name) => joined(encodeFrame(name, bodies[name] as never)))
    const change = fc.tuple(
      fc.nat(),
      fc.constantFrom('flip', 'cut', 'double'),
      fc.integer({ min: 1, max: 255 }),
    )
    fc.assert(
      fc.property(fc.constantFrom(...good), change, (frame, [place, how, by]) => {
        const at = place % frame.length
        const changed = Uint8Array.from(frame)
        if (how === 'flip') changed[at] = ((frame[at] as number) + by) & 255
        const cut = how === 'cut' ? changed.subarray(0, at) : changed
        const result = decoded(how === 'double' ? new Uint8Array([...changed, ...changed]) : cut)
        if (how === 'cut' && result !== undefined) expect.unreachable('a frame cut off is none')
      }),
      { numRuns: 2000 },
    )
  })
})
