import { randomBytes } from 'node:crypto'
import type { MerchantId } from '../core/identity/merchant-id.ts'
import { peerIdToPublicKey } from '../core/identity/peer-id.ts'
import { type Decided, decideClaim } from '../core/partner/decision.ts'
import {
  expireInvitation,
  type Invitation,
  type InvitationDecision,
  invitationSchema,
  invitationsOpenMax,
  linkLifetimeSeconds,
  mayForgetInvitation,
  phoneLifetimeSeconds,
} from '../core/partner/invitation.ts'
import {
  addressBytesMax,
  addressesMax,
  type InvitationRole,
  invitationCode,
  invitationLink,
  linkSecretBytes,
  relaysMax,
} from '../core/partner/invitation-code.ts'
import { type InvitationId, linkKeys, phoneKeys } from '../core/partner/invitation-keys.ts'
import { phoneCode, phoneSecretBytes } from '../core/partner/phone-code.ts'
import { theirWord } from '../core/partner/relation.ts'
import type { RelationStatement } from '../core/partner/relation-statement.ts'
import { bytesToBase64url } from '../core/signature/base.ts'
import type { Prospects } from '../network/rendezvous.ts'
import type { Database, Table } from '../store/database.ts'
import { nodePrimitives } from '../store/primitives.ts'
import type { Clock } from './clock.ts'
import type { Identity } from './identity.ts'
import { NodeError } from './node-error.ts'
import type { Publish } from './publish.ts'
import type { Relations } from './relations.ts'
import { nodeScrypt } from './scrypt.ts'
import type { Staged } from './staged.ts'
import type { Statements } from './statements.ts'
import { type InvitationView, type NewInvitationView, timeText } from './views.ts'

export interface NewInvitation {
  readonly form: 'link' | 'phone'
  readonly auto: boolean
  readonly validSeconds?: number | undefined
  readonly role: InvitationRole
  readonly label?: string | undefined
}

export interface InvitationParts {
  readonly database: Database
  readonly identity: Identity
  readonly relations: Relations
  readonly statements: Statements
  readonly publish: Publish
  readonly clock: Clock
  /** Where this node can be dialled. */
  readonly addresses: () => readonly string[]
}

export interface InvitationNews {
  /** An invitation was decided: joiners that wait have to be told. */
  onDecided(): void
  /** A phone code was made. @returns whether the two can meet by it as things are */
  announce(topic: string): Promise<Prospects>
  onPartner(merchant: MerchantId, name: string): void
}

/** Invitations that this merchant made: rows `invitation/<id>`. The code itself is kept nowhere. */
export class Invitations {
  readonly #parts: InvitationParts
  readonly #news: InvitationNews
  readonly #table: Table<Invitation>
  readonly #held = new Map<InvitationId, Invitation>()

  private constructor(parts: InvitationParts, news: InvitationNews) {
    this.#parts = parts
    this.#news = news
    this.#table = parts.database.table('invitation', invitationSchema)
  }

