import type { KeyLog } from '../identity/key-log.ts'
import { chosenCommit } from '../identity/standing.ts'
import type { Digest } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'
import { type Head, hasSkip, readCommit, readCommitText, skipRevOf } from './commit.ts'
import { RecordError } from './record-error.ts'

/** Commits that may link a new head to an old one, at most. A few dozen link a million. */
export const linksMax = 256

/** The revs of the commits that link `from` down to `to`, both left out. O(log² (from − to)). */
export function linkRevs(from: number, to: number): number[] {
  const revs: number[] = []
  for (let rev = from; ; ) {
    const skip = hasSkip(rev) ? skipRevOf(rev) : 0
    rev = skip >= to && skip > 0 ? skip : rev - 1
    if (rev <= to) return revs
    revs.push(rev)
  }
}

/** The digest that a commit names for a rev: its own, or one before it. */
export function digestNamed({ commit, digest }: Head, rev: number): Digest | undefined {
  if (rev === commit.rev) return digest
  if (rev === commit.rev - 1) return commit.prev
  return commit.skip !== undefined && rev === skipRevOf(commit.rev) ? commit.skip : undefined
}

/**
 * Two commits of one rev by one merchant, in one repo. Each chain begins with a signed commit; each next one
 * is named by the one before; the last names a digest for `rev`. Spec: protocol/records/commit.md §4.
 */
export interface Equivocation {
  readonly rev: number
  readonly chains: readonly [readonly string[], readonly string[]]
}

export type HeadAdmission =
  | { readonly verdict: 'accept'; readonly head: Head; readonly links: readonly Head[] }
  | { readonly verdict: 'known' } // what is held, or older
  | { readonly verdict: 'equivocation'; readonly proof: Equivocation }

/**
 * What a received head means beside the one held. A head that is ahead must be linked to the one held, so
 * that a fork cannot hide behind skipped revs; after a repair, to the commit that the merchant chose.
 * @param linkTexts the commits at {@link linkRevs}, newest first
 * @throws {RecordError} `commit-invalid`, or `history-unlinked`
 */
export function admitHead(
  primitives: Primitives,
  keyLog: KeyLog,
  held: Head | undefined,
  text: string,
  linkTexts: readonly string[],
): HeadAdmission {
  if (held?.text === text) return { verdict: 'known' }
  const head = readCommit(primitives, text, keyLog)
  if (linkTexts.length > linksMax) throw new RecordError('history-unlinked', `More than ${linksMax} links.`)
  if (held === undefined) return { verdict: 'accept', head, links: [] }
  if (held.commit.merchant !== head.commit.merchant || held.commit.repo !== head.commit.repo)
    throw new RecordError('commit-invalid', 'The commit is of another repo.')
  const links = followLinks(primitives, head, linkTexts)
  const last = links.at(-1) ?? head
  const held0 = held.commit.rev
  if (head.commit.rev < held0) return { verdict: 'known' }
  const named = digestNamed(last, held0)
  if (named === held.digest) return { verdict: 'accept', head, links }
  if (isRepaired(keyLog, [head, ...links], held)) return { verdict: 'accept', head, links }
  if (named === undefined)
    throw new RecordError('history-unlinked', `No link from rev ${head.commit.rev} to rev ${held0}.`)
  const chain = [head, ...links].map((link) => link.text)
  return { verdict: 'equivocation', proof: { rev: held0, chains: [[held.text], chain] } }
}

/** Each link must be named by the commit before it. @throws {RecordError} `history-unlinked` */
function followLinks(primitives: Primitives, head: Head, texts: readonly string[]): Head[] {
  const links: Head[] = []
  let from = head
  for (const text of texts) {
    const link = readCommitText(primitives, text)
    if (digestNamed(from, link.commit.rev) !== link.digest || link === from)
      throw new RecordError(
        'history-unlinked',
        `The commit at rev ${from.commit.rev} does not name the next link.`,
      )
    links.push(link)
    from = link
  }
  return links
}

/** Whether the merchant chose, at or below the rev held, the history that this chain stands on. */
function isRepaired(keyLog: KeyLog, chain: readonly Head[], held: Head): boolean {
  for (const link of chain)
    for (const rev of [link.commit.rev, link.commit.rev - 1, skipRevOf(link.commit.rev)]) {
      const named = digestNamed(link, rev)
      if (
        rev <= held.commit.rev &&
        named !== undefined &&
        chosenCommit(keyLog, held.commit.repo, rev) === named
      )
        return true
    }
  return false
}

/**
 * Whether two chains prove that a merchant signed two commits of one rev.
 * @throws {RecordError} `proof-invalid` or `commit-invalid` if they do not
 */
export function verifyEquivocation(primitives: Primitives, keyLog: KeyLog, proof: Equivocation): void {
  const [one, other] = proof.chains.map(([first, ...rest]) => {
    if (first === undefined || rest.length > linksMax)
      throw new RecordError('proof-invalid', 'A chain has 1 to 257 commits.')
    const head = readCommit(primitives, first, keyLog)
    const last = followLinks(primitives, head, rest).at(-1) ?? head
    return { repo: head.commit.repo, digest: digestNamed(last, proof.rev) }
  })
  if (
    one?.digest === undefined ||
    other?.digest === undefined ||
    one.repo !== other.repo ||
    one.digest === other.digest
  )
    throw new RecordError('proof-invalid', 'The chains do not name two commits of one rev.')
}
