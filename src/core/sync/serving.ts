import type { MerchantId } from '../identity/merchant-id.ts'
import { nodeText } from '../record/page.ts'
import { pageIndexOf, type Tree } from '../record/tree.ts'
import { encodeFrame, type FrameBody } from './frame.ts'
import type { RepoSource, Send, ServingPorts } from './ports.ts'
import { SyncOffence } from './sync-offence.ts'

/** Repos that one peer may follow at a time. */
export const subscriptionsMax = 10_000
/** Requests for pages of one repo that a peer may have under way. */
const requestsMax = 64
/** Pages sent in a row before others get their turn. */
const pagesInTurn = 16
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
}

/** The half of a session that sends what the peer wants. Work is done in turns, one after the other. */
export class Serving {
  readonly #ports: ServingPorts
  readonly #send: Send
  readonly #subscriptions = new Map<number, Subscription>()
  readonly #work: (() => Promise<void>)[] = []
  readonly #onError: (error: unknown) => void
  #working = false

  constructor(ports: ServingPorts, send: Send, onError: (error: unknown) => void) {
    this.#ports = ports
    this.#send = send
    this.#onError = onError
  }

  /** Whether the peer follows the repo in this session. */
  serves(merchant: MerchantId, repo: string): boolean {
    for (const one of this.#subscriptions.values())
      if (one.merchant === merchant && one.repo === repo) return true
    return false
  }

  want(body: FrameBody<'want'>): void {
    for (const { id, merchant, repo, rev, keyEvents, whole } of body.repos) {
      if (this.#subscriptions.size >= subscriptionsMax && !this.#subscriptions.has(id))
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
      }
      this.#subscriptions.set(id, one)
      this.#do(() => this.#start(one, rev, whole))
    }
  }

  stop({ id }: FrameBody<'stop'>): void {
    this.#subscriptions.delete(id)
  }

  /** A repo has a new head. */
  changed(merchant: MerchantId, repo: string): void {
    for (const one of this.#subscriptions.values())
      if (one.merchant === merchant && one.repo === repo && one.sentRev !== undefined)
        this.#do(() => this.#follow(one))
  }

  /** What the peer may read has changed: what it may not read any more ends at once. */
  recheck(): void {
    for (const one of this.#subscriptions.values()) if (!this.#mayRead(one)) this.#do(() => this.#end(one))
  }

  pages({ id, from, count }: FrameBody<'pages'>): void {
    const one = this.#subscriptions.get(id)
    if (one === undefined) return // ended meanwhile: nobody's fault
    const index = one.tree === undefined ? -1 : pageIndexOf(one.tree.pages, from)
    if (one.tree?.pages[index]?.node.firstKey === from)
      this.#queuePages(one, index, Math.min(index + count, one.tree.pages.length))
    else this.#do(async () => this.#send(encodeFrame('moved', { id })))
  }

  #queuePages(one: Subscription, next: number, to: number): void {
    if (one.asked.length >= requestsMax)
      throw new SyncOffence('too-many', `A peer may have ${requestsMax} requests for pages under way.`)
    one.asked.push({ next, to })
    if (one.asked.length === 1) this.#do(() => this.#sendPages(one))
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
      this.#onError(error)
    } finally {
      this.#working = false
    }
  }

  #mayRead({ id, merchant, repo }: Subscription): boolean {
    return this.#subscriptions.has(id) && this.#ports.mayRead(merchant, repo)
  }

  async #end({ id }: Subscription): Promise<void> {
    if (this.#subscriptions.delete(id)) await this.#send(encodeFrame('none', { id }))
  }

  async #start(one: Subscription, rev: number, whole: boolean): Promise<void> {
    // Forbidden and unknown are told apart by nothing: no read before this.
    if (!this.#mayRead(one)) return this.#end(one)
    one.source = await this.#ports.source(one.merchant, one.repo)
    if (one.source.head === undefined) return this.#end(one)
    one.sentRev = rev
    await this.#follow(one, whole)
  }

  /** Brings the peer from the rev it has to the head. */
  async #follow(one: Subscription, whole = false): Promise<void> {
    const { id, source, sentRev } = one
    const head = source?.head
    if (
      source === undefined ||
      head === undefined ||
      sentRev === undefined ||
      this.#subscriptions.get(id) !== one
    )
      return
    if (!this.#mayRead(one)) return this.#end(one)
    await this.#sendKeys(one)
    const proof = this.#ports.equivocation(one.merchant, one.repo)
    if (proof !== undefined)
      await this.#send(
        encodeFrame('forked', { id, rev: proof.rev, chains: [[...proof.chains[0]], [...proof.chains[1]]] }),
      )
    const { rev } = head.commit
    if (rev <= sentRev) {
      one.sentRev = rev
      await this.#send(encodeFrame('current', { id }))
      return
    }
    const links = source.links(sentRev)
    if (links === undefined) return this.#end(one)
    const signed = { head: head.text, links: links.map(({ text }) => text) }
    const delta = sentRev === 0 ? undefined : source.changesSince(sentRev)
    if (delta !== undefined) {
      one.sentRev = rev
      await this.#send(
        encodeFrame('delta', { id, ...signed, from: delta.from, rawBytes: delta.rawBytes }, delta.bytes),
      )
      return
    }
    one.sentRev = undefined
    const tree = source.tree()
    one.tree = tree
    const text = encoder.encode(nodeText(tree.pages.map(({ node }) => node)))
    await this.#send(
      encodeFrame(
        'contents',
        { id, ...signed, rawBytes: text.length },
        this.#ports.primitives.zstdCompress(text),
      ),
    )
    if (whole && tree.pages.length > 0) this.#queuePages(one, 0, tree.pages.length)
  }

  async #sendKeys(one: Subscription): Promise<void> {
    const log = this.#ports.keyLog(one.merchant)
    if (log === undefined || log.texts.length <= one.keyEvents) return
    const { id, keyEvents: from } = one
    one.keyEvents = log.texts.length
    await this.#send(encodeFrame('keys', { id, from, events: log.texts.slice(from) }))
  }

  /** Sends pages in turns, so that a large repo does not hold up what is live. */
  async #sendPages(one: Subscription): Promise<void> {
    const { id, source, tree } = one
    const [row] = one.asked
    if (
      row === undefined ||
      tree === undefined ||
      source === undefined ||
      this.#subscriptions.get(id) !== one
    )
      return
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
