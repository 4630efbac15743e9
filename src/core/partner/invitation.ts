import { z } from 'zod'
import { type MerchantId, merchantIdSchema } from '../identity/merchant-id.ts'
import { invitationRoles } from './invitation-code.ts'
import { bytes32Schema, invitationIdSchema } from './invitation-keys.ts'
import { type Profile, profileSchema } from './profile.ts'
import { relationGenerationMax } from './relation-statement.ts'

/** How long a link is good, unless the inviter says otherwise. */
export const linkLifetimeSeconds = 72 * 3_600
/** How long a phone code is good, unless the inviter says otherwise. */
export const phoneLifetimeSeconds = 3_600
export const invitationLifetimeSecondsMax = 31 * 86_400
/** Invitations of one merchant that are open or claimed. */
export const invitationsOpenMax = 1_000
/** What is over is kept so long, so that a late joiner learns why it is refused. */
export const invitationKeptSeconds = 30 * 86_400

/** `open → claimed → confirmed`, or one of the others. */
const invitationStates = ['open', 'claimed', 'confirmed', 'declined', 'expired', 'revoked'] as const
export type InvitationState = (typeof invitationStates)[number]

/** An invitation as its maker stores it: never the code, only the key that the code's owner has too. */
export const invitationSchema = z
  .strictObject({
    id: invitationIdSchema,
    form: z.enum(['link', 'phone']),
    macKey: bytes32Schema, // K, base64url
    topic: bytes32Schema.exactOptional(), // a phone code's rendezvous, to be announced again after a restart
    role: z.enum(invitationRoles),
    label: z.string().max(100).exactOptional(), // whom it is for, in the inviter's own words
    auto: z.boolean(), // the first claim is confirmed without asking
    createdAt: z.int().nonnegative(), // UTC seconds, like all times here
    expiresAt: z.int().nonnegative(),
    state: z.enum(invitationStates),
    changedAt: z.int().nonnegative(),
    claim: z
      .strictObject({
        merchant: merchantIdSchema,
        profile: profileSchema,
        generation: z.int().min(1).max(relationGenerationMax), // of the relation that it would begin
        at: z.int().nonnegative(),
      })
      .exactOptional(),
  })
  .refine(
    ({ state, claim }) =>
      claim !== undefined || !(state === 'claimed' || state === 'confirmed' || state === 'declined'),
    { error: 'is missing', path: ['claim'] },
  )
export type Invitation = z.infer<typeof invitationSchema>

type ClaimRefusal = 'expired' | 'used' | 'revoked' | 'claimed-by-another' | 'declined'

export type ClaimOutcome =
  /** `invitation` as it is now; the same object if this is a retry that changes nothing. */
  | { readonly ok: true; readonly invitation: Invitation }
  | {
      readonly ok: false
      readonly refusal: ClaimRefusal
      readonly invitation: Invitation
      /** Someone else has the code too: the inviter has to know. */
      readonly second: boolean
    }

export interface Claimant {
  readonly merchant: MerchantId
  readonly profile: Profile
  readonly generation: number
}

/**
 * Someone proved that it knows the code. The first who does has the invitation; it may come again as often as
 * messages get lost.
 * @param now UTC seconds
 * @see protocol/records/invitation.md, table 1
 */
export function claimInvitation(invitation: Invitation, claimant: Claimant, now: number): ClaimOutcome {
  const { claim } = invitation
  const same = claim?.merchant === claimant.merchant
  const refused = (refusal: ClaimRefusal, second: boolean, changed = invitation): ClaimOutcome => ({
    ok: false,
    refusal,
    invitation: changed,
    second,
  })
  switch (invitation.state) {
    case 'open': {
      const expired = expireInvitation(invitation, now)
      if (expired !== invitation) return refused('expired', false, expired)
      return claimed(invitation, claimant, now)
    }
    case 'claimed':
      if (!same) return refused('claimed-by-another', true)
      // After its own restart it may speak of a later generation. Nobody has decided yet, so the newest word counts.
      return claim.generation === claimant.generation
        ? { ok: true, invitation }
        : claimed(invitation, claimant, now)
    case 'confirmed':
      if (same && claim.generation === claimant.generation) return { ok: true, invitation }
      return refused('used', !same)
    case 'declined':
      return same ? refused('declined', false) : refused('used', true)
    case 'expired':
      return refused('expired', false)
    case 'revoked':
      return refused('revoked', false)
  }
}

function claimed(
  invitation: Invitation,
  { merchant, profile, generation }: Claimant,
  now: number,
): ClaimOutcome {
  const claim = { merchant, profile, generation, at: now }
  return { ok: true, invitation: { ...invitation, state: 'claimed', changedAt: now, claim } }
}

export type InvitationDecision = 'confirm' | 'decline' | 'revoke'

/** Where a person's decision leads. What has no entry is not possible any more. */
const decisions: Readonly<Record<InvitationDecision, Partial<Record<InvitationState, InvitationState>>>> = {
  confirm: { claimed: 'confirmed' },
  decline: { claimed: 'declined' },
  revoke: { open: 'revoked', claimed: 'revoked' },
}

/** @returns `undefined` if the invitation is not in a state in which that can be decided */
export function decideInvitation(
  invitation: Invitation,
  decision: InvitationDecision,
  now: number,
): Invitation | undefined {
  const state = decisions[decision][expireInvitation(invitation, now).state]
  return state === undefined ? undefined : { ...invitation, state, changedAt: now }
}

/** The invitation, expired if it is open and its time is over. A claim in time may be decided later. */
export function expireInvitation(invitation: Invitation, now: number): Invitation {
  if (invitation.state !== 'open' || now < invitation.expiresAt) return invitation
  return { ...invitation, state: 'expired', changedAt: now }
}

/** Whether an invitation that is over may be deleted. A joiner that comes later is told "unknown". */
export function mayForgetInvitation(invitation: Invitation, now: number): boolean {
  const { state, changedAt } = expireInvitation(invitation, now)
  return state !== 'open' && state !== 'claimed' && now - changedAt > invitationKeptSeconds
}
