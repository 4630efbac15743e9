import { admitTo } from '../core/admission/kinds.ts'
import { mayRead as visible } from '../core/admission/visibility.ts'
import { type KeyLog, KeyLogError, verifyKeyLog } from '../core/identity/key-log.ts'
import type { MerchantId } from '../core/identity/merchant-id.ts'
import type { Equivocation } from '../core/record/history.ts'
import type { Holding } from '../core/sync/ports.ts'
import type { SyncDriverPorts } from '../network/sync-driver.ts'
import { nodePrimitives } from '../store/primitives.ts'
import type { RepoStore } from '../store/repo-store.ts'
import type { Clock } from './clock.ts'
import type { Equivocations } from './equivocations.ts'
import type { Grants } from './grants.ts'
import type { Identity } from './identity.ts'
import type { Merchants } from './merchants.ts'
import type { Relations } from './relations.ts'

export interface SyncParts {
  readonly store: RepoStore
  readonly identity: Identity
  readonly merchants: Merchants
  readonly equivocations: Equivocations
  readonly grants: Grants
  readonly relations: Relations
  readonly clock: Clock
}

export interface SyncNews {
  onEquivocation(merchant: MerchantId, repo: string): void
  onKeyLog(log: KeyLog): void
  onDuplicity(merchant: MerchantId): void
  /** @param peerId of the node that asked once more for what it may not read */
  onRefusedAgain(peerId: string): void
  onError(peer: MerchantId, error: unknown): void
}

/** What sync needs of this node: its store behind the one question of who may read what. */
export function syncPorts(parts: SyncParts, news: SyncNews): SyncDriverPorts {
  const { store, identity, merchants, equivocations, grants, relations, clock } = parts
  const keyLogOf = (merchant: MerchantId): KeyLog | undefined =>
    merchant === identity.merchant ? identity.keyLog : merchants.keyLogOf(merchant)
  const mayRead = (peer: MerchantId, merchant: MerchantId, repo: string): boolean =>
    visible(peer, merchant, repo, {
      self: identity.merchant,
      now: clock.nowSeconds(),
      peerIsPartner: (peer) => relations.isPartner(peer),
      relationWith: (peer) => relations.viewOf(peer),
      grantTo: (peer, repo) => grants.grantTo(peer, repo),
    })
  return {
    primitives: nodePrimitives,
    now: () => clock.nowSeconds(),
    mayRead,
    source: async (merchant, repo) => await store.repo(merchant, repo),
    sink: async (merchant, repo) => await store.repo(merchant, repo),
    admit: admitTo,
    keyLog: keyLogOf,
    equivocation: (merchant, repo) => equivocations.get(merchant, repo),
    async equivocated(merchant: MerchantId, repo: string, proof: Equivocation) {
      if (await equivocations.keep(merchant, repo, proof)) news.onEquivocation(merchant, repo)
    },
    async learnKeyLog(merchant, from, events) {
      const held = keyLogOf(merchant)
      const log = verifyKeyLog(nodePrimitives, [...(held?.texts ?? []).slice(0, from), ...events], held)
      if (log instanceof KeyLogError) throw log
      // Not kept: the session takes it as an offence.
      if (log.merchant !== merchant) return log
      if (held !== undefined && !log.extends(held)) return held
      await merchants.keepKeyLog(log)
      await merchants.keep(merchant)
      news.onKeyLog(log)
      return log
    },
    async duplicity(proof) {
      if (merchants.isFrozen(proof.merchant)) return
      await merchants.keepDuplicity(proof)
      news.onDuplicity(proof.merchant)
    },
    async *holdings(peer: MerchantId): AsyncGenerator<Holding> {
      for await (const { merchant, repo, rev } of store.repos()) {
        if (!mayRead(peer, merchant, repo)) continue
        const { head } = await store.repo(merchant, repo)
        if (head !== undefined) yield { merchant, repo, rev, head: head.digest }
      }
    },
    onRefusedAgain: (peerId) => news.onRefusedAgain(peerId),
    onError: (peer, error) => news.onError(peer, error),
  }
}
