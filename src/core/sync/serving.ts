import type { MerchantId } from '../identity/merchant-id.ts'
import { type Equivocation, verifyEquivocation } from '../record/history.ts'
import { nodeText } from '../record/page.ts'
import { RecordError } from '../record/record-error.ts'
import { pageIndexOf, type Tree } from '../record/tree.ts'
import { encodeFrame, type FrameBody, fitsFrame, type Needs } from './frame.ts'
import type { RepoSource, Send, ServingPorts } from './ports.ts'
import { SyncOffence } from './sync-offence.ts'

/** Repos that one peer may follow at a time. */
export const subscriptionsMax = 10_000
/** Requests for pages of one repo that a peer may have under way. */
const requestsMax = 64
/** What a peer may have asked for and not been given yet. */
const waitingMax = 2 * subscriptionsMax
/** Pages sent in a row before others get their turn. */
const pagesInTurn = 16
/** Characters of key events in one frame, unless a single event has more. */
const keyCharsInFrame = 262_144
/** Refused repos of a peer that are remembered. */
const refusedMax = 1_000
const encoder = new TextEncoder()

interface Subscription {
  readonly id: number
  readonly merchant: MerchantId
  readonly repo: string
  source: RepoSource | undefined
  /** The rev that the peer has been brought to; live changes follow from it. `undefined` while pages are on their way. */
  sentRev: number | undefined
  keyEvents: number
  /** What `contents` described: pages are served from it while it lasts. */
  tree: Tree | undefined
  /** Rows of pages that were asked for, in that order. */
  asked: { next: number; readonly to: number }[]
  /** A change waits for its turn. */
  isDue: boolean
}

export interface ServingEvents {
  /** This side failed. */
  onError(error: unknown): void
  /** The peer asked once more for a repo that it may not read. */
  onRefusedAgain?(merchant: MerchantId, repo: string): void
}

const nameOf = (merchant: MerchantId, repo: string): string => `${merchant}/${repo}`

/** The half of a session that sends what the peer wants. Work is done in turns, one after the other. */
export class Serving {
  readonly #ports: ServingPorts
  readonly #send: Send
  readonly #events: ServingEvents
  readonly #subscriptions = new Map<number, Subscription>()
  readonly #byRepo = new Map<string, Subscription>()
  readonly #refused = new Set<string>()
  /** Repos whose proof of equivocation the peer has got. */
  readonly #proven = new Set<string>()
  readonly #work: (() => Promise<void>)[] = []
  #working = false

  constructor(ports: ServingPorts, send: Send, events: ServingEvents) {
    this.#ports = ports
    this.#send = send
    this.#events = events
  }

  /** Whether the peer follows the repo in this session. */
  serves(merchant: MerchantId, repo: string): boolean {
    return this.#byRepo.has(nameOf(merchant, repo))
  }

  /** @throws {SyncOffence} `too-many` */
  want(body: FrameBody<'want'>): void {
    for (const wanted of body.repos) {
      const { id, merchant, repo, keyEvents } = wanted
      this.#drop(this.#subscriptions.get(id))
      this.#drop(this.#byRepo.get(nameOf(merchant, repo)))
      if (this.#subscriptions.size >= subscriptionsMax)
        throw new SyncOffence('too-many', `A peer may follow ${subscriptionsMax} repos.`)
      const one: Subscription = {
        id,
        merchant,
        repo,
        source: undefined,
        sentRev: undefined,
        keyEvents,
        tree: undefined,
        asked: [],
        isDue: false,
      }
      this.#subscriptions.set(id, one)
      this.#byRepo.set(nameOf(merchant, repo), one)
      this.#doForPeer(() => this.#start(one, wanted))
    }
  }

  stop({ id }: FrameBody<'stop'>): void {
    this.#drop(this.#subscriptions.get(id))
  }

  #drop(one: Subscription | undefined): boolean {
    if (one === undefined || !this.#isOn(one)) return false
    this.#byRepo.delete(nameOf(one.merchant, one.repo))
    return this.#subscriptions.delete(one.id)
  }

  #isOn(one: Subscription): boolean {
    return this.#subscriptions.get(one.id) === one
  }

