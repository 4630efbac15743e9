import { describe, expect, test } from 'vitest'
import type { MerchantId } from '../../src/core/identity/merchant-id.ts'
import { attemptsPerPeerMax } from '../../src/core/partner/attempts.ts'
import { decideClaim } from '../../src/core/partner/decision.ts'
import type { Invitation, InvitationDecision } from '../../src/core/partner/invitation.ts'
import { type InvitationId, type InvitationKeys, linkKeys } from '../../src/core/partner/invitation-keys.ts'
import type { PairingEvent } from '../../src/core/partner/pairing.ts'
import { noRelation, type Relation, viewOf } from '../../src/core/partner/relation.ts'
import { bytesToBase64url } from '../../src/core/signature/base.ts'
import { signStatement } from '../../src/core/signature/proof.ts'
import { type PairingPort, PairingService, pairingProtocol } from '../../src/network/pairing-service.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { seedOf, startNode, TestMerchant, type TestNode, testTime, until } from './merchants.ts'

/** A merchant that can invite and join, with its rows in memory. */
class Party implements AsyncDisposable {
  readonly node: TestNode
  readonly service: PairingService
  readonly invitations = new Map<InvitationId, Invitation>()
  readonly relations = new Map<MerchantId, Relation>()
  readonly events: PairingEvent[] = []
  stored = 0

  static async start(name: string): Promise<Party> {
    const party = new Party(await startNode(new TestMerchant(name)))
    await party.service.start()
    return party
  }

  private constructor(node: TestNode) {
    this.node = node
    const { self } = node
    const port: PairingPort = {
      profile: { name: self.name },
      sign: (body) => signStatement(nodePrimitives, body, { seed: self.signingSeed }),
      now: () => self.time,
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
    this.service = new PairingService(node.host, node.hello, nodePrimitives, port)
    this.service.onEvent((event) => this.events.push(event))
  }

  get merchant(): MerchantId {
    return this.node.self.merchant
  }

  relation(other: MerchantId): Relation {
    return this.relations.get(other) ?? noRelation(this.merchant, other)
  }

  stateTo(other: Party): string {
    return viewOf(this.relation(other.merchant)).state
  }

  /** @returns the keys that its code gives to who knows it */
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
    const { self } = this.node
    const decided = decideClaim(
      {
        primitives: nodePrimitives,
        sign: (body) => signStatement(nodePrimitives, body, { seed: self.signingSeed }),
        self: { keyEvent: self.keyLog.current.digest },
      },
      { invitation, relation: this.relation(claimant) },
      decision,
      testTime,
    )
    if (decided === undefined) throw new Error('cannot be decided')
    this.invitations.set(id, decided.invitation)
    this.relations.set(claimant, decided.relation)
    await this.service.decided()
  }

