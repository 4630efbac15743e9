import { describe, expect, test } from 'vitest'
import { applyChanges, buildPages, changesText, lineOf, readChanges } from '../../src/core/record/apply.ts'
import { pageFollows, readPage } from '../../src/core/record/page.ts'
import { RecordError } from '../../src/core/record/record-error.ts'
import { crc32, zeroBitsOf } from '../../src/core/record/shape.ts'
import { type Child, type ReadBase, type Tree, treeOf, upperOf } from '../../src/core/record/tree.ts'
import { nodePrimitives as primitives } from '../../src/store/primitives.ts'
import { readVectors } from './vectors.ts'

type Entries = readonly (readonly [key: string, value: string])[]

interface TreeCase {
  readonly comment: string
  readonly entries?: Entries
  readonly numbered?: { readonly count: number }
  readonly count: number
  readonly root: string
  readonly leaves?: readonly (readonly [firstKey: string, digest: string, count: number, bytes: number])[]
  readonly nodes?: readonly (readonly (readonly [firstKey: string, digest: string, children: number])[])[]
}

const vectors = readVectors<{
  crc: readonly { text: string; crc32: string; zeroBits: number }[]
  trees: readonly TreeCase[]
  pages: readonly { comment: string; text: string; digest: string; leaves: number; count: number }[]
  refusedPages: readonly { comment: string; text: string; code: string }[]
  changes: readonly { comment: string; entries: Entries; text: string; root: string; count: number }[]
  sequences: readonly { comment: string; pages: readonly string[]; ok: boolean }[]
}>('tree')

const encoder = new TextEncoder()
const read: ReadBase = (page) => page.text as Uint8Array
/** Values are no concern of the tree: any line will do. */
const admitAny = (text: Uint8Array, _from: number, _keyTo: number, valueFrom: number): number => {
  const end = text.indexOf(10, valueFrom)
  return end < 0 ? text.length : end
}
const readText = (text: string) => readPage(primitives, encoder.encode(text), admitAny)

function treeFrom(entries: Entries): Tree {
  const pages = buildPages(
    primitives,
    entries.map(([key, value]) => lineOf(key, value)),
  )
  return treeOf(
    primitives,
    pages.map(({ node, text }) => ({ node, base: node, text })),
  )
}

describe('the tree, protocol/records/tree.md', () => {
  test.each(vectors.crc)('CRC-32 of "$text"', ({ text, crc32: expected, zeroBits }) => {
    const bytes = encoder.encode(text)
    const crc = crc32(bytes, 0, bytes.length)
    expect(crc.toString(16).padStart(8, '0')).toBe(expected)
    expect(zeroBitsOf(crc)).toBe(zeroBits)
  })

  test.each(vectors.trees)('$comment', ({ entries, numbered, count, root, leaves, nodes }) => {
    const all =
      entries ??
      Array.from(
        { length: numbered?.count ?? 0 },
        (_, n) => [`offer/SKU-${String(n).padStart(6, '0')}`, `{"n":${n}}`] as const,
      )
    const tree = treeFrom(all)
    expect(tree.upper.root).toBe(root)
    expect(tree.count).toBe(count)
    const found = tree.pages.flatMap(({ node }) => node.leaves)
    if (leaves !== undefined)
      expect(found.map((leaf) => [leaf.firstKey, leaf.digest, leaf.count, leaf.bytes])).toEqual(leaves)
    const levels = [
      ...(tree.pages.length === 0
        ? []
        : [tree.pages.map(({ node }) => [node.firstKey, node.digest, node.leaves.length])]),
      ...tree.upper.levels.map((level) =>
        level.map(({ firstKey, digest, children }) => [firstKey, digest, children.length]),
      ),
    ]
    if (nodes !== undefined) expect(levels).toEqual(nodes)
    // What a receiver does: the pages one by one, and the root from their list.
    const pages = tree.pages.map((page) => readPage(primitives, read(page), admitAny))
    expect(upperOf(primitives, pages as readonly Child[]).root).toBe(root)
    // And from changes to an empty repo.
    const text = changesText(all.map(([key, value]) => ({ key, line: lineOf(key, value) })))
    const { tree: changed } = applyChanges(
      primitives,
      treeFrom([]),
      readChanges(primitives, text, admitAny),
      read,
    )
    expect(changed.upper.root).toBe(root)
  })

  test.each(vectors.pages)('a page: $comment', ({ text, digest, leaves, count }) => {
    const page = readText(text)
    expect([page.digest, page.leaves.length, page.count]).toEqual([digest, leaves, count])
  })

  test.each(vectors.refusedPages)('no page: $comment', ({ text, code }) => {
    expect(() => readText(text)).toThrow(expect.objectContaining({ name: 'RecordError', code }))
  })

  test('no page: a text that is no UTF-8', () => {
    const bytes = Uint8Array.from([...encoder.encode('offer/'), 0xff, ...encoder.encode('\t{}\n')])
    expect(() => readPage(primitives, bytes, admitAny)).toThrow(RecordError)
  })

  test.each(vectors.changes)('changes: $comment', ({ entries, text, root, count }) => {
    const changes = readChanges(primitives, encoder.encode(text), admitAny)
    const { tree } = applyChanges(primitives, treeFrom(entries), changes, read)
    expect([tree.upper.root, tree.count]).toEqual([root, count])
    expect(new TextDecoder().decode(changesText(changes))).toBe(text)
  })

  test.each(vectors.sequences)('in a row: $comment', ({ pages, ok }) => {
    const [before, page] = pages.map(readText)
    if (before === undefined || page === undefined) return expect.unreachable()
    expect(pageFollows(before, page)).toBe(ok)
  })
})
