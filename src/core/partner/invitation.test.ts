import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seedOf, TestMerchant } from '../../../tests/simulation/merchants.ts'
import { nodePrimitives } from '../../store/primitives.ts'
import { bytesToBase64url } from '../signature/base.ts'
import {
  claimInvitation,
  decideInvitation,
  expireInvitation,
  type Invitation,
  invitationKeptSeconds,
  invitationSchema,
  mayForgetInvitation,
} from './invitation.ts'
import { linkKeys } from './invitation-keys.ts'

const [anna, ben] = [new TestMerchant('Anna').id, new TestMerchant('Ben').id]
const keys = linkKeys(nodePrimitives, seedOf('code').slice(0, 16))
const open: Invitation = {
  id: keys.id,
  form: 'link',
  macKey: bytesToBase64url(keys.macKey),
  role: 'supplier',
  auto: false,
  createdAt: 0,
  expiresAt: 100,
  state: 'open',
  changedAt: 0,
}

const inputs = fc.array(
  fc.oneof(
    fc.record({
      claim: fc.constantFrom(anna, ben),
      generation: fc.constantFrom(1, 2),
    }),
    fc.record({ decide: fc.constantFrom('confirm' as const, 'decline' as const, 'revoke' as const) }),
    fc.record({ pass: fc.integer({ min: 0, max: 60 }) }),
  ),
)

test('an invitation makes one partner at most, and what is over stays over', () => {
  fc.assert(
    fc.property(inputs, (does) => {
      let invitation = open
      let now = 0
      let holder: string | undefined
      for (const input of does) {
        const before = invitation
        if ('pass' in input) now += input.pass
        else if ('decide' in input) invitation = decideInvitation(invitation, input.decide, now) ?? invitation
        else {
          const claimant = { merchant: input.claim, profile: { name: 'X' }, generation: input.generation }
          const outcome = claimInvitation(invitation, claimant, now)
          invitation = outcome.invitation
          if (outcome.ok) {
            holder ??= input.claim
            expect(input.claim).toBe(holder)
            expect(now < open.expiresAt || before.state !== 'open').toBe(true)
          } else if (outcome.second) expect(input.claim).not.toBe(holder)
        }
        invitationSchema.parse(invitation)
        expect(invitation.claim?.merchant).toBe(holder)
        if (['confirmed', 'declined', 'expired', 'revoked'].includes(before.state)) {
          expect(invitation).toBe(before)
        }
      }
    }),
    { numRuns: 1_000 },
  )
})

test('a claim in time may be confirmed later; an open invitation expires to the second', () => {
  const claim = { merchant: ben, profile: { name: 'Ben' }, generation: 1 }
  expect(claimInvitation(open, claim, 100)).toMatchObject({ ok: false, refusal: 'expired' })
  const outcome = claimInvitation(open, claim, 99)
  expect(outcome.ok).toBe(true)
  expect(decideInvitation(outcome.invitation, 'confirm', 9_999)?.state).toBe('confirmed')
  expect(expireInvitation(open, 99)).toBe(open)
  expect(decideInvitation(open, 'revoke', 100)).toBeUndefined()
})

test('what is over is forgotten after a month, what is not never', () => {
  const revoked: Invitation = { ...open, state: 'revoked', changedAt: 50 }
  expect(mayForgetInvitation(revoked, 50 + invitationKeptSeconds)).toBe(false)
  expect(mayForgetInvitation(revoked, 51 + invitationKeptSeconds)).toBe(true)
  const claimed = claimInvitation(open, { merchant: ben, profile: { name: 'Ben' }, generation: 1 }, 1)
  expect(mayForgetInvitation(claimed.invitation, 1e9)).toBe(false)
})
