import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parsePairingMessage } from '../../src/core/partner/pairing-message.ts'
import { admitRelation, changeOf, withStatement } from '../../src/core/partner/relation.ts'
import type { RelationStatement } from '../../src/core/partner/relation-statement.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { TestNode, TestStream } from './pairing-world.ts'

// Making a key log costs signatures: the merchants are made once, their stores for each run.
const logs = new Map(['Anna', 'Ben', 'Mallory'].map((name) => [name, new TestNode(name)]))
function node(name: 'Anna' | 'Ben' | 'Mallory'): TestNode {
  const made = logs.get(name) as TestNode
  made.invitations.clear()
  made.relations.clear()
  made.events.length = 0
  made.failedAttempts = 0
  return made
}

const isPartner = (one: TestNode, other: TestNode): boolean => one.viewOf(other).state === 'partner'

/** What can happen to a stream, in any order. */
const mishaps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('to inviter' as const, 'to joiner' as const) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'break' as const, // what is under way is lost, and both sessions
        'lose to inviter' as const,
        'lose to joiner' as const,
        'repeat' as const,
        'reorder' as const,
        'replay' as const,
        'truncate' as const,
        'alter' as const,
        'person' as const,
      ),
    },
  ),
  { maxLength: 40 },
)

describe('pairing over a network that loses, repeats, reorders, cuts and alters', () => {
  for (const decision of ['confirm', 'decline', 'revoke'] as const) {
    test(`both ends agree after a last undisturbed try: ${decision}`, () => {
      fc.assert(
        fc.property(mishaps, fc.boolean(), (happens, auto) => {
          const [anna, ben] = [node('Anna'), node('Ben')]
          const keys = anna.invite('to Ben', { auto })
          let stream = new TestStream(anna, ben, keys)
          const sent: string[] = []
          for (const [index, what] of happens.entries()) {
            if (stream.isOver || what === 'break') {
              sent.push(...stream.sent)
              stream = new TestStream(anna, ben, keys)
            }
            disturb(stream, what, sent, index)
            if (what === 'person' && anna.decide(keys, ben, decision)) stream.decided()
            // Safety at every moment: the inviter has signed and stored before the joiner can know.
            if (isPartner(ben, anna)) expect(isPartner(anna, ben)).toBe(true)
          }
          const last = new TestStream(anna, ben, keys).run()
          if (anna.decide(keys, ben, decision)) last.decided()
          last.run()
          const confirmed = anna.invitations.get(keys.id)?.state === 'confirmed'
          expect([isPartner(anna, ben), isPartner(ben, anna)]).toEqual([confirmed, confirmed])
          if (decision === 'confirm') expect(confirmed).toBe(true)
          const code = decision === 'revoke' ? 'revoked' : 'declined'
          expect(last.joinerEnd).toEqual(confirmed ? { end: 'partner' } : { end: 'refused', code })
          exchange(anna, ben)
          if (anna.viewOf(ben).state !== 'none') expect(anna.viewOf(ben)).toEqual(ben.viewOf(anna))
          if (confirmed) expect(anna.viewOf(ben)).toMatchObject({ generation: 1, invitedBy: anna.id })
        }),
        { numRuns: 400 },
      )
    })
  }
})

/** What the message streams bring later: each other's statements, in any order. */
function exchange(one: TestNode, other: TestNode): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    for (const statement of from.relationTo(to).statements.toReversed()) {
      if (statement.from !== from.id) continue
      const admission = admitRelation(to.relationTo(from), statement)
      if (admission.verdict === 'new') to.relations.set(from.id, admission.relation)
    }
  }
}

