import { type Decided, decideClaim } from '../../src/core/partner/decision.ts'
import type { Invitation, InvitationDecision } from '../../src/core/partner/invitation.ts'
import { type InvitationKeys, linkKeys } from '../../src/core/partner/invitation-keys.ts'
import {
  type InviterSession,
  inviterDecided,
  inviterReceives,
  openInviter,
} from '../../src/core/partner/inviter.ts'
import { type JoinerSession, joinerReceives, openJoiner } from '../../src/core/partner/joiner.ts'
import type { PairingContext, PairingEnd, PairingEvent, PairingStep } from '../../src/core/partner/pairing.ts'
import { noRelation, type Relation, type RelationView, viewOf } from '../../src/core/partner/relation.ts'
import type { RelationStatement } from '../../src/core/partner/relation-statement.ts'
import { bytesToBase64url } from '../../src/core/signature/base.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { seedOf, TestMerchant } from './merchants.ts'

export const now = 1_800_000_000

/** A node: what it has stored survives, its sessions do not. */
export class TestNode extends TestMerchant {
  readonly invitations = new Map<string, Invitation>()
  readonly relations = new Map<string, Relation>()
  readonly events: PairingEvent[] = []
  failedAttempts = 0
  frozen = false
  clock = now

  relationTo(other: TestMerchant): Relation {
    return this.relations.get(other.id) ?? noRelation(this.id, other.id)
  }

  viewOf(other: TestMerchant): RelationView {
    return viewOf(this.relationTo(other))
  }

  store({ invitation, relation }: { invitation?: Invitation; relation?: Relation }): void {
    if (invitation !== undefined) this.invitations.set(invitation.id, invitation)
    if (relation !== undefined) this.relations.set(relation.other, relation)
  }

  contextWith(peer: TestNode): PairingContext {
    return {
      primitives: nodePrimitives,
      self: { nodeKey: this.nodeKey, merchant: this.id, keyEvent: this.log.current.digest },
      peer: { nodeKey: peer.nodeKey, log: peer.log, frozen: peer.frozen },
      profile: { name: this.name, country: 'DE' },
      sign: (body) => this.sign(body) as RelationStatement,
    }
  }

  invite(name: string, options: Partial<Invitation> = {}): InvitationKeys {
    const keys = linkKeys(nodePrimitives, seedOf(name).slice(0, 16))
    const invitation: Invitation = {
      id: keys.id,
      form: 'link',
      macKey: bytesToBase64url(keys.macKey),
      role: 'partner',
      auto: false,
      createdAt: now,
      expiresAt: now + 3_600,
      state: 'open',
      changedAt: now,
      ...options,
    }
    this.invitations.set(keys.id, invitation)
    return keys
  }

  /** As a person does it. Returns false if it is too late. */
  decide(keys: InvitationKeys, claimant: TestMerchant, decision: InvitationDecision): boolean {
    const invitation = this.invitations.get(keys.id)
    if (invitation === undefined) return false
    const held: Decided = { invitation, relation: this.relationTo(claimant) }
    const decider = this.contextWith(this)
    const decided = decideClaim(decider, held, decision, this.clock)
    if (decided !== undefined) this.store(decided)
    return decided !== undefined
  }
}

let streams = 0

/** One stream between an inviter and a joiner, with its frames under way. */
export class TestStream {
  readonly inviter: TestNode
  readonly joiner: TestNode
  readonly toInviter: string[] = []
  readonly toJoiner: string[] = []
  /** Everything that was ever sent, for replays and for what must not be disclosed. */
  readonly sent: string[] = []
  inviterEnd: PairingEnd | undefined
  joinerEnd: PairingEnd | undefined
  #inviterSession: InviterSession
  #joinerSession: JoinerSession

  constructor(inviter: TestNode, joiner: TestNode, keys: InvitationKeys) {
    this.inviter = inviter
    this.joiner = joiner
    const number = streams++
    const random = Uint8Array.from([...seedOf(`inviter ${number}`), ...seedOf(`decoy ${number}`)])
    this.#inviterSession = openInviter(random)
    const nonce = seedOf(`joiner ${number}`)
    const opened = openJoiner(
      joiner.contextWith(inviter),
      keys,
      joiner.relationTo(inviter),
      nonce,
      joiner.clock,
    )
    this.#joinerSession = opened.session
    this.#joinerDoes(opened)
  }

  get isOver(): boolean {
    return this.inviterEnd !== undefined || this.joinerEnd !== undefined
  }

  /** @returns false if there is nothing to deliver */
  deliverToInviter(text = this.toInviter.shift()): boolean {
    if (text === undefined || this.inviterEnd !== undefined) return false
    const { inviter, joiner } = this
    const held = {
      invitation: (id: string) => inviter.invitations.get(id),
      relation: inviter.relationTo(joiner),
    }
    this.#inviterDoes(
      inviterReceives(inviter.contextWith(joiner), this.#inviterSession, text, held, inviter.clock),
    )
    return true
  }

  deliverToJoiner(text = this.toJoiner.shift()): boolean {
    if (text === undefined || this.joinerEnd !== undefined) return false
    const { inviter, joiner } = this
    const relation = joiner.relationTo(inviter)
    this.#joinerDoes(
      joinerReceives(joiner.contextWith(inviter), this.#joinerSession, text, relation, joiner.clock),
    )
    return true
  }

  /** The inviter's person has decided while the stream is open. */
  decided(): void {
    const { inviter, joiner } = this
    if (this.inviterEnd !== undefined) return
    const held = {
      invitation: (id: string) => inviter.invitations.get(id),
      relation: inviter.relationTo(joiner),
    }
    this.#inviterDoes(inviterDecided(inviter.contextWith(joiner), this.#inviterSession, held))
  }

  /** Delivers everything that is under way, in order. */
  run(): this {
    while (this.deliverToInviter() || this.deliverToJoiner());
    return this
  }

  #inviterDoes(step: PairingStep<InviterSession>): void {
    this.inviter.store(step.store)
    this.#inviterSession = step.session
    this.toJoiner.push(...step.send)
    this.sent.push(...step.send)
    this.inviter.events.push(...step.events)
    if (step.failedAttempt) this.inviter.failedAttempts++
    this.inviterEnd = step.end ?? this.inviterEnd
  }

  #joinerDoes(step: PairingStep<JoinerSession>): void {
    this.joiner.store(step.store)
    this.#joinerSession = step.session
    this.toInviter.push(...step.send)
    this.sent.push(...step.send)
    this.joiner.events.push(...step.events)
    this.joinerEnd = step.end ?? this.joinerEnd
  }
}
