import type { MerchantId } from '../core/identity/merchant-id.ts'
import type { AddressBook } from '../network/connector.ts'
import type { Candidate } from '../network/directory.ts'
import type { Clock } from './clock.ts'
import type { Merchants } from './merchants.ts'

/** Where partners' nodes were found before: their rows among the merchants. */
export class NodeAddressBook implements AddressBook {
  readonly #merchants: Merchants
  readonly #clock: Clock

  constructor(merchants: Merchants, clock: Clock) {
    this.#merchants = merchants
    this.#clock = clock
  }

  addressesOf(merchant: MerchantId): readonly Candidate[] {
    const byPeer = new Map<string, string[]>()
    for (const address of this.#merchants.get(merchant)?.addresses ?? []) {
      const [, peerId] = /\/p2p\/([^/]+)$/.exec(address) ?? []
      if (peerId === undefined) continue
      byPeer.set(peerId, [...(byPeer.get(peerId) ?? []), address])
    }
    return [...byPeer].map(([peerId, addresses]) => ({ peerId, addresses }))
  }

  remember(merchant: MerchantId, { addresses }: Candidate): void {
    const said = { addresses, lastSeenAt: this.#clock.nowSeconds() }
    // A hint only: without it the partner is found by other ways.
    this.#merchants.remember(merchant, said).catch(() => undefined)
  }
}
