import { type Head, readCommitText } from '../core/record/commit.ts'
import { linkRevs, linksMax } from '../core/record/history.ts'
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

  /** @throws {StoreError} `damaged` */
  at(rev: number): Head {
    const row = this.#database.get(this.#keys.commit(rev))
    if (row === undefined)
      throw new StoreError(
        'damaged',
        `The row ${this.#keys.commit(rev)} is missing. Run "mosaic check", or restore a backup.`,
      )
    return this.#read(row)
  }

  /** The commits that link `head` to the one at `rev`; `undefined` if some are not held. */
  links(head: Head, rev: number): readonly Head[] | undefined {
    const revs = rev === 0 ? [] : linkRevs(head.commit.rev, rev)
    if (revs.length > linksMax) return undefined
    const links: Head[] = []
    for (const linkRev of revs) {
      const row = this.#database.get(this.#keys.commit(linkRev))
      if (row === undefined) return undefined
      links.push(this.#read(row))
    }
    return links
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
