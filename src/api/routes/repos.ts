import { z } from 'zod'
import { repoNameSchema } from '../../core/record/key.ts'
import type { MosaicNode } from '../../node/node.ts'
import type { Api } from '../zod-types.ts'

const params = z.strictObject({ merchant: z.string().min(1).max(200), repo: repoNameSchema })
const logQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(20),
  before: z.coerce.number().int().min(1).optional(),
})

/** `me` is this node's own merchant. */
export function repoRoutes(api: Api, node: MosaicNode): void {
  const { repos } = node
  api.get('/repos', async () => ({ repos: await repos.list() }))
  api.get('/repos/:merchant/:repo/log', { schema: { params, querystring: logQuery } }, async (request) => {
    const { merchant, repo } = request.params
    return { commits: await repos.log(node.merchantOf(merchant), repo, request.query) }
  })
  api.post('/repos/:merchant/:repo/verify', { schema: { params } }, async (request) => {
    const { merchant, repo } = request.params
    return await repos.verify(node.merchantOf(merchant), repo)
  })
}
