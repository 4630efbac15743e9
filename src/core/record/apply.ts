import type { Digest } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'
import { indexOfKey } from './key.ts'
import {
  type AdmitValue,
  keyOf,
  type Leaf,
  leafBegins,
  PageBuilder,
  type PageNode,
  pageFollows,
  pageNodeOf,
  walkLines,
} from './page.ts'
import { beginsAt, crc32, leafBytesMax, zeroBitsOf } from './shape.ts'
import {
  linesOf,
  type PageState,
  pageIndexOf,
  type ReadBase,
  startsWith,
  type Tree,
  treeOf,
  writeReplaced,
} from './tree.ts'

/** A new line for a key, or its end. */
export interface Change {
  readonly key: string
  /** `key TAB value LF`; `undefined` takes the key out. */
  readonly line: Uint8Array | undefined
}

const encoder = new TextEncoder()
const tab = 9
const newline = 10

export interface Applied {
  readonly tree: Tree
  /** Those of the changes that changed something. */
  readonly changes: readonly Change[]
}

/** The changes of each page, by its index. */
type ByPage = Map<number, readonly Change[]>

/**
 * The tree after changes. Where only values change, just the touched leaves are hashed and the pages keep
 * their stored text; where entries come or go, the pages between two natural beginnings are laid out anew.
 * The result is the same as building the tree from its entries.
 * @param changes in order of keys, each key once
 * @param glance like `read`, for texts that are looked at before the next call and not kept
 */
export function applyChanges(
  primitives: Primitives,
  tree: Tree,
  changes: readonly Change[],
  read: ReadBase,
  glance = read,
): Applied {
  const pages = [...tree.pages]
  const byPage = changesByPage(tree.pages, changes)
  const effective: ByPage = new Map()
  const relaid = new Set<number>()
  for (const [index, list] of byPage) {
    const page = tree.pages[index]
    const replaced = page === undefined ? undefined : replaceValues(primitives, page, list, glance)
    effective.set(index, replaced?.changes ?? [])
    if (replaced === undefined) relaid.add(index)
    else pages[index] = replaced.page
  }
  for (const index of byPage.keys()) {
    if (!seamHolds(pages, index - 1)) relaid.add(index)
    if (!seamHolds(pages, index)) relaid.add(index)
  }
  const result =
    relaid.size === 0 ? pages : layOutAnew(primitives, tree.pages, pages, byPage, relaid, read, effective)
  const changed = [...effective.values()].flat()
  return { tree: changed.length === 0 ? tree : treeOf(primitives, result, tree), changes: changed }
}

function changesByPage(pages: readonly PageState[], changes: readonly Change[]): ByPage {
  const byPage = new Map<number, Change[]>()
  let index = 0
  for (const change of changes) {
    const next = pages[index + 1]
    if (next !== undefined && next.node.firstKey <= change.key) index = pageIndexOf(pages, change.key)
    const list = byPage.get(index)
    if (list === undefined) byPage.set(index, [change])
    else list.push(change)
  }
  return byPage
}

/** Whether the page after `index` still begins where it does. */
function seamHolds(pages: readonly PageState[], index: number): boolean {
  const before = pages[index]
  const after = pages[index + 1]
  return before === undefined || after === undefined || pageFollows(before.node, after.node)
}

