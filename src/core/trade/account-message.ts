import { z } from 'zod'
import { type MerchantId, merchantIdSchema } from '../identity/merchant-id.ts'
import { CanonicalError, canonicalText } from '../signature/canonical.ts'
import { type Digest, digestOf, digestSchema } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'
import { proofSchema } from '../signature/proof.ts'
import { currencySchema, priceMinorMax } from './money.ts'
import { utf8Length } from './order-document.ts'
import { orderIdSchema } from './order-message.ts'
import { saltSchema } from './order-terms.ts'

/** A message's canonical text, in bytes of UTF-8. */
export const accountMessageBytesMax = 4_096
/** A document's canonical text, in bytes of UTF-8. */
export const accountDocumentBytesMax = 49_152
/** Messages of one merchant in an account: ten a day for 27 years. */
export const accountMessagesMax = 100_000
/** Entries of one statement, differences of one answer; a busy month takes several statements. */
export const accountEntriesMax = 400
export const paymentOrdersMax = 200

const seq = z
  .int()
  .min(0)
  .max(accountMessagesMax - 1)

const shared = {
  type: z.literal('mosaic/account'),
  v: z.literal(1),
  from: merchantIdSchema,
  to: merchantIdSchema,
  seq, // of this author towards this recipient
  prev: digestSchema.exactOptional(),
  seen: digestSchema.exactOptional(),
  time: z.int().nonnegative(), // UTC seconds
  keyEvent: digestSchema,
  proof: proofSchema,
}

/** What two merchants say of the money between them. Spec: protocol/records/account.md §1. */
export const accountMessageSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ ...shared, kind: z.literal('payment'), content: digestSchema }),
    z.strictObject({ ...shared, kind: z.literal('limit'), content: digestSchema }),
    z.strictObject({ ...shared, kind: z.literal('statement'), content: digestSchema }),
    z.strictObject({
      ...shared,
      kind: z.literal('answer'),
      re: seq,
      verdict: z.enum(['agreed', 'refused']),
      content: digestSchema.exactOptional(),
    }),
  ])
  .refine(({ from, to }) => from !== to, { error: 'nobody has an account with itself', path: ['to'] })
  .refine((message) => (message.seq === 0) === (message.prev === undefined), {
    error: 'stands in every message but the first',
    path: ['prev'],
  })
export type AccountMessage = z.infer<typeof accountMessageSchema>
type BodyOf<T> = T extends unknown ? Omit<T, 'proof'> : never
/** A message before it is signed. */
export type AccountBody = BodyOf<AccountMessage>

const minor = z.int().min(0).max(priceMinorMax)
const balance = z
  .int()
  .min(-(2 ** 50))
  .max(2 ** 50)
const entryId = z
  .string()
  .regex(/^(?:[A-Za-z0-9_-]{22}\.[01]\.(?:buyer|seller)\.\d{1,3}|payment\.[01]\.\d{1,6})$/)
const document = <T extends string>(type: T) => ({
  type: z.literal(type),
  v: z.literal(1),
  salt: saltSchema,
})

const paymentSchema = z.strictObject({
  ...document('mosaic/account-payment'),
  payer: merchantIdSchema, // one of the two
  minor: minor.min(1),
  currency: currencySchema,
  paidAt: z.int().nonnegative(), // UTC seconds; as the bank says
  reference: z
    .string()
    .min(1)
    .max(140) // what a SEPA transfer holds
    .regex(/^[ -~\u00a0-\uffff]*$/),
  /** What it is for; the rest goes to the oldest open orders. */
  orders: z
    .array(z.strictObject({ order: orderIdSchema, minor: minor.min(1) }))
    .min(1)
    .max(paymentOrdersMax)
    .exactOptional(),
})
export type AccountPayment = z.infer<typeof paymentSchema>

const limitSchema = z.strictObject({
  ...document('mosaic/account-limit'),
  minor, // that the recipient may owe the author
  currency: currencySchema,
})

const entrySchema = z.strictObject({
  id: entryId,
  minor: balance, // in favour of the author, if positive
  time: z.int().nonnegative(),
})

const statementSchema = z.strictObject({
  ...document('mosaic/account-statement'),
  currency: currencySchema,
  number: z.int().min(1).max(1_000_000), // of the agreed ones in this currency, and one more
  until: z.int().nonnegative(), // UTC seconds: entries before it
  openingMinor: balance,
  entries: z
    .array(entrySchema)
    .max(accountEntriesMax)
    .refine((entries) => entries.every(({ id }, at) => at === 0 || (entries[at - 1]?.id ?? '') < id), {
      error: 'ascending by id, each once',
    }),
  closingMinor: balance,
})
export type AccountStatement = z.infer<typeof statementSchema>

const differencesSchema = z.strictObject({
  ...document('mosaic/account-differences'),
  items: z
    .array(
      z.strictObject({
        id: z.union([entryId, z.enum(['opening', 'closing', 'number'])]),
        statedMinor: balance.exactOptional(), // as in the statement; absent: not in it
        heldMinor: balance.exactOptional(), // as in the book of the one who answers, seen from the other
      }),
    )
    .min(1)
    .max(accountEntriesMax),
})
export type AccountDifference = z.infer<typeof differencesSchema>['items'][number]

/** What belongs to a message of an account. Spec: protocol/records/account.md §2. */
export const accountDocumentSchema = z.discriminatedUnion('type', [
  paymentSchema,
  limitSchema,
  statementSchema,
  differencesSchema,
])
export type AccountDocument = z.infer<typeof accountDocumentSchema>

/** Which document belongs to which kind; an answer has one only if it refuses a statement. */
export const accountContentTypes: Readonly<Record<AccountMessage['kind'], AccountDocument['type']>> = {
  payment: 'mosaic/account-payment',
  limit: 'mosaic/account-limit',
  statement: 'mosaic/account-statement',
  answer: 'mosaic/account-differences',
}

export interface HeldAccountDocument {
  readonly document: AccountDocument
  readonly text: string
  readonly digest: Digest
}

/** Reads a document; `undefined` if it is none, or too large. */
export function readAccountDocument(primitives: Primitives, value: object): HeldAccountDocument | undefined {
  const parsed = accountDocumentSchema.safeParse(value)
  if (!parsed.success) return undefined
  try {
    const text = canonicalText(parsed.data)
    if (utf8Length(text) > accountDocumentBytesMax) return undefined
    return { document: parsed.data, text, digest: digestOf(primitives, text) }
  } catch (error) {
    if (error instanceof CanonicalError) return undefined
    throw error
  }
}

/** The two merchants of an account: the one whose id is smaller as text is the first. */
export function accountSides(a: MerchantId, b: MerchantId): readonly [MerchantId, MerchantId] {
  return a < b ? [a, b] : [b, a]
}
