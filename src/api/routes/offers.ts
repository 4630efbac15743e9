import { z } from 'zod'
import { assortmentIdSchema } from '../../core/trade/assortment-schema.ts'
import { isGtin } from '../../core/trade/gtin.ts'
import { currencySchema, priceMinorMax } from '../../core/trade/money.ts'
import { isSku } from '../../core/trade/offer.ts'
import type { MosaicNode } from '../../node/node.ts'
import type { Api } from '../zod-types.ts'

/** A query has texts only. */
const whole = (min: number, max: number): z.ZodPipe<z.ZodString, z.ZodTransform<number, string>> =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform((text, context) => {
      const value = Number(text)
      if (value < min || value > max) context.addIssue(`must be from ${min} to ${max}`)
      return value
    })

const query = z.strictObject({
  text: z.string().max(200).optional(),
  gtin: z.string().refine(isGtin, 'is no GTIN: its length or its check digit is wrong').optional(),
  category: whole(1, 9_999_999).optional(),
  categoryPath: z.string().min(1).max(300).optional(),
  /** Names or ids, separated by commas. */
  partners: z.string().max(10_000).optional(),
  currency: currencySchema.optional(),
  minMinor: whole(0, priceMinorMax).optional(),
  maxMinor: whole(0, priceMinorMax).optional(),
  inStock: z.enum(['true', 'false']).optional(),
  limit: whole(1, 200).optional(),
  after: z.string().max(1_000).optional(),
})
const params = z.strictObject({
  partner: z.string().min(1).max(200),
  sku: z.string().refine(isSku, 'is no SKU'),
})
const assortment = z.strictObject({ assortment: assortmentIdSchema.optional() })

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** What was not asked is not there at all. */
function withoutUndefined<T extends object>(query: T): Partial<Defined<T>> {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as Partial<
    Defined<T>
  >
}

export function offerRoutes(api: Api, node: MosaicNode): void {
  const { market } = node
  api.get('/offers', { schema: { querystring: query } }, async (request) => {
    const { partners, inStock, ...rest } = request.query
    const names = partners?.split(',').filter((name) => name !== '')
    const merchants = names?.map((name) => node.partners.find(name))
    const query = {
      ...rest,
      merchants: merchants?.length === 0 ? undefined : merchants,
      inStock: inStock === undefined ? undefined : inStock === 'true',
    }
    return await market.search(withoutUndefined(query))
  })
  api.get('/offers/:partner/:sku', { schema: { params, querystring: assortment } }, async (request) => {
    const merchant = node.partners.find(request.params.partner)
    return await market.offer(merchant, request.params.sku, request.query.assortment)
  })
  api.get('/offers/:partner/:sku/proof', { schema: { params, querystring: assortment } }, async (request) => {
    const merchant = node.partners.find(request.params.partner)
    return await market.proof(merchant, request.params.sku, request.query.assortment)
  })
}
