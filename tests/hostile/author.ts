import { buildPages, lineOf } from '../../src/core/record/apply.ts'
import { type Commit, type Head, signCommit } from '../../src/core/record/commit.ts'
import { linkRevs } from '../../src/core/record/history.ts'
import { nodeText, type PageNode } from '../../src/core/record/page.ts'
import { treeOf } from '../../src/core/record/tree.ts'
import { canonicalText } from '../../src/core/signature/canonical.ts'
import { nodePrimitives as primitives } from '../../src/store/primitives.ts'
import type { TestMerchant } from '../network/merchants.ts'

export type Entries = ReadonlyMap<string, string>

/** What an author sends of one rev. A test changes what it likes. */
export interface Release {
  readonly head: Head
  /** The text that `contents` packs: a line for each page. */
  readonly contents: string
  readonly pages: readonly { readonly node: PageNode; readonly text: Uint8Array }[]
}

/** A repo in the hands of somebody who signs whatever it likes. */
export class Author {
  readonly #self: TestMerchant
  readonly repo: string
  readonly heads: Head[] = []

  constructor(self: TestMerchant, repo: string, heads: readonly Head[] = []) {
    this.#self = self
    this.repo = repo
    this.heads.push(...heads)
  }

  /** The same repo up to a rev, to go on otherwise from there. */
  forkAt(rev: number): Author {
    return new Author(this.#self, this.repo, this.heads.slice(0, rev))
  }

  /** Signs the next commit over these entries; `change` makes it say something else. */
  commit(entries: Entries, change: Partial<Commit> = {}, seed = this.#self.signingSeed): Release {
    const pages = buildPages(
      primitives,
      [...entries].map(([key, value]) => lineOf(key, value)),
    )
    const tree = treeOf(
      primitives,
      pages.map(({ node }) => ({ node, base: node })),
    )
    const { merchant, keyLog, time } = this.#self
    const draft = {
      ...{ merchant, repo: this.repo, root: tree.upper.root, count: tree.count, time },
      ...{ keyEvent: keyLog.current.digest, ...change },
    }
    const digestAt = (rev: number) => (this.heads[rev - 1] as Head).digest
    const head = signCommit(primitives, draft, this.heads.at(-1), digestAt, { seed })
    this.heads.push(head)
    return { head, contents: nodeText(pages.map(({ node }) => node)), pages }
  }

  /** The commits that link the newest to the one at `rev`. */
  linksTo(rev: number): string[] {
    return linkRevs(this.heads.length, rev).map((at) => (this.heads[at - 1] as Head).text)
  }
}

/** Offers `A-000` and on, with that stock. */
export function offers(count: number, stock: number): Map<string, string> {
  return new Map(
    Array.from({ length: count }, (_, n) => {
      const sku = `A-${String(n).padStart(3, '0')}`
      return [`offer/${sku}`, offer(sku, { stock })]
    }),
  )
}

export function offer(sku: string, more: object): string {
  const price = { minor: 1_000, currency: 'EUR' }
  return canonicalText({ sku, title: { en: `Ware ${sku}` }, price, ...more } as never)
}
