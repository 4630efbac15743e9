import { decideInvitation, type Invitation, type InvitationDecision } from './invitation.ts'
import type { PairingContext } from './pairing.ts'
import { nextBody, ownWord, type Relation, theirWord, withStatement } from './relation.ts'
import type { RelationWord } from './relation-statement.ts'

/** An invitation and the relation to its claimant: stored together, in one transaction. */
export interface Decided {
  readonly invitation: Invitation
  readonly relation: Relation
}

/** Who signs the decision. */
export type Decider = Pick<PairingContext, 'primitives' | 'sign'> & {
  readonly self: Pick<PairingContext['self'], 'keyEvent'>
}

/**
 * Confirms, declines or revokes an invitation, with the inviter's statement on the relation that follows: `partner`
 * when it confirms, `ended` when it turns a claimant down.
 * @param held `relation`: to the claimant; for an invitation without a claim it is left as it is
 * @returns what to store, or `undefined` if that cannot be decided any more: the invitation is not in a state for it,
 *   or the claimant has ended the relation meanwhile
 */
export function decideClaim(
  decider: Decider,
  held: Decided,
  decision: InvitationDecision,
  now: number,
): Decided | undefined {
  const invitation = decideInvitation(held.invitation, decision, now)
  if (invitation === undefined) return undefined
  const relation =
    decision === 'confirm'
      ? confirmedRelation(decider, held, now)
      : isUnanswered(held)
        ? said(decider, held, 'ended', now)
        : held.relation
  return relation === undefined ? undefined : { invitation, relation }
}

/**
 * The relation in which the inviter has said `partner` to the claimant, by the key in force; the same object if that
 * was said before. `undefined` if one of the two has ended that generation.
 */
export function confirmedRelation(decider: Decider, held: Decided, now: number): Relation | undefined {
  const generation = held.invitation.claim?.generation
  const theirs = theirWord(held.relation)
  if (theirs === undefined || theirs.generation !== generation || theirs.state === 'ended') return undefined
  const own = ownWord(held.relation)
  if (own?.generation !== generation) return said(decider, held, 'partner', now)
  if (own.state === 'ended') return undefined
  return own.keyEvent === decider.self.keyEvent ? held.relation : said(decider, held, own.state, now)
}

function isUnanswered({ invitation, relation }: Decided): boolean {
  const generation = invitation.claim?.generation
  return theirWord(relation)?.generation === generation && ownWord(relation)?.generation !== generation
}

function said(decider: Decider, held: Decided, state: RelationWord, time: number): Relation | undefined {
  const { invitation, relation } = held
  if (invitation.claim === undefined) return relation
  const { keyEvent } = decider.self
  const { generation } = invitation.claim
  const by = { id: invitation.id, by: relation.self }
  const body = nextBody(decider.primitives, relation, { state, generation, invitation: by, time, keyEvent })
  return body === undefined ? undefined : withStatement(relation, decider.sign(body))
}
