import { z } from 'zod'
import { type MerchantId, merchantIdSchema } from '../identity/merchant-id.ts'
import { clockSkewSecondsMax } from '../identity/node-binding.ts'
import { type Digest, digestOf, digestSchema } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'
import { proofSchema } from '../signature/proof.ts'
import { gtin14, isGtin } from './gtin.ts'
import type { Offer } from './offer.ts'
import { orderIdSchema } from './order-message.ts'
import { destinationSchema, orderQuantityMax } from './order-terms.ts'
import { type KeyLogOf, type SignatureFailure, verifyTradeStatement } from './order-verify.ts'

/** A request's canonical text, in bytes of UTF-8. */
export const supplyRequestBytesMax = 2_048
/** How long a request may be open, in seconds: 31 days. */
export const supplyRequestSecondsMax = 31 * 86_400
/** Requests of one merchant to the market that are taken in a day. */
export const supplyRequestsDailyMax = 20

const shared = {
  type: z.literal('mosaic/supply-request'),
  v: z.literal(1),
  request: orderIdSchema, // 16 random bytes; the same in both states
  from: merchantIdSchema,
  to: merchantIdSchema.exactOptional(), // one partner; absent: the market
  time: z.int().nonnegative(), // UTC seconds
  keyEvent: digestSchema,
  proof: proofSchema,
}

/** "20 of GTIN X by Friday to DE." Spec: protocol/records/supply-request.md §1. */
export const supplyRequestSchema = z
  .discriminatedUnion('state', [
    z.strictObject({
      ...shared,
      state: z.literal('open'),
      gtin: z.string().refine(isGtin, 'not a GTIN'),
      quantity: z.int().min(1).max(orderQuantityMax),
      shipTo: destinationSchema,
      neededBy: z.int().nonnegative().exactOptional(), // UTC seconds
      category: z.int().min(1).max(9_999_999).exactOptional(), // top category of Google's taxonomy: the market's topic
      note: z
        .string()
        .min(1)
        .max(300)
        .regex(/^[ -~\u00a0-\uffff]*$/)
        .exactOptional(), // to a partner only
      notAfter: z.int().nonnegative(),
    }),
    z.strictObject({ ...shared, state: z.literal('closed') }), // found, or not needed any more
  ])
  .superRefine((request, context) => {
    const issue = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message })
    if (request.from === request.to) issue('to', 'nobody asks itself')
    if (request.state !== 'open') return
    const ahead = request.notAfter - request.time
    if (ahead <= 0 || ahead > supplyRequestSecondsMax)
      issue('notAfter', `is after time, by ${supplyRequestSecondsMax} seconds at most`)
    if ((request.to === undefined) !== (request.category !== undefined))
      issue('category', 'stands in a request to the market, and only there')
    if (request.to === undefined && request.note !== undefined)
      issue('note', 'is for one partner: no free text to the market')
    if (request.to === undefined && request.shipTo.postcode !== undefined)
      issue('shipTo', 'to the market only the country is told')
  })
export type SupplyRequest = z.infer<typeof supplyRequestSchema>
export type OpenSupplyRequest = Extract<SupplyRequest, { state: 'open' }>

/** The gossip topic of a top category. */
export function supplyTopic(category: number): string {
  return `/mosaic/supply/1/${category}`
}

/** A request as it is kept: what answers name is the digest. */
export interface HeldSupplyRequest {
  readonly request: OpenSupplyRequest
  readonly text: string
  readonly digest: Digest
  readonly isClosed: boolean
}

export type SupplyFailure =
  | SignatureFailure
  | 'dated-ahead'
  | 'late' // its time is over
  | 'too-many' // of this author today
  | 'conflict' // another request has this id

export type SupplyAdmission =
  | { readonly verdict: 'new' | 'closed'; readonly held: HeldSupplyRequest }
  | { readonly verdict: 'known' | 'unasked' } // nobody at fault; `unasked`: closes what is not known here
  | { readonly verdict: 'reject'; readonly reason: SupplyFailure; readonly message: string }

/**
 * What a request that arrived means beside what is held. One signature verification.
 * @param context `held`: of this author and id; `today`: requests of the author to the market taken in 24 hours
 * @see protocol/records/supply-request.md §2
 */
export function admitSupplyRequest(
  primitives: Primitives,
  text: string,
  context: {
    readonly self: MerchantId
    readonly keyLogOf: KeyLogOf
    readonly held: (from: MerchantId, request: string) => HeldSupplyRequest | undefined
    readonly today: (from: MerchantId) => number
    readonly now: number
  },
): SupplyAdmission {
  const { self, keyLogOf, now } = context
  const verified = verifyTradeStatement(
    primitives,
    supplyRequestSchema,
    text,
    supplyRequestBytesMax,
    keyLogOf,
  )
  if (!verified.ok) return rejected(verified.reason, verified.message)
  const request = verified.statement
  if (request.to !== undefined && request.to !== self && request.from !== self)
    return rejected('pair', 'It is for somebody else.')
  if (request.time > now + clockSkewSecondsMax)
    return rejected('dated-ahead', `It is dated ${request.time - now} s ahead: check both clocks.`)
  const held = context.held(request.from, request.request)
  if (request.state === 'closed') {
    if (held === undefined) return { verdict: 'unasked' }
    return held.isClosed ? { verdict: 'known' } : { verdict: 'closed', held: { ...held, isClosed: true } }
  }
  const digest = digestOf(primitives, text)
  if (held !== undefined)
    return held.digest === digest
      ? { verdict: 'known' }
      : rejected('conflict', 'Its author has used this id for another request.')
  if (now > request.notAfter) return rejected('late', `It was open until ${now - request.notAfter} s ago.`)
  if (request.to === undefined && context.today(request.from) >= supplyRequestsDailyMax)
    return rejected('too-many', `More than ${supplyRequestsDailyMax} requests to the market in a day.`)
  return { verdict: 'new', held: { request, text, digest, isClosed: false } }
}

/** How well an offer meets a request, before anybody is asked. */
export type SupplyFit =
  | 'fits'
  | 'perhaps' // the stock is unknown
  | 'other-article'
  | 'too-few'
  | 'quantity' // below the least quantity, or no multiple of the pack
  | 'country'
  | 'too-slow'

/** Whether an offer that is known already would do. Search known offers first, then ask. */
export function fitOf(offer: Offer, request: OpenSupplyRequest, now: number): SupplyFit {
  if (offer.gtin === undefined || gtin14(offer.gtin) !== gtin14(request.gtin)) return 'other-article'
  if (offer.shipTo !== undefined && !offer.shipTo.includes(request.shipTo.country)) return 'country'
  const { minQuantity = 1, packSize = 1 } = offer
  if (request.quantity < minQuantity || request.quantity % packSize !== 0) return 'quantity'
  const arrives = now + (offer.deliveryDays ?? 0) * 86_400
  if (request.neededBy !== undefined && arrives > request.neededBy) return 'too-slow'
  if (offer.stock === undefined) return 'perhaps'
  return offer.stock < request.quantity ? 'too-few' : 'fits'
}

/** Whether a request may still be answered or an answer accepted. @param now UTC seconds, own clock */
export function isOpen({ request, isClosed }: HeldSupplyRequest, now: number): boolean {
  return !isClosed && now <= request.notAfter
}

function rejected(reason: SupplyFailure, message: string): Extract<SupplyAdmission, { verdict: 'reject' }> {
  return { verdict: 'reject', reason, message }
}
