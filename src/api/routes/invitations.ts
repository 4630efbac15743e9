import { z } from 'zod'
import { invitationLifetimeSecondsMax } from '../../core/partner/invitation.ts'
import { invitationRoles } from '../../core/partner/invitation-code.ts'
import { viewOf as invitationView } from '../../node/invitations.ts'
import type { MosaicNode } from '../../node/node.ts'
import type { Api } from '../zod-types.ts'

const noteLengthMax = 100
const id = z.strictObject({ id: z.string().min(1).max(64) })

const newInvitation = z.strictObject({
  form: z.enum(['link', 'phone']).default('link'),
  auto: z.boolean().default(false),
  validSeconds: z.int().min(60).max(invitationLifetimeSecondsMax).optional(),
  role: z.enum(invitationRoles).default('partner'),
  note: z.string().min(1).max(noteLengthMax).optional(),
})

export function invitationRoutes(api: Api, node: MosaicNode): void {
  api.get('/invitations', () => ({ invitations: node.invitations.list() }))
  api.post('/invitations', { schema: { body: newInvitation } }, async ({ body }, reply) => {
    reply.status(201)
    const { note, ...wanted } = body
    return await node.invitations.create({ ...wanted, label: note })
  })
  api.post('/invitations/:id/confirm', { schema: { params: id } }, async ({ params }) => {
    const { claim } = await node.invitations.decide(params.id, 'confirm')
    return claim === undefined ? undefined : await node.partnerView(claim.merchant)
  })
  api.post('/invitations/:id/decline', { schema: { params: id } }, async ({ params }) =>
    invitationView(await node.invitations.decide(params.id, 'decline')),
  )
  api.delete('/invitations/:id', { schema: { params: id } }, async ({ params }) =>
    invitationView(await node.invitations.decide(params.id, 'revoke')),
  )
}
