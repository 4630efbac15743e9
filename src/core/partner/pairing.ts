import type { KeyLog } from '../identity/key-log.ts'
import type { MerchantId } from '../identity/merchant-id.ts'
import { canonicalText, type JsonObject } from '../signature/canonical.ts'
import type { Primitives } from '../signature/primitives.ts'
import type { Invitation } from './invitation.ts'
import type { InvitationRole } from './invitation-code.ts'
import type { InvitationId } from './invitation-keys.ts'
import {
  isMacRight,
  type PairingBinding,
  type PairingRole,
  type PairingSide,
  pairingMac,
} from './pairing-mac.ts'
import { type PairingMessage, type PairingRefusal, pairingText } from './pairing-message.ts'
import type { Profile } from './profile.ts'
import type { Relation } from './relation.ts'
import type { RelationBody, RelationStatement } from './relation-statement.ts'

/** How long one side waits for the other's next message, but for the inviter's decision. */
export const pairingAnswerSecondsMax = 30

/** One end of a pairing. Both have run hello on this connection, so each knows the other's merchant. */
export interface PairingContext {
  readonly primitives: Primitives
  readonly self: PairingSide
  readonly peer: PairingPeer
  readonly profile: Profile
  /** Signs with the key of `self.keyEvent`. */
  readonly sign: (body: RelationBody) => RelationStatement
}

export interface PairingPeer {
  /** Raw Ed25519 public key, as the connection has authenticated it. */
  readonly nodeKey: Uint8Array
  /** As hello has verified it: whose node this is, and with which keys it signs. */
  readonly log: KeyLog
  /** Two versions of its log exist. */
  readonly frozen: boolean
}

/**
 * What a side does after an input. In this order: store all of `store` in one transaction that is on the disk
 * (`sync`), then send, then tell the events, then close the stream if there is an `end`. One step at a time: read what
 * is stored, step, store, and only then the next step of any pairing.
 */
export interface PairingStep<Session> {
  readonly session: Session
  readonly store: { readonly invitation?: Invitation; readonly relation?: Relation }
  /** Texts, one frame each. */
  readonly send: readonly string[]
  readonly events: readonly PairingEvent[]
  /** The peer did not know a code that it should: count it in {@link PairingAttempts}. */
  readonly failedAttempt: boolean
  readonly end?: PairingEnd
}

export type PairingEvent =
  /** To the inviter: somebody waits for confirmation. */
  | {
      readonly event: 'claimed'
      readonly invitation: InvitationId
      readonly by: MerchantId
      readonly profile: Profile
    }
  /** To the inviter: the code is in a second hand. */
  | {
      readonly event: 'second-claimant'
      readonly invitation: InvitationId
      readonly by: MerchantId
      readonly profile: Profile
    }
  /** To the joiner: the inviter will decide; the joiner may come again with the same code to ask. */
  | { readonly event: 'waiting'; readonly invitation: InvitationId }
  /** To either, once: the two are partners. `role`: told to the joiner. */
  | {
      readonly event: 'partner'
      readonly invitation: InvitationId
      readonly with: MerchantId
      readonly profile: Profile
      readonly role: InvitationRole
    }

export type PairingEnd =
  | { readonly end: 'partner' }
  | { readonly end: 'refused'; readonly code: PairingRefusal; readonly retryAfterSeconds?: number }
  /** The relation changed while the two spoke. Nobody is at fault: begin again. */
  | { readonly end: 'stale' }
  /** The peer broke the protocol: lower its score. */
  | { readonly end: 'offence'; readonly reason: 'malformed' | 'unexpected' | 'mac' | 'statement' }

export function peerSide(peer: PairingPeer): PairingSide {
  return { nodeKey: peer.nodeKey, merchant: peer.log.merchant, keyEvent: peer.log.current.digest }
}

/** The messages of one stream so far, and what their MACs are bound to. */
export interface Transcript {
  readonly macKey: Uint8Array
  readonly binding: PairingBinding
  readonly texts: readonly string[]
}

type Unsealed = PairingMessage extends infer M ? (M extends unknown ? Omit<M, 'mac'> : never) : never

/** The text of a message with its MAC, and the transcript with it. */
export function sealed(
  primitives: Primitives,
  sender: PairingRole,
  { macKey, binding, texts }: Transcript,
  message: Unsealed,
): { readonly text: string; readonly transcript: Transcript } {
  const mac = pairingMac(primitives, macKey, sender, binding, texts, message)
  const text = pairingText({ ...message, mac } as PairingMessage)
  return { text, transcript: { macKey, binding, texts: [...texts, text] } }
}

/** The transcript with a message of the other, if its MAC is right. */
export function opened(
  primitives: Primitives,
  sender: PairingRole,
  { macKey, binding, texts }: Transcript,
  message: PairingMessage,
): Transcript | undefined {
  if (!isMacRight(primitives, macKey, sender, binding, texts, message)) return undefined
  return { macKey, binding, texts: [...texts, pairingText(message)] }
}

/** A statement as it is stored and sent, from the signed one. */
export function statementText(statement: RelationStatement): string {
  return canonicalText(statement as unknown as JsonObject)
}
