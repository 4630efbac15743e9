import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Connection } from '@libp2p/interface'
import { serveNode } from '../../src/api/serve.ts'
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
  /** Of the local API. */
  readonly url: string
  readonly token: string
  readonly events: NodeEvent[]
}

export async function realNode(name: string, clock?: Clock): Promise<RealNode> {
  const parent = await mkdtemp(join(tmpdir(), 'mosaic-hostile-'))
  const folder = join(parent, 'data')
  await createIdentity(folder, { name })
  return await openNode(parent, folder, clock)
}

async function openNode(parent: string, folder: string, clock?: Clock): Promise<RealNode> {
  const config = nodeConfig.parse({ dataFolder: folder, listen: [loopback], localDiscovery: false })
  const served = await serveNode(config, clock === undefined ? {} : { clock })
  const { node, url, token } = served
  const events: NodeEvent[] = []
  node.events.on('any', (event) => events.push(event))
  const { merchant } = node.identity
  const [address = ''] = (await node.status()).addresses
  return {
    ...{ node, merchant, folder, address, url, token, events },
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
