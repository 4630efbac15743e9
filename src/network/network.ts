import type { Primitives } from '../core/signature/primitives.ts'
import { type AddressBook, Connector } from './connector.ts'
import { DhtLocations } from './dht-record.ts'
import { Directory } from './directory.ts'
import type { HelloPort } from './hello.ts'
import { HelloService } from './hello-service.ts'
import { createHost, type Host } from './host.ts'
import type { HostOptions } from './libp2p-options.ts'
import { MessageService } from './message-service.ts'
import type { Inbox, Outbox } from './outbox.ts'
import { type PairingPort, PairingService } from './pairing-service.ts'
import { Rendezvous } from './rendezvous.ts'

/** What the node lends to the network. */
export interface NetworkPorts {
  readonly primitives: Primitives
  readonly hello: HelloPort
  readonly pairing: PairingPort
  readonly outbox: Outbox
  readonly inbox: Inbox
  readonly addressBook: AddressBook
  /** Protocols of others, to be handled before anybody can have a session. */
  readonly handle?: (hello: HelloService) => Promise<void>
}

/** All of this folder, wired and started. */
export interface Network {
  readonly host: Host
  readonly hello: HelloService
  readonly messages: MessageService
  readonly pairing: PairingService
  /** `undefined` if the DHT is off. */
  readonly directory: Directory | undefined
  readonly rendezvous: Rendezvous
  readonly connector: Connector
  stop(): Promise<void>
}

/** @throws {HostError} `address-malformed`, or what libp2p says if it cannot listen */
export async function openNetwork(options: HostOptions, ports: NetworkPorts): Promise<Network> {
  const { primitives } = ports
  const now = (): number => ports.hello.now()
  const locations = new DhtLocations(primitives, now)
  const host = await createHost(options, locations)
  const { dht } = host.libp2p.services
  const directory = dht === undefined ? undefined : new Directory(host, dht, primitives, locations)
  const hello = new HelloService(host, primitives, ports.hello)
  const { outbox, inbox } = ports
  const messages = new MessageService({ host, hello, primitives, outbox, inbox, now })
  const pairing = new PairingService(host, hello, primitives, ports.pairing)
  const rendezvous = new Rendezvous(host, hello, directory)
  const connector = new Connector(host, hello, ports.addressBook, directory)
  // Whoever dials right now finds every protocol: hello comes last.
  await messages.start()
  await pairing.start()
  await ports.handle?.(hello)
  connector.start()
  await hello.start()
  return {
    host,
    hello,
    messages,
    pairing,
    directory,
    rendezvous,
    connector,
    async stop() {
      connector.stop()
      rendezvous.stop()
      await messages.stop()
      await pairing.stop()
      await hello.stop()
      await host.stop()
    },
  }
}
