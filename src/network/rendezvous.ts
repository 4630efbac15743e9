import type { Candidate, Directory } from './directory.ts'
import type { HelloService } from './hello-service.ts'
import type { Host } from './host.ts'
import type { JoinEnd } from './pairing-service.ts'
import { withPeerId } from './peer-address.ts'
import type { Session } from './session.ts'

/** How long a LAN without anybody may still answer. */
export const lanWaitMs = 3_000
/** How long a joiner looks for candidates. */
export const meetMs = 30_000
const searchPauseMs = 2_000
export const candidatesMax = 32
/** A topic that no node of the DHT took is offered again after this time. */
const announcePauseMs = 5_000

/** Whether a phone code can work now, and by which way. */
export interface Prospects {
  readonly lan: 'off' | 'nobody' | 'somebody'
  readonly dht: 'off' | 'nobody' | 'somebody'
  readonly canMeet: boolean
}

export type MeetEnd =
  /** Someone knew the code. */
  | { readonly end: 'met'; readonly session: Session; readonly join: JoinEnd }
  /** Neither LAN nor DHT can lead to anybody; told at once. */
  | { readonly end: 'cannot-meet'; readonly prospects: Prospects }
  /** There are nodes, but none of those found knew the code. */
  | { readonly end: 'not-found'; readonly tried: number }

/** How two nodes that share a phone code find each other. Spec: protocol/streams/discovery.md §3. */
export class Rendezvous {
  readonly #host: Host
  readonly #hello: HelloService
  readonly #directory: Directory | undefined
  readonly #announced = new Map<string, AbortController>()

  /** @param directory `undefined` if the DHT is off */
  constructor(host: Host, hello: HelloService, directory: Directory | undefined) {
    this.#host = host
    this.#hello = hello
    this.#directory = directory
  }

  prospects(): Prospects {
    const { lan } = this.#host
    const ways = {
      lan: lan === undefined ? 'off' : lan.all(Date.now()).length > 0 ? 'somebody' : 'nobody',
      dht: this.#directory === undefined ? 'off' : this.#directory.hasPeers ? 'somebody' : 'nobody',
    } as const
    return { ...ways, canMeet: ways.lan === 'somebody' || ways.dht === 'somebody' }
  }

  /**
   * Makes this node findable under a topic until {@link withdraw}; call it again after a restart. What cannot be
   * announced now is announced as soon as the DHT has a node.
   * @returns whether the other can find this node now, for the inviter to be told; after up to {@link lanWaitMs} if
   *   there is nobody yet
   */
  async announce(topic: Uint8Array): Promise<Prospects> {
    const name = Buffer.from(topic).toString('hex')
    if (!this.#announced.has(name)) {
      const stopping = new AbortController()
      this.#announced.set(name, stopping)
      void this.#keepAnnounced(topic, stopping.signal)
    }
    await this.#awaitAnybody()
    return this.prospects()
  }

  async withdraw(topic: Uint8Array): Promise<void> {
    const name = Buffer.from(topic).toString('hex')
    this.#announced.get(name)?.abort()
    this.#announced.delete(name)
    await this.#directory?.withdraw(topic)
  }

  stop(): void {
    for (const stopping of this.#announced.values()) stopping.abort()
    this.#announced.clear()
  }

  /**
   * Tries whoever may be the inviter, one after the other.
   * @param attempt joins at a node; `refused` with `unknown`, or broken, makes it go on to the next
   */
  async meet(
    topic: Uint8Array,
    attempt: (session: Session) => Promise<JoinEnd>,
    signal: AbortSignal = AbortSignal.timeout(meetMs),
  ): Promise<MeetEnd> {
    await this.#awaitAnybody(signal)
    const prospects = this.prospects()
    if (!prospects.canMeet) return { end: 'cannot-meet', prospects }
    const tried = new Set<string>()
    while (!signal.aborted && tried.size < candidatesMax) {
      for await (const candidate of this.#candidates(topic, signal)) {
        if (tried.has(candidate.peerId) || tried.size >= candidatesMax) continue
        tried.add(candidate.peerId)
        const met = await this.#try(candidate, attempt, signal)
        if (met !== undefined) return met
      }
      await sleep(searchPauseMs, signal)
    }
    return { end: 'not-found', tried: tried.size }
  }

  async *#candidates(topic: Uint8Array, signal: AbortSignal): AsyncGenerator<Candidate> {
    yield* this.#host.lan?.all(Date.now()) ?? []
    if (this.#directory !== undefined) yield* this.#directory.candidates(topic, signal)
  }

  async #try(
    { peerId, addresses }: Candidate,
    attempt: (session: Session) => Promise<JoinEnd>,
    signal: AbortSignal,
  ): Promise<MeetEnd | undefined> {
    try {
      const session = await this.#hello.connect(withPeerId(addresses, peerId), undefined, signal)
      const join = await attempt(session)
      const isOther = join.end === 'broken' || (join.end === 'refused' && join.code === 'unknown')
      return isOther ? undefined : { end: 'met', session, join }
    } catch {
      return undefined // unreachable, no merchant, or refused: not the one we look for
    }
  }

  async #keepAnnounced(topic: Uint8Array, signal: AbortSignal): Promise<void> {
    if (this.#directory === undefined) return
    while (!signal.aborted && !(await this.#directory.announce(topic, signal)))
      await sleep(announcePauseMs, signal)
  }

  /** Gives the LAN its time, if nobody is known at all. */
  async #awaitAnybody(signal?: AbortSignal): Promise<void> {
    const { lan } = this.#host
    if (lan === undefined || this.prospects().canMeet) return
    const waiting = new AbortController()
    const unsubscribe = lan.onPeer(() => waiting.abort())
    await sleep(lanWaitMs, signal === undefined ? waiting.signal : AbortSignal.any([waiting.signal, signal]))
    unsubscribe()
  }
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms).unref()
    signal.addEventListener('abort', end)
  })
}
