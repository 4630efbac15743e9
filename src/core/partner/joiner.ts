import { clockSkewSecondsMax } from '../identity/node-binding.ts'
import { base64urlToBytes, bytesToBase64url } from '../signature/base.ts'
import type { InvitationKeys } from './invitation-keys.ts'
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
import { generationProposed, nextBody, ownWord, type Relation, viewOf, withStatement } from './relation.ts'
import { verifyRelation } from './relation-statement.ts'

/** The joiner's end of one stream. Lives as long as the stream; after a loss, begin again with the same keys. */
export type JoinerSession =
  | {
      readonly phase: 'started'
      readonly keys: InvitationKeys
      readonly nonce: Uint8Array
      readonly generation: number
      readonly start: string
    }
  | {
      /** `claim` is sent; `isWaiting` once the inviter has said that it will decide. */
      readonly phase: 'claimed'
      readonly keys: InvitationKeys
      readonly generation: number
      readonly transcript: Transcript
      readonly isWaiting: boolean
    }
  | { readonly phase: 'over' }

type Step = PairingStep<JoinerSession>

/**
 * Begins. What can be told from here is told at once, without a word to the peer.
 * @param relation as stored, to the peer's merchant @param nonce 32 random bytes @param now UTC seconds
 */
export function openJoiner(
  context: PairingContext,
  keys: InvitationKeys,
  relation: Relation,
  nonce: Uint8Array,
  now: number,
): Step {
  if (nonce.length !== 32) throw new RangeError('a nonce has 32 bytes')
  const { self, peer } = context
  if (peer.log.merchant === self.merchant) return over({ end: 'refused', code: 'own-invitation' })
  if (peer.frozen) return over({ end: 'refused', code: 'frozen' })
  const generation = generationProposed(relation)
  const start = pairingText({
    type: 'mosaic/pairing/start',
    v: 1,
    invitation: keys.id,
    generation,
    nonce: bytesToBase64url(nonce),
    time: now,
  })
  return { ...step({ phase: 'started', keys, nonce, generation, start }), send: [start] }
}

/**
 * A frame came. Spec: protocol/streams/pairing.md §6.
 * @param relation as stored, to the peer's merchant @param now UTC seconds
 */
export function joinerReceives(
  context: PairingContext,
  session: JoinerSession,
  text: string,
  relation: Relation,
  now: number,
): Step {
  const message = parsePairingMessage(text)
  if (message === undefined) return over({ end: 'offence', reason: 'malformed' })
  if (session.phase === 'over') return over({ end: 'offence', reason: 'unexpected' })
  if (message.type === 'mosaic/pairing/refused')
    return receiveRefusal(context, session, message, relation, now)
  if (session.phase === 'started') {
    return message.type === 'mosaic/pairing/challenge'
      ? receiveChallenge(context, session, message, relation, now)
      : over({ end: 'offence', reason: 'unexpected' })
  }
  if (message.type === 'mosaic/pairing/claimed' && !session.isWaiting) {
    const transcript = opened(context.primitives, 'inviter', session.transcript, message)
    if (transcript === undefined) return over({ end: 'offence', reason: 'mac' })
    return {
      ...step({ ...session, transcript, isWaiting: true }),
      events: [{ event: 'waiting', invitation: session.keys.id }],
    }
  }
  return message.type === 'mosaic/pairing/confirmed'
    ? receiveConfirmation(context, session, message, relation)
    : over({ end: 'offence', reason: 'unexpected' })
}

function receiveChallenge(
  context: PairingContext,
  session: JoinerSession & { phase: 'started' },
  message: PairingMessage & { type: 'mosaic/pairing/challenge' },
  relation: Relation,
  now: number,
): Step {
  const { primitives, self, peer } = context
  const { keys, nonce, start } = session
  const inviterNonce = base64urlToBytes(message.nonce) ?? new Uint8Array(32)
  const binding = { inviter: peerSide(peer), joiner: self, inviterNonce, joinerNonce: nonce }
  const transcript = opened(primitives, 'inviter', { macKey: keys.macKey, binding, texts: [start] }, message)
  // Nothing is signed for, and no name told to, somebody who does not know the code.
  if (transcript === undefined) return over({ end: 'refused', code: 'unknown' })
  if (Math.abs(message.time - now) > clockSkewSecondsMax) return over({ end: 'refused', code: 'clock' })
  const { generation } = message
  if (generation < session.generation) return over({ end: 'offence', reason: 'unexpected' })
  if (generation < generationProposed(relation)) return over({ end: 'stale' })
  const view = viewOf(relation)
  const isPartner = view.state === 'partner' || view.state === 'paused'
  if (isPartner && view.generation === generation) {
    const isThisOne = view.invitation === keys.id
    return over(isThisOne ? { end: 'partner' } : { end: 'refused', code: 'already-partners' })
  }
  const signed = withOwnWord(context, keys, relation, generation, now)
  const statement = signed === undefined ? undefined : ownWord(signed)
  if (signed === undefined || statement === undefined)
    return over({ end: 'refused', code: 'already-partners' })
  const claim = { type: 'mosaic/pairing/claim', profile: context.profile, relation: statement } as const
  const sent = sealed(primitives, 'joiner', transcript, claim)
  return {
    ...step({ phase: 'claimed', keys, generation, transcript: sent.transcript, isWaiting: false }),
    store: signed === relation ? {} : { relation: signed },
    send: [sent.text],
  }
}

