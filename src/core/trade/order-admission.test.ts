import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seedOf, TestMerchant } from '../../../tests/simulation/merchants.ts'
import { Dialogue, now, order } from '../../../tests/simulation/orders/dialogue.ts'
import { nodePrimitives as primitives } from '../../store/primitives.ts'
import { canonicalText } from '../signature/canonical.ts'
import { digestOf } from '../signature/digest.ts'
import { signStatement } from '../signature/proof.ts'
import { admitOrderMessage, type OrderAdmission } from './order-admission.ts'
import { type HeldDocument, readOrderDocument } from './order-document.ts'
import { foldOrder, type OrderLogs } from './order-fold.ts'
import type { LogEntry } from './order-log.ts'
import type { OrderMessage } from './order-message.ts'
import { readParcel } from './order-parcel.ts'

const lines = [{ sku: 'kettle', quantity: 2, minor: 1_000 }]
const mallory = new TestMerchant('Mallory')

/** A message as somebody else could make it: from a real one, changed and signed anew. */
function forged(
  dialogue: Dialogue,
  entry: LogEntry<OrderMessage>,
  change: object,
  options: { readonly signer?: TestMerchant; readonly documents?: readonly HeldDocument[] } = {},
): OrderAdmission {
  const { proof: _, ...body } = { ...entry.message, ...change } as OrderMessage
  const signer = options.signer ?? dialogue.merchants[body.by]
  return admit(dialogue, canonicalText(signer.sign(body)), options.documents ?? [])
}

function admit(dialogue: Dialogue, text: string, documents: readonly HeldDocument[] = []): OrderAdmission {
  const { buyer, seller } = dialogue.merchants
  const to = text.includes('"by":"buyer"') ? 'seller' : 'buyer'
  const all = [...dialogue.logs.buyer.documents.values(), ...dialogue.logs.seller.documents.values()]
  return admitOrderMessage(
    primitives,
    dialogue.logs[to],
    text,
    [...all, ...documents].map(({ document }) => document),
    {
      order,
      buyer: buyer.id,
      seller: seller.id,
      self: dialogue.merchants[to].id,
      sender: dialogue.merchants[to === 'buyer' ? 'seller' : 'buyer'].id,
      keyLogOf: (id) => [buyer, seller, mallory].find((one) => one.id === id)?.log,
      now: dialogue.clocks[to],
    },
  )
}

function reason(admission: OrderAdmission): string {
  if (admission.verdict !== 'reject') return admission.verdict
  return admission.problem === undefined ? admission.reason : `${admission.reason} ${admission.problem}`
}

/** The buyer has asked to reserve; the seller has not heard. */
function asking(): { dialogue: Dialogue; reserve: LogEntry<OrderMessage>; terms: HeldDocument } {
  const dialogue = new Dialogue()
  const terms = dialogue.terms(lines)
  const reserve = dialogue.say('buyer', { kind: 'reserve', terms: terms.digest, notAfter: now + 600 }, [
    terms,
  ])
  return { dialogue, reserve, terms }
}

