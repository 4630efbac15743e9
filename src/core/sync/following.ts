import type { KeyLog } from '../identity/key-log.ts'
import type { MerchantId } from '../identity/merchant-id.ts'
import { readChanges } from '../record/apply.ts'
import type { Head } from '../record/commit.ts'
import { admitHead, baseOf, verifyEquivocation } from '../record/history.ts'
import { RecordError } from '../record/record-error.ts'
import {
  type Follow,
  type FollowProgress,
  type FollowState,
  newFollow,
  progressOf,
  type Want,
} from './follow.ts'
import { batchMax, encodeFrame, type FrameBody, type Needs } from './frame.ts'
import { learnKeyEvents, takeKeyEvents } from './key-events.ts'
import type { FollowingPorts, RepoSink, Send } from './ports.ts'
import { SyncOffence } from './sync-offence.ts'
import { readContents, Transfer, unpack } from './transfer.ts'

/** Bytes received and not yet written, at most; more, and the peer has to wait. */
const unwrittenBytesMax = 4_194_304
/** Bytes of pages that are written at a time. */
const stageBytes = 262_144
/** Wants for one repo in a row that brought nothing, at most. */
const wantsInVainMax = 16

type HeadBody = Pick<FrameBody<'delta'>, 'head' | 'links' | 'from'>

/** The half of a session that follows the peer's repos: checks all that comes and writes what holds. */
export class Following {
  readonly #ports: FollowingPorts
  readonly #send: Send
  readonly #onProgress: (progress: FollowProgress) => void
  readonly #onError: (error: unknown) => void
  readonly #follows = new Map<number, Follow>()
  readonly #wanted: Follow[] = []
  #nextId = 1
  #unwrittenBytes = 0
  #room: { promise: Promise<void>; resolve: () => void } | undefined
  #failed = false

  constructor(
    ports: FollowingPorts,
    send: Send,
    onProgress: (progress: FollowProgress) => void,
    onError: (error: unknown) => void,
  ) {
    this.#ports = ports
    this.#send = send
    this.#onProgress = onProgress
    this.#onError = onError
  }

  /**
   * Asks for a repo and all that comes to it; asking again for one that is followed does nothing.
   * @param recovers the repo is this side's own, and the peer holds commits of it that were lost here
   */
  follow(merchant: MerchantId, repo: string, recovers = false): void {
    if (this.#find(merchant, repo) !== undefined) return
    this.#want(newFollow(merchant, repo, recovers))
  }

  unfollow(merchant: MerchantId, repo: string): void {
    const follow = this.#find(merchant, repo)
    if (follow !== undefined) this.#leave(follow)
  }

  #leave(follow: Follow): void {
    this.#follows.delete(follow.id)
    follow.transfer = undefined
    if (follow.wanted !== undefined) void this.#send(encodeFrame('stop', { id: follow.wanted.id }))
  }

  /** What is followed in this session. */
  states(): FollowProgress[] {
    return [...this.#follows.values()].map(progressOf)
  }

  #find(merchant: MerchantId, repo: string): Follow | undefined {
    for (const follow of this.#follows.values())
      if (follow.merchant === merchant && follow.repo === repo) return follow
    return undefined
  }

  /** Wants of one turn leave in one frame. */
  #want(follow: Follow): void {
    this.#follows.delete(follow.id)
    follow.id = this.#nextId++
    this.#follows.set(follow.id, follow)
    follow.transfer = undefined
    follow.keys = undefined
    if (follow.isWanted) return
    follow.isWanted = true
    this.#wanted.push(follow)
    if (this.#wanted.length > 1) return
    queueMicrotask(() => {
      this.#sendWants().catch((error) => this.#fail(error))
    })
  }

  /** The answer was nothing to build on, perhaps because another peer was faster: asks again, but not for ever. */
  #wantAgain(follow: Follow): void {
    if (++follow.wantsInVain > wantsInVainMax)
      throw new SyncOffence(
        'no-progress',
        `${wantsInVainMax} answers for ${follow.repo} were nothing to build on.`,
      )
    this.#want(follow)
  }

  async #sendWants(): Promise<void> {
    while (this.#wanted.length > 0) {
      const batch = this.#wanted.splice(0, batchMax)
      for (const follow of batch) {
        follow.isWanted = false
        follow.sink ??= await this.#ports.sink(follow.merchant, follow.repo)
      }
      const repos = batch
        .filter((follow) => this.#follows.get(follow.id) === follow) // the others have ended meanwhile
        .map((follow) => this.#wantOf(follow, follow.sink as RepoSink))
      if (repos.length > 0) await this.#send(encodeFrame('want', { repos }))
    }
  }

  #wantOf(follow: Follow, sink: RepoSink): Want {
    const { id, merchant, repo, passedRev, wantsWholeLog } = follow
    const keyLog = this.#ports.keyLog(merchant)
    const base = { id, merchant, repo, keyEvents: wantsWholeLog ? 0 : (keyLog?.texts.length ?? 0) }
    const place =
      passedRev === undefined ? this.#placeOf(follow, sink) : { rev: passedRev, needs: 'changes' as const }
    follow.passedRev = undefined
    follow.wanted = { ...base, ...place }
    return follow.wanted
  }

