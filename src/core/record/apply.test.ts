import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodePrimitives as primitives } from '../../store/primitives.ts'
import { applyChanges, buildPages, type Change, lineOf } from './apply.ts'
import { compareKeys } from './key.ts'
import { keyOf, pageFollows, readPage } from './page.ts'
import { pageBytesMax } from './shape.ts'
import { findValue, linesOf, type PageState, pageText, type ReadBase, type Tree, treeOf } from './tree.ts'

const empty: Tree = treeOf(primitives, [])
const read: ReadBase = (page) => page.text as Uint8Array
const scratch = new Uint8Array(pageBytesMax)
/** Gives the same buffer each time. */
const glance: ReadBase = (page) => {
  const text = read(page)
  scratch.fill(0)
  scratch.set(text)
  return scratch.subarray(0, text.length)
}
const decoder = new TextDecoder()

const fromScratch = (entries: ReadonlyMap<string, string>): Tree => {
  const lines = [...entries].sort(([a], [b]) => compareKeys(a, b)).map(([key, value]) => lineOf(key, value))
  return treeOf(
    primitives,
    buildPages(primitives, lines).map(({ node, text }) => ({ node, base: node, text })),
  )
}

const sorted = (changes: ReadonlyMap<string, string | undefined>): Change[] =>
  [...changes]
    .sort(([a], [b]) => compareKeys(a, b))
    .map(([key, value]) => ({ key, line: value === undefined ? undefined : lineOf(key, value) }))

const admitAny = (text: Uint8Array, _from: number, _to: number, valueFrom: number) =>
  text.indexOf(10, valueFrom)

function expectSame(tree: Tree, entries: ReadonlyMap<string, string>): void {
  const scratch = fromScratch(entries)
  expect(tree.upper.root).toBe(scratch.upper.root)
  expect(tree.pages.map((page) => page.node)).toEqual(scratch.pages.map((page) => page.node))
  expect(tree.count).toBe(entries.size)
  const texts = tree.pages.map((page) => decoder.decode(pageText(page, read)))
  expect(texts).toEqual(scratch.pages.map((page) => decoder.decode(page.text)))
  expect(
    tree.pages.flatMap((page) => [...linesOf(page, read)].map((line) => decoder.decode(line))).join(''),
  ).toBe(texts.join(''))
  for (const page of tree.pages) {
    const text = pageText(page, read)
    expect(readPage(primitives, text, admitAny)).toEqual(page.node)
  }
  for (let at = 1; at < tree.pages.length; at++)
    expect(pageFollows((tree.pages[at - 1] as PageState).node, (tree.pages[at] as PageState).node)).toBe(true)
}

/** Values from short to so long that leaves are closed by bytes. */
const value = fc.oneof(
  { weight: 6, arbitrary: fc.nat(99).map((n) => `{"n":${n}}`) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 11_900 }).map((n) => `{"t":"${'x'.repeat(n)}"}`) },
)
const key = fc.oneof(
  { weight: 8, arbitrary: fc.nat(1500).map((n) => `offer/${n}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('offer/ä', 'offer/\uffee', 'profile', 'offer/ 1'),
  },
)

test('changes give the same tree as building it from its entries', () => {
  fc.assert(
    fc.property(
      fc.nat(1200),
      fc.array(fc.array(fc.tuple(key, fc.option(value, { nil: undefined })), { maxLength: 60 }), {
        maxLength: 5,
      }),
      (initial, rounds) => {
        const entries = new Map<string, string>()
        for (let n = 0; n < initial; n++) entries.set(`offer/${n}`, `{"n":${n}}`)
        let { tree } = applyChanges(primitives, empty, sorted(entries), read)
        expectSame(tree, entries)
        for (const round of rounds) {
          const changes = new Map(round)
          for (const [k] of entries)
            if (changes.size % 3 === 0 && !changes.has(k)) changes.set(k, entries.get(k))
          const effective = sorted(changes).filter(
            ({ key, line }) => entries.get(key) !== (line === undefined ? undefined : changes.get(key)),
          )
          for (const [k, v] of changes) {
            if (v === undefined) entries.delete(k)
            else entries.set(k, v)
          }
          const before = tree
          const applied = applyChanges(primitives, tree, sorted(changes), read, glance)
          tree = applied.tree
          expectSame(tree, entries)
          expect(applied.changes).toEqual(effective)
          if (effective.length === 0) expect(tree).toBe(before)
        }
      },
    ),
    { numRuns: 150 },
  )
})

test('a changed value keeps the other pages and hashes one path', () => {
  const entries = new Map(Array.from({ length: 20_000 }, (_, n) => [`offer/${n}`, `{"n":${n}}`]))
  const tree = fromScratch(entries)
  let hashes = 0
  const counting = {
    ...primitives,
    sha256Base64url: (data: Uint8Array | string) => {
      hashes++
      return primitives.sha256Base64url(data)
    },
  }
  const { tree: after } = applyChanges(counting, tree, sorted(new Map([['offer/777', '{"n":0}']])), read)
  expect(after.upper.root).not.toBe(tree.upper.root)
  expect(hashes).toBeLessThanOrEqual(2 + after.upper.levels.length)
  expect(after.pages.filter((page, at) => page !== tree.pages[at])).toHaveLength(1)
})

test('every value is found, and no other', () => {
  const entries = new Map(Array.from({ length: 3000 }, (_, n) => [`offer/${n * 2}`, `{"n":${n}}`]))
  const changed = new Map([
    ['offer/100', '{"n":"new"}'],
    ['offer/4998', '{"long":"yes, longer than before"}'],
  ])
  const { tree } = applyChanges(primitives, fromScratch(entries), sorted(changed), read)
  for (const [k, v] of [...entries, ...changed]) {
    const found = findValue(tree, k, read)
    expect(found && decoder.decode(found)).toBe(changed.get(k) ?? v)
  }
  for (const k of ['offer/1', 'offer/', 'a', 'z', 'offer/60001', 'offer/10'])
    expect(findValue(tree, k, read)).toEqual(entries.has(k) ? expect.anything() : undefined)
  expect(keyOf(new TextEncoder().encode('ab\t'), 0, 2)).toBe('ab')
})
