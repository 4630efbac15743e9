import { describe, expect, test } from 'vitest'
import { Dialogue } from '../../../tests/simulation/orders/dialogue.ts'
import { creditable, creditOf, totalsLeft } from './order-owed.ts'
import { owedMinor } from './order-state.ts'
import type { OrderTerms } from './order-terms.ts'

const lines = [
  { sku: 'kettle', quantity: 4, minor: 1_000 },
  { sku: 'book', quantity: 2, minor: 999, rate: 700 },
]
// 4,000 + 1,998 net and 500 shipping: 333 and 167 of it; VAT 823 and 152.
const gross = 4_333 + 823 + 2_165 + 152

function dealt(): Dialogue {
  const dialogue = new Dialogue()
  dialogue.deal(lines)
  return dialogue
}

function both(dialogue: Dialogue): ReturnType<Dialogue['state']> {
  dialogue.sync()
  expect(dialogue.state('buyer')).toEqual(dialogue.state('seller'))
  return dialogue.state('buyer')
}

describe('the way of an order', () => {
  test('from the question to the close', () => {
    const dialogue = new Dialogue()
    const wanted = dialogue.document({
      type: 'mosaic/order-wanted',
      currency: 'EUR',
      lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
      shipTo: { country: 'DE', postcode: '10115' },
    })
    const notAfter = dialogue.clocks.buyer + 600
    dialogue.tell('buyer', { kind: 'quote', content: wanted.digest, notAfter }, [wanted])
    expect(both(dialogue).phase).toBe('asked')
    const terms = dialogue.terms(lines)
    const validUntil = dialogue.clocks.seller + 3_600
    dialogue.tell('seller', { kind: 'quoted', re: 0, terms: terms.digest, validUntil }, [terms])
    expect(both(dialogue)).toMatchObject({ phase: 'quoted', offer: { kind: 'quoted', until: validUntil } })
    dialogue.tell('buyer', { kind: 'reserve', re: 0, terms: terms.digest, notAfter })
    dialogue.tell('seller', { kind: 'reserved', re: 1, ttlSeconds: 60 })
    expect(both(dialogue)).toMatchObject({
      phase: 'reserved',
      offer: { kind: 'reserved', until: dialogue.clocks.seller + 60 },
    })
    dialogue.tell('buyer', { kind: 'commit', re: 1, terms: terms.digest, notAfter })
    dialogue.confirm()
    expect(both(dialogue)).toMatchObject({ phase: 'confirmed', terms: terms.digest })
    expect(owedMinor(both(dialogue))).toBe(gross)
    const part = dialogue.ship('seller', [
      { line: 0, quantity: 4 },
      { line: 1, quantity: 2 },
    ])
    dialogue.sync()
    dialogue.tell('buyer', { kind: 'deliver', re: part.message.seq })
    dialogue.tell('buyer', { kind: 'close' })
    expect(both(dialogue)).toMatchObject({ phase: 'confirmed', closedBy: ['buyer'] })
    dialogue.tell('seller', { kind: 'close' })
    expect(both(dialogue)).toMatchObject({
      phase: 'closed',
      lines: [
        { ordered: 4, shipped: 4, delivered: 4 },
        { ordered: 2, shipped: 2, delivered: 2 },
      ],
    })
  })

  test('may begin again after a refusal, with the terms that the seller would take', () => {
    const dialogue = new Dialogue()
    const [mine, yours] = [dialogue.terms(lines), dialogue.terms(lines.slice(0, 1))]
    const notAfter = dialogue.clocks.buyer + 600
    dialogue.tell('buyer', { kind: 'reserve', terms: mine.digest, notAfter }, [mine])
    dialogue.tell('seller', { kind: 'refuse', re: 0, reason: 'price', instead: yours.digest }, [yours])
    expect(both(dialogue)).toMatchObject({ phase: 'refused', refusal: { reason: 'price' } })
    dialogue.tell('buyer', { kind: 'reserve', re: 0, terms: yours.digest, notAfter })
    dialogue.tell('seller', { kind: 'reserved', re: 1, ttlSeconds: 60 })
    expect(both(dialogue)).toMatchObject({ phase: 'reserved', terms: yours.digest })
  })

  test('begins with a quote of the seller, when a supply request asked for one', () => {
    const dialogue = new Dialogue()
    const terms = dialogue.terms(lines)
    const request = terms.digest
    const validUntil = dialogue.clocks.seller + 3_600
    dialogue.tell('seller', { kind: 'quoted', request, terms: terms.digest, validUntil }, [terms])
    dialogue.tell('buyer', {
      kind: 'commit',
      re: 0,
      terms: terms.digest,
      notAfter: dialogue.clocks.buyer + 60,
    })
    dialogue.confirm()
    expect(both(dialogue).phase).toBe('confirmed')
  })

  test('a test order is nothing in the books, and no deal', () => {
    const dialogue = new Dialogue({ test: true })
    dialogue.deal(lines)
    expect(both(dialogue)).toMatchObject({ phase: 'confirmed', test: true, entries: [] })
  })
})

