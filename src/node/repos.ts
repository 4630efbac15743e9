import type { MerchantId } from '../core/identity/merchant-id.ts'
import type { RepoHead } from '../core/identity/repo-head.ts'
import { readCommit } from '../core/record/commit.ts'
import { nodePrimitives } from '../store/primitives.ts'
import type { Repo } from '../store/repo.ts'
import type { RepoStore } from '../store/repo-store.ts'
import type { Identity } from './identity.ts'
import type { Merchants } from './merchants.ts'
import { NodeError } from './node-error.ts'
import { type CommitView, type RepoVerification, type RepoView, timeText } from './views.ts'

/** What the node tells of the repos that it holds. */
export class Repos {
  readonly #store: RepoStore
  readonly #identity: Identity
  readonly #merchants: Merchants

  constructor(store: RepoStore, identity: Identity, merchants: Merchants) {
    this.#store = store
    this.#identity = identity
    this.#merchants = merchants
  }

  /** Own repos first. */
  async list(): Promise<RepoView[]> {
    const views: RepoView[] = []
    for await (const { merchant, repo, rev, count, time } of this.#store.repos())
      views.push({
        merchant,
        merchantName: this.#nameOf(merchant),
        repo,
        own: merchant === this.#identity.merchant,
        rev,
        records: count,
        at: timeText(time),
      })
    return views.sort((a, b) => Number(b.own) - Number(a.own) || (a.merchantName < b.merchantName ? -1 : 1))
  }

  /** The merchant's own newest commits, by repo. */
  async heads(): Promise<RepoHead[]> {
    const heads: RepoHead[] = []
    for await (const { repo } of this.#store.repos(this.#identity.merchant)) {
      const { head } = await this.#store.repo(this.#identity.merchant, repo)
      if (head !== undefined) heads.push({ repo, rev: head.commit.rev, digest: head.digest })
    }
    return heads
  }

  /** Newest first. @param options `before`: a rev */
  async log(
    merchant: MerchantId,
    name: string,
    options: { readonly limit: number; readonly before?: number | undefined },
  ): Promise<CommitView[]> {
    const repo = await this.require(merchant, name)
    const commits: CommitView[] = []
    for await (const { commit, digest } of repo.log(options.before, options.limit))
      commits.push({
        rev: commit.rev,
        digest,
        root: commit.root,
        records: commit.count,
        at: timeText(commit.time),
      })
    return commits
  }

  /** Reads every record again, computes the root, and checks the signature of the head. */
  async verify(merchant: MerchantId, name: string): Promise<RepoVerification> {
    const repo = await this.require(merchant, name)
    const problems = await repo.check()
    const { head } = repo
    const keyLog =
      merchant === this.#identity.merchant ? this.#identity.keyLog : this.#merchants.keyLogOf(merchant)
    if (keyLog === undefined) problems.push(`The key log of ${merchant} is not known.`)
    else if (head !== undefined)
      try {
        readCommit(nodePrimitives, head.text, keyLog)
      } catch (error) {
        problems.push(error instanceof Error ? error.message : String(error))
      }
    return {
      ok: problems.length === 0,
      merchant,
      merchantName: this.#nameOf(merchant),
      repo: name,
      rev: head?.commit.rev ?? 0,
      records: head?.commit.count ?? 0,
      root: head?.commit.root ?? '',
      problems,
    }
  }

  /** @throws {NodeError} `repo-unknown` */
  async require(merchant: MerchantId, name: string): Promise<Repo> {
    if (this.#store.has(merchant, name)) return await this.#store.repo(merchant, name)
    throw new NodeError('repo-unknown', `This node holds no repo ${name} of ${this.#nameOf(merchant)}.`, {
      field: 'repo',
      params: { repo: name, name: this.#nameOf(merchant) },
    })
  }

  #nameOf(merchant: MerchantId): string {
    return merchant === this.#identity.merchant ? this.#identity.name : this.#merchants.nameOf(merchant)
  }
}
