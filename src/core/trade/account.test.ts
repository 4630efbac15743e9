import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TestMerchant } from '../../../tests/simulation/merchants.ts'
import { Dialogue, now, saltOf } from '../../../tests/simulation/orders/dialogue.ts'
import { nodePrimitives as primitives } from '../../store/primitives.ts'
import { type AccountLogs, accountSideOf, foldAccount, openAccount, openNoticeOf } from './account.ts'
import { type AccountWords, admitAccountParcel, sayInAccount } from './account-admission.ts'
import { availableCredit, balanceOf, bookOf, openItems } from './account-book.ts'
import { accountHeadsOf, compareAccountHeads } from './account-exchange.ts'
import {
  type AccountDocument,
  accountMessageSchema,
  type HeldAccountDocument,
  readAccountDocument,
} from './account-message.ts'
import { differencesOf, statementOf } from './account-statement.ts'
import { foldOrder } from './order-fold.ts'
import type { OrderTerms } from './order-terms.ts'

const people = { anna: new TestMerchant('Anna'), ben: new TestMerchant('Ben') }
type Name = keyof typeof people
const names: readonly Name[] = ['anna', 'ben']

/** Two merchants and their account; nothing travels unless it is sent. */
class Accounts {
  readonly logs: Record<Name, AccountLogs>
  readonly parcels: string[] = []
  clock = now
  #salts = 0

  constructor() {
    const logs = openAccount(people.anna.id, people.ben.id)
    this.logs = { anna: logs, ben: logs }
  }

  document(document: object): HeldAccountDocument {
    const salted = { ...document, v: 1, salt: saltOf(`account ${this.#salts++}`) } as AccountDocument
    const held = readAccountDocument(primitives, salted)
    if (held === undefined) throw new Error('not a document')
    return held
  }

  trySay(by: Name, words: AccountWords, document?: HeldAccountDocument): string {
    const merchant = people[by]
    const speaker = {
      primitives,
      self: merchant.id,
      keyEvent: merchant.log.current.digest,
      now: this.clock,
      sign: <T extends object>(body: T) => merchant.sign(body),
    }
    const said = sayInAccount(speaker, this.logs[by], words, document)
    if (!said.ok) return said.problem
    this.logs[by] = said.logs
    this.parcels.push(said.parcel)
    return 'said'
  }

  payment(by: Name, payer: Name, minor: number, reference = 'INV-1'): void {
    const document = this.document({
      type: 'mosaic/account-payment',
      payer: people[payer].id,
      minor,
      currency: 'EUR',
      paidAt: this.clock,
      reference,
    })
    expect(this.trySay(by, { kind: 'payment' }, document)).toBe('said')
  }

  answer(
    by: Name,
    verdict: 'agreed' | 'refused',
    re = this.logs[by === 'anna' ? 'ben' : 'anna'].entries[this.side(by === 'anna' ? 'ben' : 'anna')].length -
      1,
  ): string {
    return this.trySay(by, { kind: 'answer', re, verdict })
  }

  side(name: Name): 0 | 1 {
    return accountSideOf(this.logs.anna, people[name].id)
  }

  receive(to: Name, text: string): string {
    const admission = admitAccountParcel(primitives, this.logs[to], text, {
      self: people[to].id,
      keyLogOf: (id) => Object.values(people).find((one) => one.id === id)?.log,
      now: this.clock,
    })
    if (admission.verdict === 'new') this.logs[to] = admission.logs
    return admission.verdict === 'reject' ? admission.reason : admission.verdict
  }

  sync(): void {
    for (const text of this.parcels) for (const to of names) this.receive(to, text)
    expect(foldAccount(this.logs.anna)).toEqual(foldAccount(this.logs.ben))
  }

  balance(of: Name): number {
    return balanceOf(bookOf(people[of].id, this.logs[of], [], foldAccount(this.logs[of])), 'EUR')
  }
}

