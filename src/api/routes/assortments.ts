import { z } from 'zod'
import { grantTermsSchema } from '../../core/partner/grant.ts'
import {
  assortmentIdSchema,
  priceRuleSchema,
  ruleSchema,
  stockRuleSchema,
} from '../../core/trade/assortment-schema.ts'
import { publicId } from '../../node/assortments.ts'
import { termsDefault } from '../../node/grant-terms.ts'
import { viewOfGrant } from '../../node/grants.ts'
import type { MosaicNode } from '../../node/node.ts'
import { NodeError } from '../../node/node-error.ts'
import type { Api } from '../zod-types.ts'

const params = z.strictObject({ id: assortmentIdSchema })
const partnerName = z.string().min(1).max(200)
const partnersMax = 1_000

const rules = z.strictObject({
  rule: ruleSchema.default({ include: [], exclude: [] }),
  priceRule: priceRuleSchema.default({ kind: 'unchanged' }),
  stockRule: stockRuleSchema.default({}),
})
const newAssortment = rules.safeExtend({
  id: assortmentIdSchema,
  title: z.string().min(1).max(100).optional(),
  terms: grantTermsSchema.optional(),
  /** Names or ids; the assortment is released to them at once. */
  partners: z.array(partnerName).max(partnersMax).default([]),
  /** Whether one of the same id may be changed. */
  replace: z.boolean().default(false),
})

export function assortmentRoutes(api: Api, node: MosaicNode): void {
  const { assortments, grants, partners } = node
  api.get('/assortments', async () => {
    const all = await assortments.all()
    return { assortments: await Promise.all(all.map(({ id }) => node.assortmentView(id))) }
  })
  api.post('/assortments', { schema: { body: newAssortment } }, async ({ body }, reply) => {
    const { partners: names, replace, title = body.id, terms = termsDefault, ...rules } = body
    const merchants = names.map((name) => partners.find(name))
    if (merchants.length > 0) assertReleasable(body.id)
    await assortments.define({ ...rules, title, terms, partners: [] }, replace)
    await grants.changeTerms(body.id, terms)
    for (const merchant of merchants) await grants.release(body.id, merchant, terms)
    reply.status(201)
    return await node.assortmentView(body.id)
  })
  api.post('/assortments/preview', { schema: { body: rules } }, async ({ body }) => assortments.preview(body))
  api.get('/assortments/:id', { schema: { params } }, async (request) => {
    return await node.assortmentView(request.params.id)
  })
  api.delete('/assortments/:id', { schema: { params } }, async (request) => {
    const { id } = request.params
    assortments.require(id)
    await grants.revokeAll(id)
    await assortments.remove(id)
    return { deleted: id }
  })
  const grantBody = z.strictObject({ partner: partnerName })
  api.post('/assortments/:id/grants', { schema: { params, body: grantBody } }, async (request, reply) => {
    const { id } = request.params
    const { terms } = assortments.require(id)
    assertReleasable(id)
    const merchant = partners.find(request.body.partner)
    const grant = viewOfGrant(await grants.release(id, merchant, terms), (one) => assortments.get(one)?.title)
    reply.status(201)
    return { grant, partner: await node.partnerView(merchant) }
  })
  const grantParams = params.safeExtend({ partner: partnerName })
  api.delete('/assortments/:id/grants/:partner', { schema: { params: grantParams } }, async (request) => {
    const merchant = partners.find(request.params.partner)
    await grants.revoke(request.params.id, merchant)
    return { partner: await node.partnerView(merchant) }
  })
}

function assertReleasable(id: string): void {
  if (id === publicId)
    throw new NodeError(
      'assortment-public',
      'The assortment "public" is open to everybody; it cannot be released to one.',
      {
        field: 'id',
      },
    )
}