  static async load(parts: InvitationParts, news: InvitationNews): Promise<Invitations> {
    const invitations = new Invitations(parts, news)
    for await (const [, invitation] of invitations.#table.entries())
      invitations.#held.set(invitation.id, invitation)
    return invitations
  }

  /** Newest first. */
  list(): InvitationView[] {
    return this.#all()
      .sort((a, b) => b.createdAt - a.createdAt)
      .map(viewOf)
  }

  get(id: InvitationId): Invitation | undefined {
    return this.#held.get(id)
  }

  /** Rendezvous topics of phone codes that may still be used. */
  topics(): string[] {
    return this.#all().flatMap(({ state, topic }) => (state === 'open' && topic !== undefined ? [topic] : []))
  }

  count(state: Invitation['state']): number {
    return this.#all().filter((invitation) => invitation.state === state).length
  }

  /** @throws {NodeError} `invitations-too-many`, `restore-open` */
  async create(wanted: NewInvitation): Promise<NewInvitationView> {
    this.#parts.publish.assertOpen()
    if (this.count('open') + this.count('claimed') >= invitationsOpenMax)
      throw new NodeError(
        'invitations-too-many',
        `There are ${invitationsOpenMax} open invitations, which is the most. Take some back first.`,
      )
    const made = wanted.form === 'phone' ? await this.#phone(wanted) : this.#link(wanted)
    await this.#table.put(made.invitation.id, made.invitation, { sync: true })
    this.#held.set(made.invitation.id, made.invitation)
    const { topic } = made.invitation
    const meeting = topic === undefined ? undefined : await this.#news.announce(topic)
    return {
      ...viewOf(made.invitation),
      code: made.code,
      ...(wanted.form === 'link' && { link: invitationLink(made.code) }),
      ...(meeting && { meeting }),
    }
  }

  #link(wanted: NewInvitation): { invitation: Invitation; code: string } {
    const secret = new Uint8Array(randomBytes(linkSecretBytes))
    const { id, macKey } = linkKeys(nodePrimitives, secret)
    const invitation = this.#invitation(wanted, id, macKey, linkLifetimeSeconds)
    const nodeKey = peerIdToPublicKey(this.#parts.identity.peerId)
    if (nodeKey === undefined) throw new TypeError('the node key is an Ed25519 key')
    const code = invitationCode({
      nodeKey,
      secret,
      expiresAt: invitation.expiresAt,
      role: wanted.role,
      ...addressesFor(this.#parts.addresses()),
    })
    return { invitation, code }
  }

  async #phone(wanted: NewInvitation): Promise<{ invitation: Invitation; code: string }> {
    const secret = new Uint8Array(randomBytes(phoneSecretBytes))
    const { id, macKey, topic } = await phoneKeys(nodePrimitives, nodeScrypt, secret)
    const invitation = this.#invitation(wanted, id, macKey, phoneLifetimeSeconds)
    return { invitation: { ...invitation, topic: bytesToBase64url(topic) }, code: phoneCode(secret) }
  }

  #invitation(
    wanted: NewInvitation,
    id: InvitationId,
    macKey: Uint8Array,
    lifetimeSeconds: number,
  ): Invitation {
    const now = this.#parts.clock.nowSeconds()
    return {
      id,
      form: wanted.form,
      macKey: bytesToBase64url(macKey),
      role: wanted.role,
      ...(wanted.label !== undefined && { label: wanted.label }),
      auto: wanted.auto,
      createdAt: now,
      expiresAt: now + (wanted.validSeconds ?? lifetimeSeconds),
      state: 'open',
      changedAt: now,
    }
  }

  /**
   * Confirms or turns down who used an invitation, or takes one back.
   * @param given the id or the beginning of it
   * @throws {NodeError} `invitation-unknown`, `invitation-not-claimed`, `invitation-over`, `restore-open`
   */
  async decide(given: string, decision: InvitationDecision): Promise<Invitation> {
    this.#parts.publish.assertOpen()
    const { identity, relations, statements, clock } = this.#parts
    const invitation = this.#find(given)
    const { claim } = invitation
    const now = clock.nowSeconds()
    const decider = {
      primitives: nodePrimitives,
      self: { keyEvent: identity.keyEvent },
      sign: (body: Omit<RelationStatement, 'proof'>) => identity.sign(body) as RelationStatement,
    }
    // An invitation that nobody used has no relation that could change.
    const other = claim?.merchant ?? identity.merchant
    const held: Decided = { invitation, relation: relations.of(other) }
    const decided = decideClaim(decider, held, decision, now)
    if (decided === undefined) throw cannotDecide(invitation, decision)
    const staged = [this.stage(decided.invitation)]
    if (decided.relation !== held.relation) staged.push(relations.stage(decided.relation))
    await statements.keep(staged)
    this.#news.onDecided()
    if (decision === 'confirm' && claim !== undefined && theirWord(decided.relation) !== undefined)
      this.#news.onPartner(claim.merchant, claim.profile.name)
    return decided.invitation
  }

