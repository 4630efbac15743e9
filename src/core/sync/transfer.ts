import { type Head, repoEntriesMax } from '../record/commit.ts'
import { isRecordKey } from '../record/key.ts'
import { type AdmitValue, type PageNode, pageFollows, readPage } from '../record/page.ts'
import { RecordError } from '../record/record-error.ts'
import { zeroBitsOfKey } from '../record/shape.ts'
import { type Child, upperOf } from '../record/tree.ts'
import { isDigest } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'
import { pagesAskedMax } from './frame.ts'
import type { CheckedPage, Packed } from './ports.ts'
import { SyncOffence } from './sync-offence.ts'

/** Requests for pages under way. */
const requestsMax = 4

/** What a whole sync leads to. */
export interface Goal {
  readonly head: Head
  readonly links: readonly Head[]
  /** The head of what is held, which it replaces. */
  readonly before: Head | undefined
  /** All pages. */
  readonly children: readonly Child[]
}

/** A whole sync under way: pages come in order, each checked before anything is done with it. */
export class Transfer {
  readonly goal: Goal
  readonly #nodes: Map<string, PageNode>
  /** Pages that are still to come, in order; `#next` is the first of them. */
  readonly #expected: readonly Child[]
  readonly #places: ReadonlyMap<Child, number>
  #next = 0
  /** How many of them have been asked for. */
  #asked: number
  #unstaged: CheckedPage[] = []
  #unstagedBytes = 0

  /** @param held pages at hand; `undefined` if nothing is, so that all come without being asked for */
  constructor(goal: Goal, held: ReadonlyMap<string, PageNode> | undefined) {
    this.goal = goal
    this.#nodes = new Map(held)
    this.#expected = goal.children.filter(({ digest }) => !this.#nodes.has(digest))
    this.#places = new Map(goal.children.map((child, place) => [child, place]))
    this.#asked = held === undefined ? this.#expected.length : 0
  }

  get isWhole(): boolean {
    return this.#next === this.#expected.length
  }

  /** Bytes of checked pages that are not staged. */
  get unstagedBytes(): number {
    return this.#unstagedBytes
  }

  get progress(): { readonly done: number; readonly all: number } {
    const all = this.goal.children.length
    return { done: all - this.#expected.length + this.#next, all }
  }

  /** Rows of pages to ask for next, as far as requests may be under way. */
  rowsToAsk(): { readonly from: string; readonly count: number }[] {
    const rows: { from: string; count: number }[] = []
    while (
      this.#asked < this.#expected.length &&
      this.#asked - this.#next <= (requestsMax - 1) * pagesAskedMax
    ) {
      const from = this.#asked
      let to = from + 1
      while (to < this.#expected.length && to - from < pagesAskedMax && this.#isNext(to)) to++
      this.#asked = to
      rows.push({ from: (this.#expected[from] as Child).firstKey, count: to - from })
    }
    return rows
  }

  /** Whether an expected page stands right after the one expected before it. */
  #isNext(at: number): boolean {
    const place = (index: number) => this.#places.get(this.#expected[index] as Child) ?? -1
    return place(at) === place(at - 1) + 1
  }

  /** @throws {SyncOffence} `unasked` @throws {RecordError} if it is not the page that the head signs in this place */
  take(primitives: Primitives, packed: Packed, admit: AdmitValue): void {
    const child = this.#expected[this.#next]
    if (child === undefined || this.#next >= this.#asked)
      throw new SyncOffence('unasked', 'A page came that was not asked for.')
    const text = unpack(primitives, packed)
    const node = readPage(primitives, text, admit)
    if (node.digest !== child.digest || node.firstKey !== child.firstKey)
      throw new RecordError(
        'digest-mismatch',
        `The page "${child.firstKey}" is not the one that the commit signs.`,
      )
    this.#next++
    this.#nodes.set(node.digest, node)
    this.#unstaged.push({ node, packed, text })
    this.#unstagedBytes += packed.bytes.length
  }

  /** The checked pages since the last call. */
  takeUnstaged(): readonly CheckedPage[] {
    const pages = this.#unstaged
    this.#unstaged = []
    this.#unstagedBytes = 0
    return pages
  }

  /** All pages, when {@link isWhole}. @throws {RecordError} if they do not make the tree that the head signs */
  pages(): PageNode[] {
    const pages = this.goal.children.map(({ digest }) => this.#nodes.get(digest) as PageNode)
    let count = 0
    pages.forEach((page, at) => {
      const before = pages[at - 1]
      if (before !== undefined && !pageFollows(before, page))
        throw new RecordError('shape-invalid', `The page "${page.firstKey}" begins where none should.`)
      count += page.count
    })
    if (count !== this.goal.head.commit.count || count > repoEntriesMax)
      throw new RecordError('root-mismatch', 'The commit signs another number of entries.')
    return pages
  }
}

/** @throws {RecordError} `text-invalid` */
export function unpack(primitives: Primitives, { bytes, rawBytes }: Packed): Uint8Array {
  try {
    return primitives.zstdDecompress(bytes, rawBytes)
  } catch (cause) {
    throw new RecordError('text-invalid', 'The payload is not packed as stated.', { cause })
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * A line for each page: first key, digest.
 * @throws {SyncOffence} `contents-malformed` @throws {RecordError} `root-mismatch`
 */
export function readContents(primitives: Primitives, packed: Packed, { commit }: Head): Child[] {
  let lines: string[]
  const text = unpack(primitives, packed)
  try {
    lines = decoder.decode(text).split('\n')
  } catch {
    throw new SyncOffence('contents-malformed', 'The contents are not UTF-8.')
  }
  if (lines.pop() !== '') throw new SyncOffence('contents-malformed', 'The contents are cut off.')
  let before = ''
  const children = lines.map((line) => {
    const [firstKey = '', digest = '', more] = line.split('\t')
    if (more !== undefined || !isRecordKey(firstKey) || !isDigest(digest) || firstKey <= before)
      throw new SyncOffence('contents-malformed', 'A line of the contents is malformed or out of order.')
    before = firstKey
    return { firstKey, zeroBits: zeroBitsOfKey(firstKey), digest }
  })
  if (upperOf(primitives, children).root !== commit.root)
    throw new RecordError('root-mismatch', 'The contents are not the tree that the commit signs.')
  return children
}
