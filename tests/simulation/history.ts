import { type Head, signCommit } from '../../src/core/record/commit.ts'
import { linkRevs, spineRevs } from '../../src/core/record/history.ts'
import type { Digest } from '../../src/core/signature/digest.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { seedOf, type TestMerchant } from './merchants.ts'

export const firstCommitTime = 1_790_000_100

/** A history of commits that hold nothing: their trees are made up. */
export class TestHistory {
  readonly merchant: TestMerchant
  readonly repo: string
  readonly heads: readonly Head[]

  constructor(merchant: TestMerchant, repo = 'public', heads: readonly Head[] = []) {
    this.merchant = merchant
    this.repo = repo
    this.heads = heads
  }

  at(rev: number): Head {
    return this.heads[rev - 1] as Head
  }

  get head(): Head {
    return this.at(this.heads.length)
  }

  /** This history up to `rev`, and then another one. @param side what makes its trees differ */
  fork(rev: number, to: number, side: string): TestHistory {
    return new TestHistory(this.merchant, this.repo, this.heads.slice(0, rev - 1)).grow(to, side)
  }

  /** With commits up to `rev`, signed under the key event with this seq: by default the newest. */
  grow(rev: number, side = 'main', signedSeq = this.merchant.log.current.seq): TestHistory {
    const heads = [...this.heads]
    while (heads.length < rev) heads.push(this.#next(heads, side, signedSeq))
    return new TestHistory(this.merchant, this.repo, heads)
  }

  #next(heads: readonly Head[], side: string, signedSeq: number): Head {
    const { log, name } = this.merchant
    const rev = heads.length + 1
    const draft = {
      merchant: log.merchant,
      repo: this.repo,
      root: nodePrimitives.sha256Base64url(`${side} ${rev}`) as Digest,
      count: 1,
      time: firstCommitTime + rev,
      keyEvent: log.entries[signedSeq]?.digest as Digest,
    }
    const signer = { seed: seedOf(`${name} signing ${signedSeq}`) }
    return signCommit(nodePrimitives, draft, heads.at(-1), (at) => (heads[at - 1] as Head).digest, signer)
  }

  /** What a peer sends of the commit at `rev` to one that is at `from`. */
  received(rev = this.heads.length, from = 0): { text: string; links: string[] } {
    const revs = from === 0 ? spineRevs(rev) : rev > from ? linkRevs(rev, from) : []
    return { text: this.at(rev).text, links: revs.map((linkRev) => this.at(linkRev).text) }
  }
}
