import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { MerchantId } from '../../src/core/identity/merchant-id.ts'
import {
  type Grant,
  type GrantBody,
  type GrantTerms,
  grantBody,
  leaseSecondsMax,
  revocationBody,
} from '../../src/core/partner/grant.ts'
import { changeOf } from '../../src/core/partner/relation.ts'
import type { RelationWord } from '../../src/core/partner/relation-statement.ts'
import { canonicalText, type JsonObject } from '../../src/core/signature/canonical.ts'
import { signStatement } from '../../src/core/signature/proof.ts'
import { type MessageAnswer, messageProtocol, parseAnswer } from '../../src/network/message-frame.ts'
import type { Session } from '../../src/network/session.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { isOpen, TestMerchant, until } from '../network/merchants.ts'
import type { Party } from '../network/party.ts'
import { becomePartners, isLetIn, meet, open, peer, type RealNode, realNode } from './real-node.ts'

// Spec: protocol/streams/message.md. A running node, its partner Mallory, and what Mallory makes up.

let vera: RealNode
let mallory: Party
let session: Session
beforeEach(async () => {
  vera = await realNode('Vera')
  mallory = await peer('mallory')
  session = await becomePartners(mallory, vera)
})
afterEach(async () => {
  await mallory[Symbol.asyncDispose]()
  await vera[Symbol.asyncDispose]()
})

const terms: GrantTerms = { licence: { texts: 'none', images: 'none' }, channels: [], neutralDelivery: false }

/** What the node answers to each text, in order. */
async function say(party: Party, at: Session, ...texts: string[]): Promise<MessageAnswer[]> {
  const stream = await open(party, at, messageProtocol)
  const answers: MessageAnswer[] = []
  stream.onFrame((frame) => void answers.push(parseAnswer(frame)))
  for (const text of texts) await stream.send(Buffer.from(text))
  await until(() => answers.length === texts.length || !stream.isOpen)
  await stream.close()
  return answers
}

function sign(party: Party, body: object): string {
  const statement = signStatement(nodePrimitives, body as JsonObject, { seed: party.self.signingSeed })
  return canonicalText(statement as unknown as JsonObject)
}

/** Mallory's next word, and that it was the last. */
function word(state: RelationWord): { readonly text: string; readonly body: object } {
  const relation = mallory.relation(vera.merchant)
  const at = { time: mallory.self.time, keyEvent: mallory.self.keyLog.current.digest }
  const body = changeOf(nodePrimitives, relation, state, at)
  if (body === undefined) throw new Error('cannot be said')
  const text = sign(mallory, body)
  mallory.relations.set(vera.merchant, {
    ...relation,
    statements: [...relation.statements, JSON.parse(text)],
  })
  return { text, body }
}

function grant(held: Grant | undefined, assortment: string, change: Partial<GrantBody> = {}): string {
  const move = {
    from: mallory.merchant,
    to: vera.merchant,
    generation: 1,
    assortment: `assortment/${assortment}`,
    time: mallory.self.time,
    keyEvent: mallory.self.keyLog.current.digest,
  }
  return sign(mallory, { ...grantBody(held, move, terms), ...change })
}

const stateOf = async (merchant: MerchantId) => (await vera.node.partnerView(merchant)).state
const granted = async () =>
  (await vera.node.partnerView(mallory.merchant)).grantsReceived.map(({ assortment }) => assortment)
const stored = expect.objectContaining({ type: 'mosaic/stored' })

