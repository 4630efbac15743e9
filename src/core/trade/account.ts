import type { MerchantId } from '../identity/merchant-id.ts'
import type { Digest } from '../signature/digest.ts'
import {
  type AccountDocument,
  type AccountMessage,
  type AccountPayment,
  type AccountStatement,
  accountSides,
  type HeldAccountDocument,
} from './account-message.ts'
import { inOrder, type LinkedEntry, linkLogs, type Side, type TwoLogs } from './order-log.ts'

/** All that a node holds of its account with another merchant. */
export interface AccountLogs {
  /** Sorted, as {@link accountSides} says; the logs in the same order. */
  readonly merchants: readonly [MerchantId, MerchantId]
  readonly entries: TwoLogs<AccountMessage>
  readonly documents: ReadonlyMap<Digest, HeldAccountDocument>
}

/** A payment as both sides see it. */
export interface NotedPayment {
  readonly side: Side // who noted it
  readonly seq: number
  readonly payment: AccountPayment
  /** `noted`: by the payer, and not answered: it does not count. `counts`: its receiver has said so. */
  readonly status: 'noted' | 'counts' | 'refused'
  /** Since when it counts, UTC seconds. */
  readonly time: number
  /** The other's notice of the same payment, made at the same time. */
  readonly twin: number | undefined
}

export interface NotedStatement {
  readonly side: Side
  readonly seq: number
  readonly statement: AccountStatement
  readonly status: 'open' | 'agreed' | 'refused'
  /** What the other answered it differs in. */
  readonly differences: Digest | undefined
}

/** What both sides compute from both logs. Spec: protocol/records/account.md §3. */
export interface AccountState {
  readonly payments: readonly NotedPayment[]
  readonly statements: readonly NotedStatement[]
  /** What each of the two lets the other owe; the newest word counts. */
  readonly limits: readonly [AccountLimit | undefined, AccountLimit | undefined]
  readonly equivocators: readonly MerchantId[]
}

export interface AccountLimit {
  readonly minor: number
  readonly currency: string
}

export function openAccount(a: MerchantId, b: MerchantId): AccountLogs {
  return { merchants: accountSides(a, b), entries: [[], []], documents: new Map() }
}

export function accountSideOf({ merchants }: Pick<AccountLogs, 'merchants'>, merchant: MerchantId): Side {
  return merchants[0] === merchant ? 0 : 1
}

export function accountDocumentOf<T extends AccountDocument['type']>(
  { documents }: Pick<AccountLogs, 'documents'>,
  digest: Digest | undefined,
  type: T,
): Extract<AccountDocument, { type: T }> | undefined {
  const held = digest === undefined ? undefined : documents.get(digest)?.document
  return held?.type === type ? (held as Extract<AccountDocument, { type: T }>) : undefined
}

/** The state of an account: the same for the same messages, in whatever order they came. O(messages). */
export function foldAccount(logs: AccountLogs): AccountState {
  const linked = linkLogs(logs.entries)
  const payments: NotedPayment[] = []
  const statements: NotedStatement[] = []
  const limits: [AccountLimit | undefined, AccountLimit | undefined] = [undefined, undefined]
  for (const [side, { message }] of inOrder(linked, 0)) {
    const { seq, time } = message
    switch (message.kind) {
      case 'payment': {
        const payment = accountDocumentOf(logs, message.content, 'mosaic/account-payment')
        if (payment === undefined) break
        // Who says "I got it" says so against its own interest.
        const status = logs.merchants[side] === payment.payer ? 'noted' : 'counts'
        payments.push({ side, seq, payment, status, time, twin: undefined })
        break
      }
      case 'limit': {
        const limit = accountDocumentOf(logs, message.content, 'mosaic/account-limit')
        if (limit !== undefined) limits[side] = { minor: limit.minor, currency: limit.currency }
        break
      }
      case 'statement': {
        const statement = accountDocumentOf(logs, message.content, 'mosaic/account-statement')
        if (statement !== undefined)
          statements.push({ side, seq, statement, status: 'open', differences: undefined })
        break
      }
      case 'answer':
        answer(payments, statements, side, message)
    }
  }
  const equivocators = linked.forks.map(({ side }) => logs.merchants[side])
  return {
    payments: withTwins(payments, linked.logs),
    statements,
    limits,
    equivocators: [...new Set(equivocators)],
  }
}

