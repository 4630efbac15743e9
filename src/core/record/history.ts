import type { KeyLog } from '../identity/key-log.ts'
import { chosenCommit, standingOf } from '../identity/standing.ts'
import type { Digest } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'
import { type Head, hasSkip, readCommit, readCommitText, skipRevOf, verifyCommit } from './commit.ts'
import { RecordError } from './record-error.ts'

/** Commits that may link a new head to an old one, at most. A few dozen link a million. */
export const linksMax = 256
/** How far ahead of the receiver's clock a commit may be dated. */
const aheadSecondsMax = 3_600

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

/**
 * The revs that later commits may have to name as their `skip`, for whoever holds no commit before `rev`:
 * `rev` without its lowest set bits, one after the other. Each commit names the next. At most 52.
 */
export function spineRevs(rev: number): number[] {
  const revs: number[] = []
  for (let next = skipRevOf(rev); next > 0; next = skipRevOf(next)) revs.push(next)
  return revs
}

/** The digest that a commit names for a rev: its own, or one before it. */
export function digestNamed({ commit, digest }: Head, rev: number): Digest | undefined {
  if (rev === commit.rev) return digest
  if (rev === commit.rev - 1) return commit.prev
  return commit.skip !== undefined && rev === skipRevOf(commit.rev) ? commit.skip : undefined
}

const namedIn = (chain: readonly Head[], rev: number): Digest | undefined => {
  for (const head of chain) {
    const named = digestNamed(head, rev)
    if (named !== undefined) return named
  }
  return undefined
}

/** A commit that a new head must be, or descend from. */
export interface Anchor {
  readonly rev: number
  readonly digest: Digest
}

/** What a receiver builds on. */
export interface Base {
  /** `undefined`: a new head is bound to nothing. */
  readonly anchor: Anchor | undefined
  /** Whether `anchor` is the commit held. Else the key log names it, if anything does, and its entries are not at hand. */
  readonly isHeld: boolean
}

/** Spec: protocol/records/commit.md §6. */
export function baseOf(keyLog: KeyLog | undefined, repo: string, held: Head | undefined): Base {
  if (held !== undefined && (keyLog === undefined || standsBy(keyLog, [held]) === 'good'))
    return { anchor: { rev: held.commit.rev, digest: held.digest }, isHeld: true }
  return { anchor: keyLog === undefined ? undefined : anchorNamed(keyLog, repo), isHeld: false }
}

/** The commit that the newest word of the key log about a repo names. */
function anchorNamed(keyLog: KeyLog, repo: string): Anchor | undefined {
  for (const event of keyLog.events.toReversed()) {
    if (event.kind !== 'rotation') continue
    if (event.reason === 'compromised') return event.lastGood.find((head) => head.repo === repo)
    const chosen = event.repairs?.filter((head) => head.repo === repo).at(-1)
    if (chosen !== undefined) return chosen
  }
  return undefined
}

/**
 * Whether the merchant stands by a commit, by its key log.
 * @param chain the commit, and those that link it to older ones
 * @returns `undecided`: it does if the commit descends from, or lies under, one that the chain does not name
 */
function standsBy(keyLog: KeyLog, chain: readonly [Head, ...Head[]]): 'good' | 'void' | 'undecided' {
  const [{ commit, digest }] = chain
  const { standing } = standingOf(keyLog, commit.keyEvent, { repo: commit.repo, rev: commit.rev, digest })
  if (standing === 'void' || standing === 'unknown-event') return 'void'
  if (standing === 'good-if-under') return 'undecided'
  const signedSeq = keyLog.entryOf(commit.keyEvent)?.event.seq ?? 0
  for (const event of keyLog.events.slice(signedSeq + 1))
    for (const { repo, rev } of event.kind === 'rotation' ? (event.repairs ?? []) : []) {
      if (repo !== commit.repo || rev > commit.rev) continue
      const named = namedIn(chain, rev)
      if (named === undefined) return 'undecided'
      if (named !== chosenCommit(keyLog, repo, rev)) return 'void'
    }
  return 'good'
}

/**
 * Two commits of one rev by one merchant, in one repo. Each chain begins with a signed commit; each next one
 * is named by the one before; the last names a digest for `rev`. Spec: protocol/records/commit.md §7.
 */
export interface Equivocation {
  readonly rev: number
  readonly chains: readonly [readonly string[], readonly string[]]
}

export type IgnoredBecause =
  /** Dated more than an hour ahead: one of the two clocks is wrong. */
  | 'dated-ahead'
  /** The key log held does not reach it. */
  | 'key-event-unknown'
  /** Signed with a key that was compromised, or on the side of a fork that the merchant did not choose. */
  | 'void'
  /** It may be either; a newer commit will tell. */
  | 'undecided'

export type HeadAdmission =
  | { readonly verdict: 'accept'; readonly head: Head; readonly links: readonly Head[] }
  | { readonly verdict: 'known' } // what is held, or older
  /** Nobody at fault, and nothing to be done with it. */
  | {
      readonly verdict: 'ignore'
      readonly reason: IgnoredBecause
      readonly message: string
      readonly rev: number
    }
  | { readonly verdict: 'equivocation'; readonly proof: Equivocation; readonly rev: number }

/** A head as it came. */
export interface ReceivedHead {
  readonly text: string
  /** The commits at {@link linkRevs}, or {@link spineRevs} if nothing is held; newest first. */
  readonly links: readonly string[]
}

export interface AdmitContext {
  readonly keyLog: KeyLog
  /** Of the merchant's repos. */
  readonly repo: string
  readonly held: Head | undefined
  /** UTC seconds. */
  readonly now: number
}

