import { describe, expect, test } from 'vitest'
import { TestMerchant } from '../../../tests/simulation/merchants.ts'
import { type Grant, type GrantBody, grantBody, leaseSeconds, revocationBody } from '../partner/grant.ts'
import type { RelationView } from '../partner/relation.ts'
import { mayRead, type ReadingFacts } from './visibility.ts'

const [anna, ben, cleo] = ['Anna', 'Ben', 'Cleo'].map((name) => new TestMerchant(name)) as [
  TestMerchant,
  TestMerchant,
  TestMerchant,
]
const time = 1_800_000_000
const wine = 'assortment/wine'
const signed = (body: GrantBody): Grant => anna.sign(body) as Grant
const granted = signed(
  grantBody(
    undefined,
    {
      from: anna.id,
      to: ben.id,
      generation: 2,
      assortment: wine,
      time,
      keyEvent: anna.log.current.digest,
    },
    { licence: { texts: 'as-is', images: 'none' }, channels: [], neutralDelivery: false },
  ),
)
const revoked = signed(revocationBody(granted, { time: time + 10, keyEvent: granted.keyEvent }))
const partner: RelationView = {
  state: 'partner',
  generation: 2,
  signedBy: [anna.id, ben.id],
  pausedBy: [],
  endedBy: [],
  invitedBy: anna.id,
  invitation: undefined,
  since: time,
  equivocators: [],
}
const stranger: RelationView = { ...partner, state: 'none', generation: 0, signedBy: [] }

interface Case {
  readonly peer: TestMerchant
  readonly merchant: TestMerchant
  readonly repo: string
  /** Whose node is asked. @default anna */
  readonly self?: TestMerchant
  readonly now?: number
  readonly relation?: Partial<RelationView>
  readonly grant?: Grant
}

function factsOf({ self = anna, now = time, relation = {}, grant = granted }: Case): ReadingFacts {
  return {
    self: self.id,
    now,
    peerIsPartner: (peer) => peer === ben.id,
    relationWith: (peer) => (peer === ben.id ? { ...partner, ...relation } : stranger),
    grantTo: (peer, repo) => (peer === grant.to && repo === grant.assortment ? grant : undefined),
  }
}

const bens = { peer: ben, merchant: anna, repo: wine }
const cases: readonly [comment: string, Case, may: boolean][] = [
  ['trust, by a stranger', { peer: cleo, merchant: anna, repo: 'trust' }, true],
  ['public, by a stranger', { peer: cleo, merchant: anna, repo: 'public' }, true],
  ["another's trust, by a partner", { peer: ben, merchant: cleo, repo: 'trust' }, true],
  ["another's public, by a partner", { peer: ben, merchant: cleo, repo: 'public' }, true],
  [
    "another's trust, by a stranger: that would tell whose partner it is",
    { peer: cleo, merchant: ben, repo: 'trust' },
    false,
  ],
  ["another's public, by a stranger", { peer: cleo, merchant: ben, repo: 'public' }, false],
  ['trust, by its author, a stranger', { peer: cleo, merchant: cleo, repo: 'trust' }, true],
  ['public, by its author, a stranger', { peer: cleo, merchant: cleo, repo: 'public' }, true],
  ['an assortment, by its grantee', bens, true],
  ['an assortment, in the last second of its lease', { ...bens, now: time + leaseSeconds - 1 }, true],
  ['an assortment, after its lease', { ...bens, now: time + leaseSeconds }, false],
  ['an assortment, revoked', { ...bens, grant: revoked }, false],
  ['another assortment than the one granted', { ...bens, repo: 'assortment/beer' }, false],
  ['an assortment, while the relation is paused', { ...bens, relation: { state: 'paused' } }, false],
  ['an assortment, when the relation has ended', { ...bens, relation: { state: 'ended' } }, false],
  ['an assortment, before the other has signed', { ...bens, relation: { state: 'invited' } }, false],
  ['an assortment, granted in an earlier partnership', { ...bens, relation: { generation: 3 } }, false],
  ['an assortment, by a partner of a partner', { ...bens, peer: cleo }, false],
  ['an assortment, by its author at a follower that has it', { ...bens, peer: anna, self: ben }, true],
  ['an assortment, by its author at a stranger', { ...bens, peer: anna, self: cleo }, true],
  ['an assortment, by a grantee at another grantee: not to be passed on', { ...bens, self: cleo }, false],
  ['an assortment, by a stranger at a grantee', { ...bens, peer: cleo, self: ben }, false],
  ["an assortment of the asker's own at its author", { peer: ben, merchant: ben, repo: wine }, true],
  ['a name that is no repo', { ...bens, repo: 'assortment/Wine' }, false],
  ['a name that is no repo, by its author', { ...bens, peer: anna, repo: 'assortment/../trust' }, false],
  ['no name', { ...bens, repo: '' }, false],
]

describe('who may read a repo', () => {
  test.each(cases)('%s', (_, one, may) => {
    expect(mayRead(one.peer.id, one.merchant.id, one.repo, factsOf(one))).toBe(may)
  })

  test('a grant is looked at only for an assortment of the own merchant', () => {
    const blind = (one: Case): ReadingFacts => ({
      ...factsOf(one),
      relationWith: () => expect.unreachable(),
      grantTo: () => expect.unreachable(),
    })
    for (const [, one] of cases)
      if (
        one.merchant !== (one.self ?? anna) ||
        one.peer === one.merchant ||
        !one.repo.startsWith('assortment/')
      )
        expect(() => mayRead(one.peer.id, one.merchant.id, one.repo, blind(one))).not.toThrow()
  })
})
