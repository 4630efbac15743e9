import type { KeyLog } from '../core/identity/key-log.ts'
import type { MerchantId } from '../core/identity/merchant-id.ts'
import { base64urlToBytes } from '../core/signature/base.ts'
import { canonicalText, type JsonObject } from '../core/signature/canonical.ts'
import { dhtValue } from '../network/dht-record.ts'
import type { FramedStream } from '../network/framed-stream.ts'
import type { Network } from '../network/network.ts'
import { openNetwork } from '../network/network.ts'
import { signNodeAddresses } from '../network/node-addresses.ts'
import type { Prospects } from '../network/rendezvous.ts'
import type { Session } from '../network/session.ts'
import { SyncDriver, syncProtocol } from '../network/sync-driver.ts'
import { nodePrimitives } from '../store/primitives.ts'
import { NodeAddressBook } from './address-book.ts'
import type { NodeConfig } from './config.ts'
import { NodeHelloPort } from './hello-port.ts'
import { NodeInbox } from './inbox.ts'
import { addressesFor } from './invitations.ts'
import { Joining } from './joining.ts'
import { listen } from './listening.ts'
import type { Local } from './local.ts'
import { LostRepos } from './lost-repos.ts'
import { pairingPort } from './pairing-port.ts'
import { type SyncNews, syncPorts } from './sync-ports.ts'
import { SyncStreams } from './sync-streams.ts'
import type { PartnerState } from './views.ts'

/** Where this node is goes to the DHT anew after so long; values there live for a week. */
const locationSeconds = 6 * 3_600

/** Repos of every partner that this node follows; assortments follow from grants. */
const followedOfPartner = ['trust', 'public']

const syncLimits = { overRelay: true } as const

/** The network side of a node: who is connected, what is followed, and what that sets off. */
export class Online {
  readonly #local: Local
  readonly network: Network
  readonly sync: SyncDriver
  readonly #streams: SyncStreams
  readonly joining: Joining
  /** Why the last try to talk to a merchant failed; only of those with whom there is or was a relation. */
  readonly #problems = new Map<MerchantId, string>()
  readonly #leases = new Map<string, NodeJS.Timeout>()
  readonly #unsubscribe: (() => void)[] = []
  readonly #topics = new Set<string>()
  #locationAt = 0