describe('who and what', () => {
  const { dialogue, reserve } = asking()
  const cases: [string, object, string][] = [
    ['as it is', {}, 'new'],
    ['another order', { order: 'BBBBBBBBBBBBBBBBBBBBBA' }, 'pair'],
    ['the parties exchanged', { by: 'seller' }, 'malformed'],
    ['for somebody else', { to: mallory.id }, 'pair'],
    ['a newer version', { v: 2 }, 'version-unknown'],
    ['another type', { type: 'mosaic/grant' }, 'malformed'],
    ['a member that nobody knows', { discount: 1 }, 'malformed'],
    ['a kind that nobody knows', { kind: 'give' }, 'malformed'],
    ['a key event of another', { keyEvent: mallory.log.current.digest }, 'key-event-unknown'],
    ['dated an hour ahead', { time: now + 3_600, notAfter: now + 4_000 }, 'dated-ahead'],
    ['a request that is over when it is made', { notAfter: now }, 'malformed'],
    ['a request for two months', { notAfter: now + 62 * 86_400 }, 'malformed'],
    ['documents that are not there', { terms: digestOf(primitives, 'other') }, 'content-missing'],
    ['a test in an order that is none', { test: true }, 'chain'],
    ['a first message with one before it', { prev: digestOf(primitives, 'x') }, 'malformed'],
    ['seq 256', { seq: 256, prev: digestOf(primitives, 'x') }, 'malformed'],
  ]
  test.each(cases)('%s', (_, change, expected) => {
    expect(reason(forged(dialogue, reserve, change))).toBe(expected)
  })

  test('signed by somebody else', () => {
    expect(reason(forged(dialogue, reserve, {}, { signer: mallory }))).toBe('signature')
    expect(reason(forged(dialogue, reserve, { from: mallory.id }, { signer: mallory }))).toBe('pair')
    const body = { ...reserve.message, time: now + 1 }
    expect(reason(admit(dialogue, canonicalText(body)))).toBe('signature')
  })

  test('signed with a key that is known to be stolen', () => {
    const robbed = new TestMerchant('Ben')
    const seller = dialogue.merchants.seller
    robbed.rotate({ reason: 'compromised', lastGood: [] })
    const other = new Dialogue({ merchants: { buyer: robbed, seller } })
    const terms = other.terms(lines)
    other.say('buyer', { kind: 'reserve', terms: terms.digest, notAfter: now + 600 }, [terms])
    const { proof: _, ...body } = reserve.message
    const old = signStatement(primitives, body, { seed: seedOf('Ben signing 0') })
    expect(reason(admit(other, canonicalText(old)))).toBe('void')
  })

  test('any text is refused without harm', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
        expect(admit(dialogue, text).verdict).toBe('reject')
        expect(readParcel(text).ok).toBe(false)
      }),
      { numRuns: 200 },
    )
  })
})

describe('terms', () => {
  const change = (changed: object): string => {
    const { dialogue, reserve, terms } = asking()
    const document = { ...terms.document, ...changed }
    const text = canonicalText(document)
    const held = { document, text, digest: digestOf(primitives, text) } as HeldDocument
    return reason(forged(dialogue, reserve, { terms: held.digest }, { documents: [held] }))
  }
  const [line] = (asking().terms.document as { lines: { quantity: number; price: object }[] }).lines
  const quantity = (count: number) => ({ lines: [{ ...line, quantity: count }] })

  test.each<[string, object, string]>([
    ['quantity 0', quantity(0), 'content-wrong'],
    ['a negative quantity', quantity(-2), 'content-wrong'],
    ['a huge quantity', quantity(1e9), 'content-wrong'],
    ['a quantity that its amount does not fit', quantity(3), 'content-wrong'],
    ['no lines', { lines: [] }, 'content-wrong'],
    ['a line twice', { lines: [line, line] }, 'content-wrong'],
    ['another currency than its prices', { currency: 'CHF' }, 'content-wrong'],
    ['a total that is wrong', { grossMinor: 1 }, 'content-wrong'],
    [
      'VAT that is wrong',
      { vat: [{ category: 'S', rate: 1_900, netMinor: 2_500, vatMinor: 474 }] },
      'content-wrong',
    ],
    ['of another order', { order: 'BBBBBBBBBBBBBBBBBBBBBA' }, 'content-wrong'],
    ['of another buyer', { buyer: mallory.id }, 'content-wrong'],
    ['of a test', { test: true }, 'content-wrong'],
    ['more paid before than it costs', { payment: { days: 0, prepaidMinor: 9_999 } }, 'content-wrong'],
    ['without salt', { salt: '' }, 'content-wrong'],
  ])('%s', (_, changed, expected) => {
    expect(change(changed)).toBe(expected)
  })

  test('half a piece', () => {
    const { terms } = asking()
    expect(readOrderDocument(primitives, terms.document)?.digest).toBe(terms.digest)
    expect(readOrderDocument(primitives, { ...terms.document, ...quantity(0.5) })).toBeUndefined()
  })
})

