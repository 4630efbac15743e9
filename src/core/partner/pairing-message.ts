import { z } from 'zod'
import { CanonicalError, canonicalText, type JsonObject, parseCanonical } from '../signature/canonical.ts'
import { invitationRoles } from './invitation-code.ts'
import { bytes32Schema, invitationIdSchema } from './invitation-keys.ts'
import { profileSchema } from './profile.ts'
import { relationGenerationMax, relationSchema } from './relation-statement.ts'

/** A message's canonical text, in bytes of UTF-8. */
export const pairingMessageBytesMax = 8_192

/** Why a pairing comes to nothing. `unknown` stands for a wrong MAC too, in the same bytes. */
export const pairingRefusals = [
  'unknown',
  'expired',
  'used',
  'revoked',
  'claimed-by-another',
  'declined',
  'clock',
  'already-partners',
  'own-invitation',
  'frozen',
  'too-many-attempts',
] as const
export type PairingRefusal = (typeof pairingRefusals)[number]

/** For the joiner, who reads them. */
export const refusalMessages: Readonly<Record<PairingRefusal, string>> = {
  unknown: 'The inviter does not know this code. Check it for typing errors, or ask for a new one.',
  expired: 'The invitation has expired. Ask for a new one.',
  used: 'The invitation was used already. Ask for a new one, and tell the inviter if it was not you.',
  revoked: 'The inviter has taken the invitation back. Ask for a new one.',
  'claimed-by-another':
    'Somebody else has used this code before you. Tell the inviter: the code may have leaked.',
  declined: 'The inviter has declined.',
  clock: 'The clocks of the two machines differ too much. Set them right, then try again.',
  'already-partners': 'You are partners already. There is nothing to do.',
  'own-invitation': 'This is your own invitation. Give the code to the other merchant.',
  frozen:
    'One of the two identities is frozen, because two versions of its key log exist. Its owner has to settle that first.',
  'too-many-attempts': 'Too many wrong codes came from this machine or network. Wait, then try again.',
}

const generation = z.int().min(1).max(relationGenerationMax)
const time = z.int().nonnegative() // UTC seconds

/** The messages of a pairing. Spec: protocol/streams/pairing.md §3. */
const messageSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('mosaic/pairing/start'),
    v: z.literal(1),
    invitation: invitationIdSchema,
    generation,
    nonce: bytes32Schema,
    time,
  }),
  z.strictObject({
    type: z.literal('mosaic/pairing/challenge'),
    generation,
    nonce: bytes32Schema,
    time,
    mac: bytes32Schema,
  }),
  z.strictObject({
    type: z.literal('mosaic/pairing/claim'),
    profile: profileSchema,
    relation: relationSchema,
    mac: bytes32Schema,
  }),
  z.strictObject({ type: z.literal('mosaic/pairing/claimed'), mac: bytes32Schema }),
  z.strictObject({
    type: z.literal('mosaic/pairing/confirmed'),
    profile: profileSchema,
    role: z.enum(invitationRoles),
    relation: relationSchema,
    mac: bytes32Schema,
  }),
  z.strictObject({ type: z.literal('mosaic/pairing/done'), mac: bytes32Schema }),
  z.strictObject({
    type: z.literal('mosaic/pairing/refused'),
    code: z.enum(pairingRefusals),
    retryAfterSeconds: z.int().min(1).max(86_400).exactOptional(),
    mac: bytes32Schema.exactOptional(), // there, unless the inviter does not know the code
  }),
])
export type PairingMessage = z.infer<typeof messageSchema>

/** The message in a frame; `undefined` if it is none. Never throws. */
export function parsePairingMessage(text: string): PairingMessage | undefined {
  try {
    const parsed = messageSchema.safeParse(parseCanonical(text, pairingMessageBytesMax))
    return parsed.success ? parsed.data : undefined
  } catch (error) {
    if (error instanceof CanonicalError) return undefined
    throw error
  }
}

/** A message as it goes into a frame, and as it goes into the transcript. */
export function pairingText(message: PairingMessage): string {
  return canonicalText(message as unknown as JsonObject)
}
