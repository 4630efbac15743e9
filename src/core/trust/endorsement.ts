import { z } from 'zod'
import type { KeyLog } from '../identity/key-log.ts'
import { merchantIdSchema } from '../identity/merchant-id.ts'
import { canonicalText } from '../signature/canonical.ts'
import { type Digest, digestOf, digestSchema } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'
import { proofSchema } from '../signature/proof.ts'
import { amountSchema, isStep, roundDownToStep } from './amount.ts'
import type { Vouch } from './graph.ts'
import { contextsSchema, scopeSchema } from './purpose.ts'
import {
  aheadSeconds,
  type Failed,
  type Found,
  failed,
  type Verdict,
  verifyNested,
  verifyTrustStatement,
} from './trust-statement.ts'

/** An endorsement as canonical text, in bytes of UTF-8, its acceptance included. */
export const endorsementBytesMax = 8_192
/** An acceptance on its way to the endorser, as canonical text, in bytes of UTF-8. */
export const acceptanceBytesMax = 2_048
/** From `time` to `expiresAt`: 365 days. */
export const endorsementSecondsMax = 365 * 86_400
/** Deals that an endorsement cites, at most. */
export const dealsCitedMax = 16
/** Times fit 32 bits. */
const timeMax = 0xffff_fffe

/** "You may publish that." By the subject of an endorsement. Spec: protocol/records/endorsement.md §4. */
export const acceptanceSchema = z.strictObject({
  type: z.literal('mosaic/acceptance'),
  v: z.literal(1),
  from: merchantIdSchema, // the subject
  to: merchantIdSchema, // the endorser
  terms: digestSchema, // of the endorsement without `acceptance`, `keyEvent` and `proof`
  time: z.int().min(0).max(timeMax), // UTC seconds
  keyEvent: digestSchema,
  proof: proofSchema,
})
export type Acceptance = z.infer<typeof acceptanceSchema>

/** "I vouch for you up to this amount." Spec: protocol/records/endorsement.md. */
export const endorsementSchema = z
  .strictObject({
    type: z.literal('mosaic/endorsement'),
    v: z.literal(1),
    from: merchantIdSchema,
    to: merchantIdSchema,
    amount: amountSchema,
    contexts: contextsSchema,
    /** Whether the subject's own endorsements count further. */
    introduce: z.boolean(),
    scope: scopeSchema.exactOptional(), // absent: all trades
    deals: z.array(digestSchema).min(1).max(dealsCitedMax).exactOptional(), // ids of deals that speak for it
    time: z.int().min(0).max(timeMax), // UTC seconds
    expiresAt: z.int().min(1).max(timeMax), // UTC seconds, not included
    acceptance: acceptanceSchema.exactOptional(), // absent: private
    keyEvent: digestSchema,
    proof: proofSchema,
  })
  .refine(({ from, to }) => from !== to, { error: 'nobody endorses itself', path: ['to'] })
  .refine(({ time, expiresAt }) => expiresAt > time && expiresAt - time <= endorsementSecondsMax, {
    error: `is after time, by ${endorsementSecondsMax} seconds at most`,
    path: ['expiresAt'],
  })
  .refine(({ deals = [] }) => deals.every((deal, at) => at === 0 || (deals[at - 1] ?? '') < deal), {
    error: 'sorted, each once',
    path: ['deals'],
  })
export type Endorsement = z.infer<typeof endorsementSchema>
/** An endorsement before it is accepted and signed. */
export type EndorsementBody = Omit<Endorsement, 'proof' | 'acceptance'>

export type EndorsementFailure =
  | 'not-accepted' // published without the subject's acceptance
  | 'acceptance' // not by the subject, for another author, or of other terms
  | 'acceptance-key-event-unknown' // the subject's log held does not reach it: fetch the log
  | 'not-in-step' // published with an amount that is not 1, 2 or 5 times a power of ten
  | 'dated-ahead'
  | 'expired'

/** Under which key an endorsement lies in its author's `trust` repo. */
export function endorsementKey(endorsement: Pick<Endorsement, 'to'>): string {
  return `endorsement/${endorsement.to}`
}

/** What the subject accepts: everything but the key that signs, so that it stands when the endorsement is signed anew. */
export function termsOf(primitives: Primitives, endorsement: EndorsementBody | Endorsement): Digest {
  const { proof, acceptance, keyEvent, ...terms } = endorsement as Endorsement
  return digestOf(primitives, canonicalText(terms))
}

/** The body to publish for a private endorsement: the amount says no more than 1, 2 or 5 times a power of ten. */
export function publicBody({ proof, acceptance, ...body }: Endorsement): EndorsementBody {
  const { minor, currency } = body.amount
  return { ...body, amount: { minor: roundDownToStep(minor), currency } }
}

