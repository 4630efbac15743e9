import { describe, expect, test } from 'vitest'
import { attemptsPerPeerMax } from '../../src/core/partner/attempts.ts'
import { linkKeys } from '../../src/core/partner/invitation-keys.ts'
import { viewOf } from '../../src/core/partner/relation.ts'
import { pairingProtocol } from '../../src/network/pairing-service.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { seedOf, until } from './merchants.ts'
import { Party } from './party.ts'

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
    for (const connection of bert.network.host.connections()) connection.abort(new Error('cable pulled'))
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
    expect(anna.network.hello.sessions.all()).toHaveLength(1)
    anna.self.time += 600
    expect(await bert.join(anna, keys)).toEqual({ end: 'partner' })
  })

  test('garbage ends the pairing and costs its sender', async () => {
    await using anna = await Party.start('anna')
    await using bert = await Party.start('bert')
    const { connection } = await bert.network.hello.connect(anna.address)
    const stream = await bert.network.host.openStream(connection, pairingProtocol)
    await stream.send(Buffer.from('{"type":"mosaic/pairing/done"}'))
    expect((await stream.closed).code).toBe('reset')
    expect(anna.offences).toEqual(['message-malformed'])
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