describe('a statement of a partner', () => {
  test('forged: refused, changes nothing, and the sender is cut off at once', async () => {
    const { text } = word('ended')
    const forged = text.replace(
      /"proofValue":"z(.)/,
      (_, first) => `"proofValue":"z${first === '2' ? '3' : '2'}`,
    )
    expect(await say(mallory, session, forged)).toEqual([])
    await until(() => !isOpen(session.connection))
    expect(await isLetIn(mallory, vera)).toBe(false)
    expect(await stateOf(mallory.merchant)).toBe('partner')
  })

  test('changed after it was signed: the same', async () => {
    const { text } = word('paused')
    await say(mallory, session, text.replace('"state":"paused"', '"state":"ended"'))
    await until(() => !isOpen(session.connection))
    expect(await stateOf(mallory.merchant)).toBe('partner')
  })

  test('replayed: stored again, with one effect', async () => {
    const { text } = word('paused')
    expect(await say(mallory, session, text, text)).toEqual([stored, stored])
    expect(await say(mallory, session, text)).toEqual([stored])
    expect(await stateOf(mallory.merchant)).toBe('paused')
    const told = vera.events.filter(({ type }) => type === 'partner-state')
    expect(told.map((event) => 'state' in event && event.state)).toEqual(['partner', 'paused'])
  })

  test('reordered: the newer one counts, whatever came first', async () => {
    const [first, second] = [word('paused'), word('partner')]
    expect(await say(mallory, session, second.text, first.text)).toEqual([stored, stored])
    expect(await stateOf(mallory.merchant)).toBe('partner')
  })

  test('truncated, too large, of no type, of a type that nobody knows: each says what is wrong', async () => {
    const { text, body } = word('paused')
    const large = sign(mallory, { ...body, more: 'x'.repeat(3_000) })
    const unknown = sign(mallory, { type: 'mosaic/prize', v: 1 })
    const answers = await say(mallory, session, text.slice(0, -9), large, '[]', unknown)
    expect(answers).toMatchObject([
      { code: 'malformed' },
      { code: 'malformed', message: expect.stringMatching(/2,?048/) },
      { code: 'malformed' },
      { code: 'unknown-type' },
    ])
    expect(await stateOf(mallory.merchant)).toBe('partner')
  })
})

describe('a statement of another', () => {
  test('is not taken from whoever hands it on', async () => {
    await using bert = await peer('bert')
    const berts = await becomePartners(bert, vera)
    const relation = bert.relation(vera.merchant)
    const at = { time: bert.self.time, keyEvent: bert.self.keyLog.current.digest }
    const goodbye = sign(bert, changeOf(nodePrimitives, relation, 'ended', at) ?? {})
    expect(await say(mallory, session, goodbye)).toMatchObject([{ code: 'not-yours' }])
    expect(await stateOf(bert.merchant)).toBe('partner')
    // The same bytes, from the one whose they are.
    expect(await say(bert, berts, goodbye)).toEqual([stored])
    expect(await stateOf(bert.merchant)).toBe('ended')
  })

  test('with the name of another as its author, or for another: not taken', async () => {
    const { body } = word('ended')
    const carl = new TestMerchant('carl').merchant
    const texts = [sign(mallory, { ...body, from: carl }), sign(mallory, { ...body, to: carl })]
    expect(await say(mallory, session, ...texts)).toMatchObject([
      { code: 'not-yours' },
      { type: 'mosaic/refused' },
    ])
    expect(await stateOf(mallory.merchant)).toBe('partner')
  })

  test('of a stranger: a partnership begins with an invitation, a grant with a partnership', async () => {
    await using carl = await peer('carl')
    const at = await meet(carl, vera)
    const move = {
      from: carl.merchant,
      to: vera.merchant,
      generation: 1,
      assortment: 'assortment/gift',
      time: carl.self.time,
      keyEvent: carl.self.keyLog.current.digest,
    }
    const gift = sign(carl, grantBody(undefined, move, terms))
    const { assortment: _, ...pair } = move
    const claim = {
      ...{ type: 'mosaic/relation', v: 1, ...pair, seq: 0, state: 'partner' },
      invitation: { id: 'A'.repeat(22), by: carl.merchant },
    }
    const answers = await say(carl, at, gift, sign(carl, claim))
    expect(answers).toMatchObject([{ code: 'not-partners' }, { type: 'mosaic/refused' }])
    expect(vera.node.partners.all()).toEqual([mallory.merchant])
  })
})

describe('a grant', () => {
  test('that was taken back does not come back when it is sent again', async () => {
    const first = grant(undefined, 'garden')
    const held = JSON.parse(first) as Grant
    const revocation = sign(mallory, revocationBody(held, held))
    expect(await say(mallory, session, first)).toEqual([stored])
    expect(await granted()).toEqual(['garden'])
    expect(await say(mallory, session, revocation, first)).toEqual([stored, stored])
    expect(await granted()).toEqual([])
  })

  test('with a longer lease than allowed, or dated ahead: refused with the field or the reason', async () => {
    const { time } = mallory.self
    const long = grant(undefined, 'a', { leaseUntil: time + leaseSecondsMax + 1 } as Partial<GrantBody>)
    const early = grant(undefined, 'b', {
      time: time + 3_600,
      leaseUntil: time + 7_200,
    } as Partial<GrantBody>)
    expect(await say(mallory, session, long, early)).toMatchObject([
      { code: 'malformed', message: expect.stringMatching(/leaseUntil.*608400/) },
      { code: 'contradicts', message: expect.stringMatching(/dated-ahead/) },
    ])
    expect(await granted()).toEqual([])
  })
})
