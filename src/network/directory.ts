import type { KadDHT, SingleKadDHT } from '@libp2p/kad-dht'
import { CID } from 'multiformats/cid'
import { code as rawCodec } from 'multiformats/codecs/raw'
import { create as multihash } from 'multiformats/hashes/digest'
import type { MerchantId } from '../core/identity/merchant-id.ts'
import type { Primitives } from '../core/signature/primitives.ts'
import { type DhtLocations, dhtKey, type MerchantLocation } from './dht-record.ts'
import type { Host } from './host.ts'

/** One question to the DHT, or one publication, takes no longer. */
export const dhtQueryMs = 20_000
const sha256Code = 0x12

/** An address that may be an inviter's. */
export interface Candidate {
  readonly peerId: string
  readonly addresses: readonly string[]
}

/** The DHT, as Mosaic uses it. Spec: protocol/streams/discovery.md §2. */
export class Directory {
  readonly #host: Host
  readonly #dht: KadDHT
  readonly #primitives: Primitives
  readonly #locations: DhtLocations

  constructor(host: Host, dht: KadDHT, primitives: Primitives, locations: DhtLocations) {
    this.#host = host
    this.#dht = dht
    this.#primitives = primitives
    this.#locations = locations
  }

  /** Whether the DHT has anybody to ask now. */
  get hasPeers(): boolean {
    return (this.#dht as SingleKadDHT).routingTable.size > 0 && this.#host.connections().length > 0
  }

  /**
   * Stores this merchant's value at the nodes nearest to it.
   * @param value see {@link dhtValue}
   * @returns how many nodes took it; 0 if there is nobody
   */
  async publish(merchant: MerchantId, value: Uint8Array, signal?: AbortSignal): Promise<number> {
    if (!this.hasPeers) return 0
    let taken = 0
    try {
      for await (const event of this.#dht.put(dhtKey(merchant), value, { signal: limited(signal) }))
        if (event.name === 'PEER_RESPONSE' && event.messageName === 'PUT_VALUE') taken++
    } catch {
      // Some nodes answered, others did not.
    }
    return taken
  }

  /** Where a merchant's node is, as the merchant signed it; `undefined` if nobody knows. */
  async find(merchant: MerchantId, signal?: AbortSignal): Promise<MerchantLocation | undefined> {
    if (!this.hasPeers) return this.#locations.best(merchant)
    this.#locations.want(merchant)
    try {
      for await (const _ of this.#dht.get(dhtKey(merchant), { signal: limited(signal) }));
    } catch {
      // libp2p throws away what it found when one node refuses its correction: the validator has seen it all the same.
    } finally {
      this.#locations.unwant(merchant)
    }
    return this.#locations.best(merchant)
  }

  /** Lets joiners find this node under a rendezvous topic. @returns whether a node of the DHT was told */
  async announce(topic: Uint8Array, signal?: AbortSignal): Promise<boolean> {
    if (!this.hasPeers) return false
    let told = false
    try {
      for await (const event of this.#dht.provide(this.#cidOf(topic), { signal: limited(signal) }))
        told ||= event.name === 'PEER_RESPONSE' && event.messageName === 'ADD_PROVIDER'
    } catch {
      // Some nodes answered, others did not.
    }
    return told
  }

  /** Ends {@link announce}; nodes that were told forget within two days. */
  async withdraw(topic: Uint8Array): Promise<void> {
    await this.#dht.cancelReprovide(this.#cidOf(topic))
  }

  /** Nodes that announced themselves under a topic, each once. */
  async *candidates(topic: Uint8Array, signal?: AbortSignal): AsyncGenerator<Candidate> {
    if (!this.hasPeers) return
    const seen = new Set([this.#host.peerId])
    try {
      for await (const event of this.#dht.findProviders(this.#cidOf(topic), { signal: limited(signal) })) {
        if (event.name !== 'PROVIDER') continue
        for (const { id, multiaddrs } of event.providers) {
          const peerId = id.toString()
          if (seen.has(peerId)) continue
          seen.add(peerId)
          yield { peerId, addresses: multiaddrs.map(String) }
        }
      }
    } catch {
      // The search ends with what it found.
    }
  }

  #cidOf(topic: Uint8Array): CID {
    return CID.createV1(rawCodec, multihash(sha256Code, this.#primitives.sha256(topic)))
  }
}

function limited(signal: AbortSignal | undefined): AbortSignal {
  const deadline = AbortSignal.timeout(dhtQueryMs)
  return signal === undefined ? deadline : AbortSignal.any([deadline, signal])
}