/** The acceptance of an endorsement, to be signed by its subject. */
export function acceptanceBody(
  primitives: Primitives,
  endorsement: EndorsementBody,
  by: Pick<Acceptance, 'time' | 'keyEvent'>,
): Omit<Acceptance, 'proof'> {
  const { from, to } = endorsement
  const { time, keyEvent } = by
  return {
    type: 'mosaic/acceptance',
    v: 1,
    from: to,
    to: from,
    terms: termsOf(primitives, endorsement),
    time,
    keyEvent,
  }
}

/**
 * Verifies an endorsement from its author's `trust` repo: two signature verifications.
 * @param found `log`: of the merchant whose repo it is; `subjectLog`: of the one endorsed; `at`: UTC seconds
 */
export function verifyPublishedEndorsement(
  primitives: Primitives,
  text: string,
  found: Found & { readonly subjectLog: KeyLog; readonly at: number },
): Verdict<Endorsement, EndorsementFailure> {
  const verdict = verifyTrustStatement(primitives, endorsementSchema, text, endorsementBytesMax, found)
  if (!verdict.ok) return verdict
  const { statement } = verdict
  return (
    judgeAcceptance(primitives, statement, found.subjectLog) ??
    judgeStep(statement) ??
    judgeTime(statement, found.at) ??
    verdict
  )
}

/** Verifies an endorsement that its author holds for itself: no acceptance needed, any amount. */
export function verifyPrivateEndorsement(
  primitives: Primitives,
  text: string,
  found: Found & { readonly at: number },
): Verdict<Endorsement, EndorsementFailure> {
  const verdict = verifyTrustStatement(primitives, endorsementSchema, text, endorsementBytesMax, found)
  return verdict.ok ? (judgeTime(verdict.statement, found.at) ?? verdict) : verdict
}

/**
 * Verifies an acceptance as its subject sent it, before the endorsement is signed and published.
 * @param found `log`: the subject's; `endorsement`: what was sent for acceptance
 */
export function verifyAcceptance(
  primitives: Primitives,
  text: string,
  found: Pick<Found, 'log'> & { readonly endorsement: EndorsementBody },
): Verdict<Acceptance, 'acceptance'> {
  const nowhere = { log: found.log, seenIn: [], isUnder: () => false }
  const verdict = verifyTrustStatement(primitives, acceptanceSchema, text, acceptanceBytesMax, nowhere)
  if (!verdict.ok) return verdict
  const { from, to, terms } = verdict.statement
  const { endorsement } = found
  if (from !== endorsement.to || to !== endorsement.from)
    return failed('acceptance', 'It is by or for another merchant.')
  return terms === termsOf(primitives, endorsement) ? verdict : failed('acceptance', 'It is of other terms.')
}

/** What an endorsement means in a graph. */
export function vouchOf({ amount, contexts, introduce, scope, expiresAt }: Endorsement): Vouch {
  return { ...amount, contexts, introduce, scope, expiresAt }
}

/**
 * A thief of the subject's key could let be published what its author wanted to publish anyway: so an acceptance stands
 * whatever becomes of its key.
 */
function judgeAcceptance(
  primitives: Primitives,
  endorsement: Endorsement,
  subjectLog: KeyLog,
): Failed<EndorsementFailure> | undefined {
  const { acceptance, from, to } = endorsement
  if (acceptance === undefined)
    return failed('not-accepted', 'The merchant that it names has not accepted it.')
  if (acceptance.from !== to || acceptance.to !== from || subjectLog.merchant !== to)
    return failed('acceptance', 'Its acceptance is by or for another merchant.')
  if (acceptance.terms !== termsOf(primitives, endorsement))
    return failed('acceptance', 'Its acceptance is of other terms.')
  const failure = verifyNested(primitives, acceptance, subjectLog)
  if (failure === undefined) return undefined
  return failure.reason === 'key-event-unknown'
    ? failed('acceptance-key-event-unknown', `Its acceptance: ${failure.message}`)
    : failed('acceptance', `Its acceptance: ${failure.message}`)
}

function judgeStep({ amount }: Endorsement): Failed<EndorsementFailure> | undefined {
  if (isStep(amount.minor)) return undefined
  return failed('not-in-step', `Published amounts are 1, 2 or 5 times a power of ten, not ${amount.minor}.`)
}

function judgeTime({ time, expiresAt }: Endorsement, at: number): Failed<EndorsementFailure> | undefined {
  if (time > at + aheadSeconds) return failed('dated-ahead', `It is dated ${time - at} s ahead.`)
  if (at >= expiresAt) return failed('expired', `It expired ${at - expiresAt} s ago.`)
  return undefined
}
