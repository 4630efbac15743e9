import type { MerchantId } from '../core/identity/merchant-id.ts'
import type { FollowProgress } from '../core/sync/follow.ts'
import type { FrameBody } from '../core/sync/frame.ts'
import type { FollowingPorts, Holding, ServingPorts } from '../core/sync/ports.ts'
import { SyncSession } from '../core/sync/session.ts'
import { breachOf } from '../core/sync/sync-offence.ts'
import type { FramedStream } from './framed-stream.ts'

export const syncProtocol = '/mosaic/sync/1'
/** What a peer says it holds is remembered for so many repos. */
const heardMax = 20_000

export interface SyncDriverPorts extends Omit<ServingPorts, 'mayRead'>, Omit<FollowingPorts, 'now'> {
  /** UTC seconds. @default the system's clock */
  now?(): number
  mayRead(peer: MerchantId, merchant: MerchantId, repo: string): boolean
  /** What is held that the peer may read. */
  holdings(peer: MerchantId): AsyncIterable<Holding>
  onProgress?(peer: MerchantId, progress: FollowProgress): void
  /** The peer asked once more for a repo that it may not read: the offence `repo-refused`. */
  onRefusedAgain?(peerId: string): void
  /** A session broke: by the peer's fault, or ours. */
  onError?(peer: MerchantId, error: unknown): void
}

interface Attached {
  readonly peer: MerchantId
  readonly stream: FramedStream
  readonly session: SyncSession
  readonly heard: Map<string, number>
}

const idOf = (merchant: MerchantId, repo: string): string => `${merchant}/${repo}`

/**
 * Runs sync with every connected peer. A followed repo comes from its author's node when that is connected,
 * else from whoever holds a newer head; all of it is verified alike.
 */
export class SyncDriver {
  readonly #ports: SyncDriverPorts
  readonly #followed = new Map<string, { readonly merchant: MerchantId; readonly repo: string }>()
  readonly #attached = new Set<Attached>()

  constructor(ports: SyncDriverPorts) {
    this.#ports = ports
  }

