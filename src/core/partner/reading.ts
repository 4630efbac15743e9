import type { MerchantId } from '../identity/merchant-id.ts'
import { type Grant, grantCovers } from './grant.ts'
import type { RelationView } from './relation.ts'

/**
 * Whether `reader` may read an assortment of `author` now: both are partners, and a grant of this generation of their
 * partnership covers it. The gate for everything that sends bytes is core/admission, which asks this for assortments.
 * @param repo `assortment/<id>` @param grant the latest for (author, reader, repo) @param now UTC seconds
 * @see protocol/records/grant.md §4
 */
export function mayReadAssortment(
  author: MerchantId,
  reader: MerchantId,
  repo: string,
  held: { readonly relation: RelationView; readonly grant: Grant | undefined },
  now: number,
): boolean {
  const { relation, grant } = held
  return (
    grant !== undefined &&
    grant.from === author &&
    grant.to === reader &&
    grant.assortment === repo &&
    relation.state === 'partner' &&
    relation.generation === grant.generation &&
    grantCovers(grant, now)
  )
}
