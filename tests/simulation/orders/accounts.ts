import {
  type AccountLogs,
  type AccountState,
  accountSideOf,
  foldAccount,
  openAccount,
  openNoticeOf,
} from '../../../src/core/trade/account.ts'
import {
  type AccountWords,
  admitAccountParcel,
  sayInAccount,
} from '../../../src/core/trade/account-admission.ts'
import { type BookEntry, bookOf } from '../../../src/core/trade/account-book.ts'
import {
  accountHeadsOf,
  accountHeadsSchema,
  compareAccountHeads,
} from '../../../src/core/trade/account-exchange.ts'
import {
  type AccountDocument,
  type HeldAccountDocument,
  readAccountDocument,
} from '../../../src/core/trade/account-message.ts'
import { differencesOf, statementOf } from '../../../src/core/trade/account-statement.ts'
import { documentOf } from '../../../src/core/trade/order-effects.ts'
import type { SimMerchant } from './merchant.ts'
import { simulationPrimitives as primitives } from './primitives.ts'

/** A merchant's accounts with the others: payments noted, answered, statements. Rows `account/<name>/<n>`. */
export class SimAccounts {
  readonly logs = new Map<string, AccountLogs>()
  readonly #node: SimMerchant
  /** With whom nothing of the account was lacking when heads came last, since the start. */
  readonly #whole = new Set<string>()

  constructor(node: SimMerchant) {
    this.#node = node
  }

  load(): void {
    this.#whole.clear()
    this.logs.clear()
    for (const [key, text] of this.#node.disk.entries('account/')) {
      const name = key.slice(0, key.indexOf('/'))
      const admission = admitAccountParcel(primitives, this.with(name), text, {
        self: this.#node.id,
        keyLogOf: (merchant) => this.#node.keyLogOf(merchant),
        now: this.#node.now + 1_000,
      })
      if (admission.verdict === 'new') this.logs.set(name, admission.logs)
    }
  }

  with(name: string): AccountLogs {
    return this.logs.get(name) ?? openAccount(this.#node.id, this.#node.peer(name).id)
  }

  stateWith(name: string): AccountState {
    return foldAccount(this.with(name))
  }

  bookWith(name: string): readonly BookEntry[] {
    const peer = this.#node.peer(name)
    const orders = [...this.#node.orders.values()].flatMap(({ logs, state }) => {
      const terms = documentOf(logs.documents, state.terms, 'mosaic/order-terms')
      const isShared = logs.buyer === peer.id || logs.seller === peer.id
      return isShared && terms !== undefined ? [{ logs, state, terms }] : []
    })
    return bookOf(this.#node.id, this.with(name), orders, this.stateWith(name))
  }

  receive(from: string, text: string): 'stored' | 'refused' | 'later' {
    const logs = this.with(from)
    const { id, now } = this.#node
    const keyLogOf = this.#node.keyLogOf.bind(this.#node)
    const admission = admitAccountParcel(primitives, logs, text, { self: id, keyLogOf, now })
    if (admission.verdict === 'known') return 'stored'
    if (admission.verdict === 'reject') {
      if (admission.reason === 'gap') return 'later'
      this.#node.refusals.push(`account: ${admission.reason} ${admission.message}`)
      return 'refused'
    }
    if (admission.dropped.length > 0) this.#node.refusals.push(JSON.stringify(admission.dropped))
    this.#store(from, admission.logs, text, [])
    if (admission.gap) this.sendHeads(from)
    return 'stored'
  }

  receiveHeads(from: string, value: object): void {
    const logs = this.with(from)
    const { parcels, isLacking } = compareAccountHeads(logs, accountHeadsSchema.parse(value))
    for (const text of parcels)
      this.#node.world.network.send(this.#node.name, from, { kind: 'text', id: '', text })
    if (isLacking) this.sendHeads(from)
    if (isLacking) this.#whole.delete(from)
    else this.#whole.add(from)
  }

  /** Whether all of the account is there, as far as the other's last heads say. */
  isWholeWith(name: string): boolean {
    return this.#whole.has(name)
  }

  sendHeads(to: string): void {
    const text = JSON.stringify(accountHeadsOf(this.with(to)))
    this.#node.world.network.send(this.#node.name, to, { kind: 'note', text })
  }

  /** Notes a payment of one of the two, or answers the other's notice of it. */
  pay(name: string, isReceived: boolean, minor: number, reference: string): void {
    const peer = this.#node.peer(name)
    const document = this.#document({
      type: 'mosaic/account-payment',
      v: 1,
      salt: this.#node.salt(),
      payer: isReceived ? peer.id : this.#node.id,
      minor,
      currency: 'EUR',
      paidAt: this.#node.now,
      reference,
    })
    if (document.document.type !== 'mosaic/account-payment') return
    const notice = openNoticeOf(this.stateWith(name), this.#side(name), document.document)
    if (notice === undefined) this.#say(name, { kind: 'payment' }, document)
    else this.#say(name, { kind: 'answer', re: notice.seq, verdict: isReceived ? 'agreed' : 'refused' })
  }

