import type { Profile } from '../core/partner/profile.ts'
import type { RelationStatement } from '../core/partner/relation-statement.ts'
import type { PairingPort } from '../network/pairing-service.ts'
import type { Local } from './local.ts'

/** What pairing asks this node, and where its results go. */
export function pairingPort(local: Local): PairingPort {
  const { identity, merchants, relations, invitations, clock, keepStaged } = local
  return {
    get profile(): Profile {
      return { name: identity.name }
    },
    sign: (body) => identity.sign(body) as RelationStatement,
    now: () => clock.nowSeconds(),
    isFrozen: (merchant) => merchants.isFrozen(merchant),
    invitation: (id) => invitations.get(id),
    relation: (other) => relations.of(other),
    async store({ invitation, relation }) {
      for (const merchant of [relation?.other, invitation?.claim?.merchant])
        if (merchant !== undefined) await merchants.keep(merchant)
      await keepStaged([
        ...(invitation === undefined ? [] : [invitations.stage(invitation)]),
        ...(relation === undefined ? [] : [relations.stage(relation)]),
      ])
    },
  }
}
