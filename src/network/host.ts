import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import type { Connection, Libp2p, MultiaddrConnection, PeerId } from '@libp2p/interface'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { Bootstrap } from './bootstrap.ts'
import { FramedStream, type FramedStreamOptions } from './framed-stream.ts'
import { LanPeers } from './lan.ts'
import { type DhtRecords, type HostOptions, libp2pOptions, type Services } from './libp2p-options.ts'
import { type OffenceCode, Offences } from './offences.ts'
import { offenceOf, type StreamCloseCode } from './stream-error.ts'

export type HostErrorCode =
  | 'address-malformed'
  | 'peer-unreachable'
  | 'peer-refused' // refused by this node, for its offences
  | 'peer-mismatch' // somebody else answers at that address
  | 'protocol-unsupported'

/** A peer cannot be talked to. */
export class HostError extends Error {
  override readonly name = 'HostError'
  readonly code: HostErrorCode
  constructor(code: HostErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

export interface StreamLimits extends Omit<FramedStreamOptions, 'onOffence'> {
  /** Streams of this protocol that one connection may have open at a time, each way. @default 4 */
  readonly streamsMax?: number
  /** Also over a relay, where bytes and time are limited. @default false */
  readonly overRelay?: boolean
}

export const dialMs = 15_000
export const streamsPerProtocolMax = 4

/**
 * One libp2p node, started and listening.
 * @throws {HostError} `address-malformed`
 */
export async function createHost(
  options: HostOptions,
  dhtRecords: DhtRecords = { validators: {}, selectors: {} },
): Promise<Host> {
  for (const address of [...options.listen, ...(options.announce ?? []), ...(options.bootstrap ?? [])])
    parseAddress(address)
  const offences = new Offences()
  const lan = options.mdns ? new LanPeers() : undefined
  const isRefused = (peerId: PeerId): boolean => offences.isRefused(peerId.toString(), Date.now())
  const libp2p = await createLibp2p({
    privateKey: await generateKeyPairFromSeed('Ed25519', options.nodeSeed),
    ...(await libp2pOptions(
      options,
      {
        denyDialPeer: isRefused,
        denyInboundEncryptedConnection: (peerId: PeerId, _: MultiaddrConnection) => isRefused(peerId),
        denyInboundRelayReservation: isRefused,
      },
      dhtRecords,
      (peer) => lan?.seen(peer, Date.now()),
    )),
  })
  return new Host(libp2p, offences, lan, options.bootstrap ?? [])
}

export class Host {
  readonly peerId: string
  /** For this folder only: everybody else goes through the host. */
  readonly libp2p: Libp2p<Services>
  /** `undefined` if mDNS is off. */
  readonly lan: LanPeers | undefined
  readonly #bootstrap: Bootstrap
  readonly #offences: Offences
  readonly #offenceListeners = new Set<(peerId: string, code: OffenceCode, refused: boolean) => void>()

  constructor(
    libp2p: Libp2p<Services>,
    offences: Offences,
    lan: LanPeers | undefined,
    bootstrap: readonly string[],
  ) {
    this.libp2p = libp2p
    this.#offences = offences
    this.lan = lan
    this.peerId = libp2p.peerId.toString()
    this.#bootstrap = new Bootstrap(this, bootstrap)
  }

  /** Where this node can be dialled, each with `/p2p/<peer id>`. */
  addresses(): string[] {
    return this.libp2p.getMultiaddrs().map(String)
  }

  connections(): Connection[] {
    return this.libp2p.getConnections()
  }

  /**
   * An open connection to one of the addresses, an existing one if there is one.
   * @param addresses multiaddrs of one peer; all must name the same peer id or none
   * @throws {HostError}
   */
  async dial(addresses: string | readonly string[], signal?: AbortSignal): Promise<Connection> {
    const parsed = (typeof addresses === 'string' ? [addresses] : addresses).map(parseAddress)
    if (parsed.length === 0) throw new HostError('peer-unreachable', 'No address of the peer is known.')
    try {
      return await this.libp2p.dial(parsed, {
        signal: AbortSignal.any([AbortSignal.timeout(dialMs), ...(signal === undefined ? [] : [signal])]),
      })
    } catch (cause) {
      throw dialError(cause, parsed)
    }
  }

  /**
   * Opens a stream of frames. Several may be opened at once; libp2p limits them per connection.
   * @throws {HostError} `protocol-unsupported` or `peer-unreachable`
   */
  async openStream(
    connection: Connection,
    protocol: string,
    limits: StreamLimits = {},
  ): Promise<FramedStream> {
    try {
      const stream = await connection.newStream(protocol, {
        runOnLimitedConnection: limits.overRelay ?? false,
        ...(limits.signal === undefined ? {} : { signal: limits.signal }),
      })
      return new FramedStream(stream, connection, this.#streamOptions(connection, limits))
    } catch (cause) {
      if (cause instanceof Error && cause.name === 'UnsupportedProtocolError')
        throw new HostError('protocol-unsupported', `The peer does not speak ${protocol}.`, { cause })
      throw new HostError('peer-unreachable', 'The connection broke while a stream was opened.', { cause })
    }
  }

  /** Calls `onStream` for each stream that a peer opens for the protocol. A handler that throws breaks the stream off. */
  async handleStream(
    protocol: string,
    onStream: (stream: FramedStream) => void | Promise<void>,
    limits: StreamLimits = {},
  ): Promise<void> {
    const streamsMax = limits.streamsMax ?? streamsPerProtocolMax
    await this.libp2p.handle(
      protocol,
      async (stream, connection) => {
        const framed = new FramedStream(stream, connection, this.#streamOptions(connection, limits))
        try {
          await onStream(framed)
        } catch {
          framed.abort('handler-failed', 'The stream could not be handled.')
        }
      },
      {
        maxInboundStreams: streamsMax,
        maxOutboundStreams: streamsMax,
        runOnLimitedConnection: limits.overRelay ?? false,
      },
    )
  }

  async unhandleStream(protocol: string): Promise<void> {
    await this.libp2p.unhandle(protocol)
  }

  /** @returns a function that ends the subscription */
  onConnection(listener: (connection: Connection) => void): () => void {
    const handle = (event: CustomEvent<Connection>): void => listener(event.detail)
    this.libp2p.addEventListener('connection:open', handle)
    return () => this.libp2p.removeEventListener('connection:open', handle)
  }

  /** @returns a function that ends the subscription */
  onDisconnection(listener: (connection: Connection) => void): () => void {
    const handle = (event: CustomEvent<Connection>): void => listener(event.detail)
    this.libp2p.addEventListener('connection:close', handle)
    return () => this.libp2p.removeEventListener('connection:close', handle)
  }

  /** Counts an offence of the peer; at the limit its connections are closed and it is refused for a time. */
  report(peerId: string, code: OffenceCode): void {
    const refused = this.#offences.report(peerId, code, Date.now())
    for (const listener of this.#offenceListeners) listener(peerId, code, refused)
    if (!refused) return
    for (const connection of this.connections())
      if (connection.remotePeer.toString() === peerId)
        connection.abort(new HostError('peer-refused', 'Refused for its offences.'))
  }

  /** @returns a function that ends the subscription */
  onOffence(listener: (peerId: string, code: OffenceCode, refused: boolean) => void): () => void {
    this.#offenceListeners.add(listener)
    return () => this.#offenceListeners.delete(listener)
  }

  isRefused(peerId: string): boolean {
    return this.#offences.isRefused(peerId, Date.now())
  }

  async stop(): Promise<void> {
    this.#bootstrap.stop()
    await this.libp2p.stop()
  }

  #streamOptions(connection: Connection, limits: StreamLimits): FramedStreamOptions {
    return {
      ...limits,
      onOffence: (code: StreamCloseCode) => this.report(connection.remotePeer.toString(), offenceOf(code)),
    }
  }
}

function parseAddress(address: string): Multiaddr {
  try {
    return multiaddr(address)
  } catch (cause) {
    throw new HostError('address-malformed', `"${address}" is not a multiaddr.`, { cause })
  }
}

function dialError(cause: unknown, addresses: readonly Multiaddr[]): HostError {
  const where = addresses.map(String).join(', ')
  const errors = flattened(cause)
  // libp2p's upgrader wraps the error of Noise and keeps only its text.
  if (errors.some(({ message }) => message.includes('does not match expected remote identity key')))
    return new HostError('peer-mismatch', `Another node answers at ${where}.`, { cause })
  if (errors.some(({ name }) => name === 'DialDeniedError'))
    return new HostError('peer-refused', 'This node refuses the peer for its offences.', { cause })
  return new HostError('peer-unreachable', `Nobody answers at ${where}.`, { cause })
}

/** Several addresses fail with one error each. */
function flattened(error: unknown): Error[] {
  if (error instanceof AggregateError) return error.errors.flatMap(flattened)
  return error instanceof Error ? [error] : []
}