describe('quantities', () => {
  test('parts, cancelled in part, sent back in part', () => {
    const dialogue = dealt()
    dialogue.ship('seller', [{ line: 0, quantity: 1 }])
    dialogue.sync()
    const ask = dialogue.ask('buyer', 'cancel', [{ line: 0, quantity: 2 }])
    dialogue.sync()
    dialogue.tell('seller', { kind: 'answer', re: ask.message.seq, verdict: 'granted' })
    expect(both(dialogue).lines[0]).toMatchObject({ ordered: 4, cancelled: 2, shipped: 1 })
    const back = dialogue.ask('buyer', 'return', [{ line: 0, quantity: 1 }])
    dialogue.sync()
    const granted = dialogue.tell('seller', { kind: 'answer', re: back.message.seq, verdict: 'granted' })
    const sent = dialogue.ship('buyer', [{ line: 0, quantity: 1 }], granted.message.seq)
    dialogue.sync()
    dialogue.tell('seller', { kind: 'deliver', re: sent.message.seq })
    expect(both(dialogue)).toMatchObject({
      phase: 'confirmed',
      lines: [{ ordered: 4, cancelled: 2, shipped: 1, returned: 1 }, {}],
      parts: [{ by: 'seller' }, { by: 'buyer', deliveredBy: 'seller' }],
    })
  })

  test('what both ask to cancel is cancelled, the rest stays asked', () => {
    const dialogue = dealt()
    dialogue.ask('seller', 'cancel', [{ line: 0, quantity: 1 }])
    dialogue.ask('buyer', 'cancel', [
      { line: 0, quantity: 3 },
      { line: 1, quantity: 1 },
    ])
    expect(both(dialogue)).toMatchObject({
      lines: [{ cancelled: 1 }, { cancelled: 0 }],
      asks: [
        { by: 'seller', status: 'agreed', lines: [] },
        {
          by: 'buyer',
          status: 'open',
          lines: [
            { line: 0, quantity: 2 },
            { line: 1, quantity: 1 },
          ],
        },
      ],
      crossings: [{ outcome: 'agreed' }],
    })
  })

  test('what left while it was asked to be cancelled is a return, once granted', () => {
    const dialogue = dealt()
    const ask = dialogue.ask('buyer', 'cancel')
    dialogue.ship('seller', [{ line: 0, quantity: 3 }])
    dialogue.sync()
    dialogue.tell('seller', { kind: 'answer', re: ask.message.seq, verdict: 'granted' })
    expect(both(dialogue)).toMatchObject({
      lines: [{ cancelled: 1, shipped: 3 }, { cancelled: 2 }],
      asks: [{ status: 'granted', returns: [{ line: 0, quantity: 3, sent: 0 }] }],
    })
  })

  test('cancelling everything ends it; only claims remain', () => {
    const dialogue = dealt()
    const ask = dialogue.ask('buyer', 'cancel')
    dialogue.sync()
    dialogue.tell('seller', { kind: 'answer', re: ask.message.seq, verdict: 'granted' })
    expect(both(dialogue).phase).toBe('cancelled')
    expect(owedMinor(both(dialogue))).toBe(0)
    expect(dialogue.trySay('seller', { kind: 'cancel', reason: 'other', notAfter: 2e9 })).toMatchObject({
      ok: false,
      problem: 'phase',
    })
  })
})

