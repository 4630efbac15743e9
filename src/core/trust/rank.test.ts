import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  endorsementArbitrary,
  graphArbitrary,
  names,
  questionArbitrary,
} from '../../../tests/conformance/trust-arbitrary.ts'
import { referenceRanks } from '../../../tests/conformance/trust-reference.ts'
import type { Question } from './counted.ts'
import type { TrustGraph } from './graph.ts'
import { type GraphFile, graphOf } from './graph-file.ts'
import { LiveRanks } from './live-ranks.ts'
import { ranksFromScratch } from './rank.ts'

const at = 1_800_000_000
const parameters = { currency: 'EUR', budgetMinor: 'uncapped' } as const

function questionOf(graph: TrustGraph): Question {
  return { graph, viewer: graph.numberOf('V'), purpose: 'any', parameters, at }
}

describe('ranks', () => {
  test('from scratch are within the stated error of the true ones', () => {
    fc.assert(
      fc.property(questionArbitrary, ({ file, context }) => {
        const graph = graphOf(file, at, 'EUR')
        const purpose = context === undefined ? 'any' : { context }
        const ranks = ranksFromScratch({ ...questionOf(graph), purpose })
        const wanted = referenceRanks({ file, viewer: 'V', context, budgetMinor: 'uncapped' })
        for (const name of names) {
          const off = Math.abs(ranks.rankOf(graph.numberOf(name)) - (wanted.get(name) ?? 0) * 1e9)
          expect(off).toBeLessThanOrEqual(ranks.errorMax + 1)
        }
        expect(ranks.errorMax).toBeLessThan(1e6) // a thousandth of all
      }),
      { numRuns: 1_000 },
    )
  })

  test('kept up to date are within the stated error of the true ones, whatever changes', () => {
    const change = fc.record({ endorsement: endorsementArbitrary, withdraw: fc.boolean() })
    fc.assert(
      fc.property(graphArbitrary, fc.array(change, { maxLength: 40 }), (start, changes) => {
        const graph = graphOf(start, at, 'EUR')
        for (const name of names) graph.setHead(name, 0xffff_ffff)
        const held = new Map(start.endorsements.map((one) => [`${one.from} ${one.to}`, one]))
        const live = new LiveRanks(questionOf(graph))
        for (const { endorsement, withdraw } of changes) {
          const { from, to, amountMinor, introduce, contexts } = endorsement
          if (withdraw) held.delete(`${from} ${to}`)
          else held.set(`${from} ${to}`, endorsement)
          live.change(from, () => {
            if (withdraw) graph.withdraw(from, to)
            else
              graph.endorse(from, to, {
                minor: amountMinor,
                currency: 'EUR',
                introduce,
                contexts,
                expiresAt: 0xffff_ffff,
              })
          })
        }
        const file: GraphFile = { endorsements: [...held.values()], disputes: [] }
        const wanted = referenceRanks({ file, viewer: 'V', budgetMinor: 'uncapped' })
        for (const name of names) {
          const off = Math.abs(live.rankOf(graph.numberOf(name)) - (wanted.get(name) ?? 0))
          expect(off).toBeLessThanOrEqual(live.errorMax + 1e-9)
        }
        expect(live.errorMax).toBeLessThan(1e-3)
      }),
      { numRuns: 500 },
    )
  })

  test('of merchants out of reach are 0', () => {
    const graph = graphOf({ endorsements: [], disputes: [] }, at, 'EUR')
    const ranks = ranksFromScratch({ ...questionOf(graph), viewer: graph.numberOf('V') })
    expect(ranks.rankOf(graph.numberOf('V'))).toBe(1_000_000_000)
    expect(ranks.rankOf(graph.numberOf('stranger'))).toBe(0)
  })

  test('give a ring of sybils behind one endorsement no more than that endorsement carries', () => {
    const endorse = (from: string, to: string): GraphFile['endorsements'][number] => ({
      from,
      to,
      amountMinor: 1,
      introduce: true,
      contexts: ['delivery'],
    })
    const honest = ['Anna', 'Ben', 'Cleo', 'Dora'].map((name) => endorse('V', name))
    const ring = Array.from({ length: 100 }, (_, index) => [
      endorse(`sybil ${index}`, `sybil ${(index + 1) % 100}`),
      endorse(`sybil ${index}`, `sybil ${(index + 17) % 100}`),
    ]).flat()
    const graph = graphOf(
      { endorsements: [...honest, endorse('Anna', 'sybil 0'), ...ring], disputes: [] },
      at,
      'EUR',
    )
    const ranks = ranksFromScratch(questionOf(graph))
    const sybils = Array.from({ length: 100 }, (_, index) => ranks.rankOf(graph.numberOf(`sybil ${index}`)))
    const all = sybils.reduce((sum, rank) => sum + rank, 0)
    // What goes on from Anna at all is as much as what ends with her.
    expect(all).toBeLessThanOrEqual(ranks.rankOf(graph.numberOf('Anna')) + ranks.errorMax)
    expect(Math.max(...sybils)).toBeLessThan(ranks.rankOf(graph.numberOf('Ben')))
  })
})
