import type { MerchantId } from '../identity/merchant-id.ts'
import type { FollowProgress } from './follow.ts'
import { Following } from './following.ts'
import { batchMax, decodeFrame, encodeFrame, type FrameBody } from './frame.ts'
import type { FollowingPorts, Holding, Send, ServingPorts } from './ports.ts'
import { Serving } from './serving.ts'

export interface SyncEvents {
  /** The peer holds these repos. */
  onHave(repos: FrameBody<'have'>['repos']): void
  onProgress(progress: FollowProgress): void
  /** The peer asked once more for a repo that it may not read. */
  onRefusedAgain?(merchant: MerchantId, repo: string): void
  /** The peer broke a rule, or this side failed: the session is over. */
  onError(error: unknown): void
}

/**
 * One peer's sync, both ways, without any I/O: frames come in by {@link receive} and go out by `send`.
 * Spec: protocol/streams/sync.md.
 */
export class SyncSession {
  readonly #send: Send
  readonly #events: SyncEvents
  readonly #serving: Serving
  readonly #following: Following

  constructor(ports: ServingPorts & FollowingPorts, send: Send, events: SyncEvents) {
    this.#send = send
    this.#events = events
    const onError = (error: unknown): void => events.onError(error)
    this.#serving = new Serving(ports, send, {
      onError,
      onRefusedAgain: (merchant, repo) => events.onRefusedAgain?.(merchant, repo),
    })
    this.#following = new Following(ports, send, (progress) => events.onProgress(progress), onError)
  }

  follow(merchant: MerchantId, repo: string): void {
    this.#following.follow(merchant, repo)
  }

  /** Follows a repo of this side's own, of which the peer holds commits that were lost here. */
  recover(merchant: MerchantId, repo: string): void {
    this.#following.follow(merchant, repo, true)
  }

  unfollow(merchant: MerchantId, repo: string): void {
    this.#following.unfollow(merchant, repo)
  }

  states(): FollowProgress[] {
    return this.#following.states()
  }

  /** Tells the peer what is held that it may read. */
  async announce(holdings: readonly Holding[]): Promise<void> {
    for (let at = 0; at < holdings.length; at += batchMax)
      await this.#send(
        encodeFrame('have', { repos: holdings.slice(at, at + batchMax).map((one) => ({ ...one })) }),
      )
  }

  /** A repo that the peer may read has a new head: it gets the change if it follows, else word of it. */
  async changed(holding: Holding): Promise<void> {
    if (this.#serving.serves(holding.merchant, holding.repo))
      this.#serving.changed(holding.merchant, holding.repo)
    else await this.announce([holding])
  }

  /** The peer is gone. */
  end(): Promise<void> {
    return this.#following.end()
  }

  /** Grants or relations have changed. */
  recheck(): void {
    this.#serving.recheck()
  }

  /**
   * @returns a promise if the peer should wait before it sends more
   * @throws {SyncFrameError} {@link SyncOffence}
   */
  receive(bytes: Uint8Array): void | Promise<void> {
    const frame = decodeFrame(bytes)
    const following = this.#following
    switch (frame.name) {
      case 'have':
        return this.#events.onHave(frame.body.repos)
      case 'want':
        return this.#serving.want(frame.body)
      case 'pages':
        return this.#serving.pages(frame.body)
      case 'stop':
        return this.#serving.stop(frame.body)
      case 'none':
        return following.receive(frame.body.id, 0, (follow) => following.none(follow))
      case 'current':
        return following.receive(frame.body.id, 0, (follow) => following.current(follow))
      case 'moved':
        return following.receive(frame.body.id, 0, (follow, sink) => following.moved(follow, sink))
      case 'keys':
        return following.receive(frame.body.id, bytes.length, (follow, sink) =>
          following.keys(follow, sink, frame.body),
        )
      case 'forked':
        return following.receive(frame.body.id, bytes.length, (follow) =>
          following.forked(follow, frame.body),
        )
      case 'delta':
        return following.receive(frame.body.id, bytes.length, (follow, sink) =>
          following.delta(follow, sink, frame.body, frame.payload),
        )
      case 'contents':
        return following.receive(frame.body.id, bytes.length, (follow, sink) =>
          following.contents(follow, sink, frame.body, frame.payload),
        )
      case 'page':
        return following.receive(frame.body.id, bytes.length, (follow, sink) =>
          following.page(follow, sink, frame.body, frame.payload),
        )
    }
  }
}
