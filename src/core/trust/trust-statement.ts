import type { z } from 'zod'
import type { KeyLog } from '../identity/key-log.ts'
import type { MerchantId } from '../identity/merchant-id.ts'
import { clockSkewSecondsMax } from '../identity/node-binding.ts'
import type { RepoHead } from '../identity/repo-head.ts'
import { standingOf } from '../identity/standing.ts'
import type { Digest } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'
import { failureMessage, verifyStatement, verifyStatementText } from '../signature/proof.ts'
import { schemaMessage } from '../signature/schema-message.ts'

/** How far ahead of ours a statement may be dated: as far as clocks may differ. */
export const aheadSeconds = clockSkewSecondsMax

/** What every statement about trust holds. */
export interface TrustStatement {
  readonly from: MerchantId
  readonly keyEvent: Digest
}

export type TrustStatementFailure =
  | 'malformed'
  | 'version-unknown' // made by a newer program: nobody at fault
  | 'signature' // wrong, or not by the signing key of the event it names
  | 'author' // another merchant's
  | 'key-event-unknown' // the log held does not reach it: fetch the log
  | 'void' // signed with a key declared compromised since, and not under the last good commit

export type Verdict<T, Failure extends string = never> =
  | { readonly ok: true; readonly statement: T }
  | Failed<TrustStatementFailure | Failure>

export interface Failed<Failure extends string> {
  readonly ok: false
  readonly reason: Failure
  readonly message: string
}

/** Where a statement was found, for the question whether it stands after a theft of its key. */
export interface Found {
  /** The author's key log. */
  readonly log: KeyLog
  /** Commits of the author's own `trust` repo in whose trees this very text is; none for one that came another way. */
  readonly seenIn: readonly RepoHead[]
  /** Whether a commit is `head` or an ancestor of it, as far as the commits held show. */
  isUnder(commit: RepoHead, head: RepoHead): boolean
}

/**
 * Reads and verifies a statement of one merchant from its canonical text.
 * @see protocol/records/endorsement.md §3. One signature verification.
 */
export function verifyTrustStatement<T extends TrustStatement>(
  primitives: Primitives,
  schema: z.ZodType<T>,
  text: string,
  bytesMax: number,
  found: Found,
): Verdict<T> {
  const verified = verifyStatementText(primitives, text, bytesMax)
  if (!verified.ok)
    return failed(verified.reason === 'signature-wrong' ? 'signature' : 'malformed', failureMessage(verified))
  const { v } = verified.statement
  if (typeof v === 'number' && v > 1)
    return failed('version-unknown', `Version ${v} is newer than this program; update it.`)
  const parsed = schema.safeParse(verified.statement)
  if (!parsed.success) return failed('malformed', schemaMessage(parsed.error))
  return judgeSigner(parsed.data, verified.publicKey, found.log) ?? judgeStanding(parsed.data, found)
}

/** Verifies a statement that lies within another. Whether it stands after a theft is for the caller to ask. */
export function verifyNested<T extends TrustStatement>(
  primitives: Primitives,
  statement: T,
  log: KeyLog,
): Failed<TrustStatementFailure> | undefined {
  const verified = verifyStatement(primitives, statement)
  if (!verified.ok)
    return failed(verified.reason === 'signature-wrong' ? 'signature' : 'malformed', failureMessage(verified))
  return judgeSigner(statement, verified.publicKey, log)
}

export function failed<Failure extends string>(reason: Failure, message: string): Failed<Failure> {
  return { ok: false, reason, message }
}

function judgeSigner(
  { from, keyEvent }: TrustStatement,
  signer: string,
  log: KeyLog,
): Failed<TrustStatementFailure> | undefined {
  if (from !== log.merchant) return failed('author', `It is ${from}'s, not ${log.merchant}'s.`)
  const key = log.keyInForceAt(keyEvent)
  if (key === undefined) return failed('key-event-unknown', 'It names a key event that is not in the log.')
  if (key !== signer) return failed('signature', 'It is not signed by the key of its key event.')
  return undefined
}

function judgeStanding<T extends TrustStatement>(statement: T, { log, seenIn, isUnder }: Found): Verdict<T> {
  const stands = [undefined, ...seenIn].some((commit) => {
    const standing = standingOf(log, statement.keyEvent, commit)
    if (standing.standing === 'good') return true
    return (
      commit !== undefined &&
      standing.standing === 'good-if-under' &&
      standing.heads.every((head) => isUnder(commit, head))
    )
  })
  if (stands) return { ok: true, statement }
  return failed(
    'void',
    'It is signed with a key declared compromised since, and not under the last good commit.',
  )
}
