import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TestMerchant } from '../../../tests/simulation/merchants.ts'
import { nodePrimitives } from '../../store/primitives.ts'
import { canonicalText } from '../signature/canonical.ts'
import { digestOf } from '../signature/digest.ts'
import { type Deal, dealId } from './deal.ts'
import {
  type Dispute,
  disputeKey,
  replyKey,
  type Settlement,
  settlementKey,
  verifyDispute,
  verifyReply,
  verifySettlement,
} from './dispute.ts'
import {
  acceptanceBody,
  type Endorsement,
  type EndorsementBody,
  endorsementKey,
  publicBody,
  verifyAcceptance,
  verifyPrivateEndorsement,
  verifyPublishedEndorsement,
} from './endorsement.ts'
import { Exposure } from './exposure.ts'
import { graphFrom, type TrustRecords } from './rebuild.ts'

const time = 1_795_000_000
const at = time + 1_000
const [anna, ben, cleo, dora] = ['Anna', 'Ben', 'Cleo', 'Dora'].map((name) => new TestMerchant(name)) as [
  TestMerchant,
  TestMerchant,
  TestMerchant,
  TestMerchant,
]
const everywhere = { seenIn: [], isUnder: () => false, at }

function bodyOf(from: TestMerchant, to: TestMerchant, over: Partial<EndorsementBody> = {}): EndorsementBody {
  return {
    type: 'mosaic/endorsement',
    v: 1,
    from: from.id,
    to: to.id,
    amount: { minor: 1_000, currency: 'EUR' },
    contexts: ['delivery'],
    introduce: true,
    time,
    expiresAt: time + 86_400,
    keyEvent: from.log.current.digest,
    ...over,
  }
}

function published(from: TestMerchant, to: TestMerchant, over: Partial<EndorsementBody> = {}): Endorsement {
  const body = bodyOf(from, to, over)
  const by = { time, keyEvent: to.log.current.digest }
  return from.sign({ ...body, acceptance: to.sign(acceptanceBody(nodePrimitives, body, by)) }) as Endorsement
}

const dealOf = (buyer: TestMerchant, seller: TestMerchant): Deal => {
  const commit = buyer.sign({
    type: 'mosaic/deal-commit',
    v: 1,
    from: buyer.id,
    to: seller.id,
    month: '2026-11',
    content: digestOf(nodePrimitives, 'order'),
    keyEvent: buyer.log.current.digest,
  } as const)
  const confirm = seller.sign({
    type: 'mosaic/deal-confirm',
    v: 1,
    from: seller.id,
    to: buyer.id,
    commit: digestOf(nodePrimitives, canonicalText(commit)),
    keyEvent: seller.log.current.digest,
  } as const)
  return { commit, confirm }
}

function disputeOf(from: TestMerchant, to: TestMerchant): Dispute {
  const deal = dealOf(from, to)
  return from.sign({
    type: 'mosaic/dispute',
    v: 1,
    from: from.id,
    to: to.id,
    dealId: dealId(nodePrimitives, deal),
    deal,
    reason: 'late',
    amount: { minor: 50, currency: 'EUR' },
    time,
    keyEvent: from.log.current.digest,
  } as const)
}

function settlementOf(dispute: Dispute, author: TestMerchant): Settlement {
  const { from, to, dealId: deal } = dispute
  return author.sign({
    type: 'mosaic/settlement',
    v: 1,
    from,
    to,
    dispute: digestOf(nodePrimitives, canonicalText(dispute)),
    dealId: deal,
    outcome: 'agreed',
    time,
    keyEvent: author.log.current.digest,
  } as const)
}

describe('from a private endorsement to a published one', () => {
  test('the amount is rounded, the subject accepts, both verify', () => {
    const privately = anna.sign(
      bodyOf(anna, ben, { amount: { minor: 1_999, currency: 'EUR' } }),
    ) as Endorsement
    const text = canonicalText(privately)
    expect(verifyPrivateEndorsement(nodePrimitives, text, { ...everywhere, log: anna.log }).ok).toBe(true)
    const body = publicBody(privately)
    expect(body.amount.minor).toBe(1_000)
    expect('proof' in body).toBe(false)
    const by = { time, keyEvent: ben.log.current.digest }
    const acceptance = ben.sign(acceptanceBody(nodePrimitives, body, by))
    const sent = { log: ben.log, endorsement: body }
    expect(verifyAcceptance(nodePrimitives, canonicalText(acceptance), sent).ok).toBe(true)
    const other = { log: ben.log, endorsement: { ...body, introduce: false } }
    expect(verifyAcceptance(nodePrimitives, canonicalText(acceptance), other)).toMatchObject({
      reason: 'acceptance',
    })
    const endorsement = anna.sign({ ...body, acceptance })
    const found = { ...everywhere, log: anna.log, subjectLog: ben.log }
    expect(verifyPublishedEndorsement(nodePrimitives, canonicalText(endorsement), found).ok).toBe(true)
    expect(endorsementKey(body)).toBe(`endorsement/${ben.id}`)
  })

  test('one changed byte is noticed anywhere', () => {
    const text = canonicalText(published(anna, ben))
    const found = { ...everywhere, log: anna.log, subjectLog: ben.log }
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.integer({ min: 32, max: 126 }), (place, code) => {
        const changed = text.slice(0, place) + String.fromCharCode(code) + text.slice(place + 1)
        fc.pre(changed !== text)
        expect(verifyPublishedEndorsement(nodePrimitives, changed, found).ok).toBe(false)
      }),
      { numRuns: 500 },
    )
  })
})

