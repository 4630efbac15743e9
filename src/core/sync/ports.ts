import type { Duplicity, KeyLog } from '../identity/key-log.ts'
import type { MerchantId } from '../identity/merchant-id.ts'
import type { Change } from '../record/apply.ts'
import type { Head } from '../record/commit.ts'
import type { Equivocation } from '../record/history.ts'
import type { AdmitValue, PageNode } from '../record/page.ts'
import type { Child, PageState, Tree } from '../record/tree.ts'
import type { Digest } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'

/** Compressed text: a zstd frame and the length of what it holds. */
export interface Packed {
  readonly rawBytes: number
  readonly bytes: Uint8Array
}

/** The present values of all keys that changed after `from`, up to the head; lines as in a page, an empty value takes a key out. */
export interface Delta extends Packed {
  readonly from: number
}

/** A repo as a session serves it. */
export interface RepoSource {
  readonly head: Head | undefined
  /** All pages; a value that stays readable while the session holds it, until {@link page} says otherwise. */
  tree(): Tree
  /** The page's present text; `undefined` if what the state refers to is gone. */
  page(page: PageState): Packed | undefined
  /** `undefined` if the changes are not known that far back, or are so many that pages serve better. */
  changesSince(rev: number): Delta | undefined
  /** The commits that link the head to the one at `rev`; `undefined` if some are not held. For rev 0 {@link spineRevs}. */
  links(rev: number): readonly Head[] | undefined
}

/** A page that was checked against the signed tree. */
export interface CheckedPage {
  readonly node: PageNode
  readonly packed: Packed
  readonly text: Uint8Array
}

/** A repo as a session writes it. Each write is atomic. */
export interface RepoSink {
  readonly head: Head | undefined
  tree(): Tree
  /**
   * Applies a delta; resolves when it survives `kill -9` and is visible.
   * @returns `false` and nothing changes, if the repo is no longer at the rev that the delta begins at
   * @throws {RecordError} `root-mismatch` and nothing changes, if the result is not what the head signs
   */
  applyDelta(head: Head, links: readonly Head[], delta: Delta, changes: readonly Change[]): Promise<boolean>
  /** Whether pages of an interrupted sync are kept. */
  readonly hasStaged: boolean
  /** Keeps checked pages of a tree that is not whole yet. */
  stage(pages: readonly CheckedPage[]): Promise<void>
  /** Which of these pages are at hand: in the present tree as stored, or staged before. */
  held(pages: readonly Child[]): Promise<ReadonlyMap<string, PageNode>>
  /**
   * Takes the staged and held pages as the repo's new state.
   * @returns `false` and nothing changes, if the repo's head is no longer `before`, or a page has gone meanwhile
   */
  replace(
    head: Head,
    links: readonly Head[],
    pages: readonly PageNode[],
    before: Head | undefined,
  ): Promise<boolean>
}

/** A repo and what is held of it. */
export interface Holding {
  readonly merchant: MerchantId
  readonly repo: string
  readonly rev: number
  readonly head: Digest
}

/** What a session needs from its node to serve a peer. */
export interface ServingPorts {
  readonly primitives: Primitives
  /** Whether the peer may read the repo now; asked before any read that depends on the repo. */
  mayRead(merchant: MerchantId, repo: string): boolean
  source(merchant: MerchantId, repo: string): Promise<RepoSource>
  keyLog(merchant: MerchantId): KeyLog | undefined
  /** A proof that is held against the merchant, if any. It may be one that the key log has excused since. */
  equivocation(merchant: MerchantId, repo: string): Equivocation | undefined
}

/** What a session needs from its node to follow a peer's repos. */
export interface FollowingPorts {
  readonly primitives: Primitives
  /** UTC seconds. */
  now(): number
  /** The one gate for values: protocol/records, by the kind that the key tells. */
  admit(repo: string): AdmitValue
  sink(merchant: MerchantId, repo: string): Promise<RepoSink>
  keyLog(merchant: MerchantId): KeyLog | undefined
  /**
   * Verifies and keeps a longer log: the one held up to `from`, then these events.
   * @returns what to believe now @throws {KeyLogError}
   */
  learnKeyLog(merchant: MerchantId, from: number, events: readonly string[]): Promise<KeyLog>
  /** Keeps the proof that the merchant's identity is frozen. */
  duplicity?(proof: Duplicity): Promise<void>
  equivocated(merchant: MerchantId, repo: string, proof: Equivocation): Promise<void>
}

/** Gives parts of one frame to the transport; a promise asks to wait. */
export type Send = (frame: readonly Uint8Array[]) => void | Promise<void>
