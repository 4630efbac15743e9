import type { Digest } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'
import { indexOfKey } from './key.ts'
import { type Leaf, nodeBegins, nodeText, type PageNode } from './page.ts'

/** What a node names: a run with its first key and digest. */
export interface Child {
  readonly firstKey: string
  readonly zeroBits: number
  readonly digest: Digest
}

/** A node of level 2 or higher. */
export interface Node extends Child {
  readonly children: readonly (Child | Node)[]
}

/** The nodes above the pages, bottom up; the last level has one node. Empty for less than two pages. */
export interface Upper {
  readonly root: Digest
  readonly levels: readonly (readonly Node[])[]
}

/**
 * The levels above the pages. Nodes whose children are the same objects as in `before` are taken over, so
 * that one changed page costs one path of hashes.
 */
export function upperOf(primitives: Primitives, pages: readonly Child[], before?: Upper): Upper {
  if (pages.length === 0) return { root: primitives.sha256Base64url('') as Digest, levels: [] }
  const known = new Map<Child, Node>()
  for (const level of before?.levels ?? [])
    for (const node of level) known.set(node.children[0] as Child, node)
  const levels: (readonly Node[])[] = []
  let below: readonly Child[] = pages
  for (let level = 2; below.length > 1; level++) {
    const nodes: Node[] = []
    for (let from = 0; from < below.length; ) {
      let to = from + 1
      while (to < below.length && !nodeBegins(level, (below[to] as Child).zeroBits, to - from)) to++
      nodes.push(nodeOf(primitives, below.slice(from, to), known))
      from = to
    }
    levels.push(nodes)
    below = nodes
  }
  return { root: (below[0] as Child).digest, levels }
}

function nodeOf(primitives: Primitives, children: readonly Child[], known: ReadonlyMap<Child, Node>): Node {
  const [first] = children as [Child]
  const old = known.get(first)
  if (
    old !== undefined &&
    old.children.length === children.length &&
    children.every((child, at) => child === old.children[at])
  )
    return old
  const digest = primitives.sha256Base64url(nodeText(children)) as Digest
  return { firstKey: first.firstKey, zeroBits: first.zeroBits, digest, children }
}

/**
 * One page of a repo as a node holds it: a text that rests somewhere, and the lines that have been replaced
 * since. `base` and `node` have the same entries in the same leaves; only values differ.
 */
export interface PageState {
  readonly node: PageNode
  readonly base: PageNode
  /** Replaced lines, by the offset of the line in the base text. */
  readonly overlay?: ReadonlyMap<number, Uint8Array>
  /** The base text, while it is not stored. */
  readonly text?: Uint8Array
}

/** All of a repo's entries. A value: changes make another one. */
export interface Tree {
  readonly pages: readonly PageState[]
  readonly upper: Upper
  /** Entries. */
  readonly count: number
  /** Bytes of text. */
  readonly bytes: number
}

/** Gives a page's base text: {@link PageState.text}, or from where it rests. */
export type ReadBase = (page: PageState) => Uint8Array

export function treeOf(primitives: Primitives, pages: readonly PageState[], before?: Tree): Tree {
  let count = 0
  let bytes = 0
  for (const { node } of pages) {
    count += node.count
    bytes += node.bytes
  }
  return {
    pages,
    upper: upperOf(
      primitives,
      pages.map((page) => page.node),
      before?.upper,
    ),
    count,
    bytes,
  }
}

const encoder = new TextEncoder()
const tab = 9
const newline = 10

/** The index of the page that holds `key` if any does, or -1. */
export function pageIndexOf(pages: readonly PageState[], key: string): number {
  let low = 0
  let high = pages.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((pages[middle] as PageState).node.firstKey <= key) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** The value under a key as bytes of canonical JSON, or `undefined`. Some 2 µs if the page is at hand. */
export function findValue(tree: Tree, key: string, read: ReadBase): Uint8Array | undefined {
  const page = tree.pages[pageIndexOf(tree.pages, key)]
  if (page === undefined) return undefined
  const text = read(page)
  const wanted = encoder.encode(key)
  const leafIndex = indexOfKey(page.base.leaves, key)
  let at = 0
  for (let leaf = 0; leaf < leafIndex; leaf++) at += (page.base.leaves[leaf] as Leaf).bytes
  const end = at + (page.base.leaves[leafIndex]?.bytes ?? 0)
  for (; at < end; at = text.indexOf(newline, at) + 1) {
    if (text[at + wanted.length] !== tab || !startsWith(text, at, wanted)) continue
    const line = page.overlay?.get(at)
    return line === undefined
      ? text.subarray(at + wanted.length + 1, text.indexOf(newline, at))
      : line.subarray(wanted.length + 1, -1)
  }
  return undefined
}

/** Whether the first `length` bytes of `start` stand at `at`. */
export function startsWith(text: Uint8Array, at: number, start: Uint8Array, length = start.length): boolean {
  // From the end: keys of neighbours share their beginnings.
  for (let index = length - 1; index >= 0; index--) if (text[at + index] !== start[index]) return false
  return true
}

/** The lines of a page as they are now, in order of keys. */
export function* linesOf(page: PageState, read: ReadBase): Generator<Uint8Array, void, undefined> {
  const text = read(page)
  for (let at = 0; at < text.length; ) {
    const to = text.indexOf(newline, at) + 1
    yield page.overlay?.get(at) ?? text.subarray(at, to)
    at = to
  }
}

/** The text of a page as it is now; the base text itself if nothing was replaced. */
export function pageText(page: PageState, read: ReadBase): Uint8Array {
  const base = read(page)
  if (page.overlay === undefined) return base
  const text = new Uint8Array(page.node.bytes)
  writeReplaced(base, 0, base.length, page.overlay, text)
  return text
}

/**
 * Writes the lines between two offsets of a base text, replaced ones as they are now.
 * @returns the bytes written, or -1 if they do not fit
 */
export function writeReplaced(
  base: Uint8Array,
  from: number,
  to: number,
  overlay: ReadonlyMap<number, Uint8Array>,
  into: Uint8Array,
): number {
  const offsets: number[] = []
  for (const offset of overlay.keys()) if (offset >= from && offset < to) offsets.push(offset)
  if (offsets.length > 1) offsets.sort((a, b) => a - b)
  let written = 0
  let copied = from
  for (const offset of offsets) {
    const line = overlay.get(offset) as Uint8Array
    const kept = offset - copied
    if (written + kept + line.length > into.length) return -1
    into.set(base.subarray(copied, offset), written)
    into.set(line, written + kept)
    written += kept + line.length
    copied = base.indexOf(newline, offset) + 1
  }
  if (written + to - copied > into.length) return -1
  into.set(base.subarray(copied, to), written)
  return written + to - copied
}
