import type { MerchantId } from '../identity/merchant-id.ts'
import { base64urlToBytes, bytesToBase64url } from '../signature/base.ts'
import { canonicalText, type JsonObject } from '../signature/canonical.ts'
import { type Digest, digestToBytes } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'
import type { PairingMessage } from './pairing-message.ts'

export type PairingRole = 'inviter' | 'joiner'

/** One side as hello has shown it. */
export interface PairingSide {
  /** Raw Ed25519 public key of the libp2p node, 32 bytes. */
  readonly nodeKey: Uint8Array
  readonly merchant: MerchantId
  /** Digest of the newest event of its key log. */
  readonly keyEvent: Digest
}

/** What both sides must agree on, so that nobody stands between them. */
export interface PairingBinding {
  readonly inviter: PairingSide
  readonly joiner: PairingSide
  readonly inviterNonce: Uint8Array
  readonly joinerNonce: Uint8Array
}

const label = 'mosaic/pairing/1'

/**
 * The MAC of a message: HMAC-SHA-256 under K over length-prefixed fields.
 * @param before the texts of all messages so far, MACs included @param message without its `mac`
 * @returns base64url, 43 characters
 * @see protocol/streams/pairing.md §4
 */
export function pairingMac(
  primitives: Primitives,
  macKey: Uint8Array,
  sender: PairingRole,
  binding: PairingBinding,
  before: readonly string[],
  message: object,
): string {
  const transcript = [...before, canonicalText(message as JsonObject)]
  const { inviter, joiner, inviterNonce, joinerNonce } = binding
  const input = fields([
    label,
    sender,
    inviter.nodeKey,
    joiner.nodeKey,
    inviter.merchant,
    joiner.merchant,
    digestToBytes(inviter.keyEvent),
    digestToBytes(joiner.keyEvent),
    inviterNonce,
    joinerNonce,
    primitives.sha256(fields(transcript)),
  ])
  return bytesToBase64url(primitives.hmacSha256(macKey, input))
}

/** Whether the message's own `mac` is right. Takes the same time wherever the two differ. */
export function isMacRight(
  primitives: Primitives,
  macKey: Uint8Array,
  sender: PairingRole,
  binding: PairingBinding,
  before: readonly string[],
  received: PairingMessage,
): boolean {
  if (!('mac' in received) || received.mac === undefined) return false
  const { mac, ...message } = received
  const wanted = base64urlToBytes(pairingMac(primitives, macKey, sender, binding, before, message))
  const given = base64urlToBytes(mac)
  if (wanted === undefined || given?.length !== wanted.length) return false
  return wanted.reduce((difference, byte, index) => difference | (byte ^ (given[index] ?? 0)), 0) === 0
}

const encoder = new TextEncoder()

/** Each field behind its length in bytes, 32 bits, big-endian. A text is UTF-8. */
function fields(values: readonly (string | Uint8Array)[]): Uint8Array {
  const bytes = values.map((value) => (typeof value === 'string' ? encoder.encode(value) : value))
  const all = new Uint8Array(bytes.reduce((sum, { length }) => sum + 4 + length, 0))
  const view = new DataView(all.buffer)
  let at = 0
  for (const value of bytes) {
    view.setUint32(at, value.length)
    all.set(value, at + 4)
    at += 4 + value.length
  }
  return all
}
