import type { MerchantId } from '../core/identity/merchant-id.ts'
import type { SyncDriver } from '../network/sync-driver.ts'

/** Own repos that a partner holds more of. The stream to ask by may come after the wish. */
export class LostRepos {
  readonly #sync: SyncDriver
  readonly #self: MerchantId
  readonly #wanted = new Map<MerchantId, Set<string>>()

  constructor(sync: SyncDriver, self: MerchantId) {
    this.#sync = sync
    this.#self = self
  }

  fetch(peer: MerchantId, repo: string): void {
    this.#wanted.set(peer, new Set([...(this.#wanted.get(peer) ?? []), repo]))
    this.attached(peer)
  }

  attached(peer: MerchantId): void {
    for (const repo of this.#wanted.get(peer) ?? []) this.#sync.fetch(peer, this.#self, repo)
  }
}
