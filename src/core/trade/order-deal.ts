import { z } from 'zod'
import type { KeyLog } from '../identity/key-log.ts'
import { type MerchantId, merchantIdSchema } from '../identity/merchant-id.ts'
import { base64urlToBytes } from '../signature/base.ts'
import { canonicalText } from '../signature/canonical.ts'
import { type Digest, digestOf, digestSchema } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'
import { proofSchema, type Statement, verifyStatement } from '../signature/proof.ts'
import type { OrderTerms } from './order-terms.ts'

/** "I buy this": the part of a commit that may be shown to others. Spec: protocol/records/deal.md §1. */
export const dealCommitSchema = z.strictObject({
  type: z.literal('mosaic/deal-commit'),
  v: z.literal(1),
  from: merchantIdSchema, // the buyer
  to: merchantIdSchema, // the seller
  month: z.string().regex(/^2[01][0-9]{2}-(?:0[1-9]|1[0-2])$/), // UTC
  content: digestSchema, // of the terms, with their salt
  keyEvent: digestSchema,
  proof: proofSchema,
})
export type DealCommit = z.infer<typeof dealCommitSchema>

/** "Done": the part of a confirm that may be shown to others. */
export const dealConfirmSchema = z.strictObject({
  type: z.literal('mosaic/deal-confirm'),
  v: z.literal(1),
  from: merchantIdSchema, // the seller
  to: merchantIdSchema, // the buyer
  commit: digestSchema, // of the deal-commit, proof included
  keyEvent: digestSchema,
  proof: proofSchema,
})
export type DealConfirm = z.infer<typeof dealConfirmSchema>

/** What two signatures make, and what an endorsement or a dispute cites. */
export interface OrderDeal {
  readonly commit: DealCommit
  readonly confirm: DealConfirm
}

interface DealFrame {
  readonly from: MerchantId
  readonly to: MerchantId
  readonly keyEvent: Digest
}

export function dealCommitBody(
  primitives: Primitives,
  { from, to, keyEvent, time }: DealFrame & { readonly time: number },
  terms: OrderTerms,
): Omit<DealCommit, 'proof'> {
  const content = dealContent(primitives, terms)
  return { type: 'mosaic/deal-commit', v: 1, from, to, month: monthOf(time), content, keyEvent }
}

export function dealConfirmBody(
  primitives: Primitives,
  { from, to, keyEvent }: DealFrame,
  commit: DealCommit,
): Omit<DealConfirm, 'proof'> {
  const digest = dealDigest(primitives, commit)
  return { type: 'mosaic/deal-confirm', v: 1, from, to, commit: digest, keyEvent }
}

/** SHA-256 of the salt's 32 bytes and the canonical text of the terms without it. */
export function dealContent(primitives: Primitives, terms: OrderTerms): Digest {
  const { salt, ...content } = terms
  const text = new TextEncoder().encode(canonicalText(content))
  const bytes = new Uint8Array(32 + text.length)
  bytes.set(base64urlToBytes(salt) ?? [])
  bytes.set(text, 32)
  return digestOf(primitives, bytes)
}

export function dealDigest(primitives: Primitives, statement: DealCommit | DealConfirm): Digest {
  return digestOf(primitives, canonicalText(statement))
}

/** Whether a deal's part is of the same author, recipient and key event as its message, and signed. One verification. */
export function isDealPartOf(
  primitives: Primitives,
  part: DealCommit | DealConfirm,
  { from, to, keyEvent }: DealFrame,
  log: KeyLog | undefined,
): boolean {
  if (part.from !== from || part.to !== to || part.keyEvent !== keyEvent) return false
  const verified = verifyStatement(primitives, part satisfies Statement<object>)
  return verified.ok && verified.publicKey === log?.keyInForceAt(keyEvent)
}

/** "2026-11" of a time in UTC seconds. Source: Howard Hinnant, "chrono-compatible low-level date algorithms". */
export function monthOf(time: number): string {
  const days = Math.floor(time / 86_400) + 719_468
  const dayOfEra = days % 146_097
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  const year = yearOfEra + Math.floor(days / 146_097) * 400 + (month <= 2 ? 1 : 0)
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}`
}
