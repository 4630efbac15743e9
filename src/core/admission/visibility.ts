import type { MerchantId } from '../identity/merchant-id.ts'
import type { Grant } from '../partner/grant.ts'
import { mayReadAssortment } from '../partner/reading.ts'
import type { RelationView } from '../partner/relation.ts'
import { repoNameSchema } from '../record/key.ts'

/** What a node knows when a peer asks for a repo. */
export interface ReadingFacts {
  /** The merchant that this node acts for. */
  readonly self: MerchantId
  /** UTC seconds. */
  readonly now: number
  /** Whether `self` and the peer are partners, be it that the partnership is paused. */
  peerIsPartner(peer: MerchantId): boolean
  /** What `self` and the peer are to each other. */
  relationWith(peer: MerchantId): RelationView
  /** The newest grant that `self` gave the peer for an assortment. */
  grantTo(peer: MerchantId, repo: string): Grant | undefined
}

/**
 * Whether this node may show a repo, or anything that depends on it, to a peer that hello has named. Everything that
 * sends bytes of a repo asks this first. Whoever follows an assortment shows it to its author, who may have lost it,
 * and to nobody else: a grant is no leave to pass on. What a node holds of other merchants tells who its partners are,
 * so a stranger sees only its own merchant's.
 * Spec: protocol/records/repo.md §4.
 */
export function mayRead(
  peer: MerchantId,
  merchant: MerchantId,
  repo: string,
  { self, now, peerIsPartner, relationWith, grantTo }: ReadingFacts,
): boolean {
  if (!repoNameSchema.safeParse(repo).success) return false
  if (peer === merchant) return true
  if (repo === 'trust' || repo === 'public') return merchant === self || peerIsPartner(peer)
  if (merchant !== self) return false
  return mayReadAssortment(
    merchant,
    peer,
    repo,
    { relation: relationWith(peer), grant: grantTo(peer, repo) },
    now,
  )
}
