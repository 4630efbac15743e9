import fc from 'fast-check'
import { expect, test } from 'vitest'
import { digestOf } from '../core/signature/digest.ts'
import { nodePrimitives } from '../store/primitives.ts'
import { answerFrame, parseAnswer, type Receipt } from './message-frame.ts'
import { StreamError } from './stream-error.ts'

const id = digestOf(nodePrimitives, 'a statement')

const receipts: Receipt[] = [
  { receipt: 'stored' },
  { receipt: 'refused', code: 'not-partners', message: 'Ünïcode is fine.' },
  { receipt: 'later', seconds: 3_600 },
]

test('answers survive the wire', () => {
  for (const { receipt, ...rest } of receipts) {
    const frame = answerFrame(id, { receipt, ...rest } as Receipt)
    expect(parseAnswer(frame)).toEqual({ type: `mosaic/${receipt}`, id, ...rest })
  }
})

test('a reason that is too long is cut, not refused', () => {
  const frame = answerFrame(id, { receipt: 'refused', code: 'malformed', message: 'x'.repeat(1_000) })
  expect(parseAnswer(frame)).toMatchObject({ message: 'x'.repeat(500) })
})

test('an answer outside the page is malformed', () => {
  const wrong = [
    { id },
    { type: 'mosaic/stored' },
    { type: 'mosaic/stored', id: 'short' },
    { type: 'mosaic/stored', id, more: 1 },
    { type: 'mosaic/later', id, seconds: 0 },
    { type: 'mosaic/later', id, seconds: 3_601 },
    { type: 'mosaic/refused', id, code: 'because', message: 'x' },
    { type: 'mosaic/refused', id, code: 'malformed', message: '' },
  ]
  for (const value of wrong)
    expect(() => parseAnswer(Buffer.from(JSON.stringify(value)))).toThrow(
      expect.objectContaining({ code: 'message-malformed' }),
    )
})

test('arbitrary bytes are a StreamError', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map((text) => Buffer.from(text)),
    fc.tuple(fc.constantFrom(...receipts), fc.nat(), fc.nat(255)).map(([receipt, at, byte]) => {
      const frame = Buffer.from(answerFrame(id, receipt))
      frame[at % frame.length] = byte
      return frame
    }),
  )
  fc.assert(
    fc.property(bytes, (frame) => {
      try {
        parseAnswer(frame)
      } catch (error) {
        expect(error).toBeInstanceOf(StreamError)
      }
    }),
    { numRuns: 500 },
  )
})