describe('payments', () => {
  test('of the payer count once the receiver agrees; of the receiver at once', () => {
    const accounts = new Accounts()
    accounts.payment('ben', 'ben', 5_000)
    accounts.sync()
    expect([accounts.balance('anna'), accounts.balance('ben')]).toEqual([0, 0])
    expect(accounts.answer('anna', 'agreed')).toBe('said')
    accounts.sync()
    expect([accounts.balance('anna'), accounts.balance('ben')]).toEqual([-5_000, 5_000])
    accounts.payment('anna', 'ben', 300, 'INV-2')
    accounts.sync()
    expect(accounts.balance('ben')).toBe(5_300)
    expect(accounts.answer('ben', 'refused')).toBe('said')
    accounts.sync()
    expect(accounts.balance('ben')).toBe(5_000)
  })

  test('noted by both at the same time count once; one after the other twice', () => {
    const crossed = new Accounts()
    crossed.payment('ben', 'ben', 5_000)
    crossed.payment('anna', 'ben', 5_000)
    crossed.payment('anna', 'ben', 5_000, 'INV-2')
    crossed.sync()
    expect([crossed.balance('anna'), crossed.balance('ben')]).toEqual([-10_000, 10_000])
    const after = new Accounts()
    after.payment('ben', 'ben', 5_000)
    after.sync()
    const { payment } = foldAccount(after.logs.anna).payments[0] ?? {}
    if (payment === undefined) throw new Error('no payment')
    expect(openNoticeOf(foldAccount(after.logs.anna), after.side('anna'), payment)).toMatchObject({ seq: 0 })
    after.payment('anna', 'ben', 5_000)
    after.sync()
    expect(after.balance('ben')).toBe(5_000)
    expect(after.answer('anna', 'agreed')).toBe('said')
    after.sync()
    expect(after.balance('ben')).toBe(10_000)
  })

  test('do not depend on what came first', () => {
    const step = fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names), fc.boolean())
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), fc.nat(), (steps, turn) => {
        const accounts = new Accounts()
        for (const [by, payer, hears] of steps) {
          accounts.payment(by, payer, 100)
          if (hears)
            for (const text of accounts.parcels) accounts.receive(by === 'anna' ? 'ben' : 'anna', text)
        }
        const turned = accounts.parcels.map(
          (_, at) => accounts.parcels[(at + turn) % accounts.parcels.length] ?? '',
        )
        for (const text of turned.toReversed()) accounts.receive('anna', text)
        for (const text of turned) accounts.receive('ben', text)
        expect(foldAccount(accounts.logs.anna)).toEqual(foldAccount(accounts.logs.ben))
        expect(accounts.balance('anna') + accounts.balance('ben')).toBe(0)
      }),
      { numRuns: 60 },
    )
  })

  test('what answers nothing, or is not of the two, is refused', () => {
    const accounts = new Accounts()
    expect(accounts.answer('ben', 'agreed', 0)).toBe('re')
    const stranger = accounts.document({
      type: 'mosaic/account-payment',
      payer: new TestMerchant('Mallory').id,
      minor: 1,
      currency: 'EUR',
      paidAt: now,
      reference: 'x',
    })
    expect(accounts.trySay('anna', { kind: 'payment' }, stranger)).toBe('payer')
    accounts.payment('ben', 'ben', 5_000)
    const [parcel = ''] = accounts.parcels
    expect(accounts.receive('anna', parcel.replace('5000', '9000'))).toBe('content-missing')
    expect(accounts.receive('anna', parcel.replace('"seq":0', '"seq":1'))).toBe('signature')
    expect(accounts.receive('anna', parcel.slice(1))).toBe('malformed')
    expect(accounts.receive('anna', parcel)).toBe('new')
    expect(accounts.receive('anna', parcel)).toBe('known')
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), fc.jsonValue(), (text, value) => {
        expect(accounts.receive('anna', text)).toBe('malformed')
        expect(accountMessageSchema.safeParse(value).success).toBe(false)
      }),
      { numRuns: 100 },
    )
  })

  test('logs that differ are repaired by heads', () => {
    const accounts = new Accounts()
    for (const reference of ['a', 'b', 'c']) accounts.payment('ben', 'ben', 100, reference)
    accounts.receive('anna', accounts.parcels[0] ?? '')
    const { parcels } = compareAccountHeads(accounts.logs.ben, accountHeadsOf(accounts.logs.anna))
    expect(parcels).toEqual(accounts.parcels.slice(1))
    expect(compareAccountHeads(accounts.logs.anna, accountHeadsOf(accounts.logs.ben)).isLacking).toBe(true)
  })
})

