import type { MerchantId } from '../core/identity/merchant-id.ts'
import { applyChanges, type Change, changesText, lineOf, readChanges } from '../core/record/apply.ts'
import { type CommitSigner, type Head, readCommitText, signCommit } from '../core/record/commit.ts'
import { linkRevs, linksMax } from '../core/record/history.ts'
import { proveInclusion } from '../core/record/inclusion.ts'
import { compareKeys } from '../core/record/key.ts'
import { type PageNode, readPage } from '../core/record/page.ts'
import { RecordError } from '../core/record/record-error.ts'
import {
  type Child,
  findValue,
  linesOf,
  type PageState,
  pageIndexOf,
  pageText,
  type Tree,
  treeOf,
} from '../core/record/tree.ts'
import type { Digest } from '../core/signature/digest.ts'
import type { Primitives } from '../core/signature/primitives.ts'
import type { CheckedPage, Delta, Packed, RepoSink, RepoSource } from '../core/sync/ports.ts'
import { type Database, endOf, StoreError, type Write } from './database.ts'
import { Exclusive } from './exclusive.ts'
import {
  decodeChange,
  decodeContents,
  decodePacked,
  encodeChange,
  encodeContents,
  encodePacked,
  type RepoKeys,
  repoKeys,
  revKey,
} from './repo-rows.ts'
import type { TextCache } from './text-cache.ts'

export interface RepoContext {
  readonly primitives: Primitives
  readonly database: Database
  readonly cache: TextCache
  readonly changed: (change: RepoChange) => void
}

/** What became visible. */
export interface RepoChange {
  readonly merchant: MerchantId
  readonly repo: string
  readonly head: Head
  /** `undefined`: the whole repo was replaced. */
  readonly changes: readonly Change[] | undefined
}

/** A commit of more text than this goes to pages at once. */
const changeBytesMax = 1_048_576
/** Changes over the stored pages are folded into them beyond this, or an eighth of the repo if that is more. */
const foldBytesMin = 1_048_576
/** Changes that pages hold already are kept for others up to this part of the repo's pages. */
const keptChangesPart = 4
const keptChangesMin = 262_144

const newline = 10
const decoder = new TextDecoder()
const encoder = new TextEncoder()

/** Trusts what was checked before it was stored. */
const admitStored = (text: Uint8Array, _keyFrom: number, _keyTo: number, valueFrom: number): number =>
  text.indexOf(newline, valueFrom)

interface ChangeRow {
  readonly from: number
  readonly to: number
  readonly bytes: number
}

/**
 * One merchant's repo on the disk: the tree in memory, its pages in rows, changes beside them until they are
 * folded in. Reads are synchronous; writes go one after the other. Use {@link RepoStore.repo}.
 */
export class Repo implements RepoSource, RepoSink {
  readonly merchant: MerchantId
  readonly name: string
  readonly #context: RepoContext
  readonly #keys: RepoKeys
  readonly #exclusive = new Exclusive()
  #head: Head | undefined
  #tree: Tree
  /** Change rows in a row, oldest first; the last leads to the head. */
  #rows: readonly ChangeRow[]
  /** The stored contents: their rev and the digests of their pages. */
  #stored: Stored
  #unfoldedBytes = 0
  #folding: Promise<void> | undefined

  private constructor(context: RepoContext, merchant: MerchantId, name: string, loaded: Loaded) {
    this.#context = context
    this.merchant = merchant
    this.name = name
    this.#keys = repoKeys(merchant, name)
    this.#head = loaded.head
    this.#tree = loaded.tree
    this.#rows = loaded.rows
    this.#stored = loaded.stored
  }

  static async load(context: RepoContext, merchant: MerchantId, name: string): Promise<Repo> {
    return new Repo(context, merchant, name, await load(context, repoKeys(merchant, name)))
  }

  get head(): Head | undefined {
    return this.#head
  }

  get count(): number {
    return this.#tree.count
  }

  /** Bytes of all entries' text. */
  get textBytes(): number {
    return this.#tree.bytes
  }

  tree(): Tree {
    return this.#tree
  }