function disturb(stream: TestStream, what: string, old: readonly string[], index: number): void {
  const { toInviter, toJoiner } = stream
  switch (what) {
    case 'to inviter':
      stream.deliverToInviter()
      break
    case 'to joiner':
      stream.deliverToJoiner()
      break
    case 'lose to inviter':
      toInviter.shift()
      break
    case 'lose to joiner':
      toJoiner.shift()
      break
    case 'repeat':
      toInviter.push(...toInviter.slice(0, 1))
      toJoiner.push(...toJoiner.slice(0, 1))
      break
    case 'reorder':
      toInviter.reverse()
      toJoiner.reverse()
      break
    case 'replay':
      toInviter.unshift(...old.slice(index % 5, (index % 5) + 1))
      toJoiner.unshift(...old.slice(index % 7, (index % 7) + 1))
      break
    case 'truncate':
      toInviter.push(...toInviter.splice(0, 1).map((text) => text.slice(0, -1 - (index % text.length))))
      toJoiner.push(...toJoiner.splice(0, 1).map((text) => text.slice(0, -1 - (index % text.length))))
      break
    case 'alter':
      toInviter.push(...toInviter.splice(0, 1).map((text) => altered(text, index * 37)))
      toJoiner.push(...toJoiner.splice(0, 1).map((text) => altered(text, index * 53)))
      break
  }
}

/** One character of a text replaced. */
function altered(text: string, at: number): string {
  const index = at % text.length
  return text.slice(0, index) + (text[index] === 'A' ? 'B' : 'A') + text.slice(index + 1)
}

describe('a man in the middle', () => {
  const tricks = fc.array(fc.tuple(fc.constantFrom('relay', 'alter', 'own nonce', 'old'), fc.nat(5_000)), {
    maxLength: 12,
  })

  test('who relays with keys of its own learns no name, gets no signature, and is nobody`s partner', () => {
    fc.assert(
      fc.property(tricks, fc.boolean(), (does, auto) => {
        const [anna, ben, mallory] = [node('Anna'), node('Ben'), node('Mallory')]
        const keys = anna.invite('to Ben', { auto })
        // Ben believes that Mallory is the inviter; Mallory claims Anna's invitation with what Ben sends.
        const withBen = new TestStream(mallory, ben, keys)
        const withAnna = new TestStream(anna, mallory, keys)
        withAnna.toInviter.length = 0
        const seen: string[] = []
        for (const [trick, at] of does) {
          for (const text of withBen.toInviter.splice(0)) {
            withAnna.deliverToInviter(tampered(text, trick, at, seen))
          }
          for (const text of withAnna.toJoiner.splice(0)) {
            withBen.deliverToJoiner(tampered(text, trick, at, seen))
          }
        }
        expect(withBen.sent.map((text) => parsePairingMessage(text)?.type)).toEqual(['mosaic/pairing/start'])
        expect(ben.relations.size + anna.relations.size).toBe(0)
        expect(anna.invitations.get(keys.id)?.state).toBe('open')
        // And the code is not burnt.
        const honest = new TestStream(anna, ben, keys).run()
        expect(honest.joinerEnd?.end ?? 'waiting').toBe(auto ? 'partner' : 'waiting')
      }),
      { numRuns: 500 },
    )
  })

  function tampered(text: string, trick: string, at: number, seen: string[]): string {
    seen.push(text)
    if (trick === 'alter') return altered(text, at)
    if (trick === 'old') return seen[at % seen.length] ?? text
    if (trick === 'own nonce') return text.replace(/"nonce":"./, '"nonce":"Q')
    return text
  }
})

describe('two claimants of one code', () => {
  test('one is a partner, the other is refused, and the inviter is told', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 30 }), fc.boolean(), (order, auto) => {
        const [anna, ben, mallory] = [node('Anna'), node('Ben'), node('Mallory')]
        const keys = anna.invite('leaked', { auto })
        const streams = [new TestStream(anna, ben, keys), new TestStream(anna, mallory, keys)]
        for (const first of order) {
          const stream = streams[first ? 0 : 1] as TestStream
          if (!stream.deliverToInviter()) stream.deliverToJoiner()
        }
        for (const stream of streams) stream.run()
        const claimant = anna.invitations.get(keys.id)?.claim?.merchant === ben.id ? ben : mallory
        for (const stream of streams) {
          if (anna.decide(keys, claimant, 'confirm')) stream.decided()
          stream.decided()
          stream.run()
        }
        const other = claimant === ben ? mallory : ben
        expect(anna.viewOf(claimant)).toEqual(claimant.viewOf(anna))
        expect(isPartner(anna, claimant)).toBe(true)
        expect(anna.viewOf(other).state).toBe('none')
        expect(other.viewOf(anna).state).toBe('ended') // it has taken its word back
        const refused = streams.find(({ joiner }) => joiner === other)?.joinerEnd
        expect(refused).toEqual({ end: 'refused', code: auto ? 'used' : 'claimed-by-another' })
        expect(anna.events.filter(({ event }) => event === 'second-claimant')).toMatchObject([
          { by: other.id, profile: { name: other.name } },
        ])
      }),
      { numRuns: 200 },
    )
  })
})