describe('texts from others', () => {
  test('are statements or failures, whatever they are', () => {
    const dispute = disputeOf(anna, ben)
    const digest = digestOf(nodePrimitives, canonicalText(dispute))
    const found = {
      ...everywhere,
      log: anna.log,
      subjectLog: ben.log,
      otherLog: ben.log,
      dispute: { statement: dispute, digest },
      endorsement: bodyOf(anna, ben),
    }
    const signed = fc
      .record(
        { type: fc.string(), v: fc.jsonValue(), from: fc.jsonValue(), deal: fc.jsonValue() },
        { requiredKeys: [] },
      )
      .filter((body) => isSignable(body))
      .map((body) => canonicalText(anna.sign(body)))
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), signed), (text) => {
        for (const verify of [verifyPublishedEndorsement, verifyPrivateEndorsement, verifyAcceptance])
          expect(verify(nodePrimitives, text, found).ok).toBe(false)
        for (const verify of [verifyDispute, verifyReply, verifySettlement])
          expect(verify(nodePrimitives, text, found).ok).toBe(false)
      }),
      { numRuns: 500 },
    )
  })
})

function isSignable(body: object): boolean {
  try {
    canonicalText(body)
    return true
  } catch {
    return false
  }
}

describe('a graph from statements', () => {
  const dispute = disputeOf(anna, ben)
  const records: TrustRecords[] = [
    {
      merchant: anna.id,
      headTime: at - 86_400,
      suspended: false,
      endorsements: [published(anna, ben), published(anna, cleo, { time: at + 601, expiresAt: at + 700 })],
      disputes: [dispute],
      settlements: [],
    },
    {
      merchant: ben.id,
      headTime: at + 600,
      suspended: false,
      endorsements: [published(ben, cleo)],
      disputes: [],
      settlements: [],
    },
    {
      merchant: cleo.id,
      headTime: at + 601,
      suspended: false,
      endorsements: [published(cleo, dora)],
      disputes: [],
      settlements: [],
    },
  ]
  const viewer = {
    merchant: dora.id,
    privately: [
      dora.sign(bodyOf(dora, anna, { amount: { minor: 777, currency: 'EUR' } })) as Endorsement,
      dora.sign(bodyOf(dora, cleo, { time: at + 601, expiresAt: at + 700 })) as Endorsement,
    ],
  }
  const parameters = { currency: 'EUR', budgetMinor: 10_000 }
  const exposureOf = (some: readonly TrustRecords[]): Exposure =>
    new Exposure(graphFrom(some, viewer, at), dora.id, parameters)

  test('holds what counts at its time, whatever the order', () => {
    for (const order of [records, records.toReversed()]) {
      const exposure = exposureOf(order)
      const limits = [anna, ben, cleo].map(({ id }) => exposure.limit(id, 'any', at))
      expect(limits).toEqual([777, 777, 777])
      expect(exposure.disputeSignal(ben.id, 'any', at).minor).toBe(50)
      expect(exposure.introducers('any', at)).toEqual([
        { merchant: anna.id, distance: 1 },
        { merchant: ben.id, distance: 2 },
        { merchant: cleo.id, distance: 3 },
      ])
    }
  })

  test("takes a settlement from either side's repo, and the viewer's private word before its published one", () => {
    const settled = { ...(records[1] as TrustRecords), settlements: [settlementOf(dispute, anna)] }
    expect(exposureOf([records[0] as TrustRecords, settled]).disputeSignal(ben.id, 'any', at).minor).toBe(0)
    const own = { merchant: dora.id, headTime: 5, suspended: false, disputes: [], settlements: [] }
    const publicly = { ...own, endorsements: [published(dora, anna), published(dora, ben)] }
    const exposure = exposureOf([publicly])
    expect([anna, ben].map(({ id }) => exposure.direct(id, 'any', at))).toEqual([777, 1_000])
  })

  test('leaves out who is suspended', () => {
    const frozen = records.map((one) => ({ ...one, suspended: one.merchant === ben.id }))
    const exposure = exposureOf(frozen)
    expect([anna, ben, cleo].map(({ id }) => exposure.limit(id, 'any', at))).toEqual([777, 0, 0])
  })
})

describe('keys of records', () => {
  test('name the deal of a dispute, and the dispute of its answers', () => {
    const dispute = disputeOf(anna, ben)
    const settlement = settlementOf(dispute, anna)
    expect(disputeKey(dispute)).toBe(`dispute/${dispute.dealId}`)
    expect(settlementKey(settlement)).toBe(`settlement/${settlement.dispute}`)
    expect(replyKey(settlement)).toBe(`reply/${settlement.dispute}`)
  })
})
