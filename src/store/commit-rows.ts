import { type Head, readCommitText } from '../core/record/commit.ts'
import { digestNamed, linkRevs, linksMax, spineRevs } from '../core/record/history.ts'
import type { Digest } from '../core/signature/digest.ts'
import type { Primitives } from '../core/signature/primitives.ts'
import { type Database, StoreError, type Write } from './database.ts'
import { type RepoKeys, revKey } from './repo-rows.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** The commits held of one repo: all of an own one, heads and links of another's. */
export class CommitRows {
  readonly #primitives: Primitives
  readonly #database: Database
  readonly #keys: RepoKeys

  constructor(primitives: Primitives, database: Database, keys: RepoKeys) {
    this.#primitives = primitives
    this.#database = database
    this.#keys = keys
  }

  head(): Head | undefined {
    const row = this.#database.get(this.#keys.head)
    return row === undefined ? undefined : this.#read(row)
  }

  /** The digest that the commit after `head` has to name as its `skip`. @throws {StoreError} `damaged` */
  skipDigest(head: Head, rev: number): Digest {
    let from = head
    for (const linkRev of [head.commit.rev, ...spineRevs(head.commit.rev)]) {
      const digest = digestNamed(from, linkRev)
      if (linkRev === rev && digest !== undefined) return digest
      const link = this.#linked(from, linkRev)
      if (link === undefined) break
      from = link
    }
    throw new StoreError(
      'damaged',
      `The row ${this.#keys.commit(rev)} is missing. Run "mosaic check", or restore a backup.`,
    )
  }

  /**
   * The commits that link `head` to the one at `rev`; `undefined` if some are not held. For rev 0 those that
   * later commits may name, as far as they are held.
   */
  links(head: Head, rev: number): readonly Head[] | undefined {
    const revs = rev === 0 ? spineRevs(head.commit.rev) : linkRevs(head.commit.rev, rev)
    if (revs.length > linksMax) return undefined
    const links: Head[] = []
    let from = head
    for (const linkRev of revs) {
      const link = this.#linked(from, linkRev)
      if (link === undefined) return rev === 0 ? links : undefined
      links.push(link)
      from = link
    }
    return links
  }

  /** The commit at a rev that `from` names. Rows of a history that was given up may lie among the others. */
  #linked(from: Head, rev: number): Head | undefined {
    if (rev === from.commit.rev) return from
    const row = this.#database.get(this.#keys.commit(rev))
    const link = row === undefined ? undefined : this.#read(row)
    return link !== undefined && digestNamed(from, rev) === link.digest ? link : undefined
  }

  /** Newest first. */
  async *log(before: number, limit: number): AsyncIterable<Head> {
    const { commits } = this.#keys
    const range = { gte: commits, lt: commits + revKey(before), reverse: true }
    for await (const [, row] of this.#database.entries(Number.isFinite(limit) ? { ...range, limit } : range))
      yield this.#read(row)
  }

  /** Writes that make `head` the head. */
  writesFor(head: Head, links: readonly Head[]): Write[] {
    return [
      ...[...links, head].map(
        (link): Write => ({ key: this.#keys.commit(link.commit.rev), value: encoder.encode(link.text) }),
      ),
      { key: this.#keys.head, value: encoder.encode(head.text) },
    ]
  }

  #read(row: Uint8Array): Head {
    return readCommitText(this.#primitives, decoder.decode(row))
  }
}