function answer(
  payments: NotedPayment[],
  statements: NotedStatement[],
  side: Side,
  { re, verdict, time, content }: Extract<AccountMessage, { kind: 'answer' }>,
): void {
  const paid = payments.findIndex((one) => one.side !== side && one.seq === re)
  const payment = payments[paid]
  if (payment !== undefined)
    payments[paid] =
      verdict === 'refused' ? { ...payment, status: 'refused' } : { ...payment, status: 'counts', time }
  const said = statements.findIndex((one) => one.side !== side && one.seq === re && one.status === 'open')
  const statement = statements[said]
  if (statement !== undefined) statements[said] = { ...statement, status: verdict, differences: content }
}

/**
 * Two notices of one payment that had not seen each other count once. The same payer, amount, currency and reference
 * make them one; which ones belong together follows from their seq.
 */
function withTwins(
  payments: readonly NotedPayment[],
  logs: readonly [readonly LinkedEntry<AccountMessage>[], readonly LinkedEntry<AccountMessage>[]],
): readonly NotedPayment[] {
  const seconds = payments.filter(({ side }) => side === 1)
  const twins = new Map<NotedPayment, NotedPayment>()
  for (const first of payments.filter(({ side }) => side === 0)) {
    const twin = seconds.find(
      (second) => !twins.has(second) && isSame(first.payment, second.payment) && crossed(first, second, logs),
    )
    if (twin === undefined) continue
    twins.set(twin, first)
    twins.set(first, twin)
  }
  return payments.flatMap((payment) => {
    const twin = twins.get(payment)
    if (twin === undefined) return [payment]
    if (payment.side === 1) return []
    const refused = payment.status === 'refused' || twin.status === 'refused'
    const time = Math.max(payment.time, twin.time)
    return [{ ...payment, status: refused ? 'refused' : 'counts', time, twin: twin.seq }]
  })
}

function isSame(a: AccountPayment, b: AccountPayment): boolean {
  return (
    a.payer === b.payer && a.minor === b.minor && a.currency === b.currency && a.reference === b.reference
  )
}

function crossed(
  first: NotedPayment,
  second: NotedPayment,
  logs: readonly [readonly LinkedEntry<AccountMessage>[], readonly LinkedEntry<AccountMessage>[]],
): boolean {
  const seenByFirst = logs[0][first.seq]?.seenCount ?? 0
  const seenBySecond = logs[1][second.seq]?.seenCount ?? 0
  return seenByFirst <= second.seq && seenBySecond <= first.seq
}

/** The other's open notice of the payment that this side is about to note: answer it instead. */
export function openNoticeOf(
  state: AccountState,
  side: Side,
  payment: AccountPayment,
): NotedPayment | undefined {
  return state.payments.find(
    (noted) => noted.side !== side && noted.status === 'noted' && isSame(noted.payment, payment),
  )
}

export type AccountMoveProblem =
  | 're' // it answers nothing that is open
  | 'payer' // a payer that is not one of the two
  | 'content'

/** Whether a message may be said in the state of its causal past. Source: protocol/records/account.md §3. */
export function accountMoveProblem(
  state: AccountState,
  logs: Pick<AccountLogs, 'merchants' | 'documents'>,
  message: AccountMessage,
): AccountMoveProblem | undefined {
  const side = accountSideOf(logs, message.from)
  if (message.kind === 'payment') {
    const payment = accountDocumentOf(logs, message.content, 'mosaic/account-payment')
    if (payment === undefined) return 'content'
    return logs.merchants.includes(payment.payer) ? undefined : 'payer'
  }
  if (message.kind !== 'answer') return undefined
  const isTheirs = (one: { side: Side; seq: number }): boolean => one.side !== side && one.seq === message.re
  const payment = state.payments.find(isTheirs)
  // What was received may be refused by who is said to have paid it.
  if (payment !== undefined) return payment.status === 'refused' ? 're' : undefined
  const statement = state.statements.find(isTheirs)
  if (statement?.status !== 'open') return 're'
  return (message.verdict === 'refused') === (message.content !== undefined) ? undefined : 'content'
}