  private constructor(
    local: Local,
    network: Network,
    syncing: {
      readonly sync: SyncDriver
      readonly attach: (merchant: MerchantId, stream: FramedStream) => void
    },
  ) {
    this.#local = local
    this.network = network
    this.sync = syncing.sync
    this.#streams = new SyncStreams({
      attach: syncing.attach,
      isOn: ({ connection }) =>
        connection.status === 'open' && network.hello.sessions.ofConnection(connection) !== undefined,
      open: ({ connection }) => network.host.openStream(connection, syncProtocol, syncLimits),
      onBroken: (merchant, why) => this.#syncBroke(merchant, why),
    })
    const { database, publish, clock } = local
    const { hello, pairing, rendezvous } = network
    this.joining = new Joining({
      ...{ database, hello, pairing, publish, clock },
      meet: (topic, attempt) => rendezvous.meet(topic, attempt),
      isOwn: (id) => local.invitations.get(id) !== undefined,
    })
  }

  static async open(local: Local, config: NodeConfig): Promise<Online> {
    const news = syncNews(local)
    const sync = new SyncDriver(syncPorts(local, news))
    const lost = new LostRepos(sync, local.identity.merchant)
    const attach = (merchant: MerchantId, stream: FramedStream): void => {
      sync.attach(merchant, stream)
      lost.attached(merchant)
    }
    const helloPort = new NodeHelloPort(local, helloNews(local))
    const { partners, grants, outbox, merchants, clock, settings, identity } = local
    const network = await listen(config, identity.nodeSeed, settings, (options) =>
      openNetwork(options, {
        primitives: nodePrimitives,
        hello: helloPort,
        pairing: pairingPort(local),
        outbox,
        inbox: new NodeInbox({
          'mosaic/relation': (from, text) => partners.receive(from, text),
          'mosaic/grant': (from, text) => grants.receive(from, text),
        }),
        addressBook: new NodeAddressBook(merchants, clock),
        handle: (hello) =>
          hello.handleStream(syncProtocol, (stream, { merchant }) => attach(merchant, stream), syncLimits),
      }),
    )
    helloPort.addresses = () => network.host.addresses()
    Object.assign(news, {
      onRefusedAgain: (peerId: string) => network.host.report(peerId, 'repo-refused'),
      // Sessions with a key that is no longer in force end, as after a hello.
      recheck: (merchant: MerchantId) => void network.hello.recheck(merchant),
    })
    local.restoring.fetchWith((peer, repo) => lost.fetch(peer, repo))
    const online = new Online(local, network, { sync, attach })
    online.#start()
    return online
  }

  #start(): void {
    const { hooks, store, invitations, relations } = this.#local
    const { hello, pairing, messages } = this.network
    Object.assign(hooks, {
      onGiven: (partner: MerchantId) => this.sync.recheck(partner),
      onReceived: (partner: MerchantId, assortment: string) => this.#granted(partner, assortment),
      onState: (partner: MerchantId, state: PartnerState, by: 'me' | 'them') =>
        this.#state(partner, state, by),
      onDecided: () => void pairing.decided(),
      announce: (topic: string) => this.#announce(topic),
      onMessage: (to: MerchantId) => messages.wake(to),
      addresses: () => this.network.host.addresses(),
    })
    this.#unsubscribe.push(
      hello.sessions.on({
        begin: (session) => void this.#begin(session),
        end: (session) => this.#end(session),
      }),
      hello.on({
        refusal: ({ merchant, message }) => {
          const isKnown = merchant !== undefined && relations.viewOf(merchant).state !== 'none'
          if (isKnown) this.#problems.set(merchant, message)
        },
        ownLogBehind: () => this.#ownLogBehind(),
      }),
      pairing.onEvent((event) => void this.#paired(event)),
      store.onChange(({ merchant, repo, head }) => this.#changed(merchant, repo, head)),
    )
    this.joining.start()
    for (const merchant of this.#local.partners.wanted()) this.want(merchant)
    for (const { merchant, repo } of this.#local.grants.readable()) this.#granted(merchant, repo, true)
    for (const session of hello.sessions.all()) void this.#begin(session)
    for (const topic of invitations.topics()) void this.#announce(topic)
  }

  addresses(): readonly string[] {
    return this.network.host.addresses()
  }

  /** Tells the DHT where this node is, so that partners find it after it moved. */
  async publishLocation(): Promise<void> {
    const { identity, clock, keystore } = this.#local
    const { directory } = this.network
    if (directory === undefined || !directory.hasPeers) return
    const now = clock.nowSeconds()
    if (now - this.#locationAt < locationSeconds) return
    const node = { peerId: identity.peerId, addresses: addressesFor(this.addresses()).addresses }
    if (node.addresses.length === 0) return
    const { seed } = keystore.signer
    const statement = signNodeAddresses(nodePrimitives, identity.keyLog, node, { seed, now })
    const value = dhtValue(identity.keyLog, canonicalText(statement as unknown as JsonObject))
    if (value === undefined) return
    if ((await directory.publish(identity.merchant, value)) > 0) this.#locationAt = now
  }

  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    for (const timer of this.#leases.values()) clearTimeout(timer)
    this.joining.stop()
    this.#streams.stop()
    await this.network.stop()
  }

  isConnected(merchant: MerchantId): boolean {
    return this.network.hello.sessions.of(merchant) !== undefined
  }

  problemOf(merchant: MerchantId): string | undefined {
    return this.isConnected(merchant) ? undefined : this.#problems.get(merchant)
  }

  /** A new key, binding or address: whoever is connected is told. */
  async renew(): Promise<void> {
    await this.network.hello.renew()
  }

  /** Stays connected with a merchant, and follows what it shows to everybody. */
  want(merchant: MerchantId): void {
    for (const repo of followedOfPartner) this.sync.follow(merchant, repo)
    this.network.connector.want(merchant)
  }

  async #begin(session: Session): Promise<void> {
    const { merchant, connection } = session
    const { merchants, partners, events, restoring } = this.#local
    this.#problems.delete(merchant)
    // The dialer opens the stream, so that there is one.
    if (connection.direction === 'outbound') void this.#streams.keep(session)
    await restoring.heard(session)
    if (!partners.wanted().includes(merchant)) return
    events.emit({ type: 'partner-connected', merchant, name: merchants.nameOf(merchant) })
  }

  #syncBroke(merchant: MerchantId, why: string): void {
    const { merchants, events, partners } = this.#local
    if (!partners.wanted().includes(merchant)) return
    const name = merchants.nameOf(merchant)
    const message = `The sync with ${name} broke off: ${why} It is opened again; until then what is shown of ${name} may be old.`
    events.emit({ type: 'warning', code: 'sync-failed', message })
  }

  #end({ merchant }: Session): void {
    const { merchants, partners, events } = this.#local
    if (this.isConnected(merchant) || !partners.wanted().includes(merchant)) return
    events.emit({ type: 'partner-disconnected', merchant, name: merchants.nameOf(merchant) })
  }

  #changed(merchant: MerchantId, repo: string, head: { commit: { rev: number }; digest: string }): void {
    const { identity, restoring } = this.#local
    const { rev } = head.commit
    if (merchant === identity.merchant) void restoring.arrived(repo, rev)
    this.sync.changed({ merchant, repo, rev, head: head.digest as never })
  }

  /** A grant came, was renewed, or is over. */
  #granted(merchant: MerchantId, repo: string, isKnown = false): void {
    const { grants, identity, clock, events, merchants } = this.#local
    const id = `${merchant}/${repo}`
    const isRenewal = isKnown || this.#leases.has(id)
    clearTimeout(this.#leases.get(id))
    this.#leases.delete(id)
    const name = merchants.nameOf(merchant)
    const assortment = repo.slice('assortment/'.length)
    if (!grants.mayRead(merchant, identity.merchant, repo)) return void this.#forget(merchant, repo)
    this.sync.follow(merchant, repo)
    if (!isRenewal) events.emit({ type: 'grant-received', merchant, name, assortment })
    const until = grants.leaseOf(merchant, identity.merchant, repo)
    const leftMs = Math.min(2 ** 31 - 1, (until - clock.nowSeconds()) * 1000 + 1000)
    this.#leases.set(id, setTimeout(() => this.#granted(merchant, repo), leftMs).unref())
  }

  /** What may no longer be read is not kept. */
  async #forget(merchant: MerchantId, repo: string): Promise<void> {
    const { store, ingest, events, merchants } = this.#local
    this.sync.unfollow(merchant, repo)
    if (!store.has(merchant, repo)) return
    await store.drop(merchant, repo)
    ingest.forget(merchant, repo)
    const name = merchants.nameOf(merchant)
    const assortment = repo.slice('assortment/'.length)
    const reason = this.#local.grants.whyEnded(merchant, this.#local.identity.merchant, repo)
    events.emit({ type: 'grant-ended', merchant, name, assortment, reason })
  }

  #state(merchant: MerchantId, state: PartnerState, by: 'me' | 'them'): void {
    const { events, merchants, grants, identity } = this.#local
    events.emit({ type: 'partner-state', merchant, name: merchants.nameOf(merchant), state, by })
    this.sync.recheck(merchant)
    if (state === 'ended') {
      this.network.connector.unwant(merchant)
      for (const repo of followedOfPartner) this.sync.unfollow(merchant, repo)
    } else this.want(merchant)
    for (const grant of grants.all(merchant, identity.merchant)) this.#granted(merchant, grant.assortment)
  }

  async #paired(event: Parameters<Parameters<Network['pairing']['onEvent']>[0]>[0]): Promise<void> {
    const { events, merchants } = this.#local
    if (event.event === 'waiting') return
    const merchant = event.event === 'partner' ? event.with : event.by
    const { name } = event.profile
    await merchants.remember(merchant, { name })
    if (event.event === 'partner') return this.#state(merchant, 'partner', 'them')
    const { invitation } = event
    if (event.event === 'claimed') {
      this.want(merchant)
      events.emit({ type: 'invitation-claimed', invitation, merchant, name })
    } else events.emit({ type: 'invitation-claimed-twice', invitation, merchant, name })
  }

  /** Lets who has a phone code find this node. @returns whether that can work now */
  async #announce(topic: string): Promise<Prospects> {
    const bytes = base64urlToBytes(topic)
    if (bytes === undefined) throw new RangeError('a topic is 32 bytes in base64url')
    this.#topics.add(topic)
    return await this.network.rendezvous.announce(new Uint8Array(bytes))
  }

  /** Codes that are over are not to be found any more. Call now and then. */
  async withdrawTopics(): Promise<void> {
    const open = new Set(this.#local.invitations.topics())
    for (const topic of this.#topics) {
      if (open.has(topic)) continue
      this.#topics.delete(topic)
      const bytes = base64urlToBytes(topic)
      if (bytes !== undefined) await this.network.rendezvous.withdraw(new Uint8Array(bytes))
    }
  }

  /** A partner knows a longer key log of this merchant: somebody rotated elsewhere, and this is an old copy. */
  #ownLogBehind(): void {
    const { identity, events, merchants: _ } = this.#local
    const message =
      'Your identity has newer key events than this node knows: this is an old copy, or somebody used your recovery words. It signs nothing any more. Use the newer copy, or win the identity back: mosaic identity recover'
    identity.freeze(message)
    events.emit({ type: 'identity-frozen', merchant: identity.merchant, name: identity.name })
  }
}

