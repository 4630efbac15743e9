import { type BookEntry, balanceOf } from '../../../src/core/trade/account-book.ts'
import { standingOf } from '../../../src/core/trade/basket.ts'
import { admitParcel } from '../../../src/core/trade/order-admission.ts'
import { foldOrder, type OrderLogs } from '../../../src/core/trade/order-fold.ts'
import { packParcels, readParcel } from '../../../src/core/trade/order-parcel.ts'
import { isAllCancelled } from '../../../src/core/trade/order-quantities.ts'
import { orderKey } from '../../../src/core/trade/order-row.ts'
import { textsOf } from './accounts.ts'
import type { HeldOrder, SimMerchant } from './merchant.ts'
import { simulationPrimitives as primitives } from './primitives.ts'
import { safetyStock } from './seller.ts'

const requests = new Set(['asked', 'reserving', 'committed'])

/**
 * Never more is promised than the shop reported less the safety stock: what a reading said, less what the shop gave
 * away after the reading began, less what is promised and not with the shop yet.
 */
export function stockViolations(seller: SimMerchant, key: string): string[] {
  const promised = seller.orders.get(key)
  const terms = promised === undefined ? undefined : seller.termsOf(promised)
  if (terms === undefined || promised?.logs.test) return []
  return terms.lines.flatMap(({ sku }) => {
    const reading = seller.seller.readings.get(sku)
    // An order on acceptance may be taken though nobody knows what there is.
    if (reading === undefined)
      return promised?.state.phase === 'committed' ? [] : [`${seller.name} promised ${sku} without a report`]
    const gone = seller.seller.shop.journal
      .slice(reading.journal)
      .reduce((sum, line) => sum + (line.sku === sku ? line.quantity : 0), 0)
    let open = 0
    for (const [other, held] of seller.orders)
      if (
        held.logs.seller === seller.id &&
        !held.logs.test &&
        !seller.seller.shop.has(other) &&
        isPromise(seller, other, held)
      )
        open += seller.termsOf(held)?.lines.find((line) => line.sku === sku)?.quantity ?? 0
    const left = reading.stock - gone - open
    return left < safetyStock ? [`${seller.name} promised ${sku}: ${left} left of ${reading.stock}`] : []
  })
}

function isPromise(seller: SimMerchant, key: string, { state }: HeldOrder): boolean {
  if (state.phase === 'reserved') return seller.now < (state.offer?.until ?? 0)
  if (state.phase === 'committed') return state.request?.on?.kind === 'reserved' || seller.seller.isAsked(key)
  return state.phase === 'confirmed'
}

/** No reservation outlives its time on the seller's clock, but for the moment until its node looks. */
export function reservationViolations(seller: SimMerchant, graceSeconds: number): string[] {
  return [...seller.orders.values()].flatMap(({ logs, state }) => {
    const isOver = logs.seller === seller.id && state.phase === 'reserved'
    return isOver && seller.now > (state.offer?.until ?? 0) + graceSeconds
      ? [`${seller.name} still holds ${logs.order}`]
      : []
  })
}

/** What must hold once everything has been delivered. */
export function violationsAfterHealing(merchants: readonly SimMerchant[]): string[] {
  return [
    ...merchants.flatMap(({ name, refusals }) => refusals.map((refusal) => `${name} refused: ${refusal}`)),
    ...merchants.flatMap((one) =>
      one.outbox.size > 0 ? [`${one.name} has ${one.outbox.size} texts to send`] : [],
    ),
    ...agreement(merchants),
    ...merchants.flatMap(ownOrders),
    ...merchants.flatMap((one) => reservationViolations(one, 0)),
    ...merchants.flatMap(baskets),
    ...balances(merchants),
  ]
}

/** Both sides hold the same logs and fold them to the same state, in any order of arrival. */
function agreement(merchants: readonly SimMerchant[]): string[] {
  const found: string[] = []
  for (const one of merchants)
    for (const [key, held] of one.orders) {
      const other = merchants.find(
        ({ id }) => id !== one.id && (id === held.logs.buyer || id === held.logs.seller),
      )
      const copy = other?.orders.get(key)
      if (copy === undefined) {
        if (held.state.phase !== 'none') found.push(`${one.name} alone has ${key} in ${held.state.phase}`)
        continue
      }
      const texts = (logs: OrderLogs): string =>
        JSON.stringify(logs.entries.map((log) => log.map(({ text }) => text)))
      if (texts(held.logs) !== texts(copy.logs)) found.push(`the logs of ${key} differ`)
      if (JSON.stringify(held.state) !== JSON.stringify(copy.state)) found.push(`the states of ${key} differ`)
      if (held.state.equivocators.length > 0) found.push(`${key} has an equivocator`)
      if (requests.has(held.state.phase)) found.push(`${key} waits in ${held.state.phase} for ever`)
      // The other's copy is the same: once is enough.
      if (one.id === held.logs.seller) found.push(...replay(key, held, merchants))
    }
  return found
}

