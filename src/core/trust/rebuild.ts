import type { MerchantId } from '../identity/merchant-id.ts'
import { claimOf, type Dispute, type Settlement } from './dispute.ts'
import { type Endorsement, vouchOf } from './endorsement.ts'
import { forever, TrustGraph } from './graph.ts'
import { aheadSeconds } from './trust-statement.ts'

/** What lies in one merchant's `trust` repo at the newest head held at a time, all of it verified. */
export interface TrustRecords {
  readonly merchant: MerchantId
  readonly headTime: number // UTC seconds
  /** Frozen by duplicity, or an equivocation is not repaired. */
  readonly suspended: boolean
  readonly endorsements: readonly Endorsement[]
  readonly disputes: readonly Dispute[]
  /** By any author: either side of a dispute may publish its settlement. */
  readonly settlements: readonly Settlement[]
}

/**
 * The graph at a time, from nothing but statements; the same, whatever their order, as one that was changed statement
 * by statement. Spec: protocol/trust.md §1.
 * @param viewer its own records, whose age does not matter, and the endorsements that it holds for itself
 * @param at UTC seconds
 */
export function graphFrom(
  records: Iterable<TrustRecords>,
  viewer: { readonly merchant: MerchantId; readonly privately: readonly Endorsement[] },
  at: number,
): TrustGraph {
  const graph = new TrustGraph()
  for (const author of records) {
    const isViewer = author.merchant === viewer.merchant
    graph.setHead(author.merchant, isViewer ? forever : author.headTime)
    if (author.suspended) graph.setSuspended(author.merchant, true)
    // A head that is ahead says nothing about this time.
    if (author.headTime <= at + aheadSeconds) takeRecords(graph, author, at)
  }
  for (const endorsement of viewer.privately) takeEndorsement(graph, endorsement, at)
  return graph
}

function takeRecords(
  graph: TrustGraph,
  { endorsements, disputes, settlements }: TrustRecords,
  at: number,
): void {
  for (const endorsement of endorsements) takeEndorsement(graph, endorsement, at)
  for (const dispute of disputes)
    if (dispute.time <= at + aheadSeconds)
      graph.dispute(dispute.from, dispute.to, dispute.dealId, claimOf(dispute))
  for (const { from, to, dealId, time } of settlements)
    if (time <= at + aheadSeconds) graph.setSettled(from, to, dealId, true)
}

/** An endorsement in the place of an earlier one; one that is ahead of its time takes nobody's. */
function takeEndorsement(graph: TrustGraph, endorsement: Endorsement, at: number): void {
  if (endorsement.time > at + aheadSeconds) return
  graph.endorse(endorsement.from, endorsement.to, vouchOf(endorsement))
}
