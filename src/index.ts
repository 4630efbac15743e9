/** The public door: what programs beside Mosaic build on. Everything else may change from one version to the next. */
export { ApiClient, ApiError, connectToNode } from './api/client.ts'
export { type ServedNode, serveNode } from './api/serve.ts'
export { type NodeConfig, nodeConfig } from './node/config.ts'
export type { NodeEvent } from './node/events.ts'
export { createIdentity } from './node/init.ts'
export { MosaicNode } from './node/node.ts'
export type {
  AssortmentView,
  InvitationView,
  MarketPageView,
  NewInvitationView,
  OfferView,
  PartnerView,
  ProofView,
  StatusView,
} from './node/views.ts'