  /** In memory from now on, durable once the writes are. */
  stage(invitation: Invitation): Staged {
    const before = this.#held.get(invitation.id)
    this.#held.set(invitation.id, invitation)
    return {
      writes: [this.#table.write(invitation.id, invitation)],
      undo: () => {
        if (before === undefined) this.#held.delete(invitation.id)
        else this.#held.set(invitation.id, before)
      },
    }
  }

  /** After a restore: a code that is out there may have been used already. */
  async closeOpen(): Promise<void> {
    const now = this.#parts.clock.nowSeconds()
    for (const invitation of this.#all())
      if (invitation.state === 'open' || invitation.state === 'claimed')
        await this.#parts.statements.keep([this.stage({ ...invitation, state: 'revoked', changedAt: now })])
  }

  /** Deletes what was over long ago. Call daily. */
  async forgetOld(): Promise<void> {
    const now = this.#parts.clock.nowSeconds()
    for (const invitation of this.#held.values()) {
      if (!mayForgetInvitation(invitation, now)) continue
      await this.#table.del(invitation.id)
      this.#held.delete(invitation.id)
    }
  }

  #all(): Invitation[] {
    const now = this.#parts.clock.nowSeconds()
    return [...this.#held.values()].map((invitation) => expireInvitation(invitation, now))
  }

  #find(given: string): Invitation {
    const found = this.#all().filter(({ id }) => id === given || (given.length >= 4 && id.startsWith(given)))
    const [only] = found
    if (only !== undefined && found.length === 1) return only
    throw new NodeError(
      'invitation-unknown',
      `There is no invitation "${given}". "mosaic invite list" shows yours.`,
      { field: 'id', params: { id: given } },
    )
  }
}

function cannotDecide({ state, id }: Invitation, decision: InvitationDecision): NodeError {
  if (state === 'open' && decision !== 'revoke')
    return new NodeError('invitation-not-claimed', `Nobody has used the invitation ${id} yet.`, {
      field: 'id',
      params: { id },
    })
  return new NodeError(
    'invitation-over',
    `The invitation ${id} is ${state}; that cannot be changed any more.`,
    {
      field: 'id',
      params: { id, state },
    },
  )
}

export function viewOf(invitation: Invitation): InvitationView {
  const { id, form, state, auto, label, claim } = invitation
  return {
    id,
    form,
    state,
    auto,
    role: invitation.role,
    ...(label !== undefined && { note: label }),
    createdAt: timeText(invitation.createdAt),
    expiresAt: timeText(invitation.expiresAt),
    ...(claim && {
      claimedBy: { merchant: claim.merchant, name: claim.profile.name, at: timeText(claim.at) },
    }),
  }
}

/** The addresses that go into a code, best first: a code has room for eight. */
export function addressesFor(addresses: readonly string[]): {
  readonly addresses: readonly string[]
  readonly relays: readonly string[]
} {
  const plain = addresses
    .filter((address) => !address.includes('/p2p-circuit'))
    .map((address) => address.replace(/\/p2p\/[^/]+$/, ''))
    .filter(({ length }) => length <= addressBytesMax)
  const relays = addresses
    .filter((address) => address.includes('/p2p-circuit'))
    .map((address) => address.replace(/\/p2p-circuit.*$/, ''))
    .filter(({ length }) => length <= addressBytesMax)
  const best = [...new Set(plain)].sort((a, b) => reach(a) - reach(b))
  return { addresses: best.slice(0, addressesMax), relays: [...new Set(relays)].slice(0, relaysMax) }
}

/** 0 for an address of the world, 2 for this machine; WebSocket after TCP. */
function reach(address: string): number {
  const webSocket = address.endsWith('/ws') ? 0.5 : 0
  if (/^\/(ip4\/127\.|ip6\/::1\/)/.test(address)) return 2 + webSocket
  return (
    (/^\/ip4\/(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.)|^\/ip6\/f[cde]/.test(address) ? 1 : 0) +
    webSocket
  )
}