  /** A repo has a new head. However slow the peer is, one change waits for it at most. */
  changed(merchant: MerchantId, repo: string): void {
    const one = this.#byRepo.get(nameOf(merchant, repo))
    if (one?.sentRev === undefined || one.isDue) return
    one.isDue = true
    this.#do(() => {
      one.isDue = false
      return this.#follow(one, 'changes')
    })
  }

  /** What the peer may read has changed: what it may not read any more ends at once. */
  recheck(): void {
    for (const one of this.#subscriptions.values()) if (!this.#mayRead(one)) this.#do(() => this.#end(one))
  }

  /** @throws {SyncOffence} `too-many` */
  pages({ id, from, count }: FrameBody<'pages'>): void {
    const one = this.#subscriptions.get(id)
    if (one === undefined) return // ended meanwhile: nobody's fault
    const index = one.tree === undefined ? -1 : pageIndexOf(one.tree.pages, from)
    if (one.tree?.pages[index]?.node.firstKey === from)
      this.#queuePages(one, index, Math.min(index + count, one.tree.pages.length))
    else this.#doForPeer(async () => this.#send(encodeFrame('moved', { id })))
  }

  #queuePages(one: Subscription, next: number, to: number): void {
    if (one.asked.length >= requestsMax)
      throw new SyncOffence('too-many', `A peer may have ${requestsMax} requests for pages under way.`)
    one.asked.push({ next, to })
    if (one.asked.length === 1) this.#do(() => this.#sendPages(one))
  }

  #doForPeer(work: () => Promise<void>): void {
    if (this.#work.length >= waitingMax)
      throw new SyncOffence('too-many', `A peer may have ${waitingMax} requests under way.`)
    this.#do(work)
  }

  #do(work: () => Promise<void>): void {
    this.#work.push(work)
    if (!this.#working) void this.#run()
  }

  async #run(): Promise<void> {
    this.#working = true
    try {
      for (let next = this.#work.shift(); next !== undefined; next = this.#work.shift()) await next()
    } catch (error) {
      this.#work.length = 0
      this.#events.onError(error)
    } finally {
      this.#working = false
    }
  }

  #mayRead({ merchant, repo }: Subscription): boolean {
    return this.#ports.mayRead(merchant, repo)
  }

  async #end(one: Subscription): Promise<void> {
    if (this.#drop(one)) await this.#send(encodeFrame('none', { id: one.id }))
  }

  async #start(one: Subscription, wanted: FrameBody<'want'>['repos'][number]): Promise<void> {
    if (!this.#isOn(one)) return
    // Forbidden and unknown are told apart by nothing: no read before this.
    if (!this.#mayRead(one)) {
      this.#noteRefusal(one)
      return this.#end(one)
    }
    one.source = await this.#ports.source(one.merchant, one.repo)
    if (one.source.head === undefined) return this.#end(one)
    one.sentRev = wanted.rev
    await this.#follow(one, wanted.needs, wanted.head)
  }

  /** A request may race a revocation: only asking again is noted. */
  #noteRefusal({ merchant, repo }: Subscription): void {
    const name = nameOf(merchant, repo)
    if (this.#refused.has(name)) this.#events.onRefusedAgain?.(merchant, repo)
    else if (this.#refused.size < refusedMax) this.#refused.add(name)
  }

  /** Brings the peer from the rev it has to the head. @param held the digest of the commit at that rev */
  async #follow(one: Subscription, needs: Needs, held?: string): Promise<void> {
    const { id, source, sentRev } = one
    if (source === undefined || sentRev === undefined || !this.#isOn(one)) return
    if (!this.#mayRead(one)) return this.#end(one)
    await this.#sendKeys(one)
    await this.#sendProof(one)
    const { head } = source
    if (head === undefined) return this.#end(one)
    const { rev } = head.commit
    // At the same rev the peer may have another commit: it has to see this one.
    const differs = held !== undefined && held !== head.digest
    if (rev < sentRev || (rev === sentRev && needs === 'changes' && !differs)) {
      await this.#send(encodeFrame('current', { id }))
      return
    }
    const links = source.links(sentRev)
    if (links === undefined) return this.#end(one)
    const signed = { id, head: head.text, links: links.map(({ text }) => text), from: sentRev }
    const delta = needs === 'changes' && sentRev > 0 ? source.changesSince(sentRev) : undefined
    const frame = delta && encodeFrame('delta', { ...signed, rawBytes: delta.rawBytes }, delta.bytes)
    if (frame !== undefined && fitsFrame(frame)) {
      one.sentRev = rev
      await this.#send(frame)
      return
    }
    one.sentRev = undefined
    const tree = source.tree()
    one.tree = tree
    const text = encoder.encode(nodeText(tree.pages.map(({ node }) => node)))
    const packed = this.#ports.primitives.zstdCompress(text)
    await this.#send(encodeFrame('contents', { ...signed, rawBytes: text.length }, packed))
    if (needs === 'pages' && tree.pages.length > 0 && this.#isOn(one))
      this.#queuePages(one, 0, tree.pages.length)
  }

  async #sendKeys(one: Subscription): Promise<void> {
    const log = this.#ports.keyLog(one.merchant)
    if (log === undefined || log.texts.length <= one.keyEvents) return
    const events = log.texts.slice(one.keyEvents)
    let from = one.keyEvents
    one.keyEvents = log.texts.length
    while (events.length > 0) {
      let count = 0
      let chars = 0
      do chars += events[count++]?.length ?? 0
      while (count < events.length && chars + (events[count]?.length ?? 0) <= keyCharsInFrame)
      const row = events.splice(0, count)
      await this.#send(encodeFrame('keys', { id: one.id, from, events: row, more: events.length > 0 }))
      from += row.length
    }
  }

  async #sendProof({ id, merchant, repo }: Subscription): Promise<void> {
    const name = nameOf(merchant, repo)
    const proof = this.#proven.has(name) ? undefined : this.#ports.equivocation(merchant, repo)
    if (proof === undefined || !this.#stillProves(merchant, repo, proof)) return
    this.#proven.add(name)
    const [one, other] = proof.chains
    await this.#send(encodeFrame('forked', { id, rev: proof.rev, chains: [[...one], [...other]] }))
  }

  /** A proof may have been excused by the key log since it was kept. */
  #stillProves(merchant: MerchantId, repo: string, proof: Equivocation): boolean {
    const log = this.#ports.keyLog(merchant)
    try {
      return log !== undefined && verifyEquivocation(this.#ports.primitives, log, repo, proof)
    } catch (error) {
      if (error instanceof RecordError) return false
      throw error
    }
  }

  /** Sends pages in turns, so that a large repo does not hold up what is live. */
  async #sendPages(one: Subscription): Promise<void> {
    const { id, source, tree } = one
    const [row] = one.asked
    if (row === undefined || tree === undefined || source === undefined || !this.#isOn(one)) return
    if (!this.#mayRead(one)) return this.#end(one)
    for (const turnTo = Math.min(row.to, row.next + pagesInTurn); row.next < turnTo; row.next++) {
      const page = tree.pages[row.next]
      const packed = page === undefined ? undefined : source.page(page)
      if (packed === undefined) {
        one.asked = []
        await this.#send(encodeFrame('moved', { id }))
        return
      }
      const wait = this.#send(encodeFrame('page', { id, rawBytes: packed.rawBytes }, packed.bytes))
      if (wait !== undefined) await wait
    }
    if (row.next === row.to) one.asked.shift()
    if (one.asked.length > 0) this.#do(() => this.#sendPages(one))
  }
}
