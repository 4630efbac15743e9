import type { PeerInfo } from '@libp2p/interface'
import type { Candidate } from './directory.ts'

export const lanPeersMax = 256
/** A LAN peer that was not seen for so long is gone. */
export const lanPeerMs = 300_000

/** Who answered in the LAN. Nobody is dialled for it. Spec: protocol/streams/discovery.md §1. */
export class LanPeers {
  readonly #peers = new Map<string, Candidate & { readonly seenMs: number }>()
  readonly #listeners = new Set<(peer: Candidate) => void>()

  seen({ id, multiaddrs }: PeerInfo, nowMs: number): void {
    const peerId = id.toString()
    const isNew = !this.#peers.has(peerId)
    this.#peers.delete(peerId) // insertion order is age
    const peer = { peerId, addresses: multiaddrs.map(String), seenMs: nowMs }
    this.#peers.set(peerId, peer)
    if (this.#peers.size > lanPeersMax) this.#peers.delete(this.#peers.keys().next().value as string)
    if (isNew) for (const listener of [...this.#listeners]) listener(peer)
  }

  all(nowMs: number): Candidate[] {
    for (const [peerId, { seenMs }] of this.#peers) if (nowMs - seenMs > lanPeerMs) this.#peers.delete(peerId)
    return [...this.#peers.values()].map(({ peerId, addresses }) => ({ peerId, addresses }))
  }

  /** Calls `listener` with each peer that appears. @returns a function that ends the subscription */
  onPeer(listener: (peer: Candidate) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