  async join(inviter: Party, keys: InvitationKeys, signal?: AbortSignal) {
    const session = await this.node.hello.connect(inviter.node.address)
    return this.service.join(session, keys, signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.service.stop()
    await this.node[Symbol.asyncDispose]()
  }
}

const names = (party: Party): string[] => party.events.map(({ event }) => event)

describe('pairing over a stream', () => {
  test('an invitation that confirms by itself makes two partners', async () => {
    await using anna = await Party.start('anna')
    await using bert = await Party.start('bert')
    const keys = anna.invite('code', { auto: true, role: 'supplier' })
    expect(await bert.join(anna, keys)).toEqual({ end: 'partner' })
    expect([anna.stateTo(bert), bert.stateTo(anna)]).toEqual(['partner', 'partner'])
    expect(bert.events).toMatchObject([
      { event: 'partner', with: anna.merchant, profile: { name: 'anna' }, role: 'supplier' },
    ])
    expect(names(anna)).toEqual(['partner'])
    expect(viewOf(anna.relation(bert.merchant)).invitedBy).toBe(anna.merchant)
  })

  test('a joiner waits while the inviter decides, and is told at once', async () => {
    await using anna = await Party.start('anna')
    await using bert = await Party.start('bert')
    const keys = anna.invite('code')
    const joining = bert.join(anna, keys)
    await until(() => bert.events.length > 0)
    expect(names(bert)).toEqual(['waiting'])
    expect(anna.events).toMatchObject([{ event: 'claimed', by: bert.merchant, profile: { name: 'bert' } }])
    expect(bert.stateTo(anna)).toBe('invited')
    await anna.decide(keys.id, 'confirm')
    expect(await joining).toEqual({ end: 'partner' })
    expect([anna.stateTo(bert), bert.stateTo(anna)]).toEqual(['partner', 'partner'])
  })

  test('a joiner that is declined learns it, and both have ended', async () => {
    await using anna = await Party.start('anna')
    await using bert = await Party.start('bert')
    const keys = anna.invite('code')
    const joining = bert.join(anna, keys)
    await until(() => names(bert).includes('waiting'))
    await anna.decide(keys.id, 'decline')
    expect(await joining).toEqual({ end: 'refused', code: 'declined' })
    expect([anna.stateTo(bert), bert.stateTo(anna)]).toEqual(['ended', 'ended'])
  })

  test('a connection lost while waiting: the same code works again, after the decision too', async () => {
    await using anna = await Party.start('anna')
    await using bert = await Party.start('bert')
    const keys = anna.invite('code')
    const first = bert.join(anna, keys)
    await until(() => names(bert).includes('waiting'))
    for (const connection of bert.node.host.connections()) connection.abort(new Error('cable pulled'))
    expect(await first).toEqual({ end: 'broken' })
    await anna.decide(keys.id, 'confirm')
    expect(await bert.join(anna, keys)).toEqual({ end: 'partner' })
    expect([anna.stateTo(bert), bert.stateTo(anna)]).toEqual(['partner', 'partner'])
    expect(names(anna)).toEqual(['claimed'])
  })

  test('a second merchant with the same code is refused, and the inviter told', async () => {
    await using anna = await Party.start('anna')
    await using bert = await Party.start('bert')
    await using carl = await Party.start('carl')
    const keys = anna.invite('code')
    const joining = bert.join(anna, keys)
    await until(() => names(bert).includes('waiting'))
    expect(await carl.join(anna, keys)).toEqual({ end: 'refused', code: 'claimed-by-another' })
    expect(anna.events.at(-1)).toMatchObject({ event: 'second-claimant', by: carl.merchant })
    await anna.decide(keys.id, 'confirm')
    await joining
    expect(await carl.join(anna, keys)).toEqual({ end: 'refused', code: 'used' })
    expect(anna.stateTo(bert)).toBe('partner')
    expect(carl.stateTo(anna)).toBe('ended')
  })

  test('two merchants that come at the same moment: one has the code', async () => {
    await using anna = await Party.start('anna')
    await using bert = await Party.start('bert')
    await using carl = await Party.start('carl')
    const keys = anna.invite('code', { auto: true })
    const ends = await Promise.all([bert.join(anna, keys), carl.join(anna, keys)])
    expect(ends.map((end) => (end.end === 'refused' ? end.code : end.end)).sort()).toEqual([
      'partner',
      'used',
    ])
    const partners = [bert, carl].filter((joiner) => anna.stateTo(joiner) === 'partner')
    expect(partners).toHaveLength(1)
  })

  test('wrong codes slow their sender down, and leave the invitation as it is', async () => {
    await using anna = await Party.start('anna')
    await using bert = await Party.start('bert')
    const keys = anna.invite('code', { auto: true })
    for (let i = 0; i < attemptsPerPeerMax; i++) {
      const wrong = linkKeys(nodePrimitives, seedOf(`guess ${i}`).subarray(0, 16))
      expect(await bert.join(anna, wrong)).toEqual({ end: 'refused', code: 'unknown' })
    }
    const stopped = await bert.join(anna, keys)
    expect(stopped).toMatchObject({ end: 'refused', code: 'too-many-attempts', retryAfterSeconds: 600 })
    expect(anna.invitations.get(keys.id)?.state).toBe('open')
    expect(anna.node.hello.sessions.all()).toHaveLength(1)
    anna.node.self.time += 600
    expect(await bert.join(anna, keys)).toEqual({ end: 'partner' })
  })

  test('garbage ends the pairing and costs its sender', async () => {
    await using anna = await Party.start('anna')
    await using bert = await Party.start('bert')
    const { connection } = await bert.node.hello.connect(anna.node.address)
    const stream = await bert.node.host.openStream(connection, pairingProtocol)
    await stream.send(Buffer.from('{"type":"mosaic/pairing/done"}'))
    expect((await stream.closed).code).toBe('reset')
    expect(anna.node.offences).toEqual(['message-malformed'])
    expect(anna.stored).toBe(0)
  })

  test('a joiner that gives up leaves its claim', async () => {
    await using anna = await Party.start('anna')
    await using bert = await Party.start('bert')
    const keys = anna.invite('code')
    const controller = new AbortController()
    const joining = bert.join(anna, keys, controller.signal)
    await until(() => names(bert).includes('waiting'))
    controller.abort()
    expect(await joining).toEqual({ end: 'broken' })
    expect(anna.invitations.get(keys.id)?.state).toBe('claimed')
  })
})