  /** What a peer has to know to serve a repo. */
  #placeOf({ merchant, repo, recovers }: Follow, sink: RepoSink): Pick<Want, 'rev' | 'head' | 'needs'> {
    const { anchor, isHeld } = baseOf(this.#ports.keyLog(merchant), repo, sink.head)
    const nothing: Needs = sink.hasStaged ? 'contents' : 'pages'
    const needs = sink.head === undefined ? nothing : isHeld && !recovers ? 'changes' : 'contents'
    return anchor === undefined || recovers
      ? { rev: 0, needs }
      : { rev: anchor.rev, head: anchor.digest, needs }
  }

  /**
   * Takes a frame for one repo. Different repos do not wait for each other's writes.
   * @returns a promise if so much waits to be written that the peer should wait too
   * @throws {SyncOffence} `unasked`
   */
  receive(
    id: number,
    bytes: number,
    take: (follow: Follow, sink: RepoSink) => Promise<void> | void,
  ): Promise<void> | undefined {
    if (id >= this.#nextId) throw new SyncOffence('unasked', `Nothing was wanted under the id ${id}.`)
    const follow = this.#follows.get(id)
    const sink = follow?.sink
    if (follow === undefined || sink === undefined) return undefined // ended meanwhile: nobody's fault
    this.#unwrittenBytes += bytes
    follow.work = follow.work
      .then(() => (this.#failed || this.#follows.get(id) !== follow ? undefined : take(follow, sink)))
      .catch((error) => this.#fail(error))
      .finally(() => {
        this.#unwrittenBytes -= bytes
        if (this.#unwrittenBytes <= unwrittenBytesMax) {
          this.#room?.resolve()
          this.#room = undefined
        }
      })
    if (this.#unwrittenBytes <= unwrittenBytesMax) return undefined
    this.#room ??= Promise.withResolvers<void>()
    return this.#room.promise
  }

  #fail(error: unknown): void {
    if (this.#failed) return
    this.#failed = true
    this.#onError(error)
  }

  #become(follow: Follow, state: FollowState, reason?: string): void {
    follow.state = state
    follow.reason = reason
    this.#onProgress(progressOf(follow))
  }

  none(follow: Follow): void {
    follow.transfer = undefined
    this.#follows.delete(follow.id)
    this.#become(follow, 'none')
  }

  current(follow: Follow): void {
    follow.wantsInVain = 0
    if (follow.state !== 'ignored' && follow.state !== 'forked') this.#become(follow, 'current')
  }

  async keys(follow: Follow, sink: RepoSink, body: FrameBody<'keys'>): Promise<void> {
    const row = takeKeyEvents(follow, body)
    if (row === undefined) return
    const learned = await learnKeyEvents(this.#ports, follow.merchant, row)
    if (learned.verdict === 'frozen') {
      this.#leave(follow)
      this.#become(follow, 'ignored', learned.message)
      return
    }
    const { rev, needs } = this.#placeOf(follow, sink)
    follow.wantsWholeLog ||= learned.verdict === 'other-log'
    // The key log may have put another commit in place of the one held.
    const isAnswered = rev === follow.wanted?.rev && needs === follow.wanted.needs
    if (learned.verdict === 'other-log' || !isAnswered) this.#wantAgain(follow)
  }

  async forked(follow: Follow, proof: FrameBody<'forked'>): Promise<void> {
    const { merchant, repo } = follow
    const { rev, chains } = proof
    if (verifyEquivocation(this.#ports.primitives, this.#keyLog(follow), repo, proof))
      await this.#ports.equivocated(merchant, repo, { rev, chains })
  }

  #keyLog({ merchant }: Follow): KeyLog {
    const log = this.#ports.keyLog(merchant)
    if (log === undefined)
      throw new SyncOffence('unasked', 'A commit came before the key log of its merchant.')
    return log
  }

  /**
   * The head if it is to be followed; `undefined` if nothing is to be done with what came.
   * @param as after `contents` the peer says nothing new before it is asked again
   */
  async #admit(
    follow: Follow,
    sink: RepoSink,
    body: HeadBody,
    as: 'delta' | 'contents',
  ): Promise<{ readonly head: Head; readonly links: readonly Head[] } | undefined> {
    const { primitives } = this.#ports
    const { merchant, repo } = follow
    const keyLog = this.#keyLog(follow)
    const held = follow.recovers ? undefined : sink.head
    const { rev, needs } = this.#placeOf(follow, sink)
    const isKnown = needs === 'changes' && held?.text === body.head
    if (!isKnown && (body.from !== rev || (as === 'delta' && needs !== 'changes'))) {
      this.#wantAgain(follow) // another peer was faster, or the key log has a new word
      return undefined
    }
    const now = this.#ports.now()
    const received = { text: body.head, links: body.links }
    const admission = admitHead(primitives, received, { keyLog, repo, held, now })
    if (admission.verdict === 'accept' && !(follow.recovers && isBehind(admission.head, sink.head)))
      return admission
    if (admission.verdict === 'accept' || admission.verdict === 'known') {
      this.#become(follow, 'current')
      follow.recovers = false
      if (as === 'contents') this.#wantAgain(follow)
      return undefined
    }
    if (admission.verdict === 'equivocation') {
      await this.#ports.equivocated(merchant, repo, admission.proof)
      this.#become(follow, 'forked')
    } else if (admission.reason === 'key-event-unknown') {
      if (follow.wantsWholeLog) throw new RecordError('commit-invalid', admission.message)
      follow.wantsWholeLog = true
      this.#wantAgain(follow)
      return undefined
    } else this.#become(follow, 'ignored', admission.message)
    if (as === 'delta') {
      follow.wantsInVain = 0
      return undefined
    }
    follow.passedRev = admission.rev
    this.#wantAgain(follow)
    return undefined
  }

  async delta(follow: Follow, sink: RepoSink, body: FrameBody<'delta'>, payload: Uint8Array): Promise<void> {
    const { primitives } = this.#ports
    const before = sink.head
    const admitted = await this.#admit(follow, sink, body, 'delta')
    if (admitted === undefined) return
    const delta = { from: body.from, rawBytes: body.rawBytes, bytes: payload }
    const changes = readChanges(primitives, unpack(primitives, delta), this.#ports.admit(follow.repo))
    const isApplied = await sink
      .applyDelta(admitted.head, admitted.links, delta, changes)
      .catch((error: unknown) => {
        if (sink.head === before) throw error
        return false
      })
    if (isApplied) this.#arrived(follow)
    else this.#wantAgain(follow)
  }

  #arrived(follow: Follow): void {
    follow.wantsInVain = 0
    follow.wantsWholeLog = false
    follow.recovers = false
    this.#become(follow, 'current')
  }

  async contents(
    follow: Follow,
    sink: RepoSink,
    body: FrameBody<'contents'>,
    payload: Uint8Array,
  ): Promise<void> {
    const { head: before } = sink
    const admitted = await this.#admit(follow, sink, body, 'contents')
    if (admitted === undefined) return
    const packed = { rawBytes: body.rawBytes, bytes: payload }
    const children = readContents(this.#ports.primitives, packed, admitted.head)
    const held = follow.wanted?.needs === 'pages' ? undefined : await sink.held(children)
    follow.transfer = new Transfer({ ...admitted, before, children }, held)
    this.#become(follow, 'syncing')
    await this.#ask(follow, follow.transfer)
    await this.#finish(follow, sink, follow.transfer)
  }

  async #ask({ id }: Follow, transfer: Transfer): Promise<void> {
    for (const row of transfer.rowsToAsk()) await this.#send(encodeFrame('pages', { id, ...row }))
  }

  async page(follow: Follow, sink: RepoSink, body: FrameBody<'page'>, payload: Uint8Array): Promise<void> {
    const { transfer } = follow
    if (transfer === undefined) throw new SyncOffence('unasked', 'A page came that was not asked for.')
    const packed = { rawBytes: body.rawBytes, bytes: payload }
    transfer.take(this.#ports.primitives, packed, this.#ports.admit(follow.repo))
    follow.wantsInVain = 0
    if (transfer.unstagedBytes >= stageBytes) {
      await stageChecked(sink, transfer)
      this.#onProgress(progressOf(follow))
    }
    await this.#ask(follow, transfer)
    await this.#finish(follow, sink, transfer)
  }

  async #finish(follow: Follow, sink: RepoSink, transfer: Transfer): Promise<void> {
    if (!transfer.isWhole) return
    const { head, links, before } = transfer.goal
    const pages = transfer.pages()
    await stageChecked(sink, transfer)
    if (!(await sink.replace(head, links, pages, before))) return this.#wantAgain(follow)
    follow.transfer = undefined
    this.#arrived(follow)
    this.#want(follow)
  }

  /** The peer is gone: keeps what was checked of syncs under way. */
  async end(): Promise<void> {
    this.#failed = true
    for (const { sink, transfer, work } of this.#follows.values()) {
      await work
      if (sink !== undefined) await stageChecked(sink, transfer)
    }
    this.#follows.clear()
  }

  async moved(follow: Follow, sink: RepoSink): Promise<void> {
    await stageChecked(sink, follow.transfer)
    this.#wantAgain(follow)
  }
}

/** What was checked and not written yet need not come again. */
async function stageChecked(sink: RepoSink, transfer: Transfer | undefined): Promise<void> {
  if (transfer !== undefined && transfer.unstagedBytes > 0) await sink.stage(transfer.takeUnstaged())
}

const isBehind = ({ commit }: Head, held: Head | undefined): boolean => commit.rev <= (held?.commit.rev ?? 0)
