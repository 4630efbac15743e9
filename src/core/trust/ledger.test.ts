import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { graphArbitrary, names } from '../../../tests/conformance/trust-arbitrary.ts'
import { type Reference, referenceFlow } from '../../../tests/conformance/trust-reference.ts'
import { Exposure } from './exposure.ts'
import { forever, TrustGraph } from './graph.ts'
import { type GraphFile, graphOf } from './graph-file.ts'
import { Ledger } from './ledger.ts'
import { type Context, contexts, isWithin, type Purpose } from './purpose.ts'

const at = 1_800_000_000
const others = names.slice(1)
const purposes: readonly Purpose[] = ['any', ...contexts.map((context) => ({ context }))]

/** All sets of merchants without the viewer. */
const sets = Array.from({ length: 2 ** others.length }, (_, bits) =>
  others.filter((_, index) => (bits & (1 << index)) !== 0),
).slice(1)

const moveArbitrary = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('reserve' as const),
      merchant: fc.constantFrom(...others),
      purpose: fc.constantFrom(...purposes),
      minor: fc.integer({ min: 1, max: 10 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('settle' as const, 'lose' as const, 'recover' as const),
      nth: fc.nat(20),
    }),
  },
)

function cutInto(reference: Reference, set: readonly string[]): number {
  return referenceFlow(reference, new Map(set.map((name) => [name, Number.POSITIVE_INFINITY])))
}

function demandOf(ledger: Ledger, purpose: Purpose, set: readonly string[]): number {
  return [...ledger.bookings]
    .filter((booking) => set.includes(booking.merchant) && isWithin(booking.purpose, purpose))
    .reduce((sum, { openMinor, lostMinor }) => sum + openMinor + lostMinor, 0)
}

const referenceOf = (file: GraphFile, purpose: Purpose): Reference => {
  const context: Context | undefined = purpose === 'any' ? undefined : purpose.context
  return { file, viewer: 'V', context, budgetMinor: 20 }
}

