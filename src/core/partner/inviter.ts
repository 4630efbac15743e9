import { clockSkewSecondsMax } from '../identity/node-binding.ts'
import { base64urlToBytes, bytesToBase64url } from '../signature/base.ts'
import { confirmedRelation, type Decided } from './decision.ts'
import { claimInvitation, decideInvitation, type Invitation } from './invitation.ts'
import type { InvitationId } from './invitation-keys.ts'
import {
  opened,
  type PairingContext,
  type PairingEnd,
  type PairingStep,
  peerSide,
  sealed,
  statementText,
  type Transcript,
} from './pairing.ts'
import {
  type PairingMessage,
  type PairingRefusal,
  pairingText,
  parsePairingMessage,
} from './pairing-message.ts'
import { generationProposed, ownWord, type Relation, viewOf, withStatement } from './relation.ts'
import { type RelationStatement, verifyRelation } from './relation-statement.ts'

/** What the inviter's node has stored, read for this step. */
export interface InviterHeld {
  readonly invitation: (id: InvitationId) => Invitation | undefined
  /** To the peer's merchant. */
  readonly relation: Relation
}

/** 64 random bytes for one stream: a nonce, and a key in place of K when there is no such invitation. */
export const inviterRandomBytes = 64

/** The inviter's end of one stream. Lives as long as the stream. */
export type InviterSession =
  | { readonly phase: 'start'; readonly random: Uint8Array }
  | (Told & { readonly phase: 'claim'; readonly clocksAgree: boolean })
  | (Told & { readonly phase: 'waiting' })
  | (Told & { readonly phase: 'told' })
  | { readonly phase: 'over' }

interface Told {
  /** Whose messages these are; `known` is false if there is no such invitation. */
  readonly id: InvitationId
  readonly known: boolean
  readonly generation: number
  readonly transcript: Transcript
}

type Step = PairingStep<InviterSession>

/** @param random {@link inviterRandomBytes} bytes, fresh for each stream */
export function openInviter(random: Uint8Array): InviterSession {
  if (random.length !== inviterRandomBytes) throw new RangeError(`${inviterRandomBytes} random bytes`)
  return { phase: 'start', random }
}

/** The frame for a peer that has to wait, see {@link PairingAttempts}: send it instead of stepping, and close. */
export function tooManyAttempts(waitSeconds: number): string {
  const retryAfterSeconds = Math.min(86_400, Math.max(1, Math.ceil(waitSeconds)))
  return pairingText({ type: 'mosaic/pairing/refused', code: 'too-many-attempts', retryAfterSeconds })
}

/**
 * A frame came. Spec: protocol/streams/pairing.md §5.
 * @param now UTC seconds
 */
export function inviterReceives(
  context: PairingContext,
  session: InviterSession,
  text: string,
  held: InviterHeld,
  now: number,
): Step {
  const message = parsePairingMessage(text)
  if (message === undefined) return over({ end: 'offence', reason: 'malformed' })
  if (session.phase === 'start' && message.type === 'mosaic/pairing/start') {
    return challenge(context, session.random, message, held, now)
  }
  if (session.phase === 'claim' && message.type === 'mosaic/pairing/claim') {
    return receiveClaim(context, session, message, held, now)
  }
  if (session.phase === 'told' && message.type === 'mosaic/pairing/done') {
    const heard = opened(context.primitives, 'joiner', session.transcript, message)
    return over(heard === undefined ? { end: 'offence', reason: 'mac' } : { end: 'partner' })
  }
  return over({ end: 'offence', reason: 'unexpected' })
}

/** The invitation was decided while the joiner waits: call it for every open stream after storing the decision. */
export function inviterDecided(context: PairingContext, session: InviterSession, held: InviterHeld): Step {
  if (session.phase !== 'waiting') return step(session)
  const invitation = held.invitation(session.id)
  switch (invitation?.state) {
    case 'confirmed':
      return tellConfirmed(context, session, { invitation, relation: held.relation })
    case 'declined':
    case 'revoked':
      return refuse(context, session, invitation.state)
    default:
      return step(session)
  }
}

