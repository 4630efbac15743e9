import { z } from 'zod'
import { x25519KeySchema } from '../signature/base.ts'
import { type Digest, digestSchema } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'
import {
  failureMessage,
  proofSchema,
  type Statement,
  signStatement,
  verifyStatementText,
} from '../signature/proof.ts'
import { schemaMessage } from '../signature/schema-message.ts'
import type { KeyLog } from './key-log.ts'
import { merchantIdSchema } from './merchant-id.ts'
import { peerIdSchema } from './peer-id.ts'

/** A binding as canonical text, in bytes of UTF-8. */
export const nodeBindingBytesMax = 2_048
/** 31 days: long enough for a monthly rotation of the sealing key. */
export const nodeBindingSecondsMax = 31 * 86_400
/** How far ahead of ours another clock may be. */
export const clockSkewSecondsMax = 600

const nodeBindingSchema = z
  .strictObject({
    type: z.literal('mosaic/node-binding'),
    v: z.literal(1),
    merchant: merchantIdSchema,
    /** The key event in force when it was signed. */
    keyEvent: digestSchema,
    peerId: peerIdSchema,
    /** X25519: what is sealed for this node is sealed to it. */
    sealingKey: x25519KeySchema,
    issuedAt: z.int().nonnegative(), // UTC seconds
    expiresAt: z.int().positive(), // UTC seconds
    proof: proofSchema,
  })
  .refine(
    ({ issuedAt, expiresAt }) => issuedAt < expiresAt && expiresAt - issuedAt <= nodeBindingSecondsMax,
    {
      error: `has to be after issuedAt, by ${nodeBindingSecondsMax} seconds at most`,
      path: ['expiresAt'],
    },
  )

/** "This node acts for this merchant." Spec: protocol/records/node-binding.md. */
export type NodeBinding = z.infer<typeof nodeBindingSchema>

export type NodeBindingFailure =
  | 'malformed'
  | 'signature' // wrong, or not by the signing key of the event it names
  | 'merchant' // another merchant's
  | 'key-event-unknown' // the log held does not reach it: fetch the log
  | 'superseded' // a rotation voids the bindings of the old key
  | 'peer' // another node's
  | 'not-yet-valid' // one of the two clocks is wrong
  | 'expired'

export type NodeBindingVerdict =
  | { readonly ok: true; readonly binding: NodeBinding }
  | { readonly ok: false; readonly reason: NodeBindingFailure; readonly message: string }

/** @param options `seed`: of the signing key in force; `lifetimeSeconds`: up to {@link nodeBindingSecondsMax} */
export function signNodeBinding(
  primitives: Primitives,
  log: KeyLog,
  node: { readonly peerId: string; readonly sealingKey: string },
  options: { readonly seed: Uint8Array; readonly now: number; readonly lifetimeSeconds: number },
): Statement<NodeBinding> {
  const body = {
    type: 'mosaic/node-binding',
    v: 1,
    merchant: log.merchant,
    keyEvent: log.current.digest,
    ...node,
    issuedAt: options.now,
    expiresAt: options.now + options.lifetimeSeconds,
  } as const
  return nodeBindingSchema.parse(signStatement(primitives, body, { seed: options.seed }))
}

/**
 * Whether `text` binds the node `peerId` to the merchant of `log`, now.
 * @param context `peerId`: as authenticated by the connection, or left out when the binding came by another way;
 *   `now`: UTC seconds
 */
export function verifyNodeBinding(
  primitives: Primitives,
  text: string,
  context: { readonly log: KeyLog; readonly now: number; readonly peerId?: string },
): NodeBindingVerdict {
  const verified = verifyStatementText(primitives, text, nodeBindingBytesMax)
  if (!verified.ok) {
    const reason = verified.reason === 'signature-wrong' ? 'signature' : 'malformed'
    return failed(reason, `Node binding: ${failureMessage(verified)}`)
  }
  const parsed = nodeBindingSchema.safeParse(verified.statement)
  if (!parsed.success) return failed('malformed', `Node binding: ${schemaMessage(parsed.error)}`)
  return judge(parsed.data, verified.publicKey, context)
}

function judge(
  binding: NodeBinding,
  signer: string,
  { log, now, peerId }: { readonly log: KeyLog; readonly now: number; readonly peerId?: string },
): NodeBindingVerdict {
  if (binding.merchant !== log.merchant) {
    return failed('merchant', `The node binding is ${binding.merchant}'s, not ${log.merchant}'s.`)
  }
  const keyEvent: Digest = binding.keyEvent
  const key = log.keyInForceAt(keyEvent)
  if (key === undefined)
    return failed('key-event-unknown', 'The node binding names a key event not in the log.')
  if (key !== signer)
    return failed('signature', 'The node binding is not signed by the key of its key event.')
  if (keyEvent !== log.current.digest) {
    return failed('superseded', 'The merchant has a new key since; the node needs a new binding.')
  }
  if (peerId !== undefined && binding.peerId !== peerId) {
    return failed('peer', `The node binding is for ${binding.peerId}, not ${peerId}.`)
  }
  if (binding.issuedAt > now + clockSkewSecondsMax) {
    const ahead = binding.issuedAt - now
    return failed(
      'not-yet-valid',
      `The node binding is dated ${ahead} s ahead: check the clocks of both machines.`,
    )
  }
  if (now >= binding.expiresAt) {
    return failed('expired', `The node binding expired ${now - binding.expiresAt} s ago.`)
  }
  return { ok: true, binding }
}

function failed(reason: NodeBindingFailure, message: string): NodeBindingVerdict {
  return { ok: false, reason, message }
}
