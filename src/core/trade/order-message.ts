import { z } from 'zod'
import { merchantIdSchema } from '../identity/merchant-id.ts'
import { digestSchema } from '../signature/digest.ts'
import { proofSchema } from '../signature/proof.ts'
import { dealCommitSchema, dealConfirmSchema } from './order-deal.ts'

/** A message's canonical text, in bytes of UTF-8. */
export const orderMessageBytesMax = 4_096
/** Messages of one author in an order. Bounds what a partner can make us keep. */
export const orderMessagesMax = 256
/** How far ahead a request may be valid, in seconds: 31 days. */
export const requestSecondsMax = 31 * 86_400
/** How long quoted prices may hold, in seconds: 92 days. */
export const quoteSecondsMax = 92 * 86_400
/** A reservation, in seconds. Below the least a commit could hardly arrive in time. */
export const reservationSecondsMin = 30
export const reservationSecondsMax = 86_400

export const parties = ['buyer', 'seller'] as const
/** What a merchant is in an order. */
export type Party = (typeof parties)[number]

export function otherParty(party: Party): Party {
  return party === 'buyer' ? 'seller' : 'buyer'
}

export const cancelReasons = [
  'changed-mind',
  'customer-cancelled',
  'cannot-deliver',
  'not-sent', // the outbox dropped the commit at its notAfter
  'basket', // another part of the basket failed
  'payment',
  'other',
] as const
export const returnReasons = [
  'withdrawal',
  'damaged',
  'defective',
  'wrong-item',
  'not-as-described',
  'other',
] as const
export const complaintReasons = [
  'not-delivered',
  'short',
  'late',
  'damaged',
  'defective',
  'wrong-item',
  'not-as-described',
  'not-credited',
  'not-paid',
  'other',
] as const

/** Why a seller says no. Source: protocol/records/order.md §9. */
export const refuseReasons = [
  'not-granted',
  'offer-unknown',
  'currency',
  'price',
  'vat',
  'vat-unknown',
  'vat-mixed',
  'quantity-low',
  'quantity-packs',
  'stock',
  'stock-unknown',
  'country',
  'service',
  'weight',
  'shipping',
  'payment',
  'limit',
  'reservations',
  'amount',
  'late',
  'expired',
  'shop',
  'declined',
] as const
export type RefuseReason = (typeof refuseReasons)[number]

/** 16 random bytes in base64url: the last character leaves four bits over, which are zero. */
export const orderIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{21}[AQgw]$/, 'not an order id (16 bytes in base64url)')

const seqSchema = z
  .int()
  .min(0)
  .max(orderMessagesMax - 1)
const seconds = z.int().nonnegative() // UTC seconds

const shared = {
  type: z.literal('mosaic/order'),
  v: z.literal(1),
  order: orderIdSchema,
  from: merchantIdSchema,
  to: merchantIdSchema,
  seq: seqSchema,
  prev: digestSchema.exactOptional(), // the author's message before
  seen: digestSchema.exactOptional(), // the other's newest message that the author had applied
  test: z.literal(true).exactOptional(),
  time: seconds,
  keyEvent: digestSchema,
  proof: proofSchema,
}

const buyer = { ...shared, by: z.literal('buyer') }
const seller = { ...shared, by: z.literal('seller') }
const either = { ...shared, by: z.enum(parties) }
const terms = digestSchema
const content = digestSchema
const re = seqSchema
const notAfter = seconds

