import type { KeyLog } from '../identity/key-log.ts'
import type { MerchantId } from '../identity/merchant-id.ts'
import { readChanges } from '../record/apply.ts'
import { type Head, repoEntriesMax } from '../record/commit.ts'
import { admitHead, verifyEquivocation } from '../record/history.ts'
import { isRecordKey } from '../record/key.ts'
import { type PageNode, pageFollows, readPage } from '../record/page.ts'
import { RecordError } from '../record/record-error.ts'
import { zeroBitsOfKey } from '../record/shape.ts'
import { type Child, upperOf } from '../record/tree.ts'
import { isDigest } from '../signature/digest.ts'
import { batchMax, encodeFrame, type FrameBody, pagesAskedMax } from './frame.ts'
import type { CheckedPage, FollowingPorts, RepoSink, Send } from './ports.ts'
import { SyncOffence } from './sync-offence.ts'

/** Bytes received and not yet written, at most; more, and the peer has to wait. */
const unwrittenBytesMax = 4_194_304
/** Bytes of pages that are written at a time. */
const stageBytes = 262_144
/** Requests for pages under way. */
const requestsMax = 4

export type FollowState = 'asked' | 'syncing' | 'current' | 'none' | 'forked'

/** How far following one repo has come. */
export interface FollowProgress {
  readonly merchant: MerchantId
  readonly repo: string
  readonly state: FollowState
  readonly rev: number
  /** Pages of a whole sync: done and in all. */
  readonly pages?: { readonly done: number; readonly all: number }
}

/** A whole sync under way. */
interface Transfer {
  readonly head: Head
  readonly links: readonly Head[]
  readonly children: readonly Child[]
  readonly nodes: Map<string, PageNode>
  /** Pages that are still to come, in order; `next` is the first of them. */
  readonly expected: readonly Child[]
  next: number
  /** How many of them have been asked for. */
  asked: number
  unstaged: CheckedPage[]
  unstagedBytes: number
}

