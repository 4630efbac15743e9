import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TestMerchant } from '../../../tests/simulation/merchants.ts'
import { nodePrimitives } from '../../store/primitives.ts'
import { canonicalText } from '../signature/canonical.ts'
import {
  admitGrant,
  type Grant,
  type GrantBody,
  type GrantTerms,
  grantBody,
  grantCovers,
  grantSchema,
  latestGrant,
  leaseSeconds,
  renewalDue,
  revocationBody,
  verifyGrant,
} from './grant.ts'
import { mayReadAssortment } from './reading.ts'
import type { RelationView } from './relation.ts'

const [anna, ben] = [new TestMerchant('Anna'), new TestMerchant('Ben')]
const terms: GrantTerms = {
  licence: { texts: 'as-is', images: 'none' },
  channels: ['shop', 'marketplace'],
  neutralDelivery: true,
}
const time = 1_800_000_000
const move = {
  from: anna.id,
  to: ben.id,
  generation: 1,
  assortment: 'assortment/kitchen',
  time,
  keyEvent: anna.log.current.digest,
}
const signed = (body: GrantBody): Grant => anna.sign(body) as Grant
const partner: RelationView = {
  state: 'partner',
  generation: 1,
  signedBy: [anna.id, ben.id],
  pausedBy: [],
  endedBy: [],
  invitedBy: anna.id,
  invitation: undefined,
  since: time,
  equivocators: [],
}

const first = signed(grantBody(undefined, move, terms))
const revoked = signed(revocationBody(first, { time: time + 10, keyEvent: move.keyEvent }))
const again = signed(grantBody(revoked, { ...move, time: time + 20 }, terms))

describe('a grant', () => {
  test('verifies, covers its lease to the second, and is renewed at half of it', () => {
    const verified = verifyGrant(nodePrimitives, canonicalText(first as never), { log: anna.log, to: ben.id })
    expect(verified).toEqual({ ok: true, statement: first })
    expect(grantCovers(first, time + leaseSeconds - 1)).toBe(true)
    expect(grantCovers(first, time + leaseSeconds)).toBe(false)
    expect(renewalDue(first, time + leaseSeconds / 2)).toBe(false)
    expect(renewalDue(first, time + leaseSeconds / 2 + 1)).toBe(true)
    expect(renewalDue(revoked, time + leaseSeconds)).toBe(false)
    expect(revoked.seq).toBe(1)
    expect(again.seq).toBe(2)
  })

  test('is what the highest seq says, whatever the order: a revocation sticks until a later grant', () => {
    const late = signed(grantBody(first, { ...move, time: time + 5 }, terms)) // seq 1 too: equivocation
    const all = [first, revoked, late, again]
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: 1 }), (some) => {
        const seqMax = Math.max(...some.map(({ seq }) => seq))
        const strictest = some.includes(revoked) ? revoked : late
        const wanted = seqMax === 2 ? again : seqMax === 1 ? strictest : first
        expect(latestGrant(some)).toBe(wanted)
        expect(some.reduce((held, one) => latestGrant([held, one]) ?? held)).toBe(wanted)
      }),
    )
    expect(latestGrant([])).toBeUndefined()
  })

  test('is taken from a partner only, in the generation that is, and not from the future', () => {
    const verdict = (held: Grant | undefined, grant: Grant, relation = partner, now = time) => {
      const admission = admitGrant(held, grant, relation, now)
      return admission.verdict === 'reject' ? admission.reason : admission.verdict
    }
    expect(verdict(undefined, first)).toBe('new')
    expect(verdict(first, first)).toBe('known')
    expect(verdict(revoked, first)).toBe('older')
    expect(verdict(revoked, again)).toBe('new')
    expect(verdict(undefined, first, { ...partner, state: 'paused' })).toBe('new')
    expect(verdict(undefined, first, { ...partner, state: 'ended' })).toBe('not-partner')
    expect(verdict(undefined, first, { ...partner, generation: 2 })).toBe('not-partner')
    expect(verdict(undefined, first, partner, time - 601)).toBe('dated-ahead')
    expect(verdict(first, revoked, { ...partner, state: 'ended' })).toBe('new')
  })

  test('lets its recipient read, while the two are partners and nothing else', () => {
    const may = (over: Partial<RelationView>, grant: Grant | undefined = first, repo = move.assortment) =>
      mayReadAssortment(anna.id, ben.id, repo, { relation: { ...partner, ...over }, grant }, time)
    expect(may({})).toBe(true)
    expect(may({}, again)).toBe(true)
    expect(may({}, revoked)).toBe(false)
    expect(may({ state: 'paused' })).toBe(false)
    expect(may({ state: 'ended' })).toBe(false)
    expect(may({ state: 'invited' })).toBe(false)
    expect(may({ generation: 2 })).toBe(false)
    expect(may({}, first, 'assortment/garden')).toBe(false)
    const held = { relation: partner, grant: first }
    expect(mayReadAssortment(ben.id, anna.id, move.assortment, held, time)).toBe(false)
    expect(mayReadAssortment(anna.id, anna.id, move.assortment, held, time)).toBe(false)
    expect(mayReadAssortment(anna.id, ben.id, move.assortment, held, time + leaseSeconds)).toBe(false)
  })

  test('of another shape is none', () => {
    const parses = (over: object): boolean => grantSchema.safeParse({ ...first, ...over }).success
    expect(parses({})).toBe(true)
    expect(parses({ leaseUntil: time + leaseSeconds + 3_601 })).toBe(false)
    expect(parses({ leaseUntil: time })).toBe(false)
    expect(parses({ channels: ['marketplace', 'shop'] })).toBe(false)
    expect(parses({ channels: ['shop', 'shop'] })).toBe(false)
    expect(parses({ assortment: 'public' })).toBe(false)
    expect(parses({ state: 'revoked' })).toBe(false) // a revocation has no lease
    expect(grantSchema.safeParse({ ...revoked, state: 'granted' }).success).toBe(false)
    fc.assert(fc.property(fc.jsonValue(), (value) => !grantSchema.safeParse(value).success))
  })
})