/**
 * What a received head means beside the one held. A head that is ahead must be linked to the one held, so
 * that a fork cannot hide behind skipped revs; where the key log says that the one held does not count, to
 * the one that it names. Spec: protocol/records/commit.md §6.
 * @throws {RecordError} `commit-invalid`, or `history-unlinked`
 */
export function admitHead(
  primitives: Primitives,
  received: ReceivedHead,
  { keyLog, repo, held, now }: AdmitContext,
): HeadAdmission {
  const base = baseOf(keyLog, repo, held)
  if (base.isHeld && held?.text === received.text) return { verdict: 'known' }
  const head = readCommitText(primitives, received.text)
  const { rev, time, keyEvent } = head.commit
  if (head.commit.merchant === keyLog.merchant && keyLog.entryOf(keyEvent) === undefined)
    return ignored(head, 'key-event-unknown', 'names a key event that the key log held does not have')
  verifyCommit(primitives, head, keyLog)
  if (head.commit.repo !== repo)
    throw new RecordError('commit-invalid', `The commit is of ${head.commit.repo}, not of ${repo}.`)
  const { anchor } = base
  if (anchor !== undefined && rev < anchor.rev) return { verdict: 'known' }
  const links = followLinks(primitives, head, received.links)
  expectKeysInOrder(keyLog, [head, ...links])
  if (time > now + aheadSecondsMax)
    return ignored(head, 'dated-ahead', `is dated ${time - now} s ahead: check the clocks of both machines`)
  const standing = standsBy(keyLog, [head, ...links])
  if (standing === 'void') return ignored(head, 'void', "does not count any more, by its merchant's key log")
  if (standing === 'undecided')
    return ignored(
      head,
      'undecided',
      "was signed before its merchant's newest key; a newer commit has to come",
    )
  if (anchor === undefined) return { verdict: 'accept', head, links }
  const named = namedIn([head, ...links], anchor.rev)
  if (named === undefined)
    throw new RecordError('history-unlinked', `No link from rev ${rev} to rev ${anchor.rev}.`)
  if (held === undefined || !base.isHeld)
    return named === anchor.digest
      ? { verdict: 'accept', head, links }
      : ignored(head, 'void', "does not descend from the commit that its merchant's key log names")
  if (named === anchor.digest) {
    expectKeysInOrder(keyLog, [links.at(-1) ?? head, held])
    return { verdict: 'accept', head, links }
  }
  const chain = [head, ...links].map((link) => link.text)
  return { verdict: 'equivocation', proof: { rev: anchor.rev, chains: [[held.text], chain] }, rev }
}

function ignored({ commit: { repo, rev } }: Head, reason: IgnoredBecause, why: string): HeadAdmission {
  return { verdict: 'ignore', reason, message: `The commit at rev ${rev} of ${repo} ${why}.`, rev }
}

/** Each link must be named by the commit before it. @throws {RecordError} `history-unlinked` */
function followLinks(primitives: Primitives, head: Head, texts: readonly string[]): Head[] {
  if (texts.length > linksMax) throw new RecordError('history-unlinked', `More than ${linksMax} links.`)
  const links: Head[] = []
  let from = head
  for (const text of texts) {
    const link = readCommitText(primitives, text)
    const { merchant, repo, rev } = link.commit
    const isNamed = rev < from.commit.rev && digestNamed(from, rev) === link.digest
    if (!isNamed || merchant !== head.commit.merchant || repo !== head.commit.repo)
      throw new RecordError(
        'history-unlinked',
        `The commit at rev ${from.commit.rev} does not name the next link.`,
      )
    links.push(link)
    from = link
  }
  return links
}

/** Along the revs of a repo the seq of the key event never falls. @param chain newest first */
function expectKeysInOrder(keyLog: KeyLog, chain: readonly Head[]): void {
  let before = Infinity
  for (const { commit } of chain) {
    const seq = keyLog.entryOf(commit.keyEvent)?.event.seq
    if (seq === undefined || seq > before)
      throw new RecordError(
        'history-unlinked',
        `The commit at rev ${commit.rev} is signed under a later key event than one after it.`,
      )
    before = seq
  }
}

/**
 * Whether two chains prove that a merchant signed two commits of one rev.
 * @returns `false`: they did, but one of them is signed with a key that was declared compromised since
 * @throws {RecordError} `proof-invalid`, `commit-invalid` or `history-unlinked` if they prove nothing
 */
export function verifyEquivocation(
  primitives: Primitives,
  keyLog: KeyLog,
  repo: string,
  { rev, chains }: Equivocation,
): boolean {
  const ends = chains.map(([first, ...rest]) => {
    if (first === undefined) throw new RecordError('proof-invalid', 'A chain begins with a commit.')
    const head = readCommit(primitives, first, keyLog)
    const last = followLinks(primitives, head, rest).at(-1) ?? head
    return { head, digest: digestNamed(last, rev) }
  })
  const [one, other] = ends.map(({ digest }) => digest)
  if (one === undefined || other === undefined || one === other)
    throw new RecordError('proof-invalid', `The chains do not name two commits of rev ${rev}.`)
  if (ends.some(({ head }) => head.commit.repo !== repo))
    throw new RecordError('proof-invalid', `The chains are not of ${repo}.`)
  return ends.every(({ head: { commit, digest } }) => {
    const place = { repo: commit.repo, rev: commit.rev, digest }
    return standingOf(keyLog, commit.keyEvent, place).standing === 'good'
  })
}
