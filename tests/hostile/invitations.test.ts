import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ApiError } from '../../src/api/client.ts'
import type { NewInvitationView, PartnerView } from '../../src/node/views.ts'
import { until } from '../network/merchants.ts'
import { keysOf, meet, peer, type RealNode, realNode } from './real-node.ts'

// Specs: protocol/records/invitation.md, protocol/streams/pairing.md. Codes in wrong hands, between running nodes.

let vera: RealNode // invites
let jo: RealNode // tries to join, and must never become a partner here
const clocks = { vera: 0, jo: 0 } // seconds ahead
const clockOf = (who: keyof typeof clocks) => ({
  nowMs: () => Date.now() + 1_000 * clocks[who],
  nowSeconds: () => Math.floor(Date.now() / 1_000) + clocks[who],
})
beforeAll(async () => {
  vera = await realNode('Vera', clockOf('vera'))
  jo = await realNode('Jo', clockOf('jo'))
})
beforeEach(() => {
  vera.events.length = 0
  Object.assign(clocks, { vera: 0, jo: 0 })
})
afterAll(async () => {
  const { partners } = await vera.api.get<{ partners: PartnerView[] }>('/partners')
  await jo[Symbol.asyncDispose]()
  await vera[Symbol.asyncDispose]()
  expect(partners.map(({ name }) => name)).not.toContain('Jo')
})

const invite = (more: object = {}) => vera.api.post<NewInvitationView>('/invitations', more)
const stateOf = async (id: string) => {
  const { invitations } = await vera.api.get<{ invitations: NewInvitationView[] }>('/invitations')
  return invitations.find((one) => one.id === id)?.state
}

/** What Jo reads when a code does not work. */
async function joFails(code: string): Promise<ApiError> {
  const joined = jo.api.run('/partners/join', { body: { code } }, () => {})
  const error = (await joined.then(
    () => undefined,
    (cause: unknown) => cause,
  )) as ApiError | undefined
  if (error === undefined) throw new Error('Jo joined')
  // The code is a secret as long as it may still be used: it is not said again.
  expect(JSON.stringify([error.message, error.params])).not.toContain(code.slice(8, 40))
  return error
}

describe('a code that was', () => {
  test('used: refused, the inviter is told by whom', async () => {
    const { id, code } = await invite({ auto: true })
    await using anna = await peer(`anna ${id}`)
    const end = await anna.network.pairing.join(await meet(anna, vera), keysOf(code))
    expect(end.end).toBe('partner')
    expect(await joFails(code)).toMatchObject({ code: 'invitation-used', field: 'code' })
    await until(() => vera.events.some(({ type }) => type === 'invitation-claimed-twice'))
    expect(vera.events).toContainEqual(
      expect.objectContaining({ type: 'invitation-claimed-twice', invitation: id, name: 'Jo' }),
    )
    // Who used it may come again: a lost answer is no second use.
    const again = await anna.network.pairing.join(await meet(anna, vera), keysOf(code))
    expect(again).toMatchObject({ end: 'partner' })
  })

  test.each([
    { whose: 'the inviter’s', ahead: { vera: 90, jo: 0 } },
    { whose: 'the joiner’s own', ahead: { vera: 0, jo: 90 } },
  ])('expired, by $whose clock: refused', async ({ ahead }) => {
    const { id, code } = await invite({ auto: true, validSeconds: 60 })
    Object.assign(clocks, ahead)
    expect(await joFails(code)).toMatchObject({ code: 'invitation-expired' })
    Object.assign(clocks, { vera: 90, jo: 90 })
    expect(await stateOf(id)).toBe('expired')
  })

  test('taken back: refused', async () => {
    const { id, code } = await invite({ auto: true })
    await vera.api.delete(`/invitations/${id}`)
    expect(await joFails(code)).toMatchObject({ code: 'invitation-revoked' })
  })
})

describe('a code with', () => {
  test('a wrong character, two swapped, an end that is missing: told before anybody is asked', async () => {
    const { id, code } = await invite({ auto: true })
    const at = code.length >> 1
    const other = code[at] === 'q' ? 'p' : 'q'
    for (const typed of [
      code.slice(0, at) + other + code.slice(at + 1),
      code.slice(0, -9),
      `${code.slice(0, at)}${code
        .slice(at, at + 2)
        .split('')
        .reverse()
        .join('')}${code.slice(at + 2)}`,
    ].filter((one) => one !== code)) {
      const error = await joFails(typed)
      expect(error.code).toMatch(/^code-/)
      expect(error.field).toBe('code')
    }
    expect(await stateOf(id)).toBe('open')
    expect(vera.events).toEqual([])
  })
})

describe('a stolen code', () => {
  test('that the thief used first: the inviter sees a strange name and declines; the friend is told why', async () => {
    const { id, code } = await invite()
    await using thief = await peer(`thief ${id}`)
    const claim = thief.network.pairing.join(await meet(thief, vera), keysOf(code))
    await until(() => vera.events.some(({ type }) => type === 'invitation-claimed'))
    expect(vera.events).toContainEqual(
      expect.objectContaining({ type: 'invitation-claimed', name: `thief ${id}` }),
    )
    expect(await joFails(code)).toMatchObject({ code: 'invitation-claimed-by-another' })
    await until(() => vera.events.some(({ type }) => type === 'invitation-claimed-twice'))
    await vera.api.post(`/invitations/${id}/decline`)
    expect(await claim).toMatchObject({ end: 'refused', code: 'declined' })
    expect(thief.stateTo({ merchant: vera.merchant } as never)).toBe('ended')
  })

  test('as far as it was sent in the clear: its id alone opens nothing and spoils nothing', async () => {
    const { id, code } = await invite({ auto: true })
    const { macKey } = keysOf(code)
    await using eve = await peer(`eve ${id}`)
    const wrong = { id: id as never, macKey: Uint8Array.from(macKey, (byte) => byte ^ 1) }
    const end = await eve.network.pairing.join(await meet(eve, vera), wrong)
    expect(end).toMatchObject({ end: 'refused', code: 'unknown' })
    expect(await stateOf(id)).toBe('open')
  })
})

test('guessing: after five wrong codes the guesser has to wait, and the right code of another still works', async () => {
  const { id, code } = await invite({ auto: true })
  await using eve = await peer('eve')
  const session = await meet(eve, vera)
  const ends: unknown[] = []
  for (let guess = 0; guess < 7; guess++) {
    const macKey = new Uint8Array(32).fill(guess)
    ends.push(await eve.network.pairing.join(session, { id: `${guess}${id.slice(1)}` as never, macKey }))
  }
  expect(ends.at(-1)).toMatchObject({ end: 'refused', code: 'too-many-attempts' })
  await using anna = await peer('anna who knows')
  expect(await anna.network.pairing.join(await meet(anna, vera), keysOf(code))).toMatchObject({
    end: 'partner',
  })
})
