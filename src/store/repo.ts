import { setImmediate as nextTurn } from 'node:timers/promises'
import type { MerchantId } from '../core/identity/merchant-id.ts'
import { type Applied, applyChanges, type Change, changesText, lineOf } from '../core/record/apply.ts'
import { type CommitSigner, type Head, signCommit } from '../core/record/commit.ts'
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
import { admitStored, ChangeRows } from './change-rows.ts'
import { CommitRows } from './commit-rows.ts'
import type { Database, Write } from './database.ts'
import { Exclusive } from './exclusive.ts'
import { PageRows } from './page-rows.ts'
import { decodeContents, encodeContents, type RepoKeys, repoKeys } from './repo-rows.ts'
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

/** How a commit is signed. */
export interface CommitTerms {
  readonly signer: CommitSigner
  /** The key event in force. */
  readonly keyEvent: Digest
  /** UTC seconds. */
  readonly time: number
  /** Also if nothing changes: a sign of life. */
  readonly force?: boolean
}

/** A commit of more text than this goes to pages at once. */
const changeBytesMax = 1_048_576
/** Changes over the stored pages are folded into them beyond this, or an eighth of the repo if that is more. */
const foldBytesMin = 1_048_576
const foldPart = 8
/** Changes that the pages hold already are kept for others up to this, or a twentieth of the repo's text. */
const keptChangesMin = 262_144
const keptChangesPart = 20
/** Pages that a fold packs before others get their turn: some 2 ms. */
const pagesInTurn = 8

/**
 * One merchant's repo on the disk: the tree in memory, its pages in rows, changes beside them until they are
 * folded in. Reads are synchronous; writes go one after the other. Use {@link RepoStore.repo}.
 */
export class Repo implements RepoSource, RepoSink {
  readonly merchant: MerchantId
  readonly name: string
  readonly #context: RepoContext
  readonly #keys: RepoKeys
  readonly #pages: PageRows
  readonly #changes: ChangeRows
  readonly #commits: CommitRows
  readonly #exclusive = new Exclusive()
  #head: Head | undefined
  #tree: Tree
  /** The stored contents: their rev and the digests of their pages. */
  #stored: { readonly rev: number; readonly pages: readonly Digest[] } = { rev: 0, pages: [] }
  /** Digests of pages that a sync under way has stored and no tree uses yet. */
  readonly #staged = new Set<string>()
  #unfoldedBytes = 0
  #folding: Promise<void> | undefined

  private constructor(context: RepoContext, merchant: MerchantId, name: string) {
    const { primitives, database, cache } = context
    this.#context = context
    this.merchant = merchant
    this.name = name
    this.#keys = repoKeys(merchant, name)
    this.#pages = new PageRows(primitives, database, cache, this.#keys)
    this.#changes = new ChangeRows(primitives, database, this.#keys)
    this.#commits = new CommitRows(primitives, database, this.#keys)
    this.#tree = treeOf(primitives, [])
  }

  static async load(context: RepoContext, merchant: MerchantId, name: string): Promise<Repo> {
    const repo = new Repo(context, merchant, name)
    await repo.#load()
    return repo
  }

  /** The stored contents with the newer changes applied. */
  async #load(): Promise<void> {
    const { primitives, database } = this.#context
    const row = database.get(this.#keys.contents)
    if (row !== undefined) {
      const { rev, pages } = decodeContents(primitives, row)
      this.#stored = { rev, pages: pages.map(({ digest }) => digest) }
      this.#tree = treeOf(
        primitives,
        pages.map((node) => ({ node, base: node })),
      )
    }
    const latest = await this.#changes.load(this.#stored.rev)
    const changes = [...latest.values()].sort((a, b) => compareKeys(a.key, b.key))
    this.#tree = this.#applied(changes).tree
    this.#unfoldedBytes = changes.reduce((sum, { line }) => sum + (line?.length ?? 0), 0)
    this.#head = this.#commits.head()
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
    const value = findValue(this.#tree, key, this.#pages.read)
    return value === undefined ? undefined : textOf(value)
  }

