import { bech32m } from '@scure/base'
import { isStrictKey } from '../signature/ed25519.ts'
import { InvitationCodeError } from './code-error.ts'
import { parsePhoneCode } from './phone-code.ts'

export const addressesMax = 8
export const relaysMax = 4
/** Bytes of one address: the longest DNS name and its protocols do not need more. */
export const addressBytesMax = 255
/** The payload in bytes; 1,979 characters of code still fit a QR code that a phone reads. */
export const invitationPayloadBytesMax = 1_230
/** What a person pastes, with line breaks and quoting marks, in UTF-16 code units. */
export const codeCharsMax = 8_192
export const linkSecretBytes = 16

/** What the inviter hopes the other will be. It binds nobody. */
export const invitationRoles = ['partner', 'supplier', 'buyer'] as const
export type InvitationRole = (typeof invitationRoles)[number]

/** What a link or a QR code says. Spec: protocol/records/invitation.md §2. */
export interface LinkInvitation {
  /** Raw Ed25519 public key of the inviter's node, 32 bytes. */
  readonly nodeKey: Uint8Array
  /** 16 random bytes, for this invitation only. */
  readonly secret: Uint8Array
  /** UTC seconds, below 2^32. */
  readonly expiresAt: number
  readonly role: InvitationRole
  /** Multiaddrs of the inviter's node, without its peer id. Not checked beyond their characters. */
  readonly addresses: readonly string[]
  /** Multiaddrs of relays, with theirs. */
  readonly relays: readonly string[]
}

/** Either form of a code, read. */
export type InvitationCode =
  | { readonly form: 'link'; readonly invitation: LinkInvitation }
  | { readonly form: 'phone'; readonly secret: Uint8Array }

const prefix = 'minv'
const payloadVersion = 1
const address = /^\/[!-~]+$/ // printable ASCII
const headBytes = 1 + 32 + linkSecretBytes + 4 + 1

/**
 * The bare code, `minv1…`. Upper case suits a QR code: half the modules.
 * @throws {RangeError} if the invitation is outside the limits
 */
export function invitationCode(invitation: LinkInvitation): string {
  const { nodeKey, secret, expiresAt, role, addresses, relays } = invitation
  if (!isStrictKey(nodeKey)) throw new RangeError('nodeKey is not a raw Ed25519 public key')
  if (secret.length !== linkSecretBytes) throw new RangeError(`the secret has ${linkSecretBytes} bytes`)
  if (!Number.isInteger(expiresAt) || expiresAt < 0 || expiresAt > 0xffff_ffff)
    throw new RangeError('expiresAt is not UTC seconds below 2^32')
  const head = new Uint8Array(headBytes)
  head[0] = payloadVersion
  head.set(nodeKey, 1)
  head.set(secret, 33)
  new DataView(head.buffer).setUint32(49, expiresAt)
  head[53] = invitationRoles.indexOf(role)
  const payload = [...head, ...listBytes(addresses, addressesMax), ...listBytes(relays, relaysMax)]
  if (payload.length > invitationPayloadBytesMax)
    throw new RangeError(
      `the addresses are too long: ${payload.length} bytes, at most ${invitationPayloadBytesMax}`,
    )
  return bech32m.encode(prefix, bech32m.toWords(Uint8Array.from(payload)), false)
}

/** A link around the code. It names no server: `mosaic:` is the program's own scheme. */
export function invitationLink(code: string): string {
  return `mosaic:join#${code}`
}

/** Signs that mails, messengers and people put into or around a code: white space, invisible characters, quoting. */
const noise = /[\s\u00ad\u200b-\u200f\u2060\ufeff<>"'`()=_*-]/g

/**
 * Reads what a person typed or pasted: a link, a bare code or a phone code, in any case, broken into lines,
 * quoted.
 */
export function parseInvitationCode(typed: string): InvitationCode | InvitationCodeError {
  if (typed.length > codeCharsMax)
    return new InvitationCodeError(
      'too-long',
      'This is longer than any invitation code. Paste only the code.',
    )
  const clean = typed.normalize('NFKC').replace(noise, '').toLowerCase()
  const link = clean.lastIndexOf(`${prefix}1`)
  if (link !== -1) {
    const invitation = parseLinkCode(clean.slice(link).replace(/[.,;:!?]+$/, ''))
    return invitation instanceof InvitationCodeError ? invitation : { form: 'link', invitation }
  }
  const secret = parsePhoneCode(clean.slice(clean.lastIndexOf('#') + 1).replace(/[.,;:!?]/g, ''))
  return secret instanceof InvitationCodeError ? secret : { form: 'phone', secret }
}

function parseLinkCode(code: string): LinkInvitation | InvitationCodeError {
  let payload: Uint8Array
  try {
    const { words } = bech32m.decode(code as `${string}1${string}`, false)
    payload = bech32m.fromWords(words)
  } catch {
    const message = 'The invitation code is damaged or not whole. Copy all of it once more.'
    return new InvitationCodeError('mistyped', message)
  }
  if (payload.length > invitationPayloadBytesMax) return malformed('it is too long')
  if (payload[0] !== payloadVersion) {
    const message =
      'The invitation code was made by a newer version of Mosaic. Update this one, then try again.'
    return new InvitationCodeError('version', message)
  }
  return parsePayload(payload)
}

function parsePayload(payload: Uint8Array): LinkInvitation | InvitationCodeError {
  if (payload.length < headBytes) return malformed('it is too short')
  const nodeKey = payload.slice(1, 33)
  if (!isStrictKey(nodeKey)) return malformed('its node key is not an Ed25519 key')
  const role = invitationRoles[payload[53] ?? 255]
  if (role === undefined) return malformed('its role is unknown')
  const addresses = parseList(payload, headBytes, addressesMax)
  if (addresses === undefined) return malformed('its addresses are wrong')
  const relays = parseList(payload, addresses.end, relaysMax)
  if (relays === undefined) return malformed('its relays are wrong')
  if (relays.end !== payload.length) return malformed('something follows its relays')
  const expiresAt = new DataView(payload.buffer, payload.byteOffset).getUint32(49)
  const secret = payload.slice(33, 33 + linkSecretBytes)
  return { nodeKey, secret, expiresAt, role, addresses: addresses.items, relays: relays.items }
}

/** A count, then each item behind its length; one byte each. */
function listBytes(items: readonly string[], itemsMax: number): number[] {
  if (items.length > itemsMax) throw new RangeError(`${items.length} addresses, at most ${itemsMax}`)
  const bytes = [items.length]
  for (const item of items) {
    if (!address.test(item) || item.length > addressBytesMax)
      throw new RangeError(`not a multiaddr of at most ${addressBytesMax} characters: ${item}`)
    bytes.push(item.length)
    for (let index = 0; index < item.length; index++) bytes.push(item.charCodeAt(index))
  }
  return bytes
}

function parseList(
  payload: Uint8Array,
  start: number,
  itemsMax: number,
): { readonly items: readonly string[]; readonly end: number } | undefined {
  const count = payload[start]
  if (count === undefined || count > itemsMax) return undefined
  const items: string[] = []
  let at = start + 1
  for (let index = 0; index < count; index++) {
    const length = payload[at]
    if (length === undefined || at + 1 + length > payload.length) return undefined
    const item = String.fromCharCode(...payload.subarray(at + 1, at + 1 + length))
    if (!address.test(item)) return undefined
    items.push(item)
    at += 1 + length
  }
  return { items, end: at }
}

function malformed(what: string): InvitationCodeError {
  return new InvitationCodeError('malformed', `This invitation code cannot be used: ${what}.`)
}
