import { describe, expect, test } from 'vitest'
import { Dialogue, now, saltOf } from '../../../tests/simulation/orders/dialogue.ts'
import { nodePrimitives as primitives } from '../../store/primitives.ts'
import type { Offer } from './offer.ts'
import { commitUntil, isOverdue, withdrawal } from './order-buyer.ts'
import { documentOf } from './order-effects.ts'
import { foldOrder } from './order-fold.ts'
import { riskOf } from './order-owed.ts'
import {
  type Answer,
  answerCommit,
  answerRequest,
  quoteOf,
  refuseLate,
  type SellerDuty,
  sellerDuty,
} from './order-seller.ts'
import type { OrderTerms } from './order-terms.ts'
import type { QuoteContext } from './quote.ts'

const kettle: Offer = {
  sku: 'kettle',
  title: { en: 'Kettle' },
  price: { minor: 1_000, currency: 'EUR' },
  vat: { category: 'S', rate: 1_900 },
}
const context: QuoteContext = {
  granted: true,
  offerOf: (sku) => (sku === 'kettle' ? kettle : undefined),
  availableOf: () => 5,
  shipping: {
    currency: 'EUR',
    services: [{ id: 'parcel', name: 'Parcel', zones: [{ countries: ['DE'], rates: [{ netMinor: 500 }] }] }],
  },
  vat: 'as-offered',
  paymentOf: () => ({ days: 14, prepaidMinor: 0 }),
  availableMinor: undefined,
  reservations: { open: 0, max: 3 },
  neutralDelivery: true,
  languages: ['en'],
  now,
}
const times = { quoteSeconds: 3_600, reservationSeconds: 300 }
const salts = [saltOf('figures'), saltOf('terms')] as const

/** The buyer asks to reserve at this price; the seller has heard. */
function asked(minor = 1_000, quantity = 2): Dialogue {
  const dialogue = new Dialogue()
  const terms = dialogue.terms([{ sku: 'kettle', quantity, minor }])
  dialogue.tell('buyer', { kind: 'reserve', terms: terms.digest, notAfter: now + 600 }, [terms])
  return dialogue
}

function duty(dialogue: Dialogue): SellerDuty | undefined {
  const { seller } = dialogue.logs
  return sellerDuty(seller, foldOrder(seller), dialogue.clocks.seller)
}

function answered(dialogue: Dialogue, known: Partial<QuoteContext> = {}): Answer {
  const owed = duty(dialogue)
  if (owed === undefined || !('request' in owed)) throw new Error('nothing is asked')
  const { seller } = dialogue.logs
  const answer = answerRequest(primitives, seller, owed.request, { ...context, ...known }, times, salts)
  dialogue.tell('seller', answer.words, answer.documents)
  return answer
}

