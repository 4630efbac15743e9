import { z } from 'zod'
import type { KeyLog } from '../identity/key-log.ts'
import { merchantIdSchema } from '../identity/merchant-id.ts'
import { type Digest, digestSchema } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'
import { proofSchema } from '../signature/proof.ts'
import { amountSchema, isStep } from './amount.ts'
import { type DealFailure, type DealVerdict, dealSchema, verifyDeal } from './deal.ts'
import type { Claim } from './dispute-book.ts'
import {
  aheadSeconds,
  type Failed,
  type Found,
  failed,
  type Verdict,
  verifyTrustStatement,
} from './trust-statement.ts'
import { monthStart } from './utc.ts'

/** A dispute as canonical text, in bytes of UTF-8, its deal included. */
export const disputeBytesMax = 8_192
/** A reply or a settlement as canonical text, in bytes of UTF-8. */
export const disputeAnswerBytesMax = 2_048
/** How long a dispute counts: three years. */
export const disputeSecondsMax = 1_096 * 86_400
const timeMax = 0xffff_fffe

/** What a buyer, or a seller, may say of the other. No free text: it could be slander, and names people. */
export const disputeReasons = {
  buyer: ['not-delivered', 'late', 'not-as-described', 'not-refunded'],
  seller: ['not-paid', 'not-accepted', 'charged-back'],
} as const
const reasons = [...disputeReasons.buyer, ...disputeReasons.seller] as const

/** "You failed me in this deal." Spec: protocol/records/dispute.md §1. */
export const disputeSchema = z
  .strictObject({
    type: z.literal('mosaic/dispute'),
    v: z.literal(1),
    from: merchantIdSchema,
    to: merchantIdSchema,
    dealId: digestSchema,
    deal: dealSchema,
    reason: z.enum(reasons),
    amount: amountSchema,
    time: z.int().min(0).max(timeMax), // UTC seconds
    keyEvent: digestSchema,
    proof: proofSchema,
  })
  .refine(({ amount }) => isStep(amount.minor), {
    error: 'is 1, 2 or 5 times a power of ten',
    path: ['amount', 'minor'],
  })
  .refine(({ time, deal }) => time + aheadSeconds >= (monthStart(deal.commit.month) ?? 0), {
    error: "is not before the deal's month",
    path: ['time'],
  })
export type Dispute = z.infer<typeof disputeSchema>

const answerShape = {
  v: z.literal(1),
  from: merchantIdSchema,
  to: merchantIdSchema,
  dispute: digestSchema, // of the whole dispute
  dealId: digestSchema,
  time: z.int().min(0).max(timeMax), // UTC seconds
  keyEvent: digestSchema,
  proof: proofSchema,
}

/** What the merchant disputed says to it. Spec: protocol/records/dispute.md §3. */
export const disputeReplySchema = z.strictObject({
  ...answerShape,
  type: z.literal('mosaic/dispute-reply'),
  answer: z.enum(['denied', 'performed', 'will-perform', 'admitted']),
})
export type DisputeReply = z.infer<typeof disputeReplySchema>

/** "That is settled." By the author of the dispute. Spec: protocol/records/dispute.md §4. */
export const settlementSchema = z.strictObject({
  ...answerShape,
  type: z.literal('mosaic/settlement'),
  outcome: z.enum(['performed', 'refunded', 'agreed', 'withdrawn']),
})
export type Settlement = z.infer<typeof settlementSchema>

export type DisputeFailure =
  | DealFailure
  | 'deal-foreign' // the deal is not between the two, or not the one that `dealId` names
  | 'reason-not-theirs' // a buyer's reason by a seller, or the reverse
  | 'dated-ahead'
  | 'expired'

export type AnswerFailure = 'pair' | 'other-dispute' | 'dated-ahead'

/** A dispute is named by its deal: one of an author about one deal. */
export function disputeKey({ dealId }: Pick<Dispute, 'dealId'>): string {
  return `dispute/${dealId}`
}

/** By the dispute's digest: two merchants may dispute one deal, and one repo may hold the answers to both. */
export function replyKey({ dispute }: Pick<DisputeReply, 'dispute'>): string {
  return `reply/${dispute}`
}

