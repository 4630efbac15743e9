import type { MerchantId } from '../../src/core/identity/merchant-id.ts'
import { decideClaim } from '../../src/core/partner/decision.ts'
import type { Invitation, InvitationDecision } from '../../src/core/partner/invitation.ts'
import { type InvitationId, type InvitationKeys, linkKeys } from '../../src/core/partner/invitation-keys.ts'
import type { PairingEvent } from '../../src/core/partner/pairing.ts'
import { noRelation, type Relation, viewOf } from '../../src/core/partner/relation.ts'
import type { RelationBody, RelationStatement } from '../../src/core/partner/relation-statement.ts'
import { bytesToBase64url } from '../../src/core/signature/base.ts'
import { signStatement } from '../../src/core/signature/proof.ts'
import type { AddressBook } from '../../src/network/connector.ts'
import type { Candidate } from '../../src/network/directory.ts'
import type { HostOptions } from '../../src/network/libp2p-options.ts'
import { type Network, openNetwork } from '../../src/network/network.ts'
import type { PairingPort } from '../../src/network/pairing-service.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { MemoryInbox, MemoryOutbox } from './memory-outbox.ts'
import { loopback, MemoryHelloPort, seedOf, TestMerchant, testTime } from './merchants.ts'

class MemoryAddressBook implements AddressBook {
  readonly entries = new Map<MerchantId, Candidate[]>()

  addressesOf(merchant: MerchantId): readonly Candidate[] {
    return this.entries.get(merchant) ?? []
  }
  remember(merchant: MerchantId, candidate: Candidate): void {
    const others = this.addressesOf(merchant).filter(({ peerId }) => peerId !== candidate.peerId)
    this.entries.set(merchant, [candidate, ...others])
  }
}

/** A merchant with a whole network, and all that is stored in memory: it can invite and join. */
export class Party implements AsyncDisposable {
  readonly self: TestMerchant
  readonly hello: MemoryHelloPort
  readonly book = new MemoryAddressBook()
  readonly outbox = new MemoryOutbox()
  readonly inbox = new MemoryInbox()
  readonly invitations = new Map<InvitationId, Invitation>()
  readonly relations = new Map<MerchantId, Relation>()
  readonly events: PairingEvent[] = []
  readonly offences: string[] = []
  network!: Network
  stored = 0

  static async start(name: string, options: Partial<HostOptions> = {}): Promise<Party> {
    const party = new Party(new TestMerchant(name))
    await party.#open(options)
    return party
  }

  private constructor(self: TestMerchant) {
    this.self = self
    this.hello = new MemoryHelloPort(self)
  }

  async #open(options: Partial<HostOptions>): Promise<void> {
    const pairing: PairingPort = {
      profile: { name: this.self.name },
      sign: (body) => this.#sign(body),
      now: () => this.self.time,
      isFrozen: () => false,
      invitation: (id) => this.invitations.get(id),
      relation: (other) => this.relation(other),
      store: async ({ invitation, relation }) => {
        await new Promise((resolve) => setTimeout(resolve, 1))
        if (invitation !== undefined) this.invitations.set(invitation.id, invitation)
        if (relation !== undefined) this.relations.set(relation.other, relation)
        this.stored++
      },
    }
    const { hello, outbox, inbox, book } = this
    this.network = await openNetwork(
      { nodeSeed: this.self.nodeSeed, listen: [loopback], ...options },
      { primitives: nodePrimitives, hello, pairing, outbox, inbox, addressBook: book },
    )
    this.network.pairing.onEvent((event) => this.events.push(event))
    this.network.host.onOffence((_, code) => this.offences.push(code))
  }

  get merchant(): MerchantId {
    return this.self.merchant
  }

  get address(): string {
    return this.network.host.addresses()[0] ?? ''
  }

  relation(other: MerchantId): Relation {
    return this.relations.get(other) ?? noRelation(this.merchant, other)
  }

  stateTo(other: Party): string {
    return viewOf(this.relation(other.merchant)).state
  }

  /** Stores an invitation. @returns the keys that its code gives to who knows it */
  invite(name: string, options: Partial<Invitation> = {}): InvitationKeys {
    const keys = linkKeys(nodePrimitives, seedOf(name).subarray(0, 16))
    this.invitations.set(keys.id, {
      id: keys.id,
      form: 'link',
      macKey: bytesToBase64url(keys.macKey),
      role: 'partner',
      auto: false,
      createdAt: testTime,
      expiresAt: testTime + 3_600,
      state: 'open',
      changedAt: testTime,
      ...options,
    })
    return keys
  }

  async decide(id: InvitationId, decision: InvitationDecision): Promise<void> {
    const invitation = this.invitations.get(id)
    const claimant = invitation?.claim?.merchant
    if (invitation === undefined || claimant === undefined) throw new Error('nothing to decide')
    const decided = decideClaim(
      {
        primitives: nodePrimitives,
        sign: (body) => this.#sign(body),
        self: { keyEvent: this.self.keyLog.current.digest },
      },
      { invitation, relation: this.relation(claimant) },
      decision,
      testTime,
    )
    if (decided === undefined) throw new Error('cannot be decided')
    this.invitations.set(id, decided.invitation)
    this.relations.set(claimant, decided.relation)
    await this.network.pairing.decided()
  }

  async join(inviter: Party, keys: InvitationKeys, signal?: AbortSignal) {
    const session = await this.network.hello.connect(inviter.address)
    return this.network.pairing.join(session, keys, signal)
  }

  #sign(body: RelationBody): RelationStatement {
    return signStatement(nodePrimitives, body, { seed: this.self.signingSeed })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.network.stop()
    await new Promise((resolve) => setTimeout(resolve, 5)) // see merchants.ts
  }
}
