import { z } from 'zod'
import type { KeyLog } from '../identity/key-log.ts'
import { type MerchantId, merchantIdSchema } from '../identity/merchant-id.ts'
import { canonicalText, parseCanonical } from '../signature/canonical.ts'
import { type Digest, digestSchema } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'
import { failureMessage, proofSchema, signStatement, verifyStatementText } from '../signature/proof.ts'
import { schemaMessage } from '../signature/schema-message.ts'
import { repoNameSchema } from './key.ts'
import { RecordError } from './record-error.ts'

/** Bytes of a commit's text, at most. */
export const commitBytesMax = 2_048
/** Entries of a repo, at most. */
export const repoEntriesMax = 2_000_000

/** The signed head of a repo. Spec: protocol/records/commit.md. */
export const commitSchema = z.strictObject({
  type: z.literal('mosaic/commit'),
  v: z.literal(1),
  merchant: merchantIdSchema,
  repo: repoNameSchema,
  rev: z.int().min(1),
  root: digestSchema,
  count: z.int().min(0).max(repoEntriesMax),
  time: z.int().min(0), // UTC seconds
  prev: digestSchema.exactOptional(), // of the commit at rev - 1
  skip: digestSchema.exactOptional(), // of the commit at skipRevOf(rev)
  keyEvent: digestSchema, // the key event in force
  proof: proofSchema,
})
export type Commit = z.infer<typeof commitSchema>

/** A commit with its text and the digest of that text. */
export interface Head {
  readonly commit: Commit
  readonly text: string
  readonly digest: Digest
}

/** `rev` minus its lowest set bit: where `skip` leads. 0: nowhere. */
export const skipRevOf = (rev: number): number => {
  let bit = 1
  while (rev % (bit * 2) === 0) bit *= 2 // no bit operators: a rev may be above 2^32
  return rev - bit
}

/** Whether a commit at `rev` carries `skip`: not where it would lead nowhere, or to the same commit as `prev`. */
export const hasSkip = (rev: number): boolean => rev % 2 === 0 && skipRevOf(rev) > 0

/** What to sign: a commit without the members that follow from its place. */
export interface CommitDraft {
  readonly merchant: MerchantId
  readonly repo: string
  readonly root: Digest
  readonly count: number
  readonly time: number
  readonly keyEvent: Digest
}

export interface CommitSigner {
  readonly seed: Uint8Array
  /** Multibase; saves deriving it. */
  readonly publicKey?: string
}

/**
 * The commit after `before`.
 * @param digestAt the digest of an own earlier commit
 */
export function signCommit(
  primitives: Primitives,
  draft: CommitDraft,
  before: Head | undefined,
  digestAt: (rev: number) => Digest,
  signer: CommitSigner,
): Head {
  const rev = (before?.commit.rev ?? 0) + 1
  const body = {
    type: 'mosaic/commit',
    v: 1,
    ...draft,
    rev,
    ...(before === undefined ? {} : { prev: before.digest }),
    ...(hasSkip(rev) ? { skip: digestAt(skipRevOf(rev)) } : {}),
  }
  const statement = signStatement(primitives, body, signer)
  const text = canonicalText(statement as never)
  return { commit: commitSchema.parse(statement), text, digest: primitives.sha256Base64url(text) as Digest }
}

/**
 * Reads and verifies a commit.
 * @throws {RecordError} `commit-invalid` if it is malformed, of another merchant, or not signed by the key
 *   that its key event names in `keyLog`. Whether that signature still stands is {@link standingOf}'s question.
 */
export function readCommit(primitives: Primitives, text: string, keyLog: KeyLog): Head {
  const head = readCommitText(primitives, text)
  verifyCommit(primitives, head, keyLog)
  return head
}

/** What {@link readCommit} asks beyond the form. @throws {RecordError} `commit-invalid` */
export function verifyCommit(primitives: Primitives, { commit, text }: Head, keyLog: KeyLog): void {
  if (commit.merchant !== keyLog.merchant)
    throw new RecordError('commit-invalid', `The commit is ${commit.merchant}'s, not ${keyLog.merchant}'s.`)
  const verified = verifyStatementText(primitives, text, commitBytesMax)
  if (!verified.ok)
    throw new RecordError(
      'commit-invalid',
      `The commit's signature does not hold: ${failureMessage(verified)}`,
    )
  if (verified.publicKey !== keyLog.keyInForceAt(commit.keyEvent))
    throw new RecordError('commit-invalid', 'The commit is not signed by the key that its key event names.')
}

/**
 * Reads a commit without looking at its signature: enough where a verified commit names its digest.
 * @throws {RecordError} `commit-invalid`
 */
export function readCommitText(primitives: Primitives, text: string): Head {
  let value: unknown
  try {
    value = parseCanonical(text, commitBytesMax)
  } catch (cause) {
    throw new RecordError('commit-invalid', `The commit is malformed: ${(cause as Error).message}`, { cause })
  }
  const parsed = commitSchema.safeParse(value)
  if (!parsed.success)
    throw new RecordError('commit-invalid', `The commit is malformed: ${schemaMessage(parsed.error)}`)
  const commit = parsed.data
  if (commit.rev > 1 !== 'prev' in commit || hasSkip(commit.rev) !== 'skip' in commit)
    throw new RecordError('commit-invalid', 'The commit does not name the commits before it as its rev asks.')
  return { commit, text, digest: primitives.sha256Base64url(text) as Digest }
}
