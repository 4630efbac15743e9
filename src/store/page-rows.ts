import type { PageNode } from '../core/record/page.ts'
import { pageBytesMax } from '../core/record/shape.ts'
import { type PageState, pageText, type ReadBase } from '../core/record/tree.ts'
import type { Primitives } from '../core/signature/primitives.ts'
import type { CheckedPage, Packed } from '../core/sync/ports.ts'
import { type Database, endOf, StoreError, type Write } from './database.ts'
import { decodePacked, encodePacked, type RepoKeys } from './repo-rows.ts'
import type { TextCache } from './text-cache.ts'

const scratch = Buffer.allocUnsafeSlow(pageBytesMax)

/** The stored pages of one repo, each under the digest of its node. */
export class PageRows {
  readonly #primitives: Primitives
  readonly #database: Database
  readonly #cache: TextCache
  readonly #keys: RepoKeys

  constructor(primitives: Primitives, database: Database, cache: TextCache, keys: RepoKeys) {
    this.#primitives = primitives
    this.#database = database
    this.#cache = cache
    this.#keys = keys
  }

  /** The base text of a page: at hand, or read and kept at hand. Some 100 µs if it has to be read. */
  readonly read: ReadBase = (page) => {
    if (page.text !== undefined) return page.text
    const cached = this.#cache.get(page.base.digest)
    if (cached !== undefined) return cached
    const text = this.readStored(page.base)
    this.#cache.put(page.base.digest, text)
    return text
  }

  /**
   * The base text of a page until the next call: at hand, or in a buffer that is used again. A commit that
   * touches every page would else ask for as much new memory as the repo has text.
   */
  readonly glance: ReadBase = (page) =>
    page.text ?? this.#cache.get(page.base.digest) ?? this.readStored(page.base, scratch)

  /** @param into see {@link Primitives.zstdDecompress} @throws {StoreError} `damaged` */
  readStored({ digest }: Pick<PageNode, 'digest'>, into?: Uint8Array): Uint8Array {
    const row = this.#database.get(this.#keys.page(digest))
    if (row === undefined) throw damaged(this.#keys.page(digest))
    const { rawBytes, bytes } = decodePacked(row)
    try {
      return this.#primitives.zstdDecompress(bytes, rawBytes, into)
    } catch (cause) {
      throw damaged(this.#keys.page(digest), cause)
    }
  }

  /** A page's present text as it is sent: as it lies, if nothing in it has changed. `undefined`: it is gone. */
  packed(page: PageState): Packed | undefined {
    if (page.overlay !== undefined || page.text !== undefined) return this.#pack(pageText(page, this.read))
    const row = this.#database.get(this.#keys.page(page.base.digest))
    return row === undefined ? undefined : decodePacked(row)
  }

  #pack(text: Uint8Array): Packed {
    return { rawBytes: text.length, bytes: this.#primitives.zstdCompress(text) }
  }

  /** Writes for the pages that are not stored as they are, and the pages as they will be then. */
  writesFor(pages: readonly PageState[]): { readonly writes: Write[]; readonly pages: PageState[] } {
    const writes: Write[] = []
    const stored = pages.map((page): PageState => {
      if (page.overlay === undefined && page.text === undefined) return page
      const text = pageText(page, this.read)
      writes.push({ key: this.#keys.page(page.node.digest), value: encodePacked(this.#pack(text)) })
      this.#cache.put(page.node.digest, text)
      return { node: page.node, base: page.node }
    })
    return { writes, pages: stored }
  }

  /** Writes for pages as they came from a peer. */
  writesForChecked(pages: readonly CheckedPage[]): Write[] {
    return pages.map(({ node, packed, text }) => {
      this.#cache.put(node.digest, text)
      return { key: this.#keys.page(node.digest), value: encodePacked(packed) }
    })
  }

  /** Digests of all stored pages, used or not. */
  async *digests(): AsyncIterable<string> {
    const { pages } = this.#keys
    for await (const key of this.#database.keys({ gte: pages, lt: endOf(pages) }))
      yield key.slice(pages.length)
  }

  deletion(digest: string): Write {
    return { key: this.#keys.pages + digest, value: undefined }
  }
}

const damaged = (key: string, cause?: unknown): StoreError =>
  new StoreError(
    'damaged',
    `The row ${key} is missing or damaged. Run "mosaic check", or restore a backup.`,
    { cause },
  )
