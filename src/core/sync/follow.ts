import type { MerchantId } from '../identity/merchant-id.ts'
import type { FrameBody } from './frame.ts'
import type { KeyEventRow } from './key-events.ts'
import type { RepoSink } from './ports.ts'
import type { Transfer } from './transfer.ts'

export type FollowState =
  | 'asked'
  | 'syncing'
  | 'current'
  /** The newest that the peer has is not to be taken: `reason` says why. */
  | 'ignored'
  | 'none'
  | 'forked'

/** How far following one repo has come. */
export interface FollowProgress {
  readonly merchant: MerchantId
  readonly repo: string
  readonly state: FollowState
  readonly rev: number
  /** Pages of a whole sync: done and in all. */
  readonly pages?: { readonly done: number; readonly all: number }
  /** For people. */
  readonly reason?: string
}

export type Want = FrameBody<'want'>['repos'][number]
/** One repo that is followed, as the session keeps track of it. */
export interface Follow {
  /** Of the newest want: what comes under an older one answers a question that no longer stands. */
  id: number
  readonly merchant: MerchantId
  readonly repo: string
  sink: RepoSink | undefined
  state: FollowState
  reason: string | undefined
  transfer: Transfer | undefined
  /** What the peer was told last. */
  wanted: Want | undefined
  isWanted: boolean
  /** Key events that have come of a row. */
  keys: KeyEventRow | undefined
  /** The next want asks for all key events: those held do not go with the peer's. */
  wantsWholeLog: boolean
  /** The next want is from this rev on: the peer's commit there was seen and not taken. */
  passedRev: number | undefined
  wantsInVain: number
  /** This side is the author and has lost commits: it takes what is ahead of its own, linked or not. */
  recovers: boolean
  /** Frames of one repo are worked off in order. */
  work: Promise<void>
}

/** @param recovers see {@link Follow.recovers} */
export const newFollow = (merchant: MerchantId, repo: string, recovers: boolean): Follow => ({
  id: 0,
  merchant,
  repo,
  sink: undefined,
  state: 'asked',
  reason: undefined,
  transfer: undefined,
  wanted: undefined,
  isWanted: false,
  keys: undefined,
  wantsWholeLog: false,
  passedRev: undefined,
  wantsInVain: 0,
  recovers,
  work: Promise.resolve(),
})

export function progressOf({ merchant, repo, state, sink, transfer, reason }: Follow): FollowProgress {
  const rev = sink?.head?.commit.rev ?? 0
  const pages = transfer === undefined ? {} : { pages: transfer.progress }
  return { merchant, repo, state, rev, ...pages, ...(reason === undefined ? {} : { reason }) }
}
