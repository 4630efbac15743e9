import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TestHistory } from '../../../tests/simulation/history.ts'
import { TestMerchant } from '../../../tests/simulation/merchants.ts'
import { nodePrimitives as primitives } from '../../store/primitives.ts'
import { commitBytesMax, hasSkip, readCommit, readCommitText, skipRevOf } from './commit.ts'
import { RecordError } from './record-error.ts'

const anna = new TestMerchant('Anna')
const history = new TestHistory(anna, `assortment/${'z'.repeat(32)}`).grow(40)
const invalid = expect.objectContaining({ name: 'RecordError', code: 'commit-invalid' })

test('skip leads to rev without its lowest set bit, where that is another commit than prev', () => {
  const table = [1, 2, 3, 4, 5, 6, 7, 8, 12, 40, 2 ** 32 + 4, Number.MAX_SAFE_INTEGER].map((rev) => [
    rev,
    hasSkip(rev) ? skipRevOf(rev) : undefined,
  ])
  expect(table).toEqual([
    [1, undefined],
    [2, undefined],
    [3, undefined],
    [4, undefined],
    [5, undefined],
    [6, 4],
    [7, undefined],
    [8, undefined],
    [12, 8],
    [40, 32],
    [2 ** 32 + 4, 2 ** 32],
    [Number.MAX_SAFE_INTEGER, undefined],
  ])
  for (const { commit } of history.heads) {
    expect(commit.prev).toBe(commit.rev === 1 ? undefined : history.at(commit.rev - 1).digest)
    expect(commit.skip).toBe(hasSkip(commit.rev) ? history.at(skipRevOf(commit.rev)).digest : undefined)
  }
})

describe('a commit', () => {
  const { text } = history.at(40)

  test('is read as it was signed, and has room under its limit', () => {
    for (const head of history.heads) expect(readCommit(primitives, head.text, anna.log)).toEqual(head)
    expect(text.length).toBeLessThan(commitBytesMax / 2)
  })

  test('that was changed anywhere is refused', () => {
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.integer({ min: 1, max: 127 }), (at, by) => {
        const unit = String.fromCharCode((text.charCodeAt(at) + by) % 128)
        const changed = text.slice(0, at) + unit + text.slice(at + 1)
        expect(() => readCommit(primitives, changed, anna.log)).toThrow(invalid)
      }),
      { numRuns: 1500 },
    )
  })

  test.each([
    ['nothing', ''],
    ['cut off', text.slice(0, -1)],
    ['with a space', text.replace(',', ', ')],
    ['with members in another order', JSON.stringify({ v: 1, ...JSON.parse(text) })],
    ['with a member too many', text.replace('"count"', '"a":1,"count"')],
    ['too long', text.replace('"count"', `"a":"${'a'.repeat(commitBytesMax)}","count"`)],
    ['an array', '[]'],
    ['null', 'null'],
  ])('is none: %s', (_, wrong) => {
    expect(() => readCommitText(primitives, wrong)).toThrow(invalid)
    expect(() => readCommit(primitives, wrong, anna.log)).toThrow(invalid)
  })

  test.each([
    [1, 'prev', history.at(1).digest],
    [2, 'prev', undefined],
    [6, 'skip', undefined],
    [5, 'skip', history.at(4).digest],
    [4, 'skip', history.at(2).digest],
  ])('at rev %i says what its rev asks: %s', (rev, member, digest) => {
    const { proof: _, ...body } = history.at(rev).commit
    const { [member as 'prev']: __, ...rest } = body
    const signed = anna.sign({ ...rest, ...(digest === undefined ? {} : { [member]: digest }) })
    expect(() => readCommitText(primitives, JSON.stringify(sorted(signed)))).toThrow(invalid)
    expect(() => readCommitText(primitives, JSON.stringify(sorted(anna.sign(body))))).not.toThrow()
  })

  test("of another merchant's key is refused", () => {
    const ben = new TestMerchant('Ben')
    expect(() => readCommit(primitives, text, ben.log)).toThrow(invalid)
    const { proof: _, ...body } = history.at(40).commit
    const forged = JSON.stringify(sorted(ben.sign(body)))
    expect(() => readCommit(primitives, forged, anna.log)).toThrow(invalid)
  })

  test('arbitrary text is a RecordError', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.lorem({ mode: 'sentences' })),
        (wrong) => {
          try {
            readCommitText(primitives, wrong)
          } catch (error) {
            expect(error).toBeInstanceOf(RecordError)
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})

const sorted = (value: object): object =>
  Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, typeof member === 'object' ? sorted(member as object) : member]),
  )