describe('moves', () => {
  test('a commit after the reservation expired, by the seller`s clock', () => {
    const { dialogue, terms } = asking()
    dialogue.sync()
    dialogue.tell('seller', { kind: 'reserved', re: 0, ttlSeconds: 30 })
    dialogue.pass(31)
    const commit = dialogue.say('buyer', { kind: 'commit', re: 0, terms: terms.digest, notAfter: now + 600 })
    dialogue.say('seller', { kind: 'expire' })
    dialogue.sync()
    expect(dialogue.state('buyer')).toMatchObject({ phase: 'expired', crossings: [{ outcome: 'void' }] })
    expect(dialogue.state('seller')).toEqual(dialogue.state('buyer'))
    expect(reason(admit(dialogue, commit.text))).toBe('known')
  })

  test('a reservation cannot be taken back early, nor its commit called late', () => {
    const { dialogue, terms } = asking()
    dialogue.sync()
    dialogue.tell('seller', { kind: 'reserved', re: 0, ttlSeconds: 30 })
    expect(dialogue.trySay('seller', { kind: 'expire' })).toMatchObject({ problem: 'early' })
    dialogue.tell('buyer', { kind: 'commit', re: 0, terms: terms.digest, notAfter: now + 600 })
    const refuse = { kind: 'refuse', re: 1, reason: 'expired' } as const
    expect(dialogue.trySay('seller', refuse)).toMatchObject({ problem: 'early' })
  })

  test('an answer after notAfter', () => {
    const { dialogue } = asking()
    dialogue.sync()
    dialogue.pass(601)
    const words = { kind: 'reserved', re: 0, ttlSeconds: 30 } as const
    expect(dialogue.trySay('seller', words)).toMatchObject({ problem: 'late' })
    dialogue.tell('seller', { kind: 'refuse', re: 0, reason: 'late' })
    expect(dialogue.state('buyer')).toMatchObject({ phase: 'refused', refusal: { reason: 'late' } })
  })

  test('a seller that confirms something else than was ordered', () => {
    const { dialogue, terms } = asking()
    const more = dialogue.terms([{ sku: 'kettle', quantity: 3, minor: 1_000 }])
    dialogue.sync()
    dialogue.tell('seller', { kind: 'reserved', re: 0, ttlSeconds: 60 })
    dialogue.tell('buyer', { kind: 'commit', re: 0, terms: terms.digest, notAfter: now + 600 })
    const { digest } = dialogue.state('seller').request ?? {}
    const confirm = dialogue.say('seller', { kind: 'confirm', re: 1, commit: digest as never })
    expect(reason(forged(dialogue, confirm, { terms: more.digest }, { documents: [more] }))).toBe(
      'move terms',
    )
    const other = { commit: digestOf(primitives, 'other') }
    expect(reason(forged(dialogue, confirm, other))).toBe('move re')
    const { deal } = confirm.message as { deal?: object }
    const { proof: _, ...part } = deal as { proof: object }
    const elsewhere = dialogue.merchants.seller.sign({ ...part, commit: digestOf(primitives, 'other') })
    expect(reason(forged(dialogue, confirm, { deal: elsewhere }))).toBe('move re')
    expect(reason(forged(dialogue, confirm, { deal: { ...deal, commit: digest } }))).toBe('deal')
    expect(reason(forged(dialogue, confirm, {}))).toBe('new')
  })

  test('more than is left cannot be shipped, cancelled or sent back', () => {
    const dialogue = new Dialogue()
    dialogue.deal(lines)
    const three = [{ line: 0, quantity: 3 }]
    const elsewhere = [{ line: 1, quantity: 1 }]
    for (const wrong of [three, elsewhere]) {
      expect(() => dialogue.ship('seller', wrong)).toThrow('quantity')
      expect(() => dialogue.ask('seller', 'cancel', wrong)).toThrow('quantity')
      expect(() => dialogue.ask('buyer', 'return', wrong)).toThrow('quantity')
    }
    dialogue.ship('seller', [{ line: 0, quantity: 2 }])
    dialogue.sync()
    expect(() => dialogue.ask('buyer', 'cancel')).toThrow('quantity')
    expect(() => dialogue.ask('buyer', 'return', three)).toThrow('quantity')
  })
})