describe('what is owed', () => {
  const creditWords = (dialogue: Dialogue, net: (index: number, left: number) => number) => {
    const state = dialogue.state('seller')
    const terms = dialogue.logs.seller.documents.get(state.terms as never)?.document as OrderTerms
    const left = creditable(totalsLeft(terms, state.lines), state.credited)
    const credit = creditOf(left, (group) => net(left.indexOf(group), group.netMinor))
    if (credit === undefined) throw new Error('nothing to credit')
    const document = dialogue.document({ type: 'mosaic/order-credit', ...credit })
    dialogue.say('seller', { kind: 'credit', content: document.digest }, [document])
  }

  test('falls with what is cancelled; shipping stays until nothing is left', () => {
    const dialogue = dealt()
    const ask = dialogue.ask('buyer', 'cancel', [{ line: 1, quantity: 2 }])
    dialogue.sync()
    dialogue.tell('seller', { kind: 'answer', re: ask.message.seq, verdict: 'granted' })
    // All of the shipping now belongs to the kettles: 4,500 net, 855 VAT.
    expect(owedMinor(both(dialogue))).toBe(4_500 + 855)
    expect(both(dialogue).entries).toMatchObject([
      { kind: 'confirm', by: 'seller', minor: gross },
      { kind: 'cancel', by: 'seller', minor: 5_355 - gross },
    ])
  })

  test('the last credit of a group takes the rest of its VAT: nothing is left, to the cent', () => {
    const dialogue = dealt()
    // Odd amounts, each rounded by itself.
    creditWords(dialogue, (index) => (index === 0 ? 1_111 : 777))
    creditWords(dialogue, (index) => (index === 0 ? 1_111 : 0))
    expect(owedMinor(both(dialogue))).toBeGreaterThan(0)
    creditWords(dialogue, (_, left) => left)
    expect(owedMinor(both(dialogue))).toBe(0)
  })

  test('no more can be credited than is left, nor with another VAT', () => {
    const dialogue = dealt()
    const credit = (groups: { category: 'S'; rate: number; netMinor: number; vatMinor: number }[]) => {
      const net = groups.reduce((sum, { netMinor }) => sum + netMinor, 0)
      const vat = groups.reduce((sum, { vatMinor }) => sum + vatMinor, 0)
      const document = dialogue.document({
        type: 'mosaic/order-credit',
        groups,
        netMinor: net,
        vatMinor: vat,
        grossMinor: net + vat,
      })
      return dialogue.trySay('seller', { kind: 'credit', content: document.digest }, [document])
    }
    const refused = { ok: false, problem: 'credit' }
    expect(credit([{ category: 'S', rate: 1_900, netMinor: 4_334, vatMinor: 823 }])).toMatchObject(refused)
    expect(credit([{ category: 'S', rate: 1_900, netMinor: 100, vatMinor: 18 }])).toMatchObject(refused)
    expect(credit([{ category: 'S', rate: 1_600, netMinor: 100, vatMinor: 16 }])).toMatchObject(refused)
    const twice = { category: 'S' as const, rate: 700, netMinor: 100, vatMinor: 7 }
    expect(credit([twice, twice])).toMatchObject(refused)
    expect(credit([{ category: 'S', rate: 1_900, netMinor: 100, vatMinor: 19 }, twice])).toMatchObject({
      ok: true,
    })
  })
})
