import { describe, expect, test } from 'vitest'
import { KeyLog, verifyKeyLog } from '../../src/core/identity/key-log.ts'
import { merchantIdSchema } from '../../src/core/identity/merchant-id.ts'
import { type AccountLogs, accountSideOf, foldAccount, openAccount } from '../../src/core/trade/account.ts'
import { admitAccountParcel } from '../../src/core/trade/account-admission.ts'
import { bookOf } from '../../src/core/trade/account-book.ts'
import type { AccountStatement } from '../../src/core/trade/account-message.ts'
import { differencesOf } from '../../src/core/trade/account-statement.ts'
import { documentOf } from '../../src/core/trade/order-effects.ts'
import { foldOrder } from '../../src/core/trade/order-fold.ts'
import { nodePrimitives as primitives } from '../../src/store/primitives.ts'
import { gather } from './order-logs.ts'
import { readVectors } from './vectors.ts'

interface Vectors {
  readonly merchants: readonly [string, string]
  readonly names: { readonly anna: string; readonly ben: string }
  readonly now: number
  readonly logs: Readonly<Record<string, readonly string[]>>
  readonly messages: readonly { comment: string; text: string; reason?: string }[]
  readonly accounts: readonly {
    comment: string
    parcels: readonly string[]
    state: { payments: object[]; statements: object[]; limits: object[]; book: object[] }
  }[]
  readonly statements: {
    readonly parcels: readonly string[]
    readonly order: { readonly buyer: string[]; readonly seller: string[]; readonly documents: string[] }
    readonly book: object[]
    readonly cases: readonly { comment: string; statement: AccountStatement; differences: object[] }[]
  }
}

const { merchants, names, now, logs, messages, accounts, statements } = readVectors<Vectors>('account')
const keyLogs = Object.values(logs).map((texts) => {
  const log = verifyKeyLog(primitives, texts)
  if (log instanceof KeyLog) return log
  throw log
})
const keyLogOf = (id: string): KeyLog | undefined => keyLogs.find(({ merchant }) => merchant === id)
const [anna, ben] = [merchantIdSchema.parse(names.anna), merchantIdSchema.parse(names.ben)]

function gathered(parcels: readonly string[]): AccountLogs {
  let held = openAccount(anna, ben)
  for (const text of parcels) {
    const admission = admitAccountParcel(primitives, held, text, { self: anna, keyLogOf, now: now + 1_000 })
    if (admission.verdict === 'reject') throw new Error(admission.message)
    if (admission.verdict === 'new') held = admission.logs
  }
  return held
}

describe('account', () => {
  test('the first is the one whose id is smaller', () => {
    expect(openAccount(anna, ben).merchants).toEqual(merchants)
    expect(openAccount(ben, anna).merchants).toEqual(merchants)
  })

  test.each(messages)('message: $comment', ({ text, reason }) => {
    const admission = admitAccountParcel(primitives, openAccount(anna, ben), text, {
      self: anna,
      keyLogOf,
      now,
    })
    expect(admission.verdict === 'reject' ? admission.reason : undefined).toBe(reason)
  })

  test.each(accounts)('account: $comment', ({ parcels, state }) => {
    for (const arrival of [parcels, parcels.toReversed(), [...parcels, ...parcels]]) {
      const held = gathered(arrival)
      const folded = foldAccount(held)
      const { book, limits, ...rest } = state
      expect(folded).toMatchObject(rest)
      expect(folded.limits.map((limit) => limit ?? {})).toEqual(limits)
      expect(bookOf(anna, held, [], folded)).toEqual(book)
    }
  })

  describe('statement', () => {
    const { order, parcels, book: expected, cases } = statements
    const orderLogs = gather(order, [...order.buyer, ...order.seller], keyLogOf)
    const state = foldOrder(orderLogs)
    const terms = documentOf(orderLogs.documents, state.terms, 'mosaic/order-terms')
    const held = gathered(parcels)
    const account = foldAccount(held)
    const book = terms === undefined ? [] : bookOf(ben, held, [{ logs: orderLogs, state, terms }], account)

    test('the book', () => {
      expect(book).toEqual(expected)
    })

    test.each(cases)('$comment', ({ statement, differences }) => {
      expect(differencesOf(account, accountSideOf(held, ben), book, statement)).toEqual(differences)
    })
  })
})