/** The whole log verifies from nothing, the last message first. */
function replay(key: string, { logs, state }: HeldOrder, merchants: readonly SimMerchant[]): string[] {
  const entries = [...logs.entries[1].toReversed(), ...logs.entries[0].toReversed()]
  let again: OrderLogs | undefined
  for (const entry of entries.slice(0, 30)) {
    const read = readParcel(packParcels([entry], logs.documents)[0] ?? '')
    if (!read.ok) return [`a parcel of ${key} cannot be read`]
    const [self, sender] = [logs.buyer, logs.seller]
    const keyLogOf = (id: string) => merchants.find((one) => one.id === id)?.identity.log
    const now = 2_000_000_000
    const admission = admitParcel(primitives, again, read.parcel, { self, sender, keyLogOf, now })
    if (admission.verdict === 'reject') return [`${key} does not verify: ${admission.message}`]
    if (admission.verdict === 'new') again = admission.logs
  }
  const same = again !== undefined && JSON.stringify(foldOrder(again)) === JSON.stringify(state)
  return same || entries.length > 30 || entries.length === 0
    ? []
    : [`${key} folds to another state in another order`]
}

/** The shop has what was sold, once, and nothing else; nothing took effect after its time. */
function ownOrders(seller: SimMerchant): string[] {
  const found: string[] = []
  for (const [key, { logs, state }] of seller.orders) {
    for (const { message } of logs.entries[1]) {
      if (!('re' in message) || message.re === undefined) continue
      const request = logs.entries[0].find((entry) => entry.message.seq === message.re)?.message
      const binds = message.kind === 'reserved' || message.kind === 'confirm'
      if (binds && request !== undefined && 'notAfter' in request && message.time > request.notAfter)
        found.push(`${key}: ${message.kind} after notAfter`)
    }
    if (logs.seller !== seller.id) continue
    if (isSoldTooLate(logs)) found.push(`${key} was sold on a reservation that was over`)
    const isSold = state.deal !== undefined && !isAllCancelled(state)
    if (isSold !== seller.seller.shop.has(key)) found.push(`${key} is ${state.phase}, and the shop disagrees`)
  }
  for (const key of seller.seller.shop.orders.keys())
    if (seller.seller.shop.has(key) && !seller.orders.has(key))
      found.push(`the shop has ${key}, and the node does not`)
  return found
}

/** A commit that the seller stored after its reservation was over, and confirmed all the same. */
function isSoldTooLate({ entries: [buyers, sellers] }: OrderLogs): boolean {
  return sellers.some(({ message: confirm }) => {
    if (confirm.kind !== 'confirm') return false
    const commit = buyers.find(({ message }) => message.seq === confirm.re)
    if (commit?.message.kind !== 'commit' || commit.message.re === undefined) return false
    const reserved = sellers.find(
      ({ message }) => message.seq === (commit.message as { re?: number }).re,
    )?.message
    // After a backup was restored, both came back later than they were made.
    const isFirst = commit.at <= confirm.time
    return reserved?.kind === 'reserved' && isFirst && commit.at >= reserved.time + reserved.ttlSeconds
  })
}

/** All or none, or as the merchant chose. */
function baskets(buyer: SimMerchant): string[] {
  return [...buyer.buyer.baskets.values()].flatMap((basket) => {
    const parts = basket.parts.map(({ seller, order }) =>
      buyer.orders.get(orderKey({ order, seller, buyer: buyer.id })),
    )
    const standing = parts.map(standingOf)
    const dealt = parts.filter((part) => part?.state.deal !== undefined).length
    if (standing.some((is) => is === 'waiting' || is === 'reserved' || is === 'committed'))
      return [`basket ${basket.id} is not settled: ${standing.join(', ')}`]
    if (basket.decided !== 'commit' && dealt > 0) return [`basket ${basket.id} bought without deciding to`]
    const kept = standing.filter((is) => is === 'confirmed').length
    const isPartial = kept > 0 && kept < parts.length
    // What has left the supplier meanwhile is no longer cancelled but returned.
    const untouched = parts.filter(
      (part, at) => standing[at] === 'confirmed' && part?.state.lines.every(({ shipped }) => shipped === 0),
    ).length
    const failed = standing.some((is) => is === 'failed')
    return isPartial && failed && basket.onPartial === 'cancel' && untouched > 0
      ? [`basket ${basket.id} kept a part: ${standing.join(', ')}`]
      : []
  })
}

/** What one is owed the other owes: the same entries with opposite amounts, and the same statements. */
function balances(merchants: readonly SimMerchant[]): string[] {
  return merchants.flatMap((one) =>
    merchants.flatMap((other) => {
      if (one.name >= other.name) return []
      const [mine, theirs] = [one.accounts.bookWith(other.name), other.accounts.bookWith(one.name)]
      const found: string[] = []
      if (textsOf(one.accounts.with(other.name)) !== textsOf(other.accounts.with(one.name)))
        found.push(`the account logs of ${one.name} and ${other.name} differ`)
      const opposite = theirs.map(({ minor, ...entry }) => ({ ...entry, minor: -minor }))
      if (JSON.stringify(sorted(mine)) !== JSON.stringify(sorted(opposite)))
        found.push(`the books of ${one.name} and ${other.name} differ`)
      const [owed, owes] = [balanceOf(mine, 'EUR'), balanceOf(theirs, 'EUR')]
      if (owed + owes !== 0) found.push(`${one.name} is owed ${owed}, ${other.name} ${owes}`)
      const state = JSON.stringify(one.accounts.stateWith(other.name))
      if (state !== JSON.stringify(other.accounts.stateWith(one.name)))
        found.push(`the accounts of ${one.name} and ${other.name} differ`)
      return found
    }),
  )
}

function sorted(book: readonly BookEntry[]): unknown[] {
  return book.map(({ id, minor, currency, time }) => [id, minor, currency, time])
}
