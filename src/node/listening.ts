import type { HostOptions } from '../network/libp2p-options.ts'
import type { Network } from '../network/network.ts'
import type { NodeConfig } from './config.ts'
import type { Settings } from './settings.ts'

const listenDefault = ['/ip4/0.0.0.0/tcp/0', '/ip4/0.0.0.0/tcp/0/ws']
const anyPort = /^(\/(?:ip4|ip6)\/[^/]+)\/tcp\/0(\/ws)?$/

/**
 * Opens the network of a node. A port that the system chose the first time is asked for again; if another
 * program has it by now, a new one is chosen.
 */
export async function listen(
  config: NodeConfig,
  nodeSeed: Uint8Array,
  settings: Settings,
  open: (options: HostOptions) => Promise<Network>,
): Promise<Network> {
  const wanted = config.listen ?? listenDefault
  const ports = settings.get('ports') ?? {}
  const options = {
    nodeSeed,
    ...(config.announce.length > 0 && { announce: config.announce }),
    ...(config.bootstrap.length > 0 && { bootstrap: config.bootstrap }),
    mdns: config.localDiscovery,
    dht: 'server',
    relay: config.relay === 'off' ? false : config.relay,
    natTraversal: config.relay !== 'off',
    webSocket: wanted.some((address) => address.endsWith('/ws')),
  } as const
  const remembered = wanted.map((address) => withPort(address, ports[address]))
  const network = await open({ ...options, listen: remembered }).catch(async (error: unknown) => {
    if (remembered.every((address, index) => address === wanted[index])) throw error
    return await open({ ...options, listen: wanted })
  })
  const chosen = Object.fromEntries(
    wanted.flatMap((address) => {
      const port = portOf(address, network.host.addresses())
      return port === undefined ? [] : [[address, port]]
    }),
  )
  const now = { ...ports, ...chosen }
  if (JSON.stringify(now) !== JSON.stringify(ports)) await settings.put('ports', now)
  return network
}

function withPort(address: string, port: number | undefined): string {
  return port === undefined ? address : address.replace(anyPort, `$1/tcp/${port}$2`)
}

/** The port that a listen address with port 0 came to. */
function portOf(address: string, actual: readonly string[]): number | undefined {
  const [, base, webSocket] = anyPort.exec(address) ?? []
  if (base === undefined) return undefined
  const anywhere = base === '/ip4/0.0.0.0' || base === '/ip6/::'
  for (const one of actual) {
    const [, where, port, ws] = /^(\/(?:ip4|ip6)\/[^/]+)\/tcp\/(\d+)(\/ws)?/.exec(one) ?? []
    if (ws === webSocket && (anywhere ? where?.startsWith(base.slice(0, 5)) : where === base))
      return Number(port)
  }
  return undefined
}