export function settlementKey({ dispute }: Pick<Settlement, 'dispute'>): string {
  return `settlement/${dispute}`
}

/**
 * Verifies a dispute from its author's `trust` repo: three signature verifications.
 * @param found `log`: of the merchant whose repo it is; `otherLog`: of the one disputed; `at`: UTC seconds
 */
export function verifyDispute(
  primitives: Primitives,
  text: string,
  found: Found & { readonly otherLog: KeyLog; readonly at: number },
): Verdict<Dispute, DisputeFailure> {
  const verdict = verifyTrustStatement(primitives, disputeSchema, text, disputeBytesMax, found)
  if (!verdict.ok) return verdict
  const { statement } = verdict
  if (statement.to !== found.otherLog.merchant)
    return failed('deal-parties', `It is against ${statement.to}, not ${found.otherLog.merchant}.`)
  const deal = verifyDeal(primitives, statement.deal, [found.log, found.otherLog])
  return judgeDeal(statement, deal) ?? judgeTime(statement.time, found.at, disputeSecondsMax) ?? verdict
}

/** @param found `log`: of the merchant disputed, whose repo it is; `dispute`: what it has to answer, and its digest */
export function verifyReply(
  primitives: Primitives,
  text: string,
  found: Found & Answered,
): Verdict<DisputeReply, AnswerFailure> {
  const verdict = verifyTrustStatement(primitives, disputeReplySchema, text, disputeAnswerBytesMax, found)
  if (!verdict.ok) return verdict
  const { from, to } = found.dispute.statement
  return judgeAnswer(verdict.statement, { from: to, to: from }, found) ?? verdict
}

/**
 * A settlement may lie in the repo of either side: its author is always that of the dispute.
 * @param found `log`: of the dispute's author; `seenIn`: in its own repo, none for one found in the other's
 */
export function verifySettlement(
  primitives: Primitives,
  text: string,
  found: Found & Answered,
): Verdict<Settlement, AnswerFailure> {
  const verdict = verifyTrustStatement(primitives, settlementSchema, text, disputeAnswerBytesMax, found)
  if (!verdict.ok) return verdict
  return judgeAnswer(verdict.statement, found.dispute.statement, found) ?? verdict
}

export interface Answered {
  readonly dispute: { readonly statement: Dispute; readonly digest: Digest }
  /** UTC seconds. */
  readonly at: number
}

/** What a dispute means in a graph. */
export function claimOf({ amount, time }: Dispute): Claim {
  return { ...amount, expiresAt: Math.min(time + disputeSecondsMax, timeMax) }
}

function judgeDeal(dispute: Dispute, deal: DealVerdict): Failed<DisputeFailure> | undefined {
  if (!deal.ok) return deal
  if (deal.id !== dispute.dealId)
    return failed('deal-foreign', 'It names another deal than the one it shows.')
  const role = deal.buyer === dispute.from ? 'buyer' : 'seller'
  if ((disputeReasons[role] as readonly string[]).includes(dispute.reason)) return undefined
  return failed('reason-not-theirs', `"${dispute.reason}" is no reason of a ${role}.`)
}

function judgeAnswer(
  answer: DisputeReply | Settlement,
  parties: Pick<Dispute, 'from' | 'to'>,
  { dispute, at }: Answered,
): Failed<AnswerFailure> | undefined {
  if (answer.from !== parties.from || answer.to !== parties.to)
    return failed('pair', `It is by ${answer.from} to ${answer.to}: others than those of the dispute.`)
  if (answer.dispute !== dispute.digest || answer.dealId !== dispute.statement.dealId)
    return failed('other-dispute', 'It answers another dispute.')
  return answer.time > at + aheadSeconds
    ? failed('dated-ahead', `It is dated ${answer.time - at} s ahead.`)
    : undefined
}

function judgeTime(
  time: number,
  at: number,
  secondsMax: number,
): Failed<'dated-ahead' | 'expired'> | undefined {
  if (time > at + aheadSeconds) return failed('dated-ahead', `It is dated ${time - at} s ahead.`)
  if (at >= time + secondsMax) return failed('expired', `It counted until ${at - time - secondsMax} s ago.`)
  return undefined
}
