import type { MosaicNode } from '../../node/node.ts'
import type { Api } from '../zod-types.ts'

export function statusRoutes(api: Api, node: MosaicNode): void {
  api.get('/status', async () => await node.status())
}
