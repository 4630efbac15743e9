import type { Digest } from '../signature/digest.ts'
import type { KeyLog } from './key-log.ts'
import type { RepoHead } from './repo-head.ts'

export type Standing =
  /** The signature stands. */
  | { readonly standing: 'good' }
  /** It stands if the commit is an ancestor of every one of these: the caller follows `prev` and `skip`. */
  | { readonly standing: 'good-if-under'; readonly heads: readonly RepoHead[] }
  /** Signed with a key that was compromised, and not under the last good commit named by the event with this seq. */
  | { readonly standing: 'void'; readonly compromisedBySeq: number }
  /** The log has no such event: fetch the log before judging. */
  | { readonly standing: 'unknown-event' }

/**
 * Whether a signature made under the key event `keyEvent` still stands under `log`, for a statement that is in
 * the tree of the commit `head`, or for that commit itself. Without `head`, for a statement outside any repo.
 * Rotations that are scheduled or retire a key leave signatures standing. One for a compromised key voids all
 * that was signed under earlier events, whatever date it bears, except what lies under the last good commits.
 * Node bindings have a stricter rule of their own.
 * @see protocol/records/key-event.md §5
 */
export function standingOf(log: KeyLog, keyEvent: Digest, head?: RepoHead): Standing {
  const signedUnder = log.entryOf(keyEvent)
  if (signedUnder === undefined) return { standing: 'unknown-event' }
  const heads: RepoHead[] = []
  for (let seq = signedUnder.event.seq + 1; seq < log.entries.length; seq++) {
    const event = log.entries[seq]?.event
    if (event?.kind !== 'rotation' || event.reason !== 'compromised') continue
    const last = event.lastGood.find(({ repo }) => repo === head?.repo)
    if (head === undefined || last === undefined || head.rev > last.rev) {
      return { standing: 'void', compromisedBySeq: seq }
    }
    if (head.rev === last.rev && head.digest !== last.digest)
      return { standing: 'void', compromisedBySeq: seq }
    if (head.rev < last.rev) heads.push(last)
  }
  return heads.length === 0 ? { standing: 'good' } : { standing: 'good-if-under', heads }
}

/** Which of several commits with one rev the merchant chose, the newest word first; `undefined` if none was chosen. */
export function chosenCommit(log: KeyLog, repo: string, rev: number): Digest | undefined {
  for (let seq = log.entries.length - 1; seq > 0; seq--) {
    const event = log.entries[seq]?.event
    if (event?.kind !== 'rotation') continue
    const repair = event.repairs?.find((choice) => choice.repo === repo && choice.rev === rev)
    if (repair !== undefined) return repair.digest
  }
  return undefined
}