  /** The record under a key as canonical text. Some 3 µs if its page was read lately, else some 150 µs. */
  get(key: string): string | undefined {
    const value = findValue(this.#tree, key, this.#read)
    return value === undefined ? undefined : textOf(value)
  }

  /** Entries in order of keys, as of now: commits that come while iterating do not show. */
  *entries(
    range: { readonly gte?: string; readonly lt?: string; readonly limit?: number } = {},
  ): Generator<readonly [key: string, text: string]> {
    const { gte, lt, limit = Infinity } = range
    const { pages } = this.#tree
    let given = 0
    for (let at = gte === undefined ? 0 : Math.max(0, pageIndexOf(pages, gte)); at < pages.length; at++)
      for (const line of linesOf(pages[at] as PageState, this.#read)) {
        const text = textOf(line)
        const tab = text.indexOf('\t')
        const key = text.slice(0, tab)
        if (gte !== undefined && compareKeys(key, gte) < 0) continue
        if (given >= limit || (lt !== undefined && compareKeys(key, lt) >= 0)) return
        given++
        yield [key, text.slice(tab + 1, -1)]
      }
  }

  /** What the repo holds under a key, or that it holds nothing, to show to others. */
  prove(key: string): string {
    if (this.#head === undefined) throw new RecordError('proof-invalid', 'The repo has no commit yet.')
    return proveInclusion(this.#tree, this.#head, key, this.#read)
  }

  /**
   * Signs and keeps a new commit; it is on the disk before this resolves. Changes that change nothing are
   * left out; without any other there is no commit.
   * @param changes canonical texts by key, `undefined` takes a key out
   * @returns the head, new or as before
   */
  commit(
    changes: ReadonlyMap<string, string | undefined>,
    sign: {
      readonly signer: CommitSigner
      readonly keyEvent: Digest
      readonly time: number
      readonly force?: boolean
    },
  ): Promise<Head | undefined> {
    return this.#exclusive.run(async () => {
      const list = this.#effective(changes)
      if (list.length === 0 && sign.force !== true) return this.#head
      const { primitives } = this.#context
      const tree = applyChanges(primitives, this.#tree, list, this.#read)
      const { signer, keyEvent, time } = sign
      const draft = {
        merchant: this.merchant,
        repo: this.name,
        root: tree.upper.root,
        count: tree.count,
        time,
        keyEvent,
      }
      const head = signCommit(primitives, draft, this.#head, (rev) => this.#commitAt(rev).digest, signer)
      const text = changesText(list)
      const packed =
        text.length > changeBytesMax
          ? undefined
          : { rawBytes: text.length, bytes: primitives.zstdCompress(text) }
      await this.#keep(head, [], tree, packed, list, true)
      return head
    })
  }

  #effective(changes: ReadonlyMap<string, string | undefined>): Change[] {
    const list: Change[] = []
    for (const [key, value] of changes) {
      const held = findValue(this.#tree, key, this.#read)
      if (value === undefined ? held === undefined : held !== undefined && textOf(held) === value) continue
      list.push({ key, line: value === undefined ? undefined : lineOf(key, value) })
    }
    return list.sort((a, b) => compareKeys(a.key, b.key))
  }

  async applyDelta(
    head: Head,
    links: readonly Head[],
    delta: Delta,
    changes: readonly Change[],
  ): Promise<void> {
    await this.#exclusive.run(async () => {
      if ((this.#head?.commit.rev ?? 0) !== delta.from)
        throw new RecordError('history-unlinked', 'The delta does not begin at the rev held.')
      const tree = applyChanges(this.#context.primitives, this.#tree, changes, this.#read)
      if (tree.upper.root !== head.commit.root || tree.count !== head.commit.count)
        throw new RecordError('root-mismatch', 'The changes do not lead to the tree that the commit signs.')
      await this.#keep(head, links, tree, delta, changes, false)
    })
  }

  /** One atomic batch: the change row, or all pages if there is none, with the head. */
  async #keep(
    head: Head,
    links: readonly Head[],
    tree: Tree,
    packed: Packed | undefined,
    changes: readonly Change[],
    sync: boolean,
  ): Promise<void> {
    const { database, changed } = this.#context
    const from = this.#head?.commit.rev ?? 0
    const to = head.commit.rev
    if (packed === undefined) {
      await this.#store(head, links, tree, sync)
    } else {
      const row = encodeChange(from, packed)
      await database.batch([{ key: this.#keys.change(to), value: row }, ...this.#headWrites(head, links)], {
        sync,
      })
      this.#tree = tree
      this.#rows = [...this.#rows, { from, to, bytes: row.length }]
      this.#unfoldedBytes += packed.rawBytes
      if (this.#unfoldedBytes > Math.max(foldBytesMin, tree.bytes / 8)) void this.fold()
    }
    this.#head = head
    changed({ merchant: this.merchant, repo: this.name, head, changes })
  }

  /** Writes every page that is not stored as it is, and the contents. */
  async #store(head: Head, links: readonly Head[], tree: Tree, sync: boolean): Promise<void> {
    const { writes, pages } = this.#pageWrites(tree)
    const gone = this.#unused(pages)
    const rows = this.#rows.map(({ to }): Write => ({ key: this.#keys.change(to), value: undefined }))
    const contents = encodeContents({ rev: head.commit.rev, pages: pages.map(({ base }) => base) })
    await this.#context.database.batch(
      [
        ...writes,
        ...gone,
        ...rows,
        { key: this.#keys.contents, value: contents },
        ...this.#headWrites(head, links),
      ],
      { sync },
    )
    this.#tree = { ...tree, pages }
    this.#rows = []
    this.#stored = { rev: head.commit.rev, pages: pages.map(({ base }) => base.digest) }
    this.#unfoldedBytes = 0
  }

  #headWrites(head: Head, links: readonly Head[]): Write[] {
    return [
      ...[...links, head].map(
        (link): Write => ({ key: this.#keys.commit(link.commit.rev), value: encoder.encode(link.text) }),
      ),
      { key: this.#keys.head, value: encoder.encode(head.text) },
    ]
  }

  /** Rows for pages that are not stored as they are; the pages as they will be then. */
  #pageWrites(tree: Tree): { writes: Write[]; pages: PageState[] } {
    const writes: Write[] = []
    const pages = tree.pages.map((page): PageState => {
      if (page.overlay === undefined && page.text === undefined) return page
      const text = pageText(page, this.#read)
      const packed = { rawBytes: text.length, bytes: this.#context.primitives.zstdCompress(text) }
      writes.push({ key: this.#keys.page(page.node.digest), value: encodePacked(packed) })
      this.#context.cache.put(page.node.digest, text)
      return { node: page.node, base: page.node }
    })
    return { writes, pages }
  }

  /** Deletes the stored pages that are no base of these. */
  #unused(pages: readonly PageState[]): Write[] {
    const used = new Set(pages.map(({ base }) => base.digest))
    return this.#stored.pages
      .filter((digest) => !used.has(digest))
      .map((digest) => ({ key: this.#keys.page(digest), value: undefined }))
  }

  /** Folds the changes into the stored pages. Runs by itself when there are many; at most one at a time. */
  fold(): Promise<void> {
    this.#folding ??= this.#exclusive
      .run(() => this.#fold())
      .finally(() => {
        this.#folding = undefined
      })
    return this.#folding
  }

  async #fold(): Promise<void> {
    const head = this.#head
    if (head === undefined || this.#stored.rev === head.commit.rev) return
    const { writes, pages } = this.#pageWrites(this.#tree)
    const kept = this.#keptRows()
    const dropped = this.#rows.slice(0, this.#rows.length - kept.length)
    await this.#context.database.batch(
      [
        ...writes,
        ...this.#unused(pages),
        ...dropped.map(({ to }): Write => ({ key: this.#keys.change(to), value: undefined })),
        {
          key: this.#keys.contents,
          value: encodeContents({ rev: head.commit.rev, pages: pages.map(({ base }) => base) }),
        },
      ],
      { sync: false },
    )
    this.#tree = treeOf(this.#context.primitives, pages, this.#tree)
    this.#rows = kept
    this.#stored = { rev: head.commit.rev, pages: pages.map(({ base }) => base.digest) }
    this.#unfoldedBytes = 0
  }

  /** The newest change rows that fit what is kept for others. */
  #keptRows(): ChangeRow[] {
    let room = Math.max(keptChangesMin, this.#tree.bytes / 5 / keptChangesPart) // pages compress to about a fifth
    const kept: ChangeRow[] = []
    for (const row of this.#rows.toReversed()) {
      room -= row.bytes
      if (room < 0) break
      kept.unshift(row)
    }
    return kept
  }

  page(page: PageState): Packed | undefined {
    if (page.overlay === undefined && page.text === undefined) {
      const row = this.#context.database.get(this.#keys.page(page.base.digest))
      return row === undefined ? undefined : decodePacked(row)
    }
    const text = pageText(page, this.#read)
    return { rawBytes: text.length, bytes: this.#context.primitives.zstdCompress(text) }
  }

  changesSince(rev: number): Delta | undefined {
    const at = this.#rows.findIndex(({ from }) => from === rev)
    if (at < 0) return undefined
    const rows = this.#rows.slice(at).map(({ to }) => decodeChange(this.#row(this.#keys.change(to))))
    const [only] = rows
    if (only !== undefined && rows.length === 1) return only
    const keys = new Set<string>()
    for (const row of rows) for (const { key } of this.#changesOf(row)) keys.add(key)
    const changes = [...keys].sort(compareKeys).map((key): Change => {
      const value = findValue(this.#tree, key, this.#read)
      return { key, line: value === undefined ? undefined : lineOf(key, textOf(value)) }
    })
    const text = changesText(changes)
    if (text.length > changeBytesMax * 2) return undefined
    return { from: rev, rawBytes: text.length, bytes: this.#context.primitives.zstdCompress(text) }
  }

  #changesOf(packed: Packed): Change[] {
    const { primitives } = this.#context
    return readChanges(primitives, primitives.zstdDecompress(packed.bytes, packed.rawBytes), admitStored)
  }

  links(rev: number): readonly Head[] | undefined {
    if (this.#head === undefined) return undefined
    const revs = rev === 0 ? [] : linkRevs(this.#head.commit.rev, rev)
    if (revs.length > linksMax) return undefined
    const links: Head[] = []
    for (const linkRev of revs) {
      const row = this.#context.database.get(this.#keys.commit(linkRev))
      if (row === undefined) return undefined
      links.push(readCommitText(this.#context.primitives, decoder.decode(row)))
    }
    return links
  }

  /** Commits held, newest first: all of an own repo, heads and links of another's. */
  async *log(before = Number.MAX_SAFE_INTEGER, limit = Infinity): AsyncIterable<Head> {
    const range = {
      gte: this.#keys.commits,
      lt: this.#keys.commits + revKey(before),
      reverse: true,
      ...(limit === Infinity ? {} : { limit }),
    }
    for await (const [, value] of this.#context.database.entries(range))
      yield readCommitText(this.#context.primitives, decoder.decode(value))
  }

  get hasStaged(): boolean {
    return this.#context.database.get(this.#keys.staged) !== undefined
  }

  async stage(pages: readonly CheckedPage[]): Promise<void> {
    const writes = pages.map(
      ({ node, packed }): Write => ({ key: this.#keys.page(node.digest), value: encodePacked(packed) }),
    )
    for (const { node, text } of pages) this.#context.cache.put(node.digest, text)
    await this.#context.database.batch([{ key: this.#keys.staged, value: new Uint8Array(0) }, ...writes], {
      sync: false,
    })
  }

  async held(pages: readonly Child[]): Promise<ReadonlyMap<string, PageNode>> {
    const wanted = new Set<string>(pages.map(({ digest }) => digest))
    const held = new Map<string, PageNode>()
    for (const { node } of this.#tree.pages) if (wanted.has(node.digest)) held.set(node.digest, node)
    const { database, primitives } = this.#context
    if (!this.hasStaged) return held
    for await (const key of database.keys({ gte: this.#keys.pages, lt: endOf(this.#keys.pages) })) {
      const digest = key.slice(this.#keys.pages.length)
      if (!wanted.has(digest) || held.has(digest)) continue
      const { rawBytes, bytes } = decodePacked(this.#row(key))
      const node = readPage(primitives, primitives.zstdDecompress(bytes, rawBytes), admitStored)
      if (node.digest === digest) held.set(digest, node)
    }
    return held
  }

  async replace(head: Head, links: readonly Head[], pages: readonly PageNode[]): Promise<void> {
    await this.#exclusive.run(async () => {
      const present = new Map(this.#tree.pages.map((page) => [page.node.digest, page]))
      const states = pages.map((node): PageState => present.get(node.digest) ?? { node, base: node })
      const tree = treeOf(this.#context.primitives, states)
      if (tree.upper.root !== head.commit.root || tree.count !== head.commit.count)
        throw new RecordError('root-mismatch', 'The pages are not the tree that the commit signs.')
      await this.#store(head, links, tree, true)
      await this.#unstage()
      this.#head = head
    })
    this.#context.changed({ merchant: this.merchant, repo: this.name, head, changes: undefined })
  }

  /** Deletes staged pages that no tree uses. */
  async #unstage(): Promise<void> {
    const used = new Set<string>(this.#tree.pages.map(({ base }) => base.digest))
    const writes: Write[] = [{ key: this.#keys.staged, value: undefined }]
    for await (const key of this.#context.database.keys({
      gte: this.#keys.pages,
      lt: endOf(this.#keys.pages),
    }))
      if (!used.has(key.slice(this.#keys.pages.length))) writes.push({ key, value: undefined })
    await this.#context.database.batch(writes, { sync: false })
  }

  /**
   * Reads everything again and compares it with what is signed.
   * @returns what is wrong, in words; empty if nothing is
   */
  async check(): Promise<string[]> {
    const { primitives } = this.#context
    const problems: string[] = []
    const nodes: PageNode[] = []
    for (const page of this.#tree.pages) {
      try {
        const text = pageText(page, (state) => state.text ?? this.#load(state.base))
        const node = readPage(primitives, text, admitStored)
        if (node.digest !== page.node.digest) problems.push(`page ${page.node.firstKey}: another digest`)
        nodes.push(node)
      } catch (error) {
        problems.push(`page ${page.node.firstKey}: ${(error as Error).message}`)
      }
    }
    const tree = treeOf(
      primitives,
      nodes.map((node) => ({ node, base: node })),
    )
    const commit = this.#head?.commit
    if (tree.upper.root !== (commit?.root ?? tree.upper.root) || tree.count !== (commit?.count ?? 0))
      problems.push('the root is not the one that is signed')
    return problems
  }

  #commitAt(rev: number): Head {
    return readCommitText(this.#context.primitives, decoder.decode(this.#row(this.#keys.commit(rev))))
  }

  readonly #read = (page: PageState): Uint8Array => {
    if (page.text !== undefined) return page.text
    const cached = this.#context.cache.get(page.base.digest)
    if (cached !== undefined) return cached
    const text = this.#load(page.base)
    this.#context.cache.put(page.base.digest, text)
    return text
  }

  #load(base: PageNode): Uint8Array {
    const { rawBytes, bytes } = decodePacked(this.#row(this.#keys.page(base.digest)))
    return this.#context.primitives.zstdDecompress(bytes, rawBytes)
  }

  #row(key: string): Uint8Array {
    const row = this.#context.database.get(key)
    if (row === undefined)
      throw new StoreError('damaged', `The row ${key} is missing. Run "mosaic check", or restore a backup.`)
    return row
  }
}

const textOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()

interface Stored {
  readonly rev: number
  readonly pages: readonly Digest[]
}

interface Loaded {
  readonly head: Head | undefined
  readonly tree: Tree
  readonly rows: readonly ChangeRow[]
  readonly stored: Stored
}

/** The stored contents with the newer change rows applied. */
async function load({ primitives, database, cache }: RepoContext, keys: RepoKeys): Promise<Loaded> {
  const headRow = database.get(keys.head)
  const contentsRow = database.get(keys.contents)
  const contents = contentsRow === undefined ? { rev: 0, pages: [] } : decodeContents(primitives, contentsRow)
  const rows: ChangeRow[] = []
  const latest = new Map<string, Change>()
  for await (const [key, value] of database.entries({ gte: keys.changes, lt: endOf(keys.changes) })) {
    const { from, rawBytes, bytes } = decodeChange(value)
    const to = Number(key.slice(keys.changes.length))
    rows.push({ from, to, bytes: value.length })
    if (to <= contents.rev) continue
    for (const change of readChanges(primitives, primitives.zstdDecompress(bytes, rawBytes), admitStored))
      latest.set(change.key, change)
  }
  const stored = treeOf(
    primitives,
    contents.pages.map((node) => ({ node, base: node })),
  )
  const changes = [...latest.values()].sort((a, b) => compareKeys(a.key, b.key))
  const read = ({ base, text }: PageState): Uint8Array => {
    const cached = text ?? cache.get(base.digest)
    if (cached !== undefined) return cached
    const row = database.get(keys.page(base.digest))
    if (row === undefined)
      throw new StoreError(
        'damaged',
        `The row ${keys.page(base.digest)} is missing. Run "mosaic check", or restore a backup.`,
      )
    const packed = decodePacked(row)
    const loaded = primitives.zstdDecompress(packed.bytes, packed.rawBytes)
    cache.put(base.digest, loaded)
    return loaded
  }
  return {
    head: headRow === undefined ? undefined : readCommitText(primitives, decoder.decode(headRow)),
    tree: applyChanges(primitives, stored, changes, read),
    rows,
    stored: { rev: contents.rev, pages: contents.pages.map(({ digest }) => digest) },
  }
}