describe('the book of an order', () => {
  const dialogue = new Dialogue({ merchants: { buyer: people.ben, seller: people.anna } })
  const terms = dialogue.deal([{ sku: 'kettle', quantity: 2, minor: 1_000 }]).document as OrderTerms
  const orders = names.map((name) => {
    const logs = dialogue.logs[name === 'anna' ? 'seller' : 'buyer']
    return { logs, state: foldOrder(logs), terms }
  })
  const gross = terms.grossMinor

  test('is the same on both sides, with opposite amounts', () => {
    const accounts = new Accounts()
    const [annas = [], bens = []] = names.map((name, at) => {
      const order = orders[at]
      return order === undefined
        ? []
        : bookOf(people[name].id, accounts.logs[name], [order], foldAccount(accounts.logs[name]))
    })
    expect(annas).toMatchObject([{ minor: gross, currency: 'EUR', order: dialogue.logs.buyer.order }])
    expect(bens.map(({ minor }) => -minor)).toEqual(annas.map(({ minor }) => minor))
    expect(bens.map(({ id }) => id)).toEqual(annas.map(({ id }) => id))
  })

  test('open items take payments, the oldest first', () => {
    const accounts = new Accounts()
    accounts.payment('anna', 'ben', 1_000)
    accounts.sync()
    const [order] = orders
    if (order === undefined) throw new Error('an order')
    const { items, unassigned } = openItems(people.anna.id, [order], foldAccount(accounts.logs.anna))
    expect(items).toMatchObject([{ owedMinor: gross, paidMinor: 1_000, dueAt: now + 14 * 86_400 }])
    expect(unassigned.get('EUR')).toBe(0)
    accounts.payment('anna', 'ben', gross, 'INV-2')
    const paid = openItems(people.anna.id, [order], foldAccount(accounts.logs.anna))
    expect(paid.items).toEqual([])
    expect(paid.unassigned.get('EUR')).toBe(1_000)
  })

  test('a limit leaves so much as is not owed yet', () => {
    const accounts = new Accounts()
    const available = () => {
      const account = foldAccount(accounts.logs.anna)
      const [order] = orders
      const book = bookOf(people.anna.id, accounts.logs.anna, order === undefined ? [] : [order], account)
      return availableCredit(people.anna.id, accounts.logs.anna, account, book, 'EUR', 100)
    }
    expect(available()).toBeUndefined()
    const limit = accounts.document({ type: 'mosaic/account-limit', minor: 10_000, currency: 'EUR' })
    expect(accounts.trySay('anna', { kind: 'limit' }, limit)).toBe('said')
    expect(available()).toBe(10_000 - gross - 100)
  })

  test('a statement is agreed to item by item, or the differences are named', () => {
    const accounts = new Accounts()
    const about = (until: number) => ({ currency: 'EUR', until, salt: saltOf('statement') })
    const bookFor = (name: Name, withOrder = true) => {
      const order = orders[names.indexOf(name)]
      const known = withOrder && order !== undefined ? [order] : []
      return bookOf(people[name].id, accounts.logs[name], known, foldAccount(accounts.logs[name]))
    }
    const state = (name: Name) => foldAccount(accounts.logs[name])
    const first = statementOf(state('anna'), accounts.side('anna'), bookFor('anna'), about(now + 10))
    expect(first).toMatchObject({ number: 1, openingMinor: 0, closingMinor: gross })
    const compare = (statement: typeof first, withOrder = true) =>
      differencesOf(state('ben'), accounts.side('ben'), bookFor('ben', withOrder), statement)
    expect(compare(first)).toEqual([])
    const [entry] = first.entries
    const id = entry?.id ?? ''
    expect(compare(first, false)).toEqual([{ id, statedMinor: gross }])
    expect(compare({ ...first, entries: [{ id, minor: 1, time: now }] })).toEqual([
      { id, statedMinor: 1, heldMinor: gross },
      { id: 'closing', statedMinor: gross, heldMinor: 1 },
    ])
    expect(compare({ ...first, entries: [], closingMinor: 0 })).toEqual([{ id, heldMinor: gross }])
    expect(compare({ ...first, number: 2, openingMinor: 5, closingMinor: gross + 5 })).toMatchObject([
      { id: 'number' },
      { id: 'opening', statedMinor: 5, heldMinor: 0 },
    ])
    const held = readAccountDocument(primitives, first)
    expect(accounts.trySay('anna', { kind: 'statement' }, held)).toBe('said')
    accounts.sync()
    expect(accounts.answer('ben', 'agreed')).toBe('said')
    accounts.sync()
    const second = statementOf(state('ben'), accounts.side('ben'), bookFor('ben'), about(now + 20))
    expect(second).toMatchObject({ number: 2, openingMinor: -gross, entries: [], closingMinor: -gross })
  })
})