/** The page with other values under keys that it has; `undefined` if entries come or go, or a leaf gets another shape. */
function replaceValues(
  primitives: Primitives,
  page: PageState,
  changes: readonly Change[],
  glance: ReadBase,
): { readonly page: PageState; readonly changes: readonly Change[] } | undefined {
  const text = glance(page)
  const overlay = new Map(page.overlay)
  const leaves = [...page.node.leaves]
  const effective: Change[] = []
  let leafFrom = 0
  let leafIndex = 0
  for (let at = 0; at < changes.length; ) {
    const target = indexOfKey(page.base.leaves, (changes[at] as Change).key)
    if (target < 0) return undefined
    for (; leafIndex < target; leafIndex++) leafFrom += (page.base.leaves[leafIndex] as Leaf).bytes
    const leafTo = leafFrom + (page.base.leaves[leafIndex] as Leaf).bytes
    const next = page.base.leaves[leafIndex + 1]
    const effectiveBefore = effective.length
    let line = leafFrom
    for (; at < changes.length; at++) {
      const change = changes[at] as Change
      if (next !== undefined && next.firstKey <= change.key) break
      if (change.line === undefined) return undefined
      line = findLine(text, line, leafTo, change.line)
      if (line < 0) return undefined
      const replaced = overlay.get(line)
      if (startsWith(replaced ?? text, replaced === undefined ? line : 0, change.line)) continue // as it is
      overlay.set(line, change.line)
      effective.push(change)
    }
    if (effective.length === effectiveBefore) continue
    const leaf = leafOf(primitives, leaves[leafIndex] as Leaf, text, leafFrom, leafTo, overlay)
    if (leaf === undefined) return undefined
    leaves[leafIndex] = leaf
  }
  if (effective.length === 0) return { page, changes: effective }
  for (let at = 1; at < leaves.length; at++) {
    const leaf = leaves[at] as Leaf
    if (!leafBegins(leaf.zeroBits, leaves[at - 1] as Leaf, leaf.firstBytes)) return undefined
  }
  const node = pageNodeOf(primitives, leaves, page.node.lastKey)
  return { page: { ...page, node, overlay }, changes: effective }
}

/** The offset of the line with the key of `line` between two offsets, or -1. */
function findLine(text: Uint8Array, from: number, to: number, line: Uint8Array): number {
  const keyLength = line.indexOf(tab)
  for (let at = from; at < to; at = text.indexOf(newline, at) + 1)
    if (text[at + keyLength] === tab && startsWith(text, at, line, keyLength)) return at
  return -1
}

const scratch = new Uint8Array(leafBytesMax)

/** The leaf with its replaced lines, or `undefined` if it is too long now. */
function leafOf(
  primitives: Primitives,
  old: Leaf,
  text: Uint8Array,
  from: number,
  to: number,
  overlay: ReadonlyMap<number, Uint8Array>,
): Leaf | undefined {
  const bytes = writeReplaced(text, from, to, overlay, scratch)
  if (bytes < 0) return undefined
  const digest = primitives.sha256Base64url(scratch.subarray(0, bytes)) as Digest
  return { ...old, digest, bytes, firstBytes: overlay.get(from)?.length ?? old.firstBytes }
}

/** Lays out the regions around the pages in `relaid` from their lines; the other pages stay. */
function layOutAnew(
  primitives: Primitives,
  before: readonly PageState[],
  replaced: readonly PageState[],
  byPage: ByPage,
  relaid: ReadonlySet<number>,
  read: ReadBase,
  effective: ByPage,
): PageState[] {
  /** A region may begin at a page that begins by its own key, if that key stays. */
  const mayBegin = (index: number): boolean => {
    if (index === 0 || index >= before.length) return true
    const { node } = before[index] as PageState
    const firstGoes = byPage.get(index)?.some(({ key, line }) => key === node.firstKey && line === undefined)
    return beginsAt(1, node.zeroBits) && firstGoes !== true
  }
  const result: PageState[] = []
  let done = 0
  for (const index of [...relaid].sort((a, b) => a - b)) {
    if (index < done && done > 0) continue
    let from = index
    while (!mayBegin(from)) from--
    let to = Math.min(index + 1, Math.max(before.length, 1))
    while (!mayBegin(to)) to++
    for (let at = done; at < from; at++) result.push(replaced[at] as PageState)
    result.push(...layOut(primitives, before.slice(from, to), from, byPage, read, effective))
    done = to
  }
  for (let at = done; at < before.length; at++) result.push(replaced[at] as PageState)
  return result
}

