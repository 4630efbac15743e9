import { z } from 'zod'
import { base58btcToBytes, bytesToBase58btc } from '../signature/base.ts'

/** Names a node: libp2p's id of an Ed25519 key, `12D3KooW…`. Spec: protocol/records/node-binding.md §2. */
export type NodePeerId = string

/** Identity multihash (0x00, 36 bytes) of the protobuf of a public key: type 1 = Ed25519, 32 bytes. */
const head = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20)
const pattern = /^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/

/** The 32-byte Ed25519 public key in a peer id; `undefined` if it is no id of such a key. */
export function peerIdToPublicKey(peerId: string): Uint8Array | undefined {
  if (!pattern.test(peerId)) return undefined
  const bytes = base58btcToBytes(`z${peerId}`, head.length + 32)
  if (bytes === undefined || head.some((byte, index) => bytes[index] !== byte)) return undefined
  return bytes.subarray(head.length)
}

/** @throws {RangeError} if `publicKey` has not 32 bytes */
export function publicKeyToPeerId(publicKey: Uint8Array): NodePeerId {
  if (publicKey.length !== 32) throw new RangeError('a public key has 32 bytes')
  const bytes = new Uint8Array(head.length + 32)
  bytes.set(head)
  bytes.set(publicKey, head.length)
  return bytesToBase58btc(bytes).slice(1)
}

export const peerIdSchema = z.string().refine((text) => peerIdToPublicKey(text) !== undefined, {
  error: 'not the peer id of an Ed25519 key (12D3KooW…)',
})
