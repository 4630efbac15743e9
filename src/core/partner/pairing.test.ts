import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seedOf } from '../../../tests/simulation/merchants.ts'
import { now, TestNode, TestStream } from '../../../tests/simulation/pairing-world.ts'
import { nodePrimitives } from '../../store/primitives.ts'
import { linkKeys } from './invitation-keys.ts'
import { tooManyAttempts } from './inviter.ts'
import { type Join, joinAfter } from './join.ts'
import { pairingRefusals, parsePairingMessage, refusalMessages } from './pairing-message.ts'

const pair = (): [TestNode, TestNode] => [new TestNode('Anna'), new TestNode('Ben')]
const typesOf = (texts: readonly string[]) =>
  texts.map((text) => parsePairingMessage(text)?.type.replace('mosaic/pairing/', ''))

describe('a pairing', () => {
  test('takes six messages when a person confirms, five with --auto', () => {
    const [anna, ben] = pair()
    const keys = anna.invite('to Ben', { role: 'supplier' })
    const stream = new TestStream(anna, ben, keys).run()
    expect(anna.events).toEqual([
      { event: 'claimed', invitation: keys.id, by: ben.id, profile: { name: 'Ben', country: 'DE' } },
    ])
    expect(ben.events).toEqual([{ event: 'waiting', invitation: keys.id }])
    expect(anna.decide(keys, ben, 'confirm')).toBe(true)
    stream.decided()
    stream.run()
    expect([stream.inviterEnd, stream.joinerEnd]).toEqual([{ end: 'partner' }, { end: 'partner' }])
    expect(ben.events.slice(1)).toEqual([
      {
        event: 'partner',
        invitation: keys.id,
        with: anna.id,
        profile: { name: 'Anna', country: 'DE' },
        role: 'supplier',
      },
    ])
    expect(typesOf(stream.sent)).toEqual(['start', 'challenge', 'claim', 'claimed', 'confirmed', 'done'])
    const [anna2, ben2] = pair()
    const auto = new TestStream(anna2, ben2, anna2.invite('to Ben', { auto: true })).run()
    expect(typesOf(auto.sent)).toEqual(['start', 'challenge', 'claim', 'confirmed', 'done'])
    expect(anna2.events).toMatchObject([{ event: 'partner', with: ben2.id, profile: { name: 'Ben' } }])
  })

  test('tells no name and no merchant before both have shown that they know the code', () => {
    const [anna, ben] = pair()
    const stream = new TestStream(anna, ben, anna.invite('to Ben', { auto: true }))
    stream.deliverToInviter()
    for (const text of stream.sent)
      for (const { name, id } of [anna, ben]) {
        expect(text).not.toContain(name)
        expect(text).not.toContain(id)
      }
    stream.run()
  })

  test('goes on after the joiner has rotated its key, and after the inviter has', () => {
    for (const who of ['joiner', 'inviter', 'both'] as const) {
      const [anna, ben] = pair()
      const keys = anna.invite('to Ben')
      const first = new TestStream(anna, ben, keys).run()
      if (who !== 'inviter') ben.rotate({ reason: 'compromised', lastGood: [] })
      anna.decide(keys, ben, 'confirm')
      if (who !== 'joiner') anna.rotate({ reason: 'compromised', lastGood: [] })
      expect(first.joinerEnd).toBeUndefined() // broken here
      const second = new TestStream(anna, ben, keys).run()
      expect(second.joinerEnd).toEqual({ end: 'partner' })
      expect(anna.viewOf(ben)).toEqual(ben.viewOf(anna))
      for (const one of [anna, ben]) {
        const last = anna
          .relationTo(ben)
          .statements.filter(({ from }) => from === one.id)
          .at(-1)
        expect(last?.keyEvent).toBe(one.log.current.digest)
      }
    }
  })
})