describe('the chain', () => {
  const held = (dialogue: Dialogue): OrderLogs => dialogue.logs.seller

  test('a message that comes again, or late, or before its time changes nothing in the end', () => {
    const { dialogue } = asking()
    dialogue.say('buyer', { kind: 'release' })
    const terms = dialogue.terms(lines)
    dialogue.say('buyer', { kind: 'reserve', terms: terms.digest, notAfter: now + 900 }, [terms])
    const [first, second, third] = dialogue.logs.buyer.entries[0]
    if (first === undefined || second === undefined || third === undefined) throw new Error('three messages')
    expect(dialogue.deliver('seller', [third])).toMatchObject({ verdict: 'new', gap: true, linked: [] })
    expect(foldOrder(held(dialogue)).phase).toBe('none')
    expect(dialogue.deliver('seller', [third]).verdict).toBe('known')
    expect(dialogue.deliver('seller', [second])).toMatchObject({ gap: true })
    expect(dialogue.deliver('seller', [first])).toMatchObject({
      gap: false,
      linked: [first.message, second.message, third.message],
    })
    expect(foldOrder(held(dialogue))).toEqual(dialogue.state('buyer'))
  })

  test('a second story: both messages are kept, and neither counts', () => {
    const { dialogue, reserve } = asking()
    dialogue.sync()
    const story = forged(dialogue, reserve, { time: now + 5, notAfter: now + 700 })
    if (story.verdict !== 'new') throw new Error(reason(story))
    expect(foldOrder(story.logs)).toMatchObject({ phase: 'none', equivocators: ['buyer'] })
    expect(story.logs.entries[0]).toHaveLength(2)
  })

  test('a second story comes too late once the first was answered', () => {
    const { dialogue, reserve } = asking()
    dialogue.sync()
    dialogue.tell('seller', { kind: 'reserved', re: 0, ttlSeconds: 60 })
    const story = forged(dialogue, reserve, { time: now + 5, notAfter: now + 700 })
    if (story.verdict !== 'new') throw new Error(reason(story))
    expect(foldOrder(story.logs)).toMatchObject({ phase: 'reserved', equivocators: ['buyer'] })
  })

  test('what was seen, and the time, do not go back', () => {
    const { dialogue } = asking()
    dialogue.sync()
    dialogue.tell('seller', { kind: 'reserved', re: 0, ttlSeconds: 60 })
    dialogue.pass(10)
    const release = dialogue.say('buyer', { kind: 'release' })
    expect(reason(forged(dialogue, release, { time: now - 1 }))).toBe('chain')
    expect(reason(forged(dialogue, release, { prev: digestOf(primitives, 'other') }))).toBe('chain')
    const { seen: _, ...unseeing } = release.message
    const entry = { ...release, message: unseeing as OrderMessage }
    // Releasing while one waits is legal: it just crosses the reservation.
    expect(reason(forged(dialogue, entry, {}))).toBe('new')
    dialogue.sync()
    const terms = dialogue.terms(lines)
    const again = dialogue.say('buyer', { kind: 'reserve', terms: terms.digest, notAfter: now + 700 }, [
      terms,
    ])
    const { seen: __, ...blind } = again.message
    expect(reason(forged(dialogue, { ...again, message: blind as OrderMessage }, {}))).toBe('chain')
  })

  test('an author that lost messages does not speak before it has them again', () => {
    const { dialogue } = asking()
    dialogue.sync()
    dialogue.tell('seller', { kind: 'reserved', re: 0, ttlSeconds: 60 })
    const { seller } = dialogue.logs
    dialogue.logs.seller = { ...seller, entries: [seller.entries[0], []] }
    dialogue.tell('buyer', { kind: 'release' })
    expect(dialogue.trySay('seller', { kind: 'refuse', re: 0, reason: 'stock' })).toMatchObject({
      problem: 'behind',
    })
    dialogue.deliver('seller', dialogue.logs.buyer.entries[1])
    expect(dialogue.state('seller')).toEqual(dialogue.state('buyer'))
  })

  test('too many that wait are refused', () => {
    const { dialogue } = asking()
    const changed = (seq: number) => ({ seq, prev: digestOf(primitives, `message ${seq}`) })
    const [entry] = dialogue.logs.buyer.entries[0]
    if (entry === undefined) throw new Error('a message')
    for (let seq = 5; seq < 21; seq++) {
      const admission = forged(dialogue, entry, changed(seq))
      if (admission.verdict !== 'new') throw new Error(reason(admission))
      dialogue.logs.seller = admission.logs
    }
    expect(reason(forged(dialogue, entry, changed(21)))).toBe('gap')
  })
})