describe('two that invite each other at once', () => {
  test('are partners once, whatever the order, and nobody has to confirm', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 20 }), (order) => {
        const [anna, ben] = [node('Anna'), node('Ben')]
        const keys = [anna.invite('to Ben'), ben.invite('to Anna')] as const
        const streams = [new TestStream(anna, ben, keys[0]), new TestStream(ben, anna, keys[1])]
        for (const first of order) {
          const stream = streams[first ? 0 : 1] as TestStream
          if (!stream.deliverToInviter()) stream.deliverToJoiner()
        }
        for (const stream of streams) stream.run()
        new TestStream(anna, ben, keys[0]).run()
        new TestStream(ben, anna, keys[1]).run()
        expect(anna.viewOf(ben)).toEqual(ben.viewOf(anna))
        expect(anna.viewOf(ben)).toMatchObject({ state: 'partner', generation: 1 })
      }),
      { numRuns: 200 },
    )
  })
})

describe('a second partnership', () => {
  /** One side says something; `deliver` carries it over at once. */
  function says(one: TestNode, other: TestNode, state: 'ended' | 'paused', deliver: boolean): void {
    const keyEvent = one.log.current.digest
    const body = changeOf(nodePrimitives, one.relationTo(other), state, { time: one.clock, keyEvent })
    if (body === undefined) throw new Error('not possible')
    const statement = one.sign(body) as RelationStatement
    one.relations.set(other.id, withStatement(one.relationTo(other), statement))
    if (deliver) other.relations.set(one.id, withStatement(other.relationTo(one), statement))
  }

  function pair(inviter: TestNode, joiner: TestNode, name: string): TestStream {
    return new TestStream(inviter, joiner, inviter.invite(name, { auto: true })).run()
  }

  test('takes a new invitation and is a new generation', () => {
    const [anna, ben] = [node('Anna'), node('Ben')]
    expect(pair(anna, ben, 'first').joinerEnd).toEqual({ end: 'partner' })
    expect(pair(anna, ben, 'again').joinerEnd).toEqual({ end: 'refused', code: 'already-partners' })
    says(ben, anna, 'ended', true)
    expect(anna.viewOf(ben)).toMatchObject({ state: 'ended', generation: 1, endedBy: [ben.id] })
    expect(pair(ben, anna, 'third').joinerEnd).toEqual({ end: 'partner' })
    expect(anna.viewOf(ben)).toMatchObject({ state: 'partner', generation: 2, invitedBy: ben.id })
    expect(ben.viewOf(anna)).toEqual(anna.viewOf(ben))
  })

  test('works when the other has not heard yet of the end of the first, on either side', () => {
    for (const inviterEnds of [true, false]) {
      const [anna, ben] = [node('Anna'), node('Ben')]
      pair(anna, ben, 'first')
      if (inviterEnds) says(anna, ben, 'ended', false)
      else says(ben, anna, 'ended', false)
      expect(pair(anna, ben, 'second').joinerEnd).toEqual({ end: 'partner' })
      expect(anna.viewOf(ben)).toMatchObject({ state: 'partner', generation: 2 })
      expect(ben.viewOf(anna)).toEqual(anna.viewOf(ben))
    }
  })

  test('a used code does not begin one', () => {
    const [anna, ben] = [node('Anna'), node('Ben')]
    const keys = anna.invite('once', { auto: true })
    new TestStream(anna, ben, keys).run()
    says(anna, ben, 'ended', true)
    expect(new TestStream(anna, ben, keys).run().joinerEnd).toEqual({ end: 'refused', code: 'used' })
    expect(ben.viewOf(anna)).toMatchObject({ state: 'ended', generation: 2, signedBy: [ben.id] })
  })
})
