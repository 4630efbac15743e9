import type { z } from 'zod'
import type { KeyLog } from '../identity/key-log.ts'
import type { MerchantId } from '../identity/merchant-id.ts'
import { standingOf } from '../identity/standing.ts'
import type { Digest } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'
import { verifyStatementText } from '../signature/proof.ts'

/** What every statement from one merchant to another holds. */
export interface PairStatement {
  readonly from: MerchantId
  readonly to: MerchantId
  readonly keyEvent: Digest
}

export type PairStatementFailure =
  | 'malformed'
  | 'version-unknown' // made by a newer program
  | 'signature' // wrong, or not by the signing key of the event it names
  | 'pair' // another author's, or for another recipient
  | 'key-event-unknown' // the log held does not reach it: fetch the log
  | 'void' // signed with a key that was declared compromised since

export type PairStatementVerdict<T> =
  | { readonly ok: true; readonly statement: T }
  | { readonly ok: false; readonly reason: PairStatementFailure; readonly message: string }

/**
 * Reads and verifies a statement from its canonical text.
 * @param expected `log`: the author's; `to`: whom it has to address
 * @see protocol/records/relation.md §3. One signature verification.
 */
export function verifyPairStatement<T extends PairStatement>(
  primitives: Primitives,
  schema: z.ZodType<T>,
  text: string,
  bytesMax: number,
  expected: { readonly log: KeyLog; readonly to: MerchantId },
): PairStatementVerdict<T> {
  const verified = verifyStatementText(primitives, text, bytesMax)
  if (!verified.ok) {
    return verified.reason === 'signature-wrong'
      ? failed('signature', 'The signature is wrong.')
      : failed('malformed', verified.cause?.message ?? `No valid proof: ${verified.reason}.`)
  }
  const { v } = verified.statement as { readonly v?: unknown }
  if (typeof v === 'number' && v > 1)
    return failed('version-unknown', `Version ${v} is newer than this program; update it.`)
  const parsed = schema.safeParse(verified.statement)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    return failed('malformed', `${issue?.path.join('.')}: ${issue?.message}.`)
  }
  const { from, to, keyEvent } = parsed.data
  const { log } = expected
  if (from !== log.merchant) return failed('pair', `It is ${from}'s, not ${log.merchant}'s.`)
  if (to !== expected.to) return failed('pair', `It is for ${to}, not for ${expected.to}.`)
  const key = log.keyInForceAt(keyEvent)
  if (key === undefined) return failed('key-event-unknown', 'It names a key event that is not in the log.')
  if (key !== verified.publicKey) return failed('signature', 'It is not signed by the key of its key event.')
  return standingOf(log, keyEvent).standing === 'good'
    ? { ok: true, statement: parsed.data }
    : failed('void', 'It is signed with a key that was declared compromised since.')
}

function failed(
  reason: PairStatementFailure,
  message: string,
): { readonly ok: false; readonly reason: PairStatementFailure; readonly message: string } {
  return { ok: false, reason, message }
}