describe('a refusal', () => {
  test('of a code that nobody made and of a wrong one are the same bytes, and both are counted', () => {
    const [anna, ben] = pair()
    const keys = anna.invite('to Ben')
    const guessed = linkKeys(nodePrimitives, seedOf('guess').slice(0, 16))
    const answers = [guessed, { ...keys, macKey: guessed.macKey }].map((tried) => {
      const stream = new TestStream(anna, ben, tried)
      stream.deliverToInviter()
      const challenge = stream.toJoiner.shift() ?? ''
      return { stream, challenge }
    })
    for (const { stream, challenge } of answers) {
      expect(parsePairingMessage(challenge)?.type).toBe('mosaic/pairing/challenge')
      stream.deliverToInviter(claimOf(ben))
      expect(stream.inviterEnd).toEqual({ end: 'refused', code: 'unknown' })
    }
    expect(answers[0]?.stream.toJoiner).toEqual(answers[1]?.stream.toJoiner)
    expect(answers[0]?.stream.toJoiner).toEqual(['{"code":"unknown","type":"mosaic/pairing/refused"}'])
    expect(anna.failedAttempts).toBe(2)
    const asked = new TestStream(anna, ben, guessed).run()
    expect(asked.joinerEnd).toEqual({ end: 'refused', code: 'unknown' })
    expect(typesOf(asked.sent)).toEqual(['start', 'challenge'])
    expect(anna.invitations.get(keys.id)?.state).toBe('open')
    expect(new TestStream(anna, ben, keys).run().toJoiner).toEqual([])
    expect(anna.invitations.get(keys.id)?.state).toBe('claimed')
  })

  /** A well-formed claim of another pairing. */
  function claimOf(joiner: TestNode): string {
    const other = new TestNode('Mallory')
    const stream = new TestStream(other, joiner, other.invite('other')).run()
    joiner.relations.clear()
    return stream.sent[2] ?? ''
  }

  test('comes for each reason, and leaves an invitation open that it does not concern', () => {
    const reasons: Record<string, (anna: TestNode, ben: TestNode) => void> = {
      expired: (anna, ben) => {
        anna.clock = now + 3_600
        ben.clock = anna.clock
      },
      clock: (_, ben) => {
        ben.clock = now - 601
      },
      frozen: (_, ben) => {
        ben.frozen = true
      },
    }
    for (const [code, happens] of Object.entries(reasons)) {
      const [anna, ben] = pair()
      const keys = anna.invite('to Ben')
      happens(anna, ben)
      const { joinerEnd } = new TestStream(anna, ben, keys).run()
      expect(joinerEnd).toEqual({ end: 'refused', code })
      expect(anna.invitations.get(keys.id)?.state).toBe(code === 'expired' ? 'expired' : 'open')
    }
  })

  test('the inviter checks the clock itself, whatever the joiner does', () => {
    const [anna, ben] = pair()
    const keys = anna.invite('to Ben')
    ben.clock = now + 601
    const stream = new TestStream(anna, ben, keys)
    stream.deliverToInviter()
    ben.clock = now // a joiner that does not look at the challenge's time
    stream.run()
    expect(stream.inviterEnd).toEqual({ end: 'refused', code: 'clock' })
    expect(stream.joinerEnd).toEqual({ end: 'refused', code: 'clock' })
    expect(anna.invitations.get(keys.id)?.state).toBe('open')
  })

  test('nobody joins by its own invitation', () => {
    const anna = new TestNode('Anna')
    const stream = new TestStream(anna, anna, anna.invite('to Ben'))
    expect(stream.joinerEnd).toEqual({ end: 'refused', code: 'own-invitation' })
    expect(stream.sent).toEqual([])
  })

  test('too many attempts: said before anything is looked up', () => {
    const [anna, ben] = pair()
    const stream = new TestStream(anna, ben, anna.invite('to Ben'))
    stream.deliverToJoiner(tooManyAttempts(12.3))
    expect(stream.joinerEnd).toEqual({ end: 'refused', code: 'too-many-attempts', retryAfterSeconds: 13 })
  })

  test('without a MAC is believed of no other reason', () => {
    for (const code of pairingRefusals) {
      const [anna, ben] = pair()
      const stream = new TestStream(anna, ben, anna.invite('to Ben')).run()
      stream.deliverToJoiner(JSON.stringify({ code, type: 'mosaic/pairing/refused' }))
      const believed = code === 'unknown' || code === 'too-many-attempts'
      expect(stream.joinerEnd).toEqual(
        believed ? { end: 'refused', code } : { end: 'offence', reason: 'mac' },
      )
      expect(ben.viewOf(anna).state).toBe('invited')
      expect(refusalMessages[code].length).toBeGreaterThan(20)
    }
  })
})

