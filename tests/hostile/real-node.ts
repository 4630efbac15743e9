import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Connection } from '@libp2p/interface'
import { ApiClient } from '../../src/api/client.ts'
import { type ServedNode, serveNode } from '../../src/api/serve.ts'
import type { MerchantId } from '../../src/core/identity/merchant-id.ts'
import { InvitationCodeError } from '../../src/core/partner/code-error.ts'
import { parseInvitationCode } from '../../src/core/partner/invitation-code.ts'
import { type InvitationKeys, linkKeys } from '../../src/core/partner/invitation-keys.ts'
import type { FramedStream } from '../../src/network/framed-stream.ts'
import type { HostOptions } from '../../src/network/libp2p-options.ts'
import type { Session } from '../../src/network/session.ts'
import type { Clock } from '../../src/node/clock.ts'
import { nodeConfig } from '../../src/node/config.ts'
import type { NodeEvent } from '../../src/node/events.ts'
import { createIdentity } from '../../src/node/init.ts'
import type { MosaicNode } from '../../src/node/node.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { loopback } from '../network/merchants.ts'
import { Party } from '../network/party.ts'

/** A whole node as `mosaic start` runs it, in this process: folder, store, libp2p over TCP, local API. */
export interface RealNode extends AsyncDisposable {
  readonly node: MosaicNode
  readonly merchant: MerchantId
  readonly folder: string
  /** Where peers dial it. */
  readonly address: string
  /** The local API, as the command line uses it. */
  readonly api: ApiClient
  readonly token: string
  readonly events: NodeEvent[]
}

export async function realNode(name: string, clock?: Clock): Promise<RealNode> {
  const parent = await mkdtemp(join(tmpdir(), 'mosaic-hostile-'))
  const folder = join(parent, 'data')
  await createIdentity(folder, { name })
  return await openNode(parent, folder, clock)
}

/** Serves a data folder as `mosaic start` does. */
export async function serve(folder: string, clock?: Clock): Promise<ServedNode> {
  const config = nodeConfig.parse({ dataFolder: folder, listen: [loopback], localDiscovery: false })
  return await serveNode(config, clock === undefined ? {} : { clock })
}

async function openNode(parent: string, folder: string, clock?: Clock): Promise<RealNode> {
  const served = await serve(folder, clock)
  const { node, url, token } = served
  const events: NodeEvent[] = []
  node.events.on('any', (event) => events.push(event))
  const { merchant } = node.identity
  const [address = ''] = (await node.status()).addresses
  return {
    ...{ node, merchant, folder, address, api: new ApiClient({ url, token }), token, events },
    async [Symbol.asyncDispose]() {
      await served.stop()
      await rm(parent, { recursive: true, force: true })
    },
  }
}

/** Somebody with a merchant, a node and all protocols of its own, who keeps to them until told otherwise. */
export async function peer(name: string, options: Partial<HostOptions> = {}): Promise<Party> {
  const party = await Party.start(name, options)
  party.self.time = Math.floor(Date.now() / 1000)
  return party
}

/** A session with the node: hello has passed on both sides. */
export async function meet(party: Party, { address }: Pick<RealNode, 'address'>): Promise<Session> {
  return await party.network.hello.connect(address)
}

/** Makes the two partners, by an invitation of the node's. */
export async function becomePartners(party: Party, real: RealNode): Promise<Session> {
  const session = await meet(party, real)
  const end = await party.network.pairing.join(session, await invited(real))
  if (end.end !== 'partner') throw new Error(`the pairing ended with ${end.end}`)
  return session
}

/** What who has the code of a new invitation knows. */
export async function invited(real: RealNode, auto = true): Promise<InvitationKeys> {
  const { code } = await real.node.invitations.create({ form: 'link', auto, role: 'partner' })
  return keysOf(code)
}

export function keysOf(code: string): InvitationKeys {
  const read = parseInvitationCode(code)
  if (read instanceof InvitationCodeError || read.form !== 'link') throw new Error('no code of a link')
  return linkKeys(nodePrimitives, read.invitation.secret)
}

/** Bytes as they are, on a stream that a well-meaning host would frame. */
export async function sendRaw(connection: Connection, protocol: string, bytes: Uint8Array) {
  const stream = await connection.newStream(protocol)
  stream.send(bytes)
  return stream
}

/** Opens a stream whose frames the caller makes up. */
export function open(party: Party, { connection }: Session, protocol: string): Promise<FramedStream> {
  return party.network.host.openStream(connection, protocol)
}

/** Whether the node lets the peer in: a dial to one that refuses the peer ends at once, one way or the other. */
export async function isLetIn(party: Party, { address }: Pick<RealNode, 'address'>): Promise<boolean> {
  try {
    await party.network.hello.connect(address)
    return true
  } catch {
    return false
  }
}

/** Imports so many products, all with that stock: `P-0000`, `P-0001`, … */
export async function stockUp({ api }: Pick<RealNode, 'api'>, products: number, stock = 5): Promise<void> {
  const rows = Array.from(
    { length: products },
    (_, n) => `P-${String(n).padStart(4, '0')},Product ${n},${n + 1}.00,${stock}`,
  )
  const content = Readable.from([Buffer.from(['sku,title,price,stock', ...rows, ''].join('\n'))])
  const options = JSON.stringify({ currency: 'EUR', language: 'en' })
  await api.run('/catalog/imports', { query: { name: 'stock.csv', options }, content }, () => {})
}

/** Waits for something that has to be asked for; the test's own time limit ends it in vain. */
export async function eventually(look: () => Promise<boolean>): Promise<void> {
  while (!(await look())) await new Promise((resolve) => setTimeout(resolve, 10))
}