  /** Entries in order of keys, as of now: commits that come while iterating do not show. */
  *entries(
    range: { readonly gte?: string; readonly lt?: string; readonly limit?: number } = {},
  ): Generator<readonly [key: string, text: string]> {
    const { gte = '', lt, limit = Infinity } = range
    const { pages } = this.#tree
    let given = 0
    for (let at = Math.max(0, pageIndexOf(pages, gte)); at < pages.length; at++)
      for (const line of linesOf(pages[at] as PageState, this.#pages.read)) {
        const text = textOf(line)
        const tab = text.indexOf('\t')
        const key = text.slice(0, tab)
        if (key < gte) continue
        if (given >= limit || (lt !== undefined && key >= lt)) return
        given++
        yield [key, text.slice(tab + 1, -1)]
      }
  }

  /** What the repo holds under a key, or that it holds nothing, to show to others. */
  prove(key: string): string {
    if (this.#head === undefined) throw new RecordError('proof-invalid', 'The repo has no commit yet.')
    return proveInclusion(this.#tree, this.#head, key, this.#pages.read)
  }

  /** Commits held, newest first: all of an own repo, heads and links of another's. */
  log(before = Number.MAX_SAFE_INTEGER, limit = Infinity): AsyncIterable<Head> {
    return this.#commits.log(before, limit)
  }

  /**
   * Signs and keeps a new commit; it is on the disk before this resolves. Changes that change nothing are
   * left out; without any other there is no commit.
   * @param changes canonical texts by key, `undefined` takes a key out
   * @returns the head, new or as before
   */
  commit(changes: ReadonlyMap<string, string | undefined>, terms: CommitTerms): Promise<Head | undefined> {
    return this.#exclusive.run(async () => {
      const { primitives } = this.#context
      const { tree, changes: list } = this.#applied(changesOf(changes))
      if (list.length === 0 && terms.force !== true) return this.#head
      const { signer, keyEvent, time } = terms
      const draft = {
        merchant: this.merchant,
        repo: this.name,
        root: tree.upper.root,
        count: tree.count,
        time,
        keyEvent,
      }
      const before = this.#head
      const skipDigest = (rev: number): Digest => this.#commits.skipDigest(before as Head, rev)
      const head = signCommit(primitives, draft, before, skipDigest, signer)
      const text = changesText(list)
      if (text.length > changeBytesMax) await this.#storeAll(head, [], tree, true)
      else
        await this.#storeChange(
          head,
          [],
          tree,
          { rawBytes: text.length, bytes: primitives.zstdCompress(text) },
          true,
        )
      this.#tell(head, list)
      return head
    })
  }

  #applied(changes: readonly Change[]): Applied {
    const { read, glance } = this.#pages
    return applyChanges(this.#context.primitives, this.#tree, changes, read, glance)
  }

  async applyDelta(
    head: Head,
    links: readonly Head[],
    delta: Delta,
    changes: readonly Change[],
  ): Promise<boolean> {
    return await this.#exclusive.run(async () => {
      if ((this.#head?.commit.rev ?? 0) !== delta.from) return false
      const { tree } = this.#applied(changes)
      expectSigned(tree, head)
      await this.#storeChange(head, links, tree, delta, false)
      this.#tell(head, changes)
      return true
    })
  }

