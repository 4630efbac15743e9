import type { MerchantId } from '../core/identity/merchant-id.ts'
import type { Candidate, Directory } from './directory.ts'
import type { HelloService } from './hello-service.ts'
import type { Host } from './host.ts'
import { withPeerId } from './peer-address.ts'
import { RetryPause } from './retry-pause.ts'
import type { Session } from './session.ts'

/** Pauses between attempts to reach a merchant. */
const connectPause = { firstMs: 2_000, maxMs: 600_000 }
/** Attempts under way at a time, so that a thousand partners do not fill the dial queue. */
export const connectsAtOnceMax = 8

/** Where merchants' nodes were found before. The node implements it on its store. */
export interface AddressBook {
  /** Newest first. */
  addressesOf(merchant: MerchantId): readonly Candidate[]
  /** Addresses that a hello has proved to be the merchant's, or that it named there. */
  remember(merchant: MerchantId, candidate: Candidate): void
}

interface Wanted {
  readonly pause: RetryPause
  running: boolean
}

/** Keeps sessions with the merchants that this node deals with. Spec: protocol/streams/discovery.md. */
export class Connector {
  readonly #host: Host
  readonly #hello: HelloService
  readonly #book: AddressBook
  readonly #directory: Directory | undefined
  readonly #pause: { readonly firstMs: number; readonly maxMs: number }
  readonly #wanted = new Map<MerchantId, Wanted>()
  readonly #queue: (() => void)[] = []
  #free = connectsAtOnceMax
  #unsubscribe: (() => void)[] = []

  /** @param directory `undefined` if the DHT is off */
  constructor(
    host: Host,
    hello: HelloService,
    book: AddressBook,
    directory: Directory | undefined,
    pause = connectPause,
  ) {
    this.#host = host
    this.#hello = hello
    this.#book = book
    this.#directory = directory
    this.#pause = pause
  }

  start(): void {
    const { lan } = this.#host
    this.#unsubscribe = [
      this.#hello.sessions.on({
        begin: (session) => this.#begin(session),
        renew: (session) => this.#remember(session),
        end: ({ merchant }) => this.#wake(merchant),
      }),
      ...(lan === undefined ? [] : [lan.onPeer(({ peerId }) => this.#appeared(peerId))]),
    ]
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    for (const merchant of [...this.#wanted.keys()]) this.unwant(merchant)
  }

  /** From now on this node tries to have a session with the merchant. */
  want(merchant: MerchantId): void {
    if (this.#wanted.has(merchant)) return
    this.#wanted.set(merchant, { pause: new RetryPause(this.#pause), running: false })
    this.#wake(merchant)
  }

  /** It no longer does. An open session stays. */
  unwant(merchant: MerchantId): void {
    this.#wanted.get(merchant)?.pause.cancel()
    this.#wanted.delete(merchant)
  }

  /** One attempt: remembered addresses, the LAN, the DHT. @returns undefined if none led to the merchant */
  async connect(merchant: MerchantId): Promise<Session | undefined> {
    const known = this.#hello.sessions.of(merchant)
    if (known !== undefined) return known
    const tried = new Set<string>()
    for await (const { peerId, addresses } of this.#candidates(merchant)) {
      const fresh = withPeerId(addresses, peerId).filter((address) => !tried.has(address))
      if (fresh.length === 0) continue
      for (const address of fresh) tried.add(address)
      try {
        return await this.#hello.connect(fresh, merchant)
      } catch {
        // Not there: on to the next.
      }
    }
    return undefined
  }

  async *#candidates(merchant: MerchantId): AsyncGenerator<Candidate> {
    const remembered = this.#book.addressesOf(merchant)
    yield* remembered
    const peerIds = new Set(remembered.map(({ peerId }) => peerId))
    for (const peer of this.#host.lan?.all(Date.now()) ?? []) if (peerIds.has(peer.peerId)) yield peer
    const location = await this.#directory?.find(merchant)
    if (location !== undefined) yield location.addresses
  }

  #begin(session: Session): void {
    this.#remember(session)
    const wanted = this.#wanted.get(session.merchant)
    wanted?.pause.reset()
    wanted?.pause.cancel()
  }

  #remember({ merchant, peerId, addresses, connection }: Session): void {
    const worked = connection.direction === 'outbound' ? [connection.remoteAddr.toString()] : []
    const all = [...new Set([...worked, ...withPeerId(addresses, peerId)])]
    if (all.length > 0) this.#book.remember(merchant, { peerId, addresses: all })
  }

  /** Somebody came into the LAN: if it is a node of a merchant we want, its pause ends. */
  #appeared(peerId: string): void {
    for (const [merchant, { pause }] of this.#wanted)
      if (this.#book.addressesOf(merchant).some((candidate) => candidate.peerId === peerId)) pause.cancel()
  }

  #wake(merchant: MerchantId): void {
    const wanted = this.#wanted.get(merchant)
    if (wanted !== undefined && !wanted.running) void this.#run(merchant, wanted)
  }

  async #run(merchant: MerchantId, wanted: Wanted): Promise<void> {
    wanted.running = true
    const isNeeded = (): boolean =>
      this.#wanted.get(merchant) === wanted && this.#hello.sessions.of(merchant) === undefined
    while (isNeeded()) {
      await this.#turn()
      try {
        if (isNeeded()) await this.connect(merchant)
      } finally {
        this.#free++
        this.#queue.shift()?.()
      }
      if (isNeeded()) await wanted.pause.wait()
    }
    wanted.running = false
  }

  async #turn(): Promise<void> {
    while (this.#free === 0) await new Promise<void>((resolve) => this.#queue.push(resolve))
    this.#free--
  }
}
