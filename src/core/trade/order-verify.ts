import type { z } from 'zod'
import type { KeyLog } from '../identity/key-log.ts'
import type { MerchantId } from '../identity/merchant-id.ts'
import { standingOf } from '../identity/standing.ts'
import type { Digest } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'
import { failureMessage, verifyStatementText } from '../signature/proof.ts'
import { schemaMessage } from '../signature/schema-message.ts'

export type SignatureFailure =
  | 'malformed'
  | 'version-unknown' // made by a newer program
  | 'signature' // wrong, or not by the signing key of the event it names
  | 'pair' // of a merchant that is not known here
  | 'key-event-unknown' // the log held does not reach it: fetch the log
  | 'void' // signed with a key that was declared compromised since

export type SignatureVerdict<T> =
  | { readonly ok: true; readonly statement: T }
  | { readonly ok: false; readonly reason: SignatureFailure; readonly message: string }

/** The key log of a merchant; `undefined` if it is not known here. */
export type KeyLogOf = (merchant: MerchantId) => KeyLog | undefined

/**
 * Reads and verifies a statement of trade from its canonical text.
 * @see protocol/records/order.md §6, checks 1–4, 6, 7, 9. One signature verification.
 */
export function verifyTradeStatement<T extends { readonly from: MerchantId; readonly keyEvent: Digest }>(
  primitives: Primitives,
  schema: z.ZodType<T>,
  text: string,
  bytesMax: number,
  keyLogOf: KeyLogOf,
): SignatureVerdict<T> {
  const verified = verifyStatementText(primitives, text, bytesMax)
  if (!verified.ok)
    return failed(verified.reason === 'signature-wrong' ? 'signature' : 'malformed', failureMessage(verified))
  const { v } = verified.statement as { readonly v?: unknown }
  if (typeof v === 'number' && v > 1)
    return failed('version-unknown', `Version ${v} is newer than this program; update it.`)
  const parsed = schema.safeParse(verified.statement)
  if (!parsed.success) return failed('malformed', schemaMessage(parsed.error))
  const { from, keyEvent } = parsed.data
  const log = keyLogOf(from)
  if (log === undefined) return failed('pair', `The key log of ${from} is not known here.`)
  const key = log.keyInForceAt(keyEvent)
  if (key === undefined) return failed('key-event-unknown', 'It names a key event that is not in the log.')
  if (key !== verified.publicKey) return failed('signature', 'It is not signed by the key of its key event.')
  return isContested(log, keyEvent)
    ? failed('void', 'It is signed with a key that was declared compromised since.')
    : { ok: true, statement: parsed.data }
}

/** Whether a signature under this key event fell by a later word of its merchant. What was taken before stays. */
export function isContested(log: KeyLog, keyEvent: Digest): boolean {
  return standingOf(log, keyEvent).standing !== 'good'
}

function failed<R extends string>(
  reason: R,
  message: string,
): { readonly ok: false; readonly reason: R; readonly message: string } {
  return { ok: false, reason, message }
}
