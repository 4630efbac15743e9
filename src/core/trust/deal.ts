import { z } from 'zod'
import type { KeyLog } from '../identity/key-log.ts'
import { type MerchantId, merchantIdSchema } from '../identity/merchant-id.ts'
import { standingOf } from '../identity/standing.ts'
import { CanonicalError, canonicalText, parseCanonical } from '../signature/canonical.ts'
import { type Digest, digestOf, digestSchema } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'
import { proofSchema } from '../signature/proof.ts'
import { schemaMessage } from '../signature/schema-message.ts'
import { type Failed, failed, verifyNested } from './trust-statement.ts'

/** Both statements of a deal together, as canonical text, in bytes of UTF-8. */
export const dealBytesMax = 4_096

/** "I buy this." By the buyer. Spec: protocol/records/deal.md §1. */
export const dealCommitSchema = z
  .strictObject({
    type: z.literal('mosaic/deal-commit'),
    v: z.literal(1),
    from: merchantIdSchema, // the buyer
    to: merchantIdSchema, // the seller
    month: z.string().regex(/^2[01][0-9]{2}-(?:0[1-9]|1[0-2])$/), // UTC
    content: digestSchema, // of 32 random bytes and the order's content
    keyEvent: digestSchema,
    proof: proofSchema,
  })
  .refine(({ from, to }) => from !== to, { error: 'nobody deals with itself', path: ['to'] })

/** "Done." By the seller. */
export const dealConfirmSchema = z.strictObject({
  type: z.literal('mosaic/deal-confirm'),
  v: z.literal(1),
  from: merchantIdSchema, // the seller
  to: merchantIdSchema, // the buyer
  commit: digestSchema, // of the buyer's statement, proof included
  keyEvent: digestSchema,
  proof: proofSchema,
})

/** Two merchants agreed on something: who, with whom, in which month. Not what. Spec: protocol/records/deal.md. */
export const dealSchema = z.strictObject({ commit: dealCommitSchema, confirm: dealConfirmSchema })
export type Deal = z.infer<typeof dealSchema>

export type DealFailure =
  | 'deal-signature' // one of the two is not signed by the key of the event it names
  | 'deal-mismatch' // the confirmation is of another commit, or between other merchants
  | 'deal-parties' // between others than was said
  | 'deal-key-event-unknown' // a log held does not reach it: fetch the log

export type DealVerdict =
  | {
      readonly ok: true
      readonly id: Digest
      readonly buyer: MerchantId
      readonly seller: MerchantId
      readonly month: string
      /** One of the keys was declared compromised later. The deal stands: the other side had answered it. */
      readonly contested: boolean
    }
  | Failed<DealFailure>

/** Reads a deal that came by itself, from its canonical text. Whether it is good is {@link verifyDeal}'s question. */
export function readDeal(text: string): { readonly ok: true; readonly deal: Deal } | Failed<'malformed'> {
  try {
    const parsed = dealSchema.safeParse(parseCanonical(text, dealBytesMax))
    if (parsed.success) return { ok: true, deal: parsed.data }
    return failed('malformed', `The deal: ${schemaMessage(parsed.error)}`)
  } catch (error) {
    if (error instanceof CanonicalError) return failed('malformed', `The deal: ${error.message}`)
    throw error
  }
}

/** Names a deal: the digest of its confirmation, which holds that of the commit. */
export function dealId(primitives: Primitives, { confirm }: Deal): Digest {
  return digestOf(primitives, canonicalText(confirm))
}

/**
 * The digest of an order's content that a deal names. The salt keeps others from guessing contents.
 * @param salt 32 random bytes
 */
export function contentDigest(primitives: Primitives, salt: Uint8Array, content: object): Digest {
  if (salt.length !== 32) throw new RangeError('a salt has 32 bytes')
  const text = new TextEncoder().encode(canonicalText(content))
  const bytes = new Uint8Array(32 + text.length)
  bytes.set(salt)
  bytes.set(text, 32)
  return digestOf(primitives, bytes)
}

/**
 * Whether two merchants made this deal. Two signature verifications.
 * @param logs of the two, in any order
 */
export function verifyDeal(primitives: Primitives, deal: Deal, logs: readonly [KeyLog, KeyLog]): DealVerdict {
  const { commit, confirm } = deal
  const [buyerLog, sellerLog] = [commit.from, commit.to].map((party) =>
    logs.find(({ merchant }) => merchant === party),
  )
  if (buyerLog === undefined || sellerLog === undefined)
    return failed('deal-parties', `The deal is between ${commit.from} and ${commit.to}.`)
  if (confirm.from !== commit.to || confirm.to !== commit.from)
    return failed('deal-mismatch', 'The confirmation is between other merchants than the commit.')
  if (confirm.commit !== digestOf(primitives, canonicalText(commit)))
    return failed('deal-mismatch', 'The confirmation is of another commit.')
  const failure = verifyNested(primitives, commit, buyerLog) ?? verifyNested(primitives, confirm, sellerLog)
  if (failure !== undefined)
    return failure.reason === 'key-event-unknown'
      ? failed('deal-key-event-unknown', `The deal: ${failure.message}`)
      : failed('deal-signature', `The deal: ${failure.message}`)
  const isGood = (log: KeyLog, keyEvent: Digest): boolean => standingOf(log, keyEvent).standing === 'good'
  return {
    ok: true,
    id: dealId(primitives, deal),
    buyer: commit.from,
    seller: commit.to,
    month: commit.month,
    contested: !isGood(buyerLog, commit.keyEvent) || !isGood(sellerLog, confirm.keyEvent),
  }
}
