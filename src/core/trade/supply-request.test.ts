import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TestMerchant } from '../../../tests/simulation/merchants.ts'
import { nodePrimitives as primitives } from '../../store/primitives.ts'
import { canonicalText } from '../signature/canonical.ts'
import type { Offer } from './offer.ts'
import {
  admitSupplyRequest,
  fitOf,
  type HeldSupplyRequest,
  isOpen,
  type OpenSupplyRequest,
  supplyRequestsDailyMax,
  supplyTopic,
} from './supply-request.ts'

const now = 1_800_000_000
const [anna, ben, cleo] = ['Anna', 'Ben', 'Cleo'].map((name) => new TestMerchant(name)) as [
  TestMerchant,
  TestMerchant,
  TestMerchant,
]
const body = {
  type: 'mosaic/supply-request',
  v: 1,
  state: 'open',
  request: 'AAAAAAAAAAAAAAAAAAAAAA',
  from: ben.id,
  gtin: '9520000000011',
  quantity: 20,
  shipTo: { country: 'DE' },
  time: now,
  notAfter: now + 86_400,
  keyEvent: ben.log.current.digest,
} as const
const toAnna = { ...body, to: anna.id, note: 'By Friday, please' }
const toMarket = { ...body, category: 536 }

function admitted(
  request: object,
  held?: HeldSupplyRequest,
  today = 0,
  at = now,
): ReturnType<typeof admitSupplyRequest> {
  return admitSupplyRequest(primitives, canonicalText(ben.sign(request)), {
    self: anna.id,
    keyLogOf: (id) => [anna, ben].find((one) => one.id === id)?.log,
    held: () => held,
    today: () => today,
    now: at,
  })
}

function reason(...given: Parameters<typeof admitted>): string {
  const admission = admitted(...given)
  return admission.verdict === 'reject' ? admission.reason : admission.verdict
}

function taken(request: object): HeldSupplyRequest {
  const admission = admitted(request)
  if (admission.verdict !== 'new') throw new Error(admission.verdict)
  return admission.held
}

describe('a supply request', () => {
  test.each<[string, object, string]>([
    ['to a partner', toAnna, 'new'],
    ['to the market', toMarket, 'new'],
    ['to somebody else', { ...toAnna, to: cleo.id }, 'pair'],
    ['of a stranger', { ...toAnna, from: cleo.id }, 'pair'],
    ['to itself', { ...toAnna, to: ben.id }, 'malformed'],
    ['to the market without a topic', body, 'malformed'],
    ['to the market with a note', { ...toMarket, note: 'Buy here!' }, 'malformed'],
    ['to the market with a postcode', { ...toMarket, shipTo: { country: 'DE', postcode: '1' } }, 'malformed'],
    ['with a wrong GTIN', { ...toAnna, gtin: '9520000000012' }, 'malformed'],
    ['of nothing', { ...toAnna, quantity: 0 }, 'malformed'],
    ['for ever', { ...toAnna, notAfter: now + 1e9 }, 'malformed'],
    ['dated ahead', { ...toAnna, time: now + 700 }, 'dated-ahead'],
  ])('%s', (_, request, expected) => {
    expect(reason(request)).toBe(expected)
  })

  test('is taken once, while it is open, and not too many a day', () => {
    const held = taken(toAnna)
    expect(reason(toAnna, held)).toBe('known')
    expect(reason({ ...toAnna, quantity: 21 }, held)).toBe('conflict')
    expect(reason(toAnna, undefined, 0, now + 86_401)).toBe('late')
    expect(reason(toMarket, undefined, supplyRequestsDailyMax)).toBe('too-many')
    expect(reason(toAnna, undefined, supplyRequestsDailyMax)).toBe('new')
    expect(isOpen(held, now)).toBe(true)
    expect(isOpen(held, now + 86_401)).toBe(false)
  })

  test('is closed by its author', () => {
    const { type, v, request, from, time, keyEvent } = body
    const closing = { type, v, request, from, to: anna.id, time, keyEvent, state: 'closed' }
    const held = taken(toAnna)
    const admission = admitted(closing, held)
    expect(admission).toMatchObject({ verdict: 'closed', held: { isClosed: true } })
    expect(reason(closing, { ...held, isClosed: true })).toBe('known')
    expect(reason(closing)).toBe('unasked')
    expect(isOpen({ ...held, isClosed: true }, now)).toBe(false)
  })

  test('any text is refused without harm', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
        const context = { self: anna.id, keyLogOf: () => ben.log, held: () => undefined, today: () => 0, now }
        expect(admitSupplyRequest(primitives, text, context).verdict).toBe('reject')
      }),
    )
  })
})

test('offers that are known are looked at first', () => {
  const offer: Offer = {
    sku: 'x',
    title: { en: 'Kettle' },
    gtin: '09520000000011',
    price: { minor: 1, currency: 'EUR' },
    stock: 20,
    deliveryDays: 2,
    packSize: 10,
    shipTo: ['DE'],
  }
  const request = taken(toAnna).request as OpenSupplyRequest
  const judged = (changed: Partial<Offer>, asked: Partial<OpenSupplyRequest> = {}) =>
    fitOf({ ...offer, ...changed }, { ...request, ...asked }, now)
  expect(judged({})).toBe('fits')
  expect(judged({ gtin: '9520000000028' })).toBe('other-article')
  expect(judged({ stock: 19 })).toBe('too-few')
  expect(judged({ packSize: 15 })).toBe('quantity')
  expect(judged({ shipTo: ['AT'] })).toBe('country')
  expect(judged({}, { neededBy: now + 86_400 })).toBe('too-slow')
  const { stock: _, ...unknown } = offer
  expect(fitOf(unknown, request, now)).toBe('perhaps')
  expect(supplyTopic(536)).toBe('/mosaic/supply/1/536')
})