function syncNews({ events, merchants, relations }: Local): SyncNews & {
  recheck(merchant: MerchantId): void
} {
  return {
    onEquivocation: (merchant, repo) =>
      events.emit({ type: 'equivocation', merchant, name: merchants.nameOf(merchant), repo }),
    recheck: (_merchant: MerchantId): void => {},
    onKeyLog(log: KeyLog) {
      rotated({ events, merchants }, log)
      this.recheck(log.merchant)
    },
    onDuplicity(merchant: MerchantId) {
      events.emit({ type: 'identity-frozen', merchant, name: merchants.nameOf(merchant) })
      this.recheck(merchant)
    },
    onRefusedAgain: () => {},
    onError: (peer, error) => {
      // What a stranger sends is nobody's trouble.
      if (relations.viewOf(peer).state === 'none') return
      const message = error instanceof Error ? error.message : String(error)
      events.emit({ type: 'warning', code: 'sync-failed', message: `${merchants.nameOf(peer)}: ${message}` })
    },
  }
}

function helloNews({ events, merchants }: Local) {
  return {
    onKeyLog: (log: KeyLog) => rotated({ events, merchants }, log),
    onDuplicity: (merchant: MerchantId) =>
      events.emit({ type: 'identity-frozen', merchant, name: merchants.nameOf(merchant) }),
  }
}

function rotated({ events, merchants }: Pick<Local, 'events' | 'merchants'>, log: KeyLog): void {
  const { merchant, current } = log
  events.emit({ type: 'identity-rotated', merchant, name: merchants.nameOf(merchant), seq: current.seq })
}