function layOut(
  primitives: Primitives,
  region: readonly PageState[],
  firstIndex: number,
  byPage: ByPage,
  read: ReadBase,
  effective: ByPage,
): PageState[] {
  const lines: Uint8Array[] = []
  const merge = (index: number, page?: PageState): void => {
    const changes = byPage.get(index) ?? []
    const changed = mergeLines(page === undefined ? [] : linesOf(page, read), changes, lines)
    if (changes.length > 0) effective.set(index, changed)
  }
  if (region.length === 0) merge(firstIndex)
  region.forEach((page, offset) => {
    merge(firstIndex + offset, page)
  })
  const known = new Map(region.map((page) => [page.node.digest, page]))
  const pages = buildPages(primitives, lines)
  return pages.map(({ node, text }) => known.get(node.digest) ?? { node, base: node, text })
}

const decoder = new TextDecoder()

/** Adds the lines with the changes made to `into`. @returns the changes that changed something */
function mergeLines(
  lines: Iterable<Uint8Array>,
  changes: readonly Change[],
  into: Uint8Array[],
): readonly Change[] {
  const effective: Change[] = []
  let next = 0
  const add = (change: Change): void => {
    if (change.line === undefined) return
    into.push(change.line)
    effective.push(change)
  }
  for (const line of lines) {
    const key = decoder.decode(line.subarray(0, line.indexOf(tab)))
    for (; next < changes.length && (changes[next] as Change).key < key; next++) add(changes[next] as Change)
    const change = changes[next]
    if (change?.key !== key) {
      into.push(line)
      continue
    }
    next++
    if (change.line === undefined) effective.push(change)
    else if (change.line.length === line.length && startsWith(line, 0, change.line)) into.push(line)
    else add(change)
  }
  for (; next < changes.length; next++) add(changes[next] as Change)
  return effective
}

/** Pages from lines in order of keys. */
export function buildPages(
  primitives: Primitives,
  lines: readonly Uint8Array[],
): { readonly node: PageNode; readonly text: Uint8Array }[] {
  const pages: { node: PageNode; text: Uint8Array }[] = []
  const builder = new PageBuilder(primitives, (node, text) => pages.push({ node, text }))
  const text = new Uint8Array(lines.reduce((sum, line) => sum + line.length, 0))
  builder.begin(text)
  let at = 0
  for (const line of lines) {
    text.set(line, at)
    const keyTo = at + line.indexOf(tab)
    builder.add(at, keyTo, at + line.length, zeroBitsOf(crc32(text, at, keyTo)))
    at += line.length
  }
  builder.end()
  return pages
}

/** The line of an entry. */
export const lineOf = (key: string, value: string): Uint8Array => encoder.encode(`${key}\t${value}\n`)

/**
 * Reads the text of changes: lines as in a page; an empty value takes the key out.
 * @throws {RecordError}
 */
export function readChanges(primitives: Primitives, text: Uint8Array, admit: AdmitValue): Change[] {
  const changes: Change[] = []
  const admitOrEnd: AdmitValue = (line, keyFrom, keyTo, valueFrom) =>
    line[valueFrom] === newline ? valueFrom : admit(line, keyFrom, keyTo, valueFrom)
  walkLines(primitives, text, admitOrEnd, (from, keyTo, to) => {
    changes.push({
      key: keyOf(text, from, keyTo),
      line: to === keyTo + 2 ? undefined : text.subarray(from, to),
    })
  })
  return changes
}

/** The text of changes, in their order. */
export function changesText(changes: readonly Change[]): Uint8Array {
  const lines = changes.map(({ key, line }) => line ?? encoder.encode(`${key}\t\n`))
  const text = new Uint8Array(lines.reduce((sum, line) => sum + line.length, 0))
  let at = 0
  for (const line of lines) {
    text.set(line, at)
    at += line.length
  }
  return text
}
