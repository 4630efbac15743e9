import type { Head } from '../core/record/commit.ts'
import type { Repo } from '../store/repo.ts'
import type { RepoStore } from '../store/repo-store.ts'
import type { Clock } from './clock.ts'
import type { Identity } from './identity.ts'
import type { NodeError } from './node-error.ts'

/** Commits to the merchant's own repos. Whatever is signed here is on the disk before anybody can read it. */
export class Publish {
  readonly #store: RepoStore
  readonly #identity: Identity
  readonly #clock: Clock
  #closedBecause: (() => NodeError | undefined) | undefined

  constructor(store: RepoStore, identity: Identity, clock: Clock) {
    this.#store = store
    this.#identity = identity
    this.#clock = clock
  }

  /** While `reason` gives an error nothing is signed: a restored node must first learn what it signed before. */
  closeWhile(reason: () => NodeError | undefined): void {
    this.#closedBecause = reason
  }

  get isOpen(): boolean {
    return this.#problem() === undefined
  }

  /** @throws {NodeError} `restore-open`, `identity-frozen` */
  assertOpen(): void {
    const error = this.#problem()
    if (error !== undefined) throw error
  }

  #problem(): NodeError | undefined {
    return this.#closedBecause?.() ?? this.#identity.problem()
  }

  /** One of the merchant's own repos. */
  async repo(name: string): Promise<Repo> {
    return await this.#store.repo(this.#identity.merchant, name)
  }

  /**
   * @param changes canonical texts by key; `undefined` takes a key out
   * @param options `force`: a new commit even if nothing differs, as a sign of life
   * @throws {NodeError} `restore-open`, `identity-frozen`
   */
  async commit(
    name: string,
    changes: ReadonlyMap<string, string | undefined>,
    options: { readonly force?: boolean } = {},
  ): Promise<Head | undefined> {
    const repo = await this.repo(name)
    if (changes.size === 0 && options.force !== true) return repo.head
    this.assertOpen()
    // Clocks are set back now and then; commits do not go back.
    const time = Math.max(this.#clock.nowSeconds(), repo.head?.commit.time ?? 0)
    return await repo.commit(changes, { ...this.#identity.signing(), time, force: options.force ?? false })
  }
}