/** One step of an order. Spec: protocol/records/order.md §1–2. */
export const orderMessageSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ ...buyer, kind: z.literal('quote'), content, notAfter }),
    z.strictObject({
      ...seller,
      kind: z.literal('quoted'),
      terms,
      re: re.exactOptional(),
      request: digestSchema.exactOptional(), // of a supply request
      validUntil: seconds,
    }),
    z.strictObject({ ...buyer, kind: z.literal('reserve'), terms, re: re.exactOptional(), notAfter }),
    z.strictObject({
      ...seller,
      kind: z.literal('reserved'),
      terms,
      re,
      ttlSeconds: z.int().min(reservationSecondsMin).max(reservationSecondsMax),
    }),
    z.strictObject({
      ...seller,
      kind: z.literal('refuse'),
      terms: terms.exactOptional(),
      re,
      reason: z.enum(refuseReasons),
      content: content.exactOptional(),
      instead: digestSchema.exactOptional(), // terms that would be taken
    }),
    z.strictObject({ ...buyer, kind: z.literal('release'), terms: terms.exactOptional() }),
    z.strictObject({ ...seller, kind: z.literal('expire'), terms }),
    z.strictObject({
      ...buyer,
      kind: z.literal('commit'),
      terms,
      re: re.exactOptional(),
      customer: digestSchema.exactOptional(),
      deal: dealCommitSchema.exactOptional(), // absent in a test
      notAfter,
    }),
    z.strictObject({
      ...seller,
      kind: z.literal('confirm'),
      terms,
      re,
      commit: digestSchema,
      deal: dealConfirmSchema.exactOptional(),
    }),
    z.strictObject({ ...either, kind: z.literal('ship'), terms, content, re: re.exactOptional() }),
    z.strictObject({
      ...either,
      kind: z.literal('deliver'),
      terms,
      re: re.exactOptional(),
      own: re.exactOptional(),
    }),
    z.strictObject({
      ...either,
      kind: z.literal('cancel'),
      terms,
      reason: z.enum(cancelReasons),
      content: content.exactOptional(),
      notAfter,
    }),
    z.strictObject({
      ...buyer,
      kind: z.literal('return'),
      terms,
      reason: z.enum(returnReasons),
      content,
      notAfter,
    }),
    z.strictObject({
      ...either,
      kind: z.literal('complaint'),
      terms,
      reason: z.enum(complaintReasons),
      content: content.exactOptional(),
    }),
    z.strictObject({
      ...either,
      kind: z.literal('answer'),
      terms,
      re,
      verdict: z.enum(['granted', 'refused']),
      content: content.exactOptional(),
    }),
    z.strictObject({ ...seller, kind: z.literal('credit'), terms, re: re.exactOptional(), content }),
    z.strictObject({ ...either, kind: z.literal('close'), terms }),
  ])
  .superRefine((message, context) => {
    for (const [path, error] of breachesOf(message))
      context.addIssue({ code: 'custom', path: [path], message: error })
  })

export type OrderMessage = z.infer<typeof orderMessageSchema>
export type OrderKind = OrderMessage['kind']
export type MessageOf<K extends OrderKind> = Extract<OrderMessage, { kind: K }>
type BodyOf<T> = T extends unknown ? Omit<T, 'proof'> : never
/** A message before it is signed. */
export type OrderBody = BodyOf<OrderMessage>

/** What has to hold between members. */
function* breachesOf(message: OrderMessage): Iterable<readonly [path: string, error: string]> {
  if (message.from === message.to) yield ['to', 'nobody orders from itself']
  if ((message.seq === 0) !== (message.prev === undefined))
    yield ['prev', 'stands in every message but the first']
  if ('notAfter' in message) {
    const ahead = message.notAfter - message.time
    if (ahead <= 0 || ahead > requestSecondsMax)
      yield ['notAfter', `is after time, by ${requestSecondsMax} seconds at most`]
  }
  switch (message.kind) {
    case 'commit':
    case 'confirm':
      if ((message.deal === undefined) !== (message.test ?? false))
        yield ['deal', 'stands in every order that is no test']
      break
    case 'quoted': {
      const ahead = message.validUntil - message.time
      if (ahead <= 0 || ahead > quoteSecondsMax)
        yield ['validUntil', `is after time, by ${quoteSecondsMax} seconds at most`]
      if ((message.re === undefined) === (message.request === undefined)) yield ['re', 'or request, not both']
      break
    }
    case 'ship':
      if ((message.by === 'buyer') !== (message.re !== undefined))
        yield ['re', 'stands when the buyer ships, and only then']
      break
    case 'deliver':
      if ((message.re === undefined) === (message.own === undefined)) yield ['re', 'or own, not both']
      break
    default:
  }
}
