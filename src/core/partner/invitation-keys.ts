import { z } from 'zod'
import { base64urlToBytes, bytesToBase64url } from '../signature/base.ts'
import type { Primitives } from '../signature/primitives.ts'
import { linkSecretBytes } from './invitation-code.ts'
import { phoneSecretBytes } from './phone-code.ts'

declare const invitationIdBrand: unique symbol
/** Names an invitation to those who know its code: 16 bytes, base64url. Tells nothing about the code. */
export type InvitationId = string & { readonly [invitationIdBrand]: true }

export const invitationIdSchema = z.custom<InvitationId>(
  (value) => typeof value === 'string' && /^[A-Za-z0-9_-]{21}[AQgw]$/.test(value),
  { error: 'not an invitation id (22 characters of base64url)' },
)

/** A key, nonce or MAC as text. */
export const bytes32Schema = z
  .string()
  .refine((text) => base64urlToBytes(text)?.length === 32, '32 bytes in base64url, 43 characters')

/** What the inviter stores in place of the code, and the joiner until it is a partner. */
export interface InvitationKeys {
  readonly id: InvitationId
  /** K: the key of all MACs of this pairing, 32 bytes. */
  readonly macKey: Uint8Array
}

/**
 * scrypt (RFC 7914), asynchronous because it is slow on purpose (some 0.1 s and 32 MiB with the parameters here).
 * @returns `length` bytes
 */
export type Scrypt = (
  password: Uint8Array,
  salt: Uint8Array,
  parameters: { readonly N: number; readonly r: number; readonly p: number; readonly length: number },
) => Promise<Uint8Array>

const phoneParameters = { N: 32_768, r: 8, p: 1, length: 32 } as const
const phoneSalt = new TextEncoder().encode('mosaic/phone-code/1')

/** Of a link's secret. Spec: protocol/records/invitation.md §4. */
export function linkKeys(primitives: Primitives, secret: Uint8Array): InvitationKeys {
  if (secret.length !== linkSecretBytes) throw new RangeError(`a link's secret has ${linkSecretBytes} bytes`)
  return keysOf(primitives, secret)
}

/** Of a phone code's secret. `topic`: 32 bytes under which the inviter announces itself and the joiner looks. */
export async function phoneKeys(
  primitives: Primitives,
  scrypt: Scrypt,
  secret: Uint8Array,
): Promise<InvitationKeys & { readonly topic: Uint8Array }> {
  if (secret.length !== phoneSecretBytes) throw new RangeError(`a phone code holds ${phoneSecretBytes} bytes`)
  const stretched = await scrypt(secret, phoneSalt, phoneParameters)
  return { ...keysOf(primitives, stretched), topic: primitives.hkdfSha256(stretched, 'topic', 32) }
}

function keysOf(primitives: Primitives, secret: Uint8Array): InvitationKeys {
  const macKey = primitives.hkdfSha256(secret, 'mac', 32)
  return { macKey, id: bytesToBase64url(primitives.hkdfSha256(macKey, 'id', 16)) as InvitationId }
}
