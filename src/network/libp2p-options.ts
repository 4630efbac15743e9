import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { type Identify, identify } from '@libp2p/identify'
import type { ConnectionGater, PeerInfo } from '@libp2p/interface'
import type { KadDHT } from '@libp2p/kad-dht'
import { type Ping, ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import type { Libp2pInit, ServiceFactoryMap } from 'libp2p'
import { joiningSends } from './joined-sends.ts'
import { noiseCrypto } from './noise-crypto.ts'
import { sparingUpdates } from './yamux-windows.ts'

/** How a node is reachable and what it does for others. Everything beyond TCP is off unless asked for. */
export interface HostOptions {
  /** Seed of the node key, 32 bytes: libp2p's own identity, bound to the merchant by a node binding. */
  readonly nodeSeed: Uint8Array
  /** Multiaddrs to listen on, such as `/ip4/0.0.0.0/tcp/4010` or `/ip4/0.0.0.0/tcp/4011/ws`. */
  readonly listen: readonly string[]
  /** Addresses to tell others instead of those listened on (behind a proxy or a forwarded port). */
  readonly announce?: readonly string[]
  /** Multiaddrs with `/p2p/…` to dial at the start, so that the DHT has somebody to ask. */
  readonly bootstrap?: readonly string[]
  /** Finds nodes in the LAN by multicast. @default false */
  readonly mdns?: boolean
  /** `client` asks only, `server` also answers and stores for others. @default false */
  readonly dht?: false | 'client' | 'server'
  /** Dials and accepts WebSocket. @default false */
  readonly webSocket?: boolean
  /** `client` can be reached through a relay; `server` relays for others as well. @default false */
  readonly relay?: false | 'client' | 'server'
  /** Asks peers whether this node is reachable, and punches holes through NATs. Needs `relay`. @default false */
  readonly natTraversal?: boolean
  /** @default 300 */
  readonly connectionsMax?: number
}

export const connectionsMaxDefault = 300
/** New connections from one address in a second: several nodes may share one, but not hundreds. */
export const connectionsPerAddressPerSecondMax = 50
export const connectionsPendingMax = 50
export const relayReservationsMax = 64
/** Through a relay goes what two partners need to meet and a small catalog, not a market. */
export const relayBytesMax = 64n * 1024n * 1024n
export const relayMs = 10 * 60_000
/** A paused stream holds what the peer may still send: the window must stay below the buffer, or libp2p aborts it. */
export const streamWindowBytesMax = 4 * 1024 * 1024
export const streamReadBufferBytesMax = 2 * streamWindowBytesMax

/** The project's own DHT: protocol prefix of kad-dht. */
const dhtProtocol = '/mosaic/kad/1'

/** mDNS service of Mosaic nodes. */
const lanServiceTag = '_mosaic._udp.local'

/** @param dhtRecords validators and selectors of the records that the DHT holds */
export async function libp2pOptions(
  options: HostOptions,
  gater: ConnectionGater,
  dhtRecords: DhtRecords,
  onLanPeer: (peer: PeerInfo) => void,
): Promise<Libp2pInit<Services>> {
  return {
    addresses: {
      listen: [...options.listen],
      ...(options.announce === undefined ? {} : { announce: [...options.announce] }),
    },
    transports: await transports(options),
    connectionEncrypters: [joiningSends(noise({ crypto: noiseCrypto }))],
    streamMuxers: [
      sparingUpdates(
        yamux({
          streamOptions: {
            maxStreamWindowSize: streamWindowBytesMax,
            maxReadBufferLength: streamReadBufferBytesMax,
          },
        }),
      ),
    ],
    connectionGater: gater,
    connectionManager: {
      maxConnections: options.connectionsMax ?? connectionsMaxDefault,
      inboundConnectionThreshold: connectionsPerAddressPerSecondMax,
      maxIncomingPendingConnections: connectionsPendingMax,
    },
    // The default drops a connection whose ping takes 2 s: a node that checks 100,000 offers may be that busy.
    connectionMonitor: { pingInterval: 30_000, pingTimeout: { minTimeout: 20_000, maxTimeout: 60_000 } },
    nodeInfo: { userAgent: 'mosaic' },
    peerDiscovery: await discoveries(options, onLanPeer),
    services: await services(options, dhtRecords),
  }
}

type Transports = NonNullable<Libp2pInit['transports']>
type Discoveries = NonNullable<Libp2pInit['peerDiscovery']>

// An alias: an interface has no index signature, which libp2p asks for.
export type Services = {
  identify: Identify
  ping: Ping
  dht?: KadDHT
  relay?: unknown
  autoNat?: unknown
  dcutr?: unknown
}

export interface DhtRecords {
  readonly validators: Record<string, (key: Uint8Array, value: Uint8Array) => void>
  readonly selectors: Record<string, (key: Uint8Array, values: Uint8Array[]) => number>
}

// What is not used is not loaded: an idle node stays small.
async function transports(options: HostOptions): Promise<Transports> {
  const all: Transports = [tcp()]
  if (options.webSocket) all.push((await import('@libp2p/websockets')).webSockets())
  if (options.relay) all.push((await import('@libp2p/circuit-relay-v2')).circuitRelayTransport())
  return all
}

async function discoveries(options: HostOptions, onLanPeer: (peer: PeerInfo) => void): Promise<Discoveries> {
  if (!options.mdns) return []
  const { mdns } = await import('@libp2p/mdns')
  const create = mdns({ serviceTag: lanServiceTag })
  return [
    (components) => {
      // libp2p's own event does not tell who was found in the LAN and who by the DHT.
      const discovery = create(components)
      discovery.addEventListener('peer', ({ detail }) => onLanPeer(detail))
      return discovery
    },
  ]
}

async function services(options: HostOptions, dhtRecords: DhtRecords): Promise<ServiceFactoryMap<Services>> {
  const all: ServiceFactoryMap<Services> = {
    // Hello tells addresses; only the DHT and relays need to know protocols. Not asking halves the cost of a dial.
    identify: identify({
      runOnConnectionOpen: Boolean(options.dht || options.relay || options.natTraversal),
    }),
    ping: ping(),
  }
  if (options.dht) {
    const { kadDHT, passthroughMapper } = await import('@libp2p/kad-dht')
    all.dht = kadDHT({
      protocol: dhtProtocol,
      clientMode: options.dht === 'client',
      peerInfoMapper: passthroughMapper, // merchants in one LAN find each other too
      ...dhtRecords,
    })
  }
  if (options.relay === 'server') {
    const { circuitRelayServer } = await import('@libp2p/circuit-relay-v2')
    all.relay = circuitRelayServer({
      reservations: {
        maxReservations: relayReservationsMax,
        defaultDataLimit: relayBytesMax,
        defaultDurationLimit: relayMs,
      },
    })
  }
  if (options.natTraversal) {
    all.autoNat = (await import('@libp2p/autonat')).autoNAT()
    all.dcutr = (await import('@libp2p/dcutr')).dcutr()
  }
  return all
}
