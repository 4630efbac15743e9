import { z } from 'zod'
import { codeCharsMax } from '../../core/partner/invitation-code.ts'
import type { MosaicNode } from '../../node/node.ts'
import { sendSteps } from '../stream.ts'
import type { Api } from '../zod-types.ts'

const waitSecondsMax = 3 * 86_400
/** A name, a merchant id or the beginning of one. */
export const partnerParam = z.strictObject({ partner: z.string().min(1).max(200) })

const joinBody = z.strictObject({
  code: z.string().min(1).max(codeCharsMax),
  /** How long to wait for the inviter's confirmation; without it the answer comes once the invitation is claimed. */
  waitSeconds: z.int().min(0).max(waitSecondsMax).default(0),
})

export function partnerRoutes(api: Api, node: MosaicNode): void {
  const { partners } = node
  api.get('/partners', async () => ({
    partners: await Promise.all(partners.all().map((one) => node.partnerView(one))),
  }))
  api.post('/partners/join', { schema: { body: joinBody } }, ({ body }, reply) =>
    sendSteps(reply, node.join(body.code, body.waitSeconds)),
  )
  api.get('/partners/:partner', { schema: { params: partnerParam } }, async ({ params }) =>
    node.partnerView(partners.find(params.partner)),
  )
  api.get('/partners/:partner/key-log', { schema: { params: partnerParam } }, ({ params }) => ({
    keyLog: node.merchants.keyLogOf(partners.find(params.partner))?.texts ?? [],
  }))
  for (const [path, state] of [
    ['pause', 'paused'],
    ['resume', 'partner'],
    ['end', 'ended'],
  ] as const)
    api.post(`/partners/:partner/${path}`, { schema: { params: partnerParam } }, async ({ params }) => {
      const merchant = partners.find(params.partner)
      await partners.change(merchant, state)
      return await node.partnerView(merchant)
    })
}
