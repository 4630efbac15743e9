import { z } from 'zod'
import type { KeyLog } from '../core/identity/key-log.ts'
import { merchantIdSchema } from '../core/identity/merchant-id.ts'
import { clockSkewSecondsMax } from '../core/identity/node-binding.ts'
import { peerIdSchema } from '../core/identity/peer-id.ts'
import { digestSchema } from '../core/signature/digest.ts'
import type { Primitives } from '../core/signature/primitives.ts'
import { proofSchema, type Statement, signStatement, verifyStatementText } from '../core/signature/proof.ts'
import { addressCharsMax, addressesMax } from './hello-message.ts'

export const nodeAddressesBytesMax = 8_192
export const nodeAddressesSecondsMax = 604_800

const nodeAddressesSchema = z
  .strictObject({
    type: z.literal('mosaic/node-addresses'),
    v: z.literal(1),
    merchant: merchantIdSchema,
    keyEvent: digestSchema,
    peerId: peerIdSchema,
    addresses: z.array(z.string().min(1).max(addressCharsMax)).min(1).max(addressesMax),
    time: z.int().nonnegative(), // UTC seconds
    expiresAt: z.int().positive(), // UTC seconds
    proof: proofSchema,
  })
  .refine(({ time, expiresAt }) => time < expiresAt && expiresAt - time <= nodeAddressesSecondsMax, {
    error: `has to be after time, by ${nodeAddressesSecondsMax} seconds at most`,
    path: ['expiresAt'],
  })

/** "My node is to be found here." Spec: protocol/streams/discovery.md §2.1. */
export type NodeAddresses = z.infer<typeof nodeAddressesSchema>

/** @param options `seed`: of the signing key in force; `lifetimeSeconds`: up to {@link nodeAddressesSecondsMax} */
export function signNodeAddresses(
  primitives: Primitives,
  log: KeyLog,
  node: { readonly peerId: string; readonly addresses: readonly string[] },
  options: { readonly seed: Uint8Array; readonly now: number; readonly lifetimeSeconds?: number },
): Statement<NodeAddresses> {
  const body = {
    type: 'mosaic/node-addresses',
    v: 1,
    merchant: log.merchant,
    keyEvent: log.current.digest,
    peerId: node.peerId,
    addresses: node.addresses.slice(0, addressesMax),
    time: options.now,
    expiresAt: options.now + (options.lifetimeSeconds ?? nodeAddressesSecondsMax),
  } as const
  return nodeAddressesSchema.parse(signStatement(primitives, body, { seed: options.seed }))
}

/**
 * The statement in a text, if the merchant of `log` signed it with its newest key and it holds now.
 * @param now UTC seconds
 * @returns what is wrong with it, otherwise
 */
export function verifyNodeAddresses(
  primitives: Primitives,
  text: string,
  log: KeyLog,
  now: number,
): NodeAddresses | string {
  const verified = verifyStatementText(primitives, text, nodeAddressesBytesMax)
  if (!verified.ok) return `the statement is not valid: ${verified.reason}`
  const parsed = nodeAddressesSchema.safeParse(verified.statement)
  if (!parsed.success) return `${parsed.error.issues[0]?.path.join('.')}: ${parsed.error.issues[0]?.message}`
  const { data } = parsed
  if (data.merchant !== log.merchant) return `it is ${data.merchant}'s, not ${log.merchant}'s`
  if (data.keyEvent !== log.current.digest) return 'it does not name the newest key event'
  if (verified.publicKey !== log.current.key) return 'it is not signed by the key in force'
  if (data.time > now + clockSkewSecondsMax) return 'it is dated ahead'
  if (now >= data.expiresAt) return 'it has expired'
  return data
}