function challenge(
  context: PairingContext,
  random: Uint8Array,
  start: PairingMessage & { type: 'mosaic/pairing/start' },
  held: InviterHeld,
  now: number,
): Step {
  const { primitives, self, peer } = context
  const stored = held.invitation(start.invitation)
  const known = stored !== undefined && stored.id === start.invitation
  const inviterNonce = random.slice(0, 32)
  // Without an invitation everything goes on as with one, so that no answer tells whether there is one.
  const macKey = known ? bytesOf(stored.macKey) : random.slice(32)
  // Who comes again hears the generation of its claim, so that it does not sign anew.
  const claim = known && stored.claim?.merchant === peer.log.merchant ? stored.claim : undefined
  const generation = Math.max(start.generation, claim?.generation ?? generationProposed(held.relation))
  const binding = { inviter: self, joiner: peerSide(peer), inviterNonce, joinerNonce: bytesOf(start.nonce) }
  const { text, transcript } = sealed(
    primitives,
    'inviter',
    { macKey, binding, texts: [pairingText(start)] },
    { type: 'mosaic/pairing/challenge', generation, nonce: bytesToBase64url(inviterNonce), time: now },
  )
  const clocksAgree = Math.abs(start.time - now) <= clockSkewSecondsMax
  const next = { phase: 'claim' as const, id: start.invitation, known, generation, transcript, clocksAgree }
  return { ...step(next), send: [text], failedAttempt: !known }
}

type ClaimSession = InviterSession & { phase: 'claim' }
type ClaimMessage = PairingMessage & { type: 'mosaic/pairing/claim' }

function receiveClaim(
  context: PairingContext,
  session: ClaimSession,
  message: ClaimMessage,
  held: InviterHeld,
  now: number,
): Step {
  const transcript = opened(context.primitives, 'joiner', session.transcript, message)
  const invitation = held.invitation(session.id)
  if (!session.known || transcript === undefined || invitation === undefined) {
    // The attempt of an unknown code was counted with its start.
    return { ...refusedAsUnknown(), failedAttempt: session.known && transcript === undefined }
  }
  const told = { ...session, transcript }
  const { self, peer } = context
  if (peer.log.merchant === self.merchant) return refuse(context, told, 'own-invitation')
  if (peer.frozen) return refuse(context, told, 'frozen')
  if (!session.clocksAgree) return refuse(context, told, 'clock')
  const statement = checkedStatement(context, message.relation, session.generation)
  if (statement === undefined) return over({ end: 'offence', reason: 'statement' })
  return claim(context, told, { invitation, relation: held.relation }, message, now)
}

/** The joiner's own word on the relation: for this pairing, by the key in force. */
function checkedStatement(
  { primitives, self, peer }: PairingContext,
  relation: RelationStatement,
  generation: number,
): RelationStatement | undefined {
  if (relation.state !== 'partner' || relation.generation !== generation) return undefined
  if (relation.keyEvent !== peer.log.current.digest) return undefined
  const verified = verifyRelation(primitives, statementText(relation), { log: peer.log, to: self.merchant })
  return verified.ok ? verified.statement : undefined
}