  #tell(head: Head, changes: readonly Change[] | undefined): void {
    this.#context.changed({ merchant: this.merchant, repo: this.name, head, changes })
  }

  /** One small batch: the changes and the head. */
  async #storeChange(
    head: Head,
    links: readonly Head[],
    tree: Tree,
    packed: Packed,
    sync: boolean,
  ): Promise<void> {
    const { write, row } = this.#changes.write(this.#head?.commit.rev ?? 0, head.commit.rev, packed)
    await this.#context.database.batch([write, ...this.#commits.writesFor(head, links)], { sync })
    this.#changes.add(row)
    this.#tree = tree
    this.#head = head
    this.#unfoldedBytes += packed.rawBytes
    if (this.#unfoldedBytes > Math.max(foldBytesMin, tree.bytes / foldPart)) this.fold().catch(() => {}) // the changes stay as they are, and the next one tries again
  }

  /** Every page that is not stored as it is, the contents, and the head, which no kept changes lead to. */
  async #storeAll(head: Head, links: readonly Head[], tree: Tree, sync: boolean): Promise<void> {
    const { writes: pageWrites, pages } = this.#pages.writesFor(tree.pages)
    const trimmed = this.#changes.trim(-1, head.commit.rev)
    const writes = [
      ...pageWrites,
      ...this.#contentsWrites(head, pages),
      ...trimmed.writes,
      ...this.#commits.writesFor(head, links),
    ]
    await this.#context.database.batch(writes, { sync })
    trimmed.done()
    this.#stand(head, treeOf(this.#context.primitives, pages, tree))
  }

  /** Folds the changes into the stored pages. Runs by itself when there are many; at most one at a time. */
  fold(): Promise<void> {
    this.#folding ??= this.#fold().finally(() => {
      this.#folding = undefined
    })
    return this.#folding
  }

  /**
   * Packs pages in turns, while commits go on; the pages that were changed meanwhile wait for the next fold
   * with their text in memory.
   */
  async #fold(): Promise<void> {
    const [head, tree, stored] = [this.#head, this.#tree, this.#stored]
    if (head === undefined || stored.rev === head.commit.rev) return
    const folded = new Map<PageState, PageState>()
    for (let at = 0; at < tree.pages.length; at += pagesInTurn) {
      const turn = tree.pages.slice(at, at + pagesInTurn)
      const { writes, pages } = this.#pages.writesFor(turn)
      turn.forEach((page, index) => {
        folded.set(page, pages[index] as PageState)
      })
      if (writes.length === 0) continue
      await this.#context.database.batch(writes, { sync: false })
      await nextTurn()
    }
    await this.#exclusive.run(async () => {
      const pages = tree.pages.map((page) => folded.get(page) as PageState)
      if (this.#stored !== stored) return this.#dropUnused(pages) // all of the repo was replaced meanwhile
      const present = this.#tree.pages.map((page) => folded.get(page) ?? this.#unstored(page))
      const trimmed = this.#changes.trim(
        Math.max(keptChangesMin, tree.bytes / keptChangesPart),
        head.commit.rev,
      )
      await this.#context.database.batch([...this.#contentsWrites(head, pages), ...trimmed.writes], {
        sync: false,
      })
      trimmed.done()
      this.#stored = { rev: head.commit.rev, pages: pages.map(({ base }) => base.digest) }
      this.#tree = treeOf(this.#context.primitives, present, this.#tree)
      this.#unfoldedBytes = present.reduce((sum, { text }) => sum + (text?.length ?? 0), 0)
    })
  }

  /** A page whose stored base is about to go. */
  #unstored(page: PageState): PageState {
    return { node: page.node, base: page.node, text: pageText(page, this.#pages.read) }
  }

  async #dropUnused(pages: readonly PageState[]): Promise<void> {
    const used = new Set<Digest>(this.#stored.pages)
    const gone = pages.filter(({ base }) => !used.has(base.digest) && !this.#staged.has(base.digest))
    await this.#context.database.batch(
      gone.map(({ base }) => this.#pages.deletion(base.digest)),
      { sync: false },
    )
  }

  /** The contents, and the end of the stored pages that are no base of these. */
  #contentsWrites(head: Head, pages: readonly PageState[]): Write[] {
    const used = new Set(pages.map(({ base }) => base.digest))
    const gone = this.#stored.pages.filter((digest) => !used.has(digest) && !this.#staged.has(digest))
    const value = encodeContents({ rev: head.commit.rev, pages: pages.map(({ base }) => base) })
    return [...gone.map((digest) => this.#pages.deletion(digest)), { key: this.#keys.contents, value }]
  }

  /** All of the tree is stored as it is. */
  #stand(head: Head, tree: Tree): void {
    this.#tree = tree
    this.#head = head
    this.#stored = { rev: head.commit.rev, pages: tree.pages.map(({ base }) => base.digest) }
    this.#unfoldedBytes = 0
  }

  page(page: PageState): Packed | undefined {
    return this.#pages.packed(page)
  }

  changesSince(rev: number): Delta | undefined {
    const since = this.#changes.since(rev)
    if (since === undefined) return undefined
    if ('row' in since) return since.row
    const changes = [...since.keys].sort(compareKeys).map((key): Change => {
      const value = this.get(key)
      return { key, line: value === undefined ? undefined : lineOf(key, value) }
    })
    const text = changesText(changes)
    if (text.length > changeBytesMax * 2) return undefined
    return { from: rev, rawBytes: text.length, bytes: this.#context.primitives.zstdCompress(text) }
  }

  links(rev: number): readonly Head[] | undefined {
    return this.#head === undefined ? undefined : this.#commits.links(this.#head, rev)
  }

  get hasStaged(): boolean {
    return this.#context.database.get(this.#keys.staged) !== undefined
  }

  async stage(pages: readonly CheckedPage[]): Promise<void> {
    await this.#exclusive.run(async () => {
      const mark = { key: this.#keys.staged, value: new Uint8Array(0) }
      await this.#context.database.batch([mark, ...this.#pages.writesForChecked(pages)], { sync: false })
      for (const { node } of pages) this.#staged.add(node.digest)
    })
  }

  async held(pages: readonly Child[]): Promise<ReadonlyMap<string, PageNode>> {
    return await this.#exclusive.run(async () => {
      const wanted = new Set<string>(pages.map(({ digest }) => digest))
      const held = new Map<string, PageNode>()
      for (const { node } of this.#tree.pages) if (wanted.has(node.digest)) held.set(node.digest, node)
      if (!this.hasStaged) return held
      for await (const digest of this.#pages.digests()) {
        if (!wanted.has(digest) || held.has(digest)) continue
        const text = this.#pages.readStored({ digest: digest as Digest })
        const node = readPage(this.#context.primitives, text, admitStored)
        if (node.digest !== digest) continue
        held.set(digest, node)
        this.#staged.add(digest)
      }
      return held
    })
  }

  async replace(
    head: Head,
    links: readonly Head[],
    pages: readonly PageNode[],
    before: Head | undefined,
  ): Promise<boolean> {
    return await this.#exclusive.run(async () => {
      const present = new Map(this.#tree.pages.map((page) => [page.node.digest, page]))
      if (this.#head?.digest !== before?.digest) return false
      if (pages.some(({ digest }) => !present.has(digest) && !this.#staged.has(digest))) return false
      const states = pages.map((node): PageState => present.get(node.digest) ?? { node, base: node })
      const tree = treeOf(this.#context.primitives, states)
      expectSigned(tree, head)
      await this.#storeAll(head, links, tree, true)
      await this.#unstage()
      this.#tell(head, undefined)
      return true
    })
  }

  /** Deletes staged pages that no tree uses. */
  async #unstage(): Promise<void> {
    const used = new Set<string>(this.#stored.pages)
    const writes: Write[] = [{ key: this.#keys.staged, value: undefined }]
    this.#staged.clear()
    for await (const digest of this.#pages.digests())
      if (!used.has(digest)) writes.push(this.#pages.deletion(digest))
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
        const text = pageText(page, (state) => state.text ?? this.#pages.readStored(state.base))
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
    if (
      commit === undefined ? tree.count !== 0 : tree.upper.root !== commit.root || tree.count !== commit.count
    )
      problems.push('the root is not the one that is signed')
    return problems
  }
}

/** @throws {RecordError} `root-mismatch` */
function expectSigned(tree: Tree, { commit }: Head): void {
  if (tree.upper.root !== commit.root || tree.count !== commit.count)
    throw new RecordError('root-mismatch', 'The entries are not the tree that the commit signs.')
}

const textOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()

/** In order of keys. */
const changesOf = (values: ReadonlyMap<string, string | undefined>): Change[] =>
  [...values]
    .map(([key, value]): Change => ({ key, line: value === undefined ? undefined : lineOf(key, value) }))
    .sort((a, b) => compareKeys(a.key, b.key))
