import type { MerchantId } from '../core/identity/merchant-id.ts'
import { readCommitText } from '../core/record/commit.ts'
import type { Digest } from '../core/signature/digest.ts'
import type { Primitives } from '../core/signature/primitives.ts'
import { type Database, endOf, type Write } from './database.ts'
import { Repo, type RepoChange } from './repo.ts'
import { headPrefix, repoKeys } from './repo-rows.ts'
import { TextCache } from './text-cache.ts'

export interface RepoSummary {
  readonly merchant: MerchantId
  readonly repo: string
  readonly rev: number
  readonly head: Digest
  readonly count: number
  /** When the head was signed, UTC seconds. */
  readonly time: number
}

/** Texts of pages kept in memory, at most. */
export const textCacheBytesMax = 48 * 2 ** 20
/** Repos kept open, at most; the least recently used is closed first. */
export const openReposMax = 256

/** All repos of a node: its own and those that it follows. */
export class RepoStore {
  readonly #database: Database
  readonly #primitives: Primitives
  readonly #cache = new TextCache(textCacheBytesMax)
  readonly #loading = new Map<string, Promise<Repo>>()
  /** A repo that somebody still holds must stay the only one of its name. */
  readonly #alive = new Map<string, WeakRef<Repo>>()
  readonly #recent = new Map<string, Repo>()
  readonly #listeners = new Set<(change: RepoChange) => void>()

  constructor(database: Database, primitives: Primitives) {
    this.#database = database
    this.#primitives = primitives
  }

  /** The repo, empty if nothing is held. Loading takes some 10 ms for 100,000 entries. */
  async repo(merchant: MerchantId, name: string): Promise<Repo> {
    const id = `${merchant}/${name}`
    const open = this.#recent.get(id) ?? this.#alive.get(id)?.deref()
    if (open !== undefined) {
      this.#keepRecent(id, open)
      return open
    }
    let loading = this.#loading.get(id)
    if (loading === undefined) {
      loading = this.#load(id, merchant, name).finally(() => this.#loading.delete(id))
      this.#loading.set(id, loading)
    }
    return loading
  }

  async #load(id: string, merchant: MerchantId, name: string): Promise<Repo> {
    const context = {
      primitives: this.#primitives,
      database: this.#database,
      cache: this.#cache,
      changed: (change: RepoChange) => {
        for (const listener of this.#listeners) listener(change)
      },
    }
    const repo = await Repo.load(context, merchant, name)
    this.#alive.set(id, new WeakRef(repo))
    this.#keepRecent(id, repo)
    return repo
  }

  #keepRecent(id: string, repo: Repo): void {
    this.#recent.delete(id)
    this.#recent.set(id, repo)
    if (this.#recent.size <= openReposMax) return
    this.#recent.delete(this.#recent.keys().next().value as string)
    for (const [other, alive] of this.#alive) if (alive.deref() === undefined) this.#alive.delete(other)
  }

  /** Whether anything of the repo is held. */
  has(merchant: MerchantId, name: string): boolean {
    return this.#database.get(repoKeys(merchant, name).head) !== undefined
  }

  async *repos(merchant?: MerchantId): AsyncIterable<RepoSummary> {
    const prefix = merchant === undefined ? headPrefix : `${headPrefix}${merchant}/`
    for await (const [, value] of this.#database.entries({ gte: prefix, lt: endOf(prefix) })) {
      const { commit, digest } = readCommitText(this.#primitives, Buffer.from(value).toString())
      yield {
        merchant: commit.merchant,
        repo: commit.repo,
        rev: commit.rev,
        head: digest,
        count: commit.count,
        time: commit.time,
      }
    }
  }

  /** Forgets all that is held of a repo: its records first, its commits last. */
  async drop(merchant: MerchantId, name: string): Promise<void> {
    const id = `${merchant}/${name}`
    await this.#loading.get(id)
    this.#recent.delete(id)
    this.#alive.delete(id)
    const keys = repoKeys(merchant, name)
    const gone = [keys.head, keys.contents, keys.staged].map((key): Write => ({ key, value: undefined }))
    await this.#database.batch(gone, { sync: false })
    for (const prefix of [keys.pages, keys.changes, keys.commits])
      await this.#database.clear({ gte: prefix, lt: endOf(prefix) })
  }

  /** @returns a function that ends the subscription */
  onChange(listener: (change: RepoChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
