import type { MosaicNode } from '../../node/node.ts'
import type { Api } from '../zod-types.ts'
import { assortmentRoutes } from './assortments.ts'
import { backupRoutes } from './backup.ts'
import { catalogRoutes } from './catalog.ts'
import { eventRoutes } from './events.ts'
import { identityRoutes } from './identity.ts'
import { invitationRoutes } from './invitations.ts'
import { offerRoutes } from './offers.ts'
import { partnerRoutes } from './partners.ts'
import { repoRoutes } from './repos.ts'
import { statusRoutes } from './status.ts'

/** Everything under /api/v1. */
export function routes(api: Api, node: MosaicNode): void {
  statusRoutes(api, node)
  identityRoutes(api, node)
  invitationRoutes(api, node)
  partnerRoutes(api, node)
  catalogRoutes(api, node)
  assortmentRoutes(api, node)
  offerRoutes(api, node)
  repoRoutes(api, node)
  backupRoutes(api, node)
  eventRoutes(api, node)
}
