import { z } from 'zod'
import { merchantIdSchema } from '../identity/merchant-id.ts'
import { addressBytesMax, addressesMax, invitationRoles, relaysMax } from './invitation-code.ts'
import { bytes32Schema, invitationIdSchema } from './invitation-keys.ts'
import type { PairingEnd } from './pairing.ts'
import { type PairingRefusal, pairingRefusals } from './pairing-message.ts'

/** Codes of others that a merchant is trying to use. */
export const joinsMax = 1_000

const addresses = (max: number): z.ZodArray<z.ZodString> => z.array(z.string().max(addressBytesMax)).max(max)

/** A code that this merchant was given, as its node stores it until the two are partners: a row of the store. */
export const joinSchema = z.strictObject({
  id: invitationIdSchema,
  form: z.enum(['link', 'phone']),
  macKey: bytes32Schema,
  topic: bytes32Schema.exactOptional(), // of a phone code: where to look for the inviter
  nodeKey: bytes32Schema.exactOptional(), // of a link: whom to dial
  addresses: addresses(addressesMax),
  relays: addresses(relaysMax),
  role: z.enum(invitationRoles).exactOptional(),
  expiresAt: z.int().nonnegative().exactOptional(), // of a link; UTC seconds, like all times here
  inviter: merchantIdSchema.exactOptional(), // once one has proved that it knows the code
  state: z.enum(['trying', 'waiting', 'partner', 'refused']),
  refusal: z.enum(pairingRefusals).exactOptional(), // why the last attempt failed
  startedAt: z.int().nonnegative(),
  changedAt: z.int().nonnegative(),
})
export type Join = z.infer<typeof joinSchema>

/** Refusals after which it is worth to try again: the cause may pass, or another peer may be the inviter. */
const passing: ReadonlySet<PairingRefusal> = new Set(['clock', 'frozen', 'too-many-attempts'])

/** The join after a stream ended. A stream that broke changes nothing: the node tries again. */
export function joinAfter(join: Join, end: PairingEnd, now: number): Join {
  switch (end.end) {
    case 'partner':
      return { ...join, state: 'partner', changedAt: now }
    case 'refused': {
      // Whoever answers under a phone code's topic need not be the inviter.
      const goesOn = passing.has(end.code) || (end.code === 'unknown' && join.form === 'phone')
      return { ...join, state: goesOn ? join.state : 'refused', refusal: end.code, changedAt: now }
    }
    default:
      return join
  }
}