interface Follow {
  readonly id: number
  readonly merchant: MerchantId
  readonly repo: string
  sink: RepoSink | undefined
  state: FollowState
  transfer: Transfer | undefined
  /** Frames of one repo are worked off in order. */
  work: Promise<void>
}

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

  /** Asks for a repo and all that comes to it; asking again for one that is followed does nothing. */
  follow(merchant: MerchantId, repo: string): void {
    if (this.#find(merchant, repo) !== undefined) return
    const follow: Follow = {
      id: this.#nextId++,
      merchant,
      repo,
      sink: undefined,
      state: 'asked',
      transfer: undefined,
      work: Promise.resolve(),
    }
    this.#follows.set(follow.id, follow)
    this.#want(follow)
  }

  unfollow(merchant: MerchantId, repo: string): void {
    const follow = this.#find(merchant, repo)
    if (follow === undefined) return
    this.#follows.delete(follow.id)
    void this.#send(encodeFrame('stop', { id: follow.id }))
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
    this.#wanted.push(follow)
    if (this.#wanted.length > 1) return
    queueMicrotask(() => {
      this.#sendWants().catch((error) => this.#fail(error))
    })
  }

  async #sendWants(): Promise<void> {
    while (this.#wanted.length > 0) {
      const batch = this.#wanted.splice(0, batchMax)
      const repos: FrameBody<'want'>['repos'] = []
      for (const follow of batch) {
        const { id, merchant, repo } = follow
        follow.sink ??= await this.#ports.sink(merchant, repo)
        const rev = follow.sink.head?.commit.rev ?? 0
        const keyEvents = this.#ports.keyLog(merchant)?.texts.length ?? 0
        repos.push({ id, merchant, repo, rev, keyEvents, whole: isWhole(follow.sink) })
      }
      await this.#send(encodeFrame('want', { repos }))
    }
  }

  /**
   * Takes a frame for one repo. Different repos do not wait for each other's writes.
   * @returns a promise if so much waits to be written that the peer should wait too
   */
  receive(
    id: number,
    bytes: number,
    take: (follow: Follow, sink: RepoSink) => Promise<void> | void,
  ): Promise<void> | undefined {
    const follow = this.#follows.get(id)
    const sink = follow?.sink
    if (follow === undefined || sink === undefined) return undefined // ended meanwhile: nobody's fault
    this.#unwrittenBytes += bytes
    follow.work = follow.work
      .then(() => (this.#failed ? undefined : take(follow, sink)))
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

  #become(follow: Follow, state: FollowState): void {
    follow.state = state
    this.#onProgress(progressOf(follow))
  }

  none(follow: Follow): void {
    follow.transfer = undefined
    this.#follows.delete(follow.id)
    this.#become(follow, 'none')
  }

  current(follow: Follow): void {
    this.#become(follow, 'current')
  }

  async keys(follow: Follow, { from, events }: FrameBody<'keys'>): Promise<void> {
    await this.#ports.learnKeyLog(follow.merchant, from, events)
  }

  async forked(follow: Follow, proof: FrameBody<'forked'>): Promise<void> {
    verifyEquivocation(this.#ports.primitives, this.#keyLog(follow), proof)
    await this.#ports.equivocated(follow.merchant, follow.repo, proof)
  }

  #keyLog({ merchant }: Follow): KeyLog {
    const log = this.#ports.keyLog(merchant)
    if (log === undefined)
      throw new SyncOffence('unasked', 'A commit came before the key log of its merchant.')
    return log
  }

  /** The head if it is to be followed; `undefined` if nothing is to be done with what came. */
  async #admit(
    follow: Follow,
    sink: RepoSink,
    text: string,
    linkTexts: readonly string[],
  ): Promise<{ head: Head; links: readonly Head[] } | undefined> {
    const admission = admitHead(this.#ports.primitives, this.#keyLog(follow), sink.head, text, linkTexts)
    if (admission.verdict === 'known') {
      this.#become(follow, 'current')
      return undefined
    }
    if (admission.verdict === 'equivocation') {
      await this.#ports.equivocated(follow.merchant, follow.repo, admission.proof)
      this.#become(follow, 'forked')
      return undefined
    }
    const { commit } = admission.head
    if (commit.merchant !== follow.merchant || commit.repo !== follow.repo)
      throw new SyncOffence('unasked', 'The commit is of another repo than the one wanted.')
    return admission
  }

  async delta(follow: Follow, sink: RepoSink, body: FrameBody<'delta'>, payload: Uint8Array): Promise<void> {
    const { primitives } = this.#ports
    const admitted = await this.#admit(follow, sink, body.head, body.links)
    if (admitted === undefined) return
    if (body.from !== (sink.head?.commit.rev ?? 0)) {
      this.#want(follow) // another peer was faster
      return
    }
    const text = unpack(primitives, payload, body.rawBytes)
    const changes = readChanges(primitives, text, this.#ports.admit(follow.repo))
    const delta = { from: body.from, rawBytes: body.rawBytes, bytes: payload }
    await sink.applyDelta(admitted.head, admitted.links, delta, changes)
    this.#become(follow, 'current')
  }

  async contents(
    follow: Follow,
    sink: RepoSink,
    body: FrameBody<'contents'>,
    payload: Uint8Array,
  ): Promise<void> {
    const { primitives } = this.#ports
    const admitted = await this.#admit(follow, sink, body.head, body.links)
    if (admitted === undefined) return
    const children = readContents(unpack(primitives, payload, body.rawBytes))
    if (upperOf(primitives, children).root !== admitted.head.commit.root)
      throw new RecordError('root-mismatch', 'The contents are not the tree that the commit signs.')
    const nothingHeld = isWhole(sink)
    const nodes = new Map(nothingHeld ? [] : await sink.held(children))
    const expected = nothingHeld ? children : children.filter(({ digest }) => !nodes.has(digest))
    const asked = nothingHeld ? expected.length : 0
    follow.transfer = {
      ...admitted,
      children,
      nodes,
      expected,
      next: 0,
      asked,
      unstaged: [],
      unstagedBytes: 0,
    }
    this.#become(follow, 'syncing')
    await this.#ask(follow, follow.transfer)
    await this.#finish(follow, sink, follow.transfer)
  }

  /** Asks for the next pages in rows, as far as requests may be under way. */
  async #ask({ id }: Follow, transfer: Transfer): Promise<void> {
    const places = new Map(transfer.children.map(({ firstKey }, place) => [firstKey, place]))
    const placeOf = (at: number): number => places.get(transfer.expected[at]?.firstKey ?? '') ?? -1
    while (
      transfer.asked < transfer.expected.length &&
      transfer.asked - transfer.next < requestsMax * pagesAskedMax
    ) {
      const from = transfer.asked
      let to = from + 1
      while (
        to < transfer.expected.length &&
        to - from < pagesAskedMax &&
        placeOf(to) === placeOf(to - 1) + 1
      )
        to++
      transfer.asked = to
      const [first] = transfer.expected.slice(from)
      if (first !== undefined)
        await this.#send(encodeFrame('pages', { id, from: first.firstKey, count: to - from }))
    }
  }

  async page(follow: Follow, sink: RepoSink, body: FrameBody<'page'>, payload: Uint8Array): Promise<void> {
    const { transfer } = follow
    if (transfer === undefined) return // a transfer that was given up
    const child = transfer.expected[transfer.next]
    if (child === undefined || transfer.next >= transfer.asked)
      throw new SyncOffence('unasked', 'A page came that was not asked for.')
    const { primitives } = this.#ports
    const text = unpack(primitives, payload, body.rawBytes)
    const node = readPage(primitives, text, this.#ports.admit(follow.repo))
    if (node.digest !== child.digest || node.firstKey !== child.firstKey)
      throw new RecordError(
        'digest-mismatch',
        `The page "${child.firstKey}" is not the one that the commit signs.`,
      )
    transfer.next++
    transfer.nodes.set(node.digest, node)
    transfer.unstaged.push({ node, packed: { rawBytes: body.rawBytes, bytes: payload }, text })
    transfer.unstagedBytes += payload.length
    if (transfer.unstagedBytes >= stageBytes) await this.#stage(follow, sink, transfer)
    if (
      transfer.asked < transfer.expected.length &&
      transfer.asked - transfer.next <= (requestsMax - 1) * pagesAskedMax
    )
      await this.#ask(follow, transfer)
    await this.#finish(follow, sink, transfer)
  }

  async #stage(follow: Follow, sink: RepoSink, transfer: Transfer): Promise<void> {
    const pages = transfer.unstaged
    transfer.unstaged = []
    transfer.unstagedBytes = 0
    await sink.stage(pages)
    this.#onProgress(progressOf(follow))
  }

  async #finish(follow: Follow, sink: RepoSink, transfer: Transfer): Promise<void> {
    if (transfer.next < transfer.expected.length) return
    const nodes = transfer.children.map(({ digest }) => transfer.nodes.get(digest) as PageNode)
    let count = 0
    nodes.forEach((node, at) => {
      const before = nodes[at - 1]
      if (before !== undefined && !pageFollows(before, node))
        throw new RecordError('shape-invalid', `The page "${node.firstKey}" begins where none should.`)
      count += node.count
    })
    if (count !== transfer.head.commit.count || count > repoEntriesMax)
      throw new RecordError('root-mismatch', 'The commit signs another number of entries.')
    if (transfer.unstaged.length > 0) await sink.stage(transfer.unstaged)
    follow.transfer = undefined
    await sink.replace(transfer.head, transfer.links, nodes)
    this.#become(follow, 'current')
    this.#want(follow)
  }

  /** The peer is gone: keeps what was checked of syncs under way. */
  async end(): Promise<void> {
    this.#failed = true
    for (const { sink, transfer, work } of this.#follows.values()) {
      await work
      if (sink !== undefined && transfer !== undefined && transfer.unstaged.length > 0)
        await sink.stage(transfer.unstaged)
    }
    this.#follows.clear()
  }

  moved(follow: Follow): void {
    follow.transfer = undefined
    this.#want(follow)
  }
}

/** Whether nothing is held, so that the peer may send every page unasked. */
const isWhole = (sink: RepoSink): boolean => sink.head === undefined && !sink.hasStaged

function progressOf({ merchant, repo, state, sink, transfer }: Follow): FollowProgress {
  const rev = sink?.head?.commit.rev ?? 0
  if (transfer === undefined) return { merchant, repo, state, rev }
  const all = transfer.children.length
  return { merchant, repo, state, rev, pages: { done: all - transfer.expected.length + transfer.next, all } }
}

function unpack(primitives: FollowingPorts['primitives'], payload: Uint8Array, rawBytes: number): Uint8Array {
  try {
    return primitives.zstdDecompress(payload, rawBytes)
  } catch (cause) {
    throw new RecordError('text-invalid', 'The payload is not packed as stated.', { cause })
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true })

/** A line for each page: first key, digest. @throws {SyncOffence} */
function readContents(text: Uint8Array): Child[] {
  let lines: string[]
  try {
    lines = decoder.decode(text).split('\n')
  } catch {
    throw new SyncOffence('contents-malformed', 'The contents are not UTF-8.')
  }
  if (lines.pop() !== '') throw new SyncOffence('contents-malformed', 'The contents are cut off.')
  return lines.map((line) => {
    const [firstKey = '', digest = '', more] = line.split('\t')
    if (more !== undefined || !isRecordKey(firstKey) || !isDigest(digest))
      throw new SyncOffence('contents-malformed', 'A line of the contents is malformed.')
    return { firstKey, zeroBits: zeroBitsOfKey(firstKey), digest }
  })
}
