import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TestMerchant } from '../../../tests/simulation/merchants.ts'
import { stockShown } from './assortment.ts'
import { type Hold, StockLedger } from './order-stock.ts'

const [ben, cleo] = [new TestMerchant('Ben').id, new TestMerchant('Cleo').id]
const hold = (partner = ben, quantity = 2, placedAt?: number): Hold => ({
  partner,
  kind: 'reserved',
  lines: [{ sku: 'x', quantity }],
  placedAt,
})

describe('the stock ledger', () => {
  test('nobody is promised what is kept back, promised to others, or not allotted', () => {
    const ledger = new StockLedger()
    expect(ledger.availableFor('x', ben, {})).toBeUndefined()
    ledger.report('x', { stock: 10, reading: 1 })
    expect(ledger.availableFor('x', ben, { safetyStock: 3 })).toBe(7)
    ledger.hold('order 1', hold(cleo, 5))
    expect(ledger.availableFor('x', ben, { safetyStock: 3 })).toBe(2)
    ledger.hold('order 2', hold(ben, 1))
    expect(ledger.availableFor('x', ben, { countMax: 2 })).toBe(1)
    expect(ledger.availableFor('x', cleo, { countMax: 2 })).toBe(0)
    ledger.report('x', { stock: undefined, reading: 2 })
    expect(ledger.availableFor('x', ben, {})).toBeUndefined()
  })

  test('what the shop has is held until a reading that began later says so', () => {
    const ledger = new StockLedger()
    ledger.report('x', { stock: 10, reading: 1 })
    ledger.hold('order', hold(ben, 4))
    ledger.hold('order', hold(ben, 4, 2)) // placed while reading 2 was under way
    ledger.report('x', { stock: 10, reading: 2 })
    expect(ledger.availableFor('x', cleo, {})).toBe(6)
    ledger.report('x', { stock: 6, reading: 3 })
    expect(ledger.availableFor('x', cleo, {})).toBe(6)
    ledger.report('x', { stock: 10, reading: 2 }) // came late: the newer one stands
    expect(ledger.availableFor('x', cleo, {})).toBe(6)
    ledger.hold('order', hold(ben, 4, 2)) // the same again
    expect(ledger.availableFor('x', cleo, {})).toBe(6)
  })

  test('a hold is replaced, counted and given back', () => {
    const ledger = new StockLedger()
    ledger.report('x', { stock: 10, reading: 1 })
    ledger.hold('order', hold(ben, 4))
    ledger.hold('order', hold(ben, 1))
    expect(ledger.heldOf('x')).toBe(1)
    expect(ledger.reservationsOf(ben)).toBe(1)
    ledger.hold('order', { ...hold(ben, 1), kind: 'sold' })
    expect(ledger.reservationsOf(ben)).toBe(0)
    ledger.hold('order', undefined)
    expect(ledger.availableFor('x', ben, {})).toBe(10)
  })

  test('whoever takes what is available never gets more than there is', () => {
    const rule = fc.record({ safetyStock: fc.nat(5), countMax: fc.integer({ min: 1, max: 20 }) })
    const asks = fc.array(fc.tuple(fc.constantFrom(ben, cleo), fc.nat(8)), { maxLength: 20 })
    fc.assert(
      fc.property(fc.nat(30), rule, asks, (stock, rules, all) => {
        const ledger = new StockLedger()
        ledger.report('x', { stock, reading: 1 })
        for (const [index, [partner, quantity]] of all.entries())
          if (quantity <= (ledger.availableFor('x', partner, rules) ?? 0))
            ledger.hold(`${index}`, hold(partner, quantity))
        expect(ledger.heldOf('x')).toBeLessThanOrEqual(Math.max(0, stock - rules.safetyStock))
        for (const partner of [ben, cleo])
          expect(ledger.heldOf('x', partner)).toBeLessThanOrEqual(stockShown(stock, rules))
      }),
    )
  })
})
