import type { MerchantId } from '../identity/merchant-id.ts'
import { type AccountLogs, type AccountState, accountSideOf } from './account.ts'
import type { OrderLogs } from './order-fold.ts'
import { type OrderState, owedMinor } from './order-state.ts'
import type { OrderTerms } from './order-terms.ts'

/** One change of the balance between two merchants. */
export interface BookEntry {
  /** The same in both books: who made which message. Spec: protocol/records/account.md §4. */
  readonly id: string
  /** In favour of the book's owner, if positive. */
  readonly minor: number
  readonly currency: string
  /** UTC seconds, as signed. */
  readonly time: number
  /** Of which order; absent for payments. */
  readonly order?: string
}

/** An order as the book needs it. */
export interface BookedOrder {
  readonly logs: Pick<OrderLogs, 'order' | 'buyer' | 'seller'>
  readonly state: OrderState
  readonly terms: Pick<OrderTerms, 'currency' | 'payment'>
}

/**
 * Everything that was booked between two merchants, from one's side: the orders' entries and the payments that
 * count. The other's book has the same ids with opposite amounts. By time, then id.
 */
export function bookOf(
  self: MerchantId,
  logs: Pick<AccountLogs, 'merchants'>,
  orders: readonly BookedOrder[],
  account: AccountState,
): readonly BookEntry[] {
  const entries: BookEntry[] = []
  for (const { logs: frame, state, terms } of orders) {
    const sign = frame.seller === self ? 1 : -1
    const sellerSide = accountSideOf(logs, frame.seller)
    for (const { by, seq, minor, time } of state.entries) {
      const id = `${frame.order}.${sellerSide}.${by}.${seq}`
      entries.push({ id, minor: sign * minor, currency: terms.currency, time, order: frame.order })
    }
  }
  for (const { side, seq, payment, status, time } of account.payments) {
    if (status !== 'counts') continue
    const { payer, minor, currency } = payment
    entries.push({ id: `payment.${side}.${seq}`, minor: payer === self ? minor : -minor, currency, time })
  }
  return entries.sort((a, b) => a.time - b.time || (a.id < b.id ? -1 : 1))
}

/** What the other owes the book's owner; negative: what the owner owes. */
export function balanceOf(book: readonly BookEntry[], currency: string): number {
  return book.reduce((sum, entry) => (entry.currency === currency ? sum + entry.minor : sum), 0)
}

/** An order that is not settled. */
export interface OpenItem {
  readonly order: string
  readonly seller: MerchantId
  readonly currency: string
  readonly owedMinor: number
  readonly paidMinor: number
  readonly dueAt: number // UTC seconds
}

/**
 * What is open of each order that one of the two sold: payments go where they say, the rest to the oldest. Negative
 * open amounts are what the seller owes back.
 */
export function openItems(
  seller: MerchantId,
  orders: readonly BookedOrder[],
  account: AccountState,
): { readonly items: readonly OpenItem[]; readonly unassigned: ReadonlyMap<string, number> } {
  const items = orders
    .filter(({ logs, state }) => logs.seller === seller && state.deal !== undefined && !state.test)
    .map(({ logs, state, terms }) => ({
      order: logs.order,
      seller,
      currency: terms.currency,
      owedMinor: owedMinor(state),
      paidMinor: 0,
      dueAt: (state.deal?.time ?? 0) + terms.payment.days * 86_400,
    }))
    .sort((a, b) => a.dueAt - b.dueAt || (a.order < b.order ? -1 : 1))
  const unassigned = new Map<string, number>()
  for (const { payment, status } of account.payments) {
    if (status !== 'counts' || payment.payer === seller) continue
    let left = payment.minor
    for (const { order, minor } of payment.orders ?? []) {
      const item = items.find((one) => one.order === order && one.currency === payment.currency)
      if (item === undefined) continue
      const part = Math.min(minor, left)
      item.paidMinor += part
      left -= part
    }
    unassigned.set(payment.currency, (unassigned.get(payment.currency) ?? 0) + left)
  }
  for (const item of items) {
    const free = unassigned.get(item.currency) ?? 0
    const part = Math.max(0, Math.min(free, item.owedMinor - item.paidMinor))
    item.paidMinor += part
    unassigned.set(item.currency, free - part)
  }
  return { items: items.filter((item) => item.owedMinor !== item.paidMinor), unassigned }
}

/**
 * What a partner may still owe, by the limit that its creditor set; `undefined`: no limit in this currency.
 * @param book the creditor's @param pendingMinor committed and not confirmed yet
 */
export function availableCredit(
  creditor: MerchantId,
  logs: Pick<AccountLogs, 'merchants'>,
  account: AccountState,
  book: readonly BookEntry[],
  currency: string,
  pendingMinor: number,
): number | undefined {
  const limit = account.limits[accountSideOf(logs, creditor)]
  if (limit === undefined || limit.currency !== currency) return undefined
  return Math.max(0, limit.minor - Math.max(0, balanceOf(book, currency)) - pendingMinor)
}