describe('the ledger', () => {
  const parameters = { currency: 'EUR', budgetMinor: 20 }

  test('never lets what is open and lost in any set exceed the cut into it, for any requests in any order', () => {
    fc.assert(
      fc.property(graphArbitrary, fc.array(moveArbitrary, { maxLength: 30 }), (file, moves) => {
        const exposure = new Exposure(graphOf(file, at, 'EUR'), 'V', parameters)
        const ledger = new Ledger()
        for (const [index, move] of moves.entries()) {
          if (move.kind === 'reserve') {
            const available = exposure.available(move.merchant, move.purpose, at, ledger)
            ledger.reserve(`${index}`, move.merchant, move, available)
          } else {
            const bookings = [...ledger.bookings]
            const { id } = bookings[move.nth % Math.max(1, bookings.length)] ?? { id: '' }
            ledger[move.kind](id)
          }
        }
        for (const purpose of purposes) {
          const reference = referenceOf(file, purpose)
          for (const set of sets) {
            const demand = demandOf(ledger, purpose, set)
            if (demand > 0) expect(demand).toBeLessThanOrEqual(cutInto(reference, set))
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  test('grants exactly what all sets with the merchant leave, also when demands do not fit any more', () => {
    const booked = fc.array(
      fc.record({ merchant: fc.constantFrom(...others), minor: fc.integer({ min: 1, max: 6 }) }),
      { maxLength: 5 },
    )
    fc.assert(
      fc.property(graphArbitrary, booked, fc.constantFrom(...others), (file, risks, merchant) => {
        const exposure = new Exposure(graphOf(file, at, 'EUR'), 'V', parameters)
        const ledger = new Ledger()
        for (const [index, risk] of risks.entries())
          ledger.reserve(`${index}`, risk.merchant, { minor: risk.minor, purpose: 'any' }, risk.minor)
        const reference = referenceOf(file, 'any')
        const least = sets
          .filter((set) => (set as readonly string[]).includes(merchant))
          .map((set) => cutInto(reference, set) - demandOf(ledger, 'any', set))
          .reduce((a, b) => Math.min(a, b))
        expect(exposure.available(merchant, 'any', at, ledger)).toBe(Math.max(0, least))
      }),
      { numRuns: 300 },
    )
  })

  test('gives a thousand sybils together no more than one', () => {
    const graph = new TrustGraph()
    const vouch = { minor: 500, currency: 'EUR', contexts, introduce: true, expiresAt: forever }
    const endorse = (from: string, to: string): void => {
      graph.setHead(from, forever)
      graph.endorse(from, to, vouch)
    }
    endorse('V', 'Anna')
    endorse('Anna', 'ring')
    for (let count = 0; count < 1_000; count++) {
      endorse('ring', `sybil ${count}`)
      endorse(`sybil ${count}`, `sybil ${(count + 1) % 1_000}`)
    }
    const exposure = new Exposure(graph, 'V', { currency: 'EUR', budgetMinor: 1_000 })
    const one = exposure.limit('sybil 7', 'any', at)
    expect(one).toBe(200)
    const ledger = new Ledger()
    let total = 0
    for (let count = 0; count < 1_000; count++) {
      const available = exposure.effective(`sybil ${count}`, 'any', at, ledger)
      const minor = Math.min(70, available)
      if (minor === 0) continue
      ledger.reserve(`${count}`, `sybil ${count}`, { minor, purpose: 'any' }, available)
      if (count % 2 === 0) ledger.lose(`${count}`)
      total += minor
    }
    expect(total).toBe(one)
    expect(exposure.effective('ring', 'any', at, ledger)).toBe(200) // its own share does not bound what ends there
  })

  test('counts every move, and refuses what is above the limit or known', () => {
    const ledger = new Ledger()
    const risk = { minor: 100, purpose: 'any' as const }
    expect(ledger.reserve('a', 'Anna', risk, 99)).toEqual({
      ok: false,
      reason: 'above-limit',
      availableMinor: 99,
    })
    expect(ledger.reserve('a', 'Anna', risk, 100)).toMatchObject({ ok: true })
    expect(ledger.reserve('a', 'Anna', risk, 100)).toEqual({ ok: false, reason: 'id-known' })
    expect(ledger.settle('a', 30)).toMatchObject({ openMinor: 70, lostMinor: 0 })
    expect(ledger.lose('a', 20)).toMatchObject({ openMinor: 50, lostMinor: 20 })
    expect(ledger.demands('any')).toEqual(new Map([['Anna', 70]]))
    expect(new Ledger(ledger.bookings).demands('any')).toEqual(new Map([['Anna', 70]]))
    expect(() => ledger.settle('a', 51)).toThrow(RangeError)
    expect(ledger.settle('a')).toMatchObject({ openMinor: 0, lostMinor: 20 })
    expect(ledger.recover('a')).toBeUndefined()
    expect([...ledger.bookings]).toEqual([])
    expect(ledger.settle('a')).toBeUndefined()
  })

  test('keeps the cut of a purpose and of all purposes together', () => {
    const graph = new TrustGraph()
    const vouch = { minor: 100, currency: 'EUR', introduce: true, expiresAt: forever }
    const scope = { countries: ['DE'] }
    graph.endorse('V', 'Anna', { ...vouch, contexts: ['delivery'], scope })
    graph.endorse('V', 'Ben', { ...vouch, contexts: ['delivery', 'payment'] })
    const exposure = new Exposure(graph, 'V', { currency: 'EUR', budgetMinor: 1_000 })
    const ledger = new Ledger()
    const delivery = { context: 'delivery' } as const
    const germany = { ...delivery, country: 'DE' }
    const left = (merchant: string, purpose: Purpose): number =>
      exposure.available(merchant, purpose, at, ledger)
    ledger.reserve('1', 'Ben', { minor: 60, purpose: { context: 'payment' } }, 60)
    expect(left('Ben', { context: 'payment' })).toBe(40)
    expect(left('Ben', delivery)).toBe(40)
    expect(left('Anna', delivery)).toBe(0)
    expect(left('Anna', germany)).toBe(100)
    ledger.reserve('2', 'Ben', { minor: 30, purpose: germany }, 30)
    expect(left('Ben', delivery)).toBe(10)
  })
})
