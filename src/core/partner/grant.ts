import { z } from 'zod'
import type { KeyLog } from '../identity/key-log.ts'
import { type MerchantId, merchantIdSchema } from '../identity/merchant-id.ts'
import { clockSkewSecondsMax } from '../identity/node-binding.ts'
import { digestSchema } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'
import { proofSchema } from '../signature/proof.ts'
import { type PairStatementVerdict, verifyPairStatement } from './pair-statement.ts'
import type { RelationView } from './relation.ts'
import { relationGenerationMax } from './relation-statement.ts'

/** A statement's canonical text, in bytes of UTF-8. */
export const grantBytesMax = 2_048
/** A lease as it is made. It bounds how long an unreachable partner goes on showing what was revoked. */
export const leaseSeconds = 7 * 86_400
/** A lease as it is taken: an hour more, for clocks and rounding. */
export const leaseSecondsMax = leaseSeconds + 3_600
/** Renewed when less than this is left, so that three days without a connection do no harm. */
const renewalSeconds = leaseSeconds / 2
export const grantSeqMax = 1_000_000_000

/** What the partner may do with texts or images: nothing, show them as they are, change them. */
const licences = ['none', 'as-is', 'adapt'] as const
/** Where the partner may offer the goods. */
export const grantChannels = ['shop', 'store', 'marketplace', 'comparison', 'social'] as const

/** What a grant allows beside reading; part of an assortment's settings. */
export const grantTermsSchema = z.strictObject({
  licence: z.strictObject({ texts: z.enum(licences), images: z.enum(licences) }),
  /** In the order of {@link grantChannels}, each once; empty: not to be offered to others at all. */
  channels: z
    .array(z.enum(grantChannels))
    .max(grantChannels.length)
    .refine((channels) => isInOrder(channels.map((channel) => grantChannels.indexOf(channel))), {
      error: `each once, in the order ${grantChannels.join(', ')}`,
    }),
  /** The supplier ships in a parcel without its own name. */
  neutralDelivery: z.boolean(),
})
export type GrantTerms = z.infer<typeof grantTermsSchema>

const shared = {
  type: z.literal('mosaic/grant'),
  v: z.literal(1),
  from: merchantIdSchema,
  to: merchantIdSchema,
  generation: z.int().min(1).max(relationGenerationMax), // of the relation: a grant ends with it
  assortment: z.string().regex(/^assortment\/[a-z0-9-]{1,32}$/), // the repo
  seq: z.int().min(0).max(grantSeqMax), // per (from, to, assortment), over all generations
  time: z.int().nonnegative(), // UTC seconds
  keyEvent: digestSchema,
  proof: proofSchema,
}

/** "You may read this assortment until then." / "No longer." Spec: protocol/records/grant.md §1. */
export const grantSchema = z.discriminatedUnion('state', [
  z
    .strictObject({
      ...shared,
      state: z.literal('granted'),
      leaseUntil: z.int().positive(), // UTC seconds
      ...grantTermsSchema.shape,
    })
    .refine(({ time, leaseUntil }) => leaseUntil > time && leaseUntil - time <= leaseSecondsMax, {
      error: `is after time, by ${leaseSecondsMax} seconds at most`,
      path: ['leaseUntil'],
    }),
  z.strictObject({ ...shared, state: z.literal('revoked') }),
])
export type Grant = z.infer<typeof grantSchema>
type BodyOf<T> = T extends unknown ? Omit<T, 'proof'> : never
/** A grant before it is signed. */
export type GrantBody = BodyOf<Grant>

/** @param expected `log`: the author's; `to`: whom it has to address. One signature verification. */
export function verifyGrant(
  primitives: Primitives,
  text: string,
  expected: { readonly log: KeyLog; readonly to: MerchantId },
): PairStatementVerdict<Grant> {
  return verifyPairStatement(primitives, grantSchema, text, grantBytesMax, expected)
}

/**
 * The one of some grants of one author, recipient and assortment that is in force, whatever their order: the
 * highest seq. Of two with one seq the revocation, then the shorter lease.
 */
export function latestGrant(grants: readonly Grant[]): Grant | undefined {
  return [...grants].sort(byRank)[0]
}

function byRank(a: Grant, b: Grant): number {
  return b.seq - a.seq || leaseOf(a) - leaseOf(b) || (a.proof.proofValue < b.proof.proofValue ? -1 : 1)
}

function leaseOf(grant: Grant): number {
  return grant.state === 'granted' ? grant.leaseUntil : 0
}

/** Whether the grant lets its recipient read at `now`, as far as the grant goes: the relation has a word too. */
export function grantCovers(grant: Grant, now: number): boolean {
  return grant.state === 'granted' && now < grant.leaseUntil
}

/** Whether the author has to renew it: half of the lease is over. A revoked grant is never renewed. */
export function renewalDue(grant: Grant, now: number): boolean {
  return grant.state === 'granted' && grant.leaseUntil - now < renewalSeconds
}

export type GrantAdmission =
  | { readonly verdict: 'new' }
  | { readonly verdict: 'known' | 'older' } // nobody at fault
  | {
      readonly verdict: 'reject'
      readonly reason:
        | 'not-partner' // there is no partnership, or of another generation
        | 'dated-ahead' // by more than clocks may differ: the lease would be longer than it may
    }

/** What a grant that came by the message stream, verified, means beside the one held for its assortment. */
export function admitGrant(
  held: Grant | undefined,
  grant: Grant,
  relation: RelationView,
  now: number,
): GrantAdmission {
  if (grant.time > now + clockSkewSecondsMax) return { verdict: 'reject', reason: 'dated-ahead' }
  if (held?.proof.proofValue === grant.proof.proofValue) return { verdict: 'known' }
  if (held !== undefined && latestGrant([held, grant]) === held) return { verdict: 'older' }
  const takes = relation.state === 'partner' || relation.state === 'paused'
  // A revocation is always taken: it gives nobody anything.
  if (grant.state === 'granted' && !(takes && relation.generation === grant.generation))
    return { verdict: 'reject', reason: 'not-partner' }
  return { verdict: 'new' }
}

export interface GrantMove {
  readonly from: MerchantId
  readonly to: MerchantId
  readonly generation: number
  readonly assortment: string
  readonly time: number
  readonly keyEvent: Grant['keyEvent']
}

/** A grant, or its renewal, for {@link leaseSeconds}. @param held the last of this author for this pair and assortment */
export function grantBody(held: Grant | undefined, move: GrantMove, terms: GrantTerms): GrantBody {
  const leaseUntil = move.time + leaseSeconds
  return {
    type: 'mosaic/grant',
    v: 1,
    ...move,
    seq: (held?.seq ?? -1) + 1,
    state: 'granted',
    leaseUntil,
    ...terms,
  }
}

/** Takes a grant back. Sticks until a grant with a higher seq. */
export function revocationBody(held: Grant, at: Pick<GrantMove, 'time' | 'keyEvent'>): GrantBody {
  const { from, to, generation, assortment } = held
  const { time, keyEvent } = at
  return {
    type: 'mosaic/grant',
    v: 1,
    from,
    to,
    generation,
    assortment,
    seq: held.seq + 1,
    state: 'revoked',
    time,
    keyEvent,
  }
}

function isInOrder(indexes: readonly number[]): boolean {
  return indexes.every((index, at) => at === 0 || (indexes[at - 1] ?? 0) < index)
}