describe('the seller`s duties', () => {
  test('a reservation that can be had is given', () => {
    const dialogue = asked()
    expect(duty(dialogue)?.duty).toBe('reserve')
    expect(answered(dialogue).words).toEqual({ kind: 'reserved', re: 0, ttlSeconds: 300 })
    expect(duty(dialogue)).toBeUndefined()
    dialogue.pass(300)
    expect(duty(dialogue)).toEqual({ duty: 'expire' })
  })

  test('another price is refused with the terms that would be taken', () => {
    const dialogue = asked(900)
    const { words, documents } = answered(dialogue)
    expect(words).toMatchObject({ kind: 'refuse', reason: 'price' })
    expect(documents.map(({ document }) => document)).toMatchObject([
      { problems: [{ code: 'price', line: 0, price: { minor: 1_000 } }] },
      { type: 'mosaic/order-terms', grossMinor: 2_975 },
    ])
    const { offer } = dialogue.state('buyer')
    const terms = offer?.terms as never
    dialogue.tell('buyer', { kind: 'reserve', re: offer?.seq as number, terms, notAfter: now + 600 })
    expect(answered(dialogue).words.kind).toBe('reserved')
  })

  test('what other terms would not solve is refused with the figures alone', () => {
    const dialogue = asked(1_000, 9)
    expect(answered(dialogue).documents.map(({ document }) => document)).toMatchObject([
      { problems: [{ code: 'stock', line: 0, available: 5 }] },
    ])
    expect(dialogue.state('buyer')).toMatchObject({ phase: 'refused', offer: undefined })
  })

  test('a request that is over is refused as late, a commit behind its reservation as expired', () => {
    const late = asked()
    late.pass(601)
    const owed = duty(late)
    if (owed?.duty !== 'refuse') throw new Error('not refused')
    expect(owed.code).toBe('late')
    const answer = refuseLate(primitives, owed.request, owed.code, late.clocks.seller, salts)
    late.tell('seller', answer.words, answer.documents)
    expect(late.state('buyer')).toMatchObject({ phase: 'refused', refusal: { reason: 'late' } })

    const expired = asked()
    answered(expired)
    expired.clocks.seller += 301
    const { offer } = expired.state('buyer')
    expired.tell('buyer', { kind: 'commit', re: 0, terms: offer?.terms as never, notAfter: now + 900 })
    expect(duty(expired)).toMatchObject({ duty: 'refuse', code: 'expired' })
  })

  test('a commit in time is placed, however long the shop takes', () => {
    const dialogue = asked()
    answered(dialogue)
    const { offer } = dialogue.state('buyer')
    dialogue.tell('buyer', { kind: 'commit', re: 0, terms: offer?.terms as never, notAfter: now + 900 })
    dialogue.pass(400)
    const owed = duty(dialogue)
    if (owed?.duty !== 'place') throw new Error('not to be placed')
    expect(owed.promised).toBe(true)
    const refused = answerCommit(primitives, owed.request, { placed: false, note: 'broken' }, salts)
    expect(refused.words).toMatchObject({ kind: 'refuse', reason: 'shop' })
    const { words } = answerCommit(primitives, owed.request, { placed: true }, salts)
    dialogue.tell('seller', words)
    expect(dialogue.state('buyer').phase).toBe('confirmed')
  })

  test('a commit on acceptance has to be quoted first', () => {
    const dialogue = new Dialogue()
    const terms = dialogue.terms([{ sku: 'kettle', quantity: 9, minor: 1_000 }])
    dialogue.tell('buyer', { kind: 'commit', terms: terms.digest, notAfter: now + 600 }, [terms])
    const owed = duty(dialogue)
    if (owed?.duty !== 'place') throw new Error('not to be placed')
    expect(owed.promised).toBe(false)
    expect(quoteOf(dialogue.logs.seller, owed.request, context).problems).toMatchObject([{ code: 'stock' }])
  })

  test('a quote is answered with terms that hold', () => {
    const dialogue = new Dialogue()
    const wanted = dialogue.document({
      type: 'mosaic/order-wanted',
      currency: 'EUR',
      lines: [{ sku: 'kettle', quantity: 2 }],
      shipTo: { country: 'DE' },
    })
    dialogue.tell('buyer', { kind: 'quote', content: wanted.digest, notAfter: now + 600 }, [wanted])
    expect(answered(dialogue).words).toMatchObject({ kind: 'quoted', validUntil: now + 3_600 })
    const { offer } = dialogue.state('buyer')
    dialogue.tell('buyer', { kind: 'reserve', re: 0, terms: offer?.terms as never, notAfter: now + 600 })
    // The price rose meanwhile: what was quoted holds.
    const dearer = { offerOf: () => ({ ...kettle, price: { minor: 2_000, currency: 'EUR' } }) }
    expect(answered(dialogue, dearer).words.kind).toBe('reserved')
  })
})

describe('the buyer', () => {
  test('stops committing ten seconds before the end, counted from when it heard', () => {
    const dialogue = asked()
    dialogue.clocks.seller += 240
    answered(dialogue)
    const { buyer } = dialogue.logs
    expect(commitUntil(buyer, foldOrder(buyer))).toBe(now + 290)
  })

  test('sees what nobody answered, and takes it back', () => {
    const dialogue = asked()
    const state = dialogue.state('buyer')
    expect(isOverdue(state, now + 600)).toBe(false)
    expect(isOverdue(state, now + 601)).toBe(true)
    expect(withdrawal(state, 'not-sent', now + 900)).toEqual({ kind: 'release' })
    answered(dialogue)
    expect(isOverdue(dialogue.state('buyer'), now + 601)).toBe(false)
    const { offer } = dialogue.state('buyer')
    dialogue.tell('buyer', { kind: 'commit', re: 0, terms: offer?.terms as never, notAfter: now + 60 })
    expect(withdrawal(dialogue.state('buyer'), 'not-sent', now + 900)).toMatchObject({ kind: 'cancel' })
  })
})

test('who is at risk with how much: the seller until it is paid, the buyer until it is there', () => {
  const dialogue = new Dialogue()
  const lines = [{ sku: 'kettle', quantity: 2, minor: 1_000 }]
  const terms = dialogue.terms(lines, { payment: { days: 14, prepaidMinor: 1_000 } })
  dialogue.tell('buyer', { kind: 'commit', terms: terms.digest, notAfter: now + 600 }, [terms])
  const risk = () => {
    const state = dialogue.state('seller')
    const held = documentOf(dialogue.logs.seller.documents, state.terms, 'mosaic/order-terms')
    return riskOf(state, held as OrderTerms)
  }
  expect(risk()).toEqual({ sellerMinor: 1_975, buyerMinor: 1_000 })
  dialogue.confirm()
  expect(risk()).toEqual({ sellerMinor: 1_975, buyerMinor: 1_000 })
  const part = dialogue.ship('seller', [{ line: 0, quantity: 2 }])
  dialogue.sync()
  dialogue.tell('buyer', { kind: 'deliver', re: part.message.seq })
  expect(risk()).toEqual({ sellerMinor: 1_975, buyerMinor: 0 })
})
