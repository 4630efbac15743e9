import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Dialogue, now } from '../../../tests/simulation/orders/dialogue.ts'
import { compareHeads } from './order-desk.ts'
import { differences, headsOf, orderHeadsNoteSchema, toSend } from './order-exchange.ts'
import type { OrderLogs } from './order-fold.ts'
import { packParcels, parcelMessagesMax } from './order-parcel.ts'
import { isErased, logsOf, orderRowSchema, rowOf } from './order-row.ts'

const lines = [{ sku: 'kettle', quantity: 2, minor: 1_000 }]

function dealt(): Dialogue {
  const dialogue = new Dialogue()
  dialogue.deal(lines)
  dialogue.ship('seller', [{ line: 0, quantity: 2 }])
  dialogue.sync()
  return dialogue
}

const cut = (logs: OrderLogs, buyers: number, sellers: number): OrderLogs => ({
  ...logs,
  entries: [logs.entries[0].slice(0, buyers), logs.entries[1].slice(0, sellers)],
})

describe('logs that differ', () => {
  test('are found and repaired from the heads alone, whatever each side has lost', () => {
    fc.assert(
      fc.property(fc.nat(2), fc.nat(3), fc.nat(2), fc.nat(3), (b1, s1, b2, s2) => {
        const dialogue = dealt()
        const whole = dialogue.logs.buyer
        dialogue.logs.buyer = cut(whole, b1, s1)
        dialogue.logs.seller = cut(dialogue.logs.seller, b2, s2)
        // Heads go both ways until nothing is lacking.
        for (let round = 0; round < 3; round++) {
          const heads = {
            buyer: headsOf(dialogue.logs.buyer, 'buyer'),
            seller: headsOf(dialogue.logs.seller, 'seller'),
          }
          for (const [from, to] of [
            ['buyer', 'seller'],
            ['seller', 'buyer'],
          ] as const) {
            const lacking = toSend(dialogue.logs[from], differences(dialogue.logs[from], heads[to]))
            if (lacking.length > 0) dialogue.deliver(to, lacking, whole.documents)
          }
        }
        const { buyer, seller } = dialogue.logs
        expect(headsOf(buyer, 'buyer')).toEqual({ ...headsOf(seller, 'seller'), by: 'buyer' })
        expect(buyer.entries[0].length).toBe(Math.max(b1, b2))
        expect(seller.entries[1].length).toBe(Math.max(s1, s2))
      }),
      { numRuns: 20 },
    )
  })

  test('equal ones have nothing to send, and nothing to ask', () => {
    const { logs } = dealt()
    expect(compareHeads(logs.seller, headsOf(logs.buyer, 'buyer'))).toEqual({
      differences: [],
      parcels: [],
      heads: undefined,
    })
  })

  test('an order that is not known here is asked for', () => {
    const { logs } = dealt()
    const heads = headsOf(logs.buyer, 'buyer')
    const { heads: asked, parcels } = compareHeads(undefined, heads)
    expect(parcels).toEqual([])
    expect(asked).toEqual({ order: heads.order, by: 'seller' })
    expect(compareHeads(logs.buyer, asked as never).parcels).toHaveLength(1)
  })

  test('a fork is told apart from a log that is behind', () => {
    const [one, other] = [dealt(), new Dialogue()]
    other.deal(lines)
    other.pass(5)
    other.ship('seller', [{ line: 0, quantity: 1 }])
    const theirs = headsOf(other.logs.seller, 'seller')
    const found = differences(one.logs.buyer, theirs)
    expect(found.find(({ log }) => log === 'seller')).toEqual({
      log: 'seller',
      there: 0,
      here: true,
      isForked: true,
    })
    expect(
      toSend(
        one.logs.buyer,
        found.filter(({ isForked }) => isForked),
      ),
    ).toHaveLength(3)
    expect(differences(cut(one.logs.buyer, 2, 1), theirs)).toContainEqual({
      log: 'seller',
      there: undefined,
      here: true,
      isForked: false,
    })
  })

  test('a message that only waits here is told, so that its author does not give its seq to another', () => {
    const { logs } = dealt()
    const [buyers, sellers] = logs.seller.entries
    const waiting = { ...logs.seller, entries: [buyers.slice(1), sellers] } as OrderLogs
    const restored = { ...logs.buyer, entries: [[], []] } as OrderLogs
    expect(headsOf(waiting, 'seller').buyer).toEqual({ count: 1, top: 1 })
    expect(differences(restored, headsOf(waiting, 'seller'))).toContainEqual({
      log: 'buyer',
      there: undefined,
      here: true,
      isForked: false,
    })
    expect(differences(logs.buyer, headsOf(waiting, 'seller'))).toContainEqual({
      log: 'buyer',
      there: 0,
      here: false,
      isForked: false,
    })
  })

  test('any note is refused without harm', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(orderHeadsNoteSchema.safeParse(value).success).toBe(false)
      }),
    )
  })
})

describe('an order on the disk', () => {
  test('comes back as it was', () => {
    const { logs } = dealt()
    const row = orderRowSchema.parse(JSON.parse(JSON.stringify(rowOf(logs.buyer))))
    expect(logsOf(row)).toEqual(logs.buyer)
  })

  test('takes nothing more once its documents are erased', () => {
    const { logs } = dealt()
    expect(isErased(logs.buyer)).toBe(false)
    expect(isErased({ ...logs.buyer, documents: new Map() })).toBe(true)
  })

  test('is packed in as few parcels as their limits allow', () => {
    const dialogue = dealt()
    for (let times = 0; times < 20; times++) dialogue.say('buyer', { kind: 'complaint', reason: 'late' })
    const [buyers] = dialogue.logs.buyer.entries
    const parcels = packParcels(buyers, dialogue.logs.buyer.documents)
    expect(parcels).toHaveLength(Math.ceil(buyers.length / parcelMessagesMax))
    expect(dialogue.clocks.buyer).toBe(now)
  })
})
