import type { Duplicity, KeyLog } from '../core/identity/key-log.ts'
import type { MerchantId } from '../core/identity/merchant-id.ts'
import type { RepoHead } from '../core/identity/repo-head.ts'
import type { HelloPort } from '../network/hello.ts'
import { addressCharsMax, addressesMax, type Held, heldReposMax } from '../network/hello-message.ts'
import type { RepoStore } from '../store/repo-store.ts'
import type { Clock } from './clock.ts'
import type { Identity } from './identity.ts'
import type { Merchants } from './merchants.ts'

export interface HelloNews {
  /** A merchant that was known has a longer key log now. */
  onKeyLog(log: KeyLog): void
  onDuplicity(merchant: MerchantId): void
}

/** What hello asks this node, and what it learns by it. */
export class NodeHelloPort implements HelloPort {
  readonly #identity: Identity
  readonly #merchants: Merchants
  readonly #store: RepoStore
  readonly #clock: Clock
  readonly #events: HelloNews
  /** The host comes after the port. */
  addresses: () => readonly string[] = () => []

  constructor(
    parts: {
      readonly identity: Identity
      readonly merchants: Merchants
      readonly store: RepoStore
      readonly clock: Clock
    },
    events: HelloNews,
  ) {
    this.#identity = parts.identity
    this.#merchants = parts.merchants
    this.#store = parts.store
    this.#clock = parts.clock
    this.#events = events
  }

  get merchant(): MerchantId {
    return this.#identity.merchant
  }

  own(): { readonly keyLog: KeyLog; readonly binding: string; readonly addresses: readonly string[] } {
    const addresses = this.addresses()
      .filter(({ length }) => length > 0 && length <= addressCharsMax)
      .slice(0, addressesMax)
    return { keyLog: this.#identity.keyLog, binding: this.#identity.binding(), addresses }
  }

  now(): number {
    return this.#clock.nowSeconds()
  }

  async knownOf(
    merchant: MerchantId,
  ): Promise<{ readonly keyLog?: KeyLog; readonly isFrozen: boolean; readonly isBlocked: boolean }> {
    const keyLog = this.#merchants.keyLogOf(merchant)
    return { ...(keyLog && { keyLog }), isFrozen: this.#merchants.isFrozen(merchant), isBlocked: false }
  }

  async heldOf(merchant: MerchantId): Promise<Held> {
    const repos: RepoHead[] = []
    for await (const { repo, rev } of this.#store.repos(merchant)) {
      if (repos.length >= heldReposMax) break
      const { head } = await this.#store.repo(merchant, repo)
      if (head !== undefined) repos.push({ repo, rev, digest: head.digest })
    }
    return { repos: repos.sort((a, b) => (a.repo < b.repo ? -1 : 1)), orders: [] }
  }

  async keepKeyLog(log: KeyLog): Promise<void> {
    const before = this.#merchants.keyLogOf(log.merchant)
    await this.#merchants.keepKeyLog(log)
    if (before !== undefined && log.extends(before)) this.#events.onKeyLog(log)
  }

  async keepDuplicity(duplicity: Duplicity): Promise<void> {
    await this.#merchants.keepDuplicity(duplicity)
    this.#events.onDuplicity(duplicity.merchant)
  }
}
