import { multiaddr } from '@multiformats/multiaddr'

/**
 * Addresses that others named for a node, each ending in `/p2p/<its peer id>`, so that nobody else can answer there.
 * What is no multiaddr, or ends in another peer id, is left out.
 */
export function withPeerId(addresses: readonly string[], peerId: string): string[] {
  return addresses.flatMap((address) => {
    try {
      const parsed = multiaddr(address)
      const last = parsed.getComponents().at(-1)
      if (last === undefined) return []
      if (last.name !== 'p2p') return [`${address}/p2p/${peerId}`]
      return last.value === peerId ? [address] : []
    } catch {
      return []
    }
  })
}