  /** Takes over a stream of {@link syncProtocol} to a peer that hello has named. */
  attach(peer: MerchantId, stream: FramedStream): void {
    const ports = this.#ports
    const heard = new Map<string, number>()
    const session = new SyncSession(
      {
        ...ports,
        now: () => ports.now?.() ?? Math.floor(Date.now() / 1000),
        mayRead: (merchant, repo) => ports.mayRead(peer, merchant, repo),
      },
      (frame) => {
        if (stream.isOpen) return stream.send(frame)
      },
      {
        onHave: (repos) => this.#heard(attached, repos),
        onProgress: (progress) => {
          if (progress.state === 'none') this.#followElsewhere(progress.merchant, progress.repo, attached)
          if (progress.state === 'current' && progress.merchant === peer)
            this.#endReplicas(progress.merchant, progress.repo)
          ports.onProgress?.(peer, progress)
        },
        onRefusedAgain: () => ports.onRefusedAgain?.(stream.peerId),
        onError: (error) => this.#broke(attached, error),
      },
    )
    const attached: Attached = { peer, stream, session, heard }
    this.#attached.add(attached)
    stream.onFrame((frame) => {
      try {
        return session.receive(frame) ?? undefined
      } catch (error) {
        this.#broke(attached, error)
      }
    })
    void stream.closed.then(() => this.#detach(attached))
    for (const { merchant, repo } of this.#followed.values())
      if (merchant === peer) session.follow(merchant, repo)
    this.#announce(attached).catch((error) => this.#broke(attached, error))
  }

  /** Follows a repo, from now on and whoever has it. */
  follow(merchant: MerchantId, repo: string): void {
    this.#followed.set(idOf(merchant, repo), { merchant, repo })
    this.#route(merchant, repo)
  }

  /** Gets a repo of this node's own merchant from one peer: what was lost here and a partner still has. */
  fetch(peer: MerchantId, merchant: MerchantId, repo: string): void {
    const attached = [...this.#attached].find((one) => one.peer === peer)
    attached?.session.recover(merchant, repo)
  }

  unfollow(merchant: MerchantId, repo: string): void {
    this.#followed.delete(idOf(merchant, repo))
    for (const { session } of this.#attached) session.unfollow(merchant, repo)
  }

  /** A repo of ours or one that we hold has a new head. */
  changed(holding: Holding): void {
    for (const attached of this.#attached)
      if (
        this.#ports.mayRead(attached.peer, holding.merchant, holding.repo) &&
        attached.peer !== holding.merchant
      )
        attached.session.changed(holding).catch((error) => this.#broke(attached, error))
  }

  /** Grants or relations with a peer have changed. */
  recheck(peer: MerchantId): void {
    for (const attached of this.#attached)
      if (attached.peer === peer) {
        attached.session.recheck()
        this.#announce(attached).catch((error) => this.#broke(attached, error))
      }
  }

  /** How far each followed repo has come, by peer. */
  progress(): { readonly peer: MerchantId; readonly progress: FollowProgress }[] {
    return [...this.#attached].flatMap(({ peer, session }) =>
      session.states().map((progress) => ({ peer, progress })),
    )
  }

  async #announce({ peer, session }: Attached): Promise<void> {
    const holdings: Holding[] = []
    for await (const holding of this.#ports.holdings(peer))
      if (holding.merchant !== peer) holdings.push(holding)
    await session.announce(holdings)
  }

  #heard(attached: Attached, repos: FrameBody<'have'>['repos']): void {
    for (const { merchant, repo, rev } of repos) {
      const id = idOf(merchant, repo)
      if (!attached.heard.has(id) && attached.heard.size >= heardMax) continue
      attached.heard.set(id, rev)
      if (this.#followed.has(id)) this.#route(merchant, repo)
    }
  }

  /** Chooses who serves a followed repo: the author, else the peer with the newest head, if it is newer than ours. */
  #route(merchant: MerchantId, repo: string, except?: Attached): void {
    const all = [...this.#attached].filter((attached) => attached !== except)
    const author = all.find(({ peer }) => peer === merchant)
    if (author !== undefined) {
      author.session.follow(merchant, repo)
      return
    }
    const id = idOf(merchant, repo)
    const [newest] = all
      .filter(({ heard }) => heard.has(id))
      .sort((a, b) => (b.heard.get(id) ?? 0) - (a.heard.get(id) ?? 0))
    if (newest === undefined) return
    const isServed = all.some(
      (attached) =>
        (attached.heard.get(id) ?? 0) >= (newest.heard.get(id) ?? 0) &&
        attached.session.states().some((state) => state.merchant === merchant && state.repo === repo),
    )
    if (!isServed) newest.session.follow(merchant, repo)
  }

  #followElsewhere(merchant: MerchantId, repo: string, except: Attached): void {
    except.heard.delete(idOf(merchant, repo))
    if (this.#followed.has(idOf(merchant, repo)) && except.peer !== merchant)
      this.#route(merchant, repo, except)
  }

  /** The author's node serves the repo: from others each change would come once more. */
  #endReplicas(merchant: MerchantId, repo: string): void {
    for (const { peer, session } of this.#attached) if (peer !== merchant) session.unfollow(merchant, repo)
  }

  #broke(attached: Attached, error: unknown): void {
    if (!this.#attached.has(attached)) return
    this.#ports.onError?.(attached.peer, error)
    // Only what the peer did wrong costs it.
    attached.stream.abort(breachOf(error) ?? 'handler-failed', 'The sync session broke off.')
    this.#detach(attached)
  }

  #detach(attached: Attached): void {
    if (!this.#attached.delete(attached)) return
    attached.session.end().catch((error) => this.#ports.onError?.(attached.peer, error))
    for (const { merchant, repo } of this.#followed.values()) this.#route(merchant, repo)
  }
}