function claim(
  context: PairingContext,
  told: ClaimSession,
  stored: Decided,
  { profile, relation: statement }: ClaimMessage,
  now: number,
): Step {
  const { merchant } = context.peer.log
  const isRetry = stored.invitation.claim?.merchant === merchant
  const view = viewOf(stored.relation)
  const isPartner = view.state === 'partner' || view.state === 'paused'
  if (isPartner && view.generation === told.generation && !isRetry) {
    return refuse(context, told, 'already-partners')
  }
  const outcome = claimInvitation(stored.invitation, { merchant, profile, generation: told.generation }, now)
  if (!outcome.ok) {
    const second = { event: 'second-claimant', invitation: told.id, by: merchant, profile } as const
    return {
      ...refuse(context, told, outcome.refusal),
      store: changes(stored, { ...stored, invitation: outcome.invitation }),
      events: outcome.second ? [second] : [],
    }
  }
  if (told.generation < generationProposed(stored.relation)) {
    return outcome.invitation.state === 'confirmed' ? refuse(context, told, 'used') : over({ end: 'stale' })
  }
  const claimed = { invitation: outcome.invitation, relation: withStatement(stored.relation, statement) }
  const { auto, state } = claimed.invitation
  // Who has said `partner` in this generation already has claimed an invitation of the other: both want it.
  const isAgreed = auto || ownWord(claimed.relation)?.generation === told.generation
  if (state === 'confirmed' || isAgreed) return confirmAtOnce(context, told, stored, claimed, now)
  const { text, transcript } = sealed(context.primitives, 'inviter', told.transcript, {
    type: 'mosaic/pairing/claimed',
  })
  const event = { event: 'claimed', invitation: told.id, by: merchant, profile } as const
  return {
    ...step({ ...told, phase: 'waiting', transcript }),
    store: changes(stored, claimed),
    send: [text],
    events: isRetry ? [] : [event],
  }
}

/** Without asking, or again because the answer was lost. */
function confirmAtOnce(
  context: PairingContext,
  told: Told,
  stored: Decided,
  claimed: Decided,
  now: number,
): Step {
  const isNew = claimed.invitation.state === 'claimed'
  const relation = confirmedRelation(context, claimed, now)
  const invitation = isNew ? decideInvitation(claimed.invitation, 'confirm', now) : claimed.invitation
  if (relation === undefined || invitation === undefined) return over({ end: 'stale' })
  const decided = { invitation, relation }
  const { id } = told
  const profile = invitation.claim?.profile ?? context.profile
  const event = {
    event: 'partner',
    invitation: id,
    with: relation.other,
    profile,
    role: invitation.role,
  } as const
  return {
    ...tellConfirmed(context, told, decided),
    store: changes(stored, decided),
    events: isNew ? [event] : [],
  }
}

function tellConfirmed(context: PairingContext, told: Told, { invitation, relation }: Decided): Step {
  const own = ownWord(relation)
  if (own === undefined) return step({ ...told, phase: 'waiting' })
  const { text, transcript } = sealed(context.primitives, 'inviter', told.transcript, {
    type: 'mosaic/pairing/confirmed',
    profile: context.profile,
    role: invitation.role,
    relation: own,
  })
  return { ...step({ ...told, phase: 'told', transcript }), send: [text] }
}

/** To somebody who knows the code, so that it can believe the reason. */
function refuse(context: PairingContext, { transcript }: Told, code: PairingRefusal): Step {
  const refused = { type: 'mosaic/pairing/refused', code } as const
  const { text } = sealed(context.primitives, 'inviter', transcript, refused)
  return { ...over({ end: 'refused', code }), send: [text] }
}

/** The same bytes for a code that nobody made and for one that is wrong. */
function refusedAsUnknown(): Step {
  const text = pairingText({ type: 'mosaic/pairing/refused', code: 'unknown' })
  return { ...over({ end: 'refused', code: 'unknown' }), send: [text] }
}

/** What differs from what is stored. */
function changes(stored: Decided, now: Decided): Step['store'] {
  return {
    ...(now.invitation === stored.invitation ? {} : { invitation: now.invitation }),
    ...(now.relation === stored.relation ? {} : { relation: now.relation }),
  }
}

function step(session: InviterSession): Step {
  return { session, store: {}, send: [], events: [], failedAttempt: false }
}

function over(end: PairingEnd): Step {
  return { ...step({ phase: 'over' }), end }
}

function bytesOf(text: string): Uint8Array {
  return base64urlToBytes(text) ?? new Uint8Array(32)
}