  /** Answers whatever of the other is open; a statement only by comparing it with the own book. */
  answer(name: string): void {
    const state = this.stateWith(name)
    const side = this.#side(name)
    const noted = state.payments.find((one) => one.side !== side && one.status === 'noted')
    if (noted !== undefined) {
      this.#say(name, { kind: 'answer', re: noted.seq, verdict: 'agreed' })
      return
    }
    const open = state.statements.find((one) => one.side !== side && one.status === 'open')
    if (open === undefined) return
    const items = differencesOf(state, side, this.bookWith(name), open.statement)
    if (items.length === 0) this.#say(name, { kind: 'answer', re: open.seq, verdict: 'agreed' })
    else
      this.#say(
        name,
        { kind: 'answer', re: open.seq, verdict: 'refused' },
        this.#document({
          type: 'mosaic/account-differences',
          v: 1,
          salt: this.#node.salt(),
          items: [...items],
        }),
      )
  }

  state(name: string): void {
    const state = this.stateWith(name)
    if (state.statements.some(({ status }) => status === 'open')) return
    const about = { currency: 'EUR', until: this.#node.now, salt: this.#node.salt() }
    const statement = statementOf(state, this.#side(name), this.bookWith(name), about)
    this.#say(name, { kind: 'statement' }, this.#document(statement))
  }

  #say(name: string, words: AccountWords, document?: HeldAccountDocument): void {
    if (this.#node.restoringFrom.size > 0) return
    const { id: self, now } = this.#node
    const keyEvent = this.#node.identity.log.current.digest
    const sign = <T extends object>(body: T) => this.#node.sign(body)
    const said = sayInAccount({ primitives, self, keyEvent, now, sign }, this.with(name), words, document)
    if (!said.ok) return
    this.#store(name, said.logs, said.parcel, [{ to: name, text: said.parcel }])
    this.#node.flush()
  }

  #store(
    name: string,
    logs: AccountLogs,
    parcel: string,
    outgoing: readonly { to: string; text: string }[],
  ): void {
    const { writes, placed } = this.#node.outbox.add(outgoing)
    const number = logs.entries[0].length + logs.entries[1].length
    this.#node.disk.write(new Map([[`account/${name}/${number}`, parcel], ...writes]))
    placed()
    this.logs.set(name, logs)
  }

  #side(name: string): 0 | 1 {
    return accountSideOf(this.with(name), this.#node.id)
  }

  #document(document: AccountDocument): HeldAccountDocument {
    const held = readAccountDocument(primitives, document)
    if (held === undefined) throw new Error(`not a document: ${document.type}`)
    return held
  }
}

/** All texts of an account, for comparing both sides. */
export function textsOf({ entries }: AccountLogs): string {
  return JSON.stringify(entries.map((log) => log.map(({ text }) => text)))
}