/** With this side's `partner` for the generation: the one it signed before, if the key is still the same. */
function withOwnWord(
  { primitives, self, peer, sign }: PairingContext,
  keys: InvitationKeys,
  relation: Relation,
  generation: number,
  time: number,
): Relation | undefined {
  const own = ownWord(relation)
  if (own?.generation === generation && own.state === 'partner' && own.keyEvent === self.keyEvent) {
    return relation
  }
  const body = nextBody(primitives, relation, {
    state: 'partner',
    generation,
    invitation: { id: keys.id, by: peer.log.merchant },
    time,
    keyEvent: self.keyEvent,
  })
  return body === undefined ? undefined : withStatement(relation, sign(body))
}

function receiveConfirmation(
  context: PairingContext,
  session: JoinerSession & { phase: 'claimed' },
  message: PairingMessage & { type: 'mosaic/pairing/confirmed' },
  relation: Relation,
): Step {
  const { primitives, self, peer } = context
  const transcript = opened(primitives, 'inviter', session.transcript, message)
  if (transcript === undefined) return over({ end: 'offence', reason: 'mac' })
  const verified = verifyRelation(primitives, statementText(message.relation), {
    log: peer.log,
    to: self.merchant,
  })
  if (!verified.ok || verified.statement.generation !== session.generation) {
    return over({ end: 'offence', reason: 'statement' })
  }
  const next = withStatement(relation, verified.statement)
  const { state } = viewOf(next)
  if (state !== 'partner' && state !== 'paused') return over({ end: 'offence', reason: 'statement' })
  const { profile, role } = message
  const done = sealed(primitives, 'joiner', transcript, { type: 'mosaic/pairing/done' })
  const isNew = viewOf(relation).state === 'invited'
  const event = {
    event: 'partner',
    invitation: session.keys.id,
    with: peer.log.merchant,
    profile,
    role,
  } as const
  return {
    ...over({ end: 'partner' }),
    store: next === relation ? {} : { relation: next },
    send: [done.text],
    events: isNew ? [event] : [],
  }
}

function receiveRefusal(
  context: PairingContext,
  session: JoinerSession & { phase: 'started' | 'claimed' },
  message: PairingMessage & { type: 'mosaic/pairing/refused' },
  relation: Relation,
  now: number,
): Step {
  const { code, retryAfterSeconds } = message
  if (message.mac === undefined) {
    // Only these two may be said by somebody who does not know the code.
    if (code === 'too-many-attempts') {
      return over({ end: 'refused', code, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) })
    }
    return code === 'unknown' && session.phase === 'claimed'
      ? over({ end: 'refused', code })
      : over({ end: 'offence', reason: 'mac' })
  }
  if (session.phase === 'started') return over({ end: 'offence', reason: 'unexpected' })
  const transcript = opened(context.primitives, 'inviter', session.transcript, message)
  if (transcript === undefined) return over({ end: 'offence', reason: 'mac' })
  const ended = finalRefusals.has(code) ? withdrawn(context, relation, session, now) : relation
  return { ...over({ end: 'refused', code }), store: ended === relation ? {} : { relation: ended } }
}

/** After these no later claim with the same code can succeed. */
const finalRefusals: ReadonlySet<PairingRefusal> = new Set([
  'expired',
  'used',
  'revoked',
  'claimed-by-another',
  'declined',
])

/** The `partner` that this side said for this invitation will not be answered: it takes the word back. */
function withdrawn(
  { primitives, self, sign }: PairingContext,
  relation: Relation,
  { generation, keys }: JoinerSession & { phase: 'claimed' },
  time: number,
): Relation {
  const own = ownWord(relation)
  const isOpen = viewOf(relation).state === 'invited' && own?.generation === generation
  if (!isOpen || own.invitation.id !== keys.id) return relation
  const { invitation } = own
  const move = { state: 'ended', generation, invitation, time, keyEvent: self.keyEvent } as const
  const body = nextBody(primitives, relation, move)
  return body === undefined ? relation : withStatement(relation, sign(body))
}

function step(session: JoinerSession): Step {
  return { session, store: {}, send: [], events: [], failedAttempt: false }
}

function over(end: PairingEnd): Step {
  return { ...step({ phase: 'over' }), end }
}
