import { z } from 'zod'
import { lastGoodSchema, repairsSchema } from '../../core/identity/repo-head.ts'
import type { MosaicNode } from '../../node/node.ts'
import type { Api } from '../zod-types.ts'

const wordsLengthMax = 1_000

/** The words are used once and forgotten; they never touch the disk. */
const rotation = z.strictObject({
  words: z.string().min(1).max(wordsLengthMax),
  newWords: z.string().min(1).max(wordsLengthMax).optional(),
  reason: z.enum(['scheduled', 'retired', 'compromised']).default('scheduled'),
  /** After a theft: the last commits that are the merchant's own. @default what the node holds */
  lastGood: lastGoodSchema.optional(),
  repairs: repairsSchema.optional(),
})

export function identityRoutes(api: Api, node: MosaicNode): void {
  api.get('/identity', () => node.identity.view())
  api.post('/identity/rotations', { schema: { body: rotation } }, async ({ body }, reply) => {
    await node.rotate(body)
    reply.status(201)
    return node.identity.view()
  })
}
