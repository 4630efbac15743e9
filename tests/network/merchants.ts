import { createHash } from 'node:crypto'
import type { Connection } from '@libp2p/interface'
import { inceptKeyLog, type RotationCause, rotateKeyLog } from '../../src/core/identity/key-event-author.ts'
import type { KeyLog } from '../../src/core/identity/key-log.ts'
import type { MerchantId } from '../../src/core/identity/merchant-id.ts'
import { signNodeBinding } from '../../src/core/identity/node-binding.ts'
import { publicKeyToPeerId } from '../../src/core/identity/peer-id.ts'
import { publicKeyToMultibase } from '../../src/core/signature/base.ts'
import { canonicalText } from '../../src/core/signature/canonical.ts'
import { type Digest, digestOf } from '../../src/core/signature/digest.ts'
import type { HelloPort } from '../../src/network/hello.ts'
import type { Held } from '../../src/network/hello-message.ts'
import { type HelloEvents, HelloService } from '../../src/network/hello-service.ts'
import { createHost, type Host } from '../../src/network/host.ts'
import type { HostOptions } from '../../src/network/libp2p-options.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'

/** 32 bytes that follow from a name: a test that fails fails again. */
export const seedOf = (name: string): Uint8Array => createHash('sha256').update(name).digest()

/** Fixed, unless a test is about clocks. */
export const testTime = 1_790_000_000

/** A merchant with its keys in the open: signing keys `<name>/key/<n>`, event keys `<name>/event/<n>`. */
export class TestMerchant {
  readonly name: string
  readonly nodeSeed: Uint8Array
  readonly peerId: string
  keyLog: KeyLog
  time = testTime
  #keys = 1

  constructor(name: string, nodeName = name) {
    this.name = name
    this.nodeSeed = seedOf(`${nodeName}/node`)
    this.peerId = publicKeyToPeerId(nodePrimitives.ed25519PublicKey(this.nodeSeed))
    this.keyLog = inceptKeyLog(nodePrimitives, this.#eventKeys(0))
  }

  get merchant(): MerchantId {
    return this.keyLog.merchant
  }

  get signingSeed(): Uint8Array {
    return seedOf(`${this.name}/key/${this.#keys - 1}`)
  }

  rotate(cause: RotationCause = { reason: 'scheduled' }): void {
    this.keyLog = rotateKeyLog(nodePrimitives, this.keyLog, this.#eventKeys(this.#keys++), cause)
  }

  /** The text of a node binding, of this merchant's own node unless another is named. */
  binding(peerId = this.peerId, issuedAt = this.time, lifetimeSeconds = 86_400): string {
    return canonicalText(
      signNodeBinding(
        nodePrimitives,
        this.keyLog,
        { peerId, sealingKey: publicKeyToMultibase(seedOf(`${this.name}/sealing`), 'x25519') },
        { seed: this.signingSeed, now: issuedAt, lifetimeSeconds },
      ) as never,
    )
  }

  #eventKeys(n: number) {
    const publicKey = (name: string) => nodePrimitives.ed25519PublicKey(seedOf(`${this.name}/${name}`))
    return {
      eventSeed: seedOf(`${this.name}/event/${n}`),
      key: publicKeyToMultibase(publicKey(`key/${n}`)),
      next: digestOf(nodePrimitives, publicKey(`event/${n + 1}`)) as Digest,
      time: testTime,
    }
  }
}

/** What a node knows, in memory. */
export class MemoryHelloPort implements HelloPort {
  readonly merchant: MerchantId
  readonly self: TestMerchant
  readonly logs = new Map<MerchantId, KeyLog>()
  readonly frozen = new Set<MerchantId>()
  readonly blocked = new Set<MerchantId>()
  readonly held = new Map<MerchantId, Held>()
  binding: string | undefined
  addresses: string[] = []

  constructor(self: TestMerchant) {
    this.self = self
    this.merchant = self.merchant
  }
  own() {
    const { self, addresses } = this
    return { keyLog: self.keyLog, binding: this.binding ?? self.binding(), addresses }
  }
  now(): number {
    return this.self.time
  }
  async knownOf(merchant: MerchantId) {
    const keyLog = this.logs.get(merchant)
    return {
      isFrozen: this.frozen.has(merchant),
      isBlocked: this.blocked.has(merchant),
      ...(keyLog === undefined ? {} : { keyLog }),
    }
  }
  async heldOf(merchant: MerchantId): Promise<Held> {
    return this.held.get(merchant) ?? { repos: [], orders: [] }
  }
  async keepKeyLog(log: KeyLog): Promise<void> {
    this.logs.set(log.merchant, log)
  }
  async keepDuplicity({ merchant }: { merchant: MerchantId }): Promise<void> {
    this.frozen.add(merchant)
  }
}

export interface TestNode extends AsyncDisposable {
  readonly self: TestMerchant
  readonly host: Host
  readonly port: MemoryHelloPort
  readonly hello: HelloService
  readonly refusals: Parameters<HelloEvents['refusal']>[0][]
  readonly offences: string[]
  readonly address: string
}

export const loopback = '/ip4/127.0.0.1/tcp/0'

/** A node on loopback that runs hello. */
export async function startNode(self: TestMerchant, options: Partial<HostOptions> = {}): Promise<TestNode> {
  const host = await createHost({ nodeSeed: self.nodeSeed, listen: [loopback], ...options })
  const port = new MemoryHelloPort(self)
  const hello = new HelloService(host, nodePrimitives, port)
  const refusals: TestNode['refusals'] = []
  const offences: string[] = []
  hello.on({ refusal: (refusal) => refusals.push(refusal) })
  host.onOffence((_, code) => offences.push(code))
  await hello.start()
  const [address = ''] = host.addresses()
  return {
    self,
    host,
    port,
    hello,
    refusals,
    offences,
    address,
    async [Symbol.asyncDispose]() {
      await hello.stop()
      await host.stop()
      // Lets the other end notice: libp2p waits 500 ms for a connection that both ends close at once.
      await new Promise((resolve) => setTimeout(resolve, 5))
    },
  }
}

/** The session of the other end of a connection, once it has one. */
export async function sessionAt(node: TestNode, merchant: MerchantId) {
  return until(() => node.hello.sessions.of(merchant))
}

/** Waits for something to become true; the test's own time limit ends a wait in vain. */
export async function until<T>(probe: () => T | undefined | false): Promise<T> {
  for (;;) {
    const value = probe()
    if (value !== undefined && value !== false) return value
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

export const isOpen = (connection: Connection): boolean => connection.status === 'open'