describe('an offence', () => {
  const junk = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc.constantFrom('{"type":"mosaic/pairing/done"}', '{"mac":"","type":"mosaic/pairing/done"}'),
  )

  test('is any frame that is no message, at either end and at any point', () => {
    fc.assert(
      fc.property(junk, fc.nat(4), fc.boolean(), (text, steps, atInviter) => {
        const [anna, ben] = pair()
        const stream = new TestStream(anna, ben, anna.invite('to Ben'))
        for (let n = 0; n < steps; n++) if (!stream.deliverToInviter()) stream.deliverToJoiner()
        if (atInviter) stream.deliverToInviter(text)
        else stream.deliverToJoiner(text)
        expect((atInviter ? stream.inviterEnd : stream.joinerEnd)?.end).toBe('offence')
        expect(anna.viewOf(ben).state).not.toBe('partner')
      }),
      { numRuns: 60 },
    )
  })

  test('is one changed character in any message: nobody acts on it', () => {
    const [anna, ben] = pair()
    const letters = fc.constantFrom(...'0123456789ABCDEFabcdef')
    fc.assert(
      fc.property(fc.nat(5), fc.nat(1_500), letters, (which, at, letter) => {
        for (const one of [anna, ben]) one.relations.clear()
        const keys = anna.invite('to Ben')
        const stream = new TestStream(anna, ben, keys)
        let changed = false
        for (let frame = 0; frame <= 5; frame++) {
          const isInviter = frame % 2 === 0 && frame < 4
          const toInviter = isInviter || frame === 5
          if (frame === 4 && anna.decide(keys, ben, 'confirm')) stream.decided()
          const queue = toInviter ? stream.toInviter : stream.toJoiner
          const text = queue.shift()
          if (text === undefined) break
          const index = at % text.length
          const other = frame === which ? text.slice(0, index) + letter + text.slice(index + 1) : text
          changed ||= other !== text
          if (toInviter) stream.deliverToInviter(other)
          else stream.deliverToJoiner(other)
        }
        stream.run()
        const ends = [stream.inviterEnd?.end, stream.joinerEnd?.end]
        if (!changed) expect(ends).toEqual(['partner', 'partner'])
        else expect(which === 5 ? ends[0] : ends[1]).not.toBe('partner')
        if (changed && which < 3) expect(anna.viewOf(ben).state).toBe('none')
        if (changed && which < 5) expect(ben.viewOf(anna).state).not.toBe('partner')
      }),
      { numRuns: 300 },
    )
  })

  test('is a message out of turn', () => {
    const [anna, ben] = pair()
    const complete = new TestStream(anna, ben, anna.invite('first', { auto: true })).run().sent
    for (const [index, text] of complete.entries()) {
      const [carla, dora] = [new TestNode('Carla'), new TestNode('Dora')]
      const stream = new TestStream(carla, dora, carla.invite('to Dora'))
      if (index !== 0) stream.deliverToInviter(text)
      if (index !== 1) stream.deliverToJoiner(text)
      if (index !== 0) expect(stream.inviterEnd).toEqual({ end: 'offence', reason: 'unexpected' })
      if (index !== 1) expect(stream.joinerEnd).toEqual({ end: 'offence', reason: 'unexpected' })
    }
  })
})

test('a join goes on after a refusal that may pass, and ends with the others', () => {
  const join: Join = {
    id: linkKeys(nodePrimitives, seedOf('x').slice(0, 16)).id,
    form: 'link',
    macKey: 'A'.repeat(43),
    addresses: [],
    relays: [],
    state: 'waiting',
    startedAt: 0,
    changedAt: 0,
  }
  const state = (code: (typeof pairingRefusals)[number], form: Join['form'] = 'link') =>
    joinAfter({ ...join, form }, { end: 'refused', code }, 5).state
  expect(state('clock')).toBe('waiting')
  expect(state('unknown')).toBe('refused')
  expect(state('unknown', 'phone')).toBe('waiting')
  expect(state('declined')).toBe('refused')
  expect(joinAfter(join, { end: 'partner' }, 5)).toMatchObject({ state: 'partner', changedAt: 5 })
  expect(joinAfter(join, { end: 'stale' }, 5)).toBe(join)
})
