import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  endorsementArbitrary,
  graphArbitrary,
  names,
  questionArbitrary,
} from '../../../tests/conformance/trust-arbitrary.ts'
import {
  edgesOf,
  explanationProblems,
  type Reference,
  referenceDisputes,
  referenceLimit,
} from '../../../tests/conformance/trust-reference.ts'
import { type Evaluation, evaluate, type TargetView } from './evaluate.ts'
import { Exposure } from './exposure.ts'
import { forever, headCountsSeconds, headFreshSeconds, TrustGraph, type Vouch } from './graph.ts'
import type { GraphFile } from './graph-file.ts'

const at = 1_800_000_000
const others = names.slice(1)
const runs = { numRuns: 2_000 }

function evaluated({ file, viewer, context, budgetMinor }: Reference): Evaluation {
  return evaluate(file, {
    viewer,
    targets: others,
    purpose: context === undefined ? 'any' : { context },
    at,
    parameters: { currency: 'EUR', budgetMinor },
  })
}

function limitsOf(reference: Reference): number[] {
  const { targets } = evaluated(reference)
  return others.map((name) => targets[name]?.limitMinor ?? Number.NaN)
}

describe('limits', () => {
  test('are those of the words of the spec, and so are dispute signals', () => {
    fc.assert(
      fc.property(questionArbitrary, (question) => {
        const { targets } = evaluated(question)
        for (const name of others) {
          const limit = referenceLimit(question, name)
          const disputed = referenceDisputes(question, name)
          const direct = edgesOf(question).find(({ from, to }) => from === 'V' && to === name)?.minor ?? 0
          expect(targets[name]).toMatchObject({
            limitMinor: limit,
            disputeMinor: disputed,
            effectiveMinor: Math.min(limit, Math.max(direct, limit - disputed)),
          })
        }
      }),
      runs,
    )
  })

  test('come with paths and a cut that hold and sum to them', () => {
    fc.assert(
      fc.property(questionArbitrary, (question) => {
        const { targets } = evaluated(question)
        for (const name of others)
          expect(explanationProblems(question, name, targets[name] as TargetView)).toEqual([])
      }),
      runs,
    )
  })

  test('never fall when an endorsement is added, nor rise when one is withdrawn', () => {
    fc.assert(
      fc.property(questionArbitrary, endorsementArbitrary, (question, added) => {
        const { endorsements, disputes } = question.file
        const without = endorsements.filter(({ from, to }) => from !== added.from || to !== added.to)
        const fewer = limitsOf({ ...question, file: { endorsements: without, disputes } })
        const more = limitsOf({ ...question, file: { endorsements: [...without, added], disputes } })
        for (const [index, limit] of fewer.entries()) expect(more[index]).toBeGreaterThanOrEqual(limit)
      }),
      runs,
    )
  })

  test('do not depend on the order in which statements come, nor do paths, cuts and ranks', () => {
    const all = <T>(list: readonly T[]): fc.Arbitrary<T[]> =>
      fc.shuffledSubarray([...list], { minLength: list.length })
    const shuffled = questionArbitrary.chain((question) =>
      fc
        .record({ endorsements: all(question.file.endorsements), disputes: all(question.file.disputes) })
        .map((file) => ({ question, other: { ...question, file } })),
    )
    fc.assert(
      fc.property(shuffled, ({ question, other }) => {
        expect(evaluated(other)).toStrictEqual(evaluated(question))
      }),
      runs,
    )
  })

  test('follow each change of a graph as if it were built anew', () => {
    const change = fc.oneof(
      endorsementArbitrary.map((endorsement) => ({ kind: 'endorse' as const, endorsement })),
      endorsementArbitrary.map((endorsement) => ({ kind: 'withdraw' as const, endorsement })),
      fc.constant({ kind: 'ask' as const }),
    )
    fc.assert(
      fc.property(graphArbitrary, fc.array(change, { maxLength: 40 }), (start, changes) => {
        const parameters = { currency: 'EUR', budgetMinor: 30 }
        const graph = new TrustGraph()
        for (const name of names) graph.setHead(name, forever)
        const held = new Map<string, GraphFile['endorsements'][number]>()
        const exposure = new Exposure(graph, 'V', parameters)
        const endorse = (one: GraphFile['endorsements'][number]): void => {
          held.set(`${one.from} ${one.to}`, one)
          graph.endorse(one.from, one.to, vouchOf(one))
        }
        start.endorsements.forEach(endorse)
        for (const next of [...changes, { kind: 'ask' as const }]) {
          if (next.kind === 'endorse') endorse(next.endorsement)
          else if (next.kind === 'withdraw') {
            held.delete(`${next.endorsement.from} ${next.endorsement.to}`)
            graph.withdraw(next.endorsement.from, next.endorsement.to)
          } else {
            const file = { endorsements: [...held.values()], disputes: [] }
            const limits = others.map((name) => exposure.limit(name, 'any', at))
            expect(limits).toEqual(limitsOf({ file, viewer: 'V', budgetMinor: 30 }))
          }
        }
      }),
      { numRuns: 500 },
    )
  })
})

function vouchOf({ amountMinor, introduce, contexts }: GraphFile['endorsements'][number]): Vouch {
  return { minor: amountMinor, currency: 'EUR', introduce, contexts, expiresAt: forever }
}

describe('what counts', () => {
  const euros = (minor: number, over: Partial<Vouch> = {}): Vouch => ({
    minor,
    currency: 'EUR',
    contexts: ['delivery'],
    introduce: true,
    expiresAt: at + 1_000,
    ...over,
  })
  const chain = (): TrustGraph => {
    const graph = new TrustGraph()
    graph.setHead('Anna', at)
    graph.endorse('V', 'Anna', euros(1_000))
    graph.endorse('Anna', 'Ben', euros(100))
    return graph
  }
  const parameters = { currency: 'EUR', budgetMinor: 1_000 }
  const limitAt = (graph: TrustGraph, now: number, merchant = 'Ben'): number =>
    new Exposure(graph, 'V', parameters).limit(merchant, { context: 'delivery' }, now)

  test('an endorsement counts until it expires', () => {
    const exposure = new Exposure(chain(), 'V', parameters)
    expect(exposure.limit('Ben', { context: 'delivery' }, at + 999)).toBe(100)
    expect(exposure.limit('Ben', { context: 'delivery' }, at + 1_000)).toBe(0)
    expect(exposure.limit('Ben', { context: 'payment' }, at)).toBe(0)
  })

  test('what an author published counts while its head is not older than thirty days', () => {
    const graph = chain()
    graph.setHead('Anna', at - headCountsSeconds)
    const exposure = new Exposure(graph, 'V', parameters)
    expect(exposure.limit('Ben', 'any', at)).toBe(100)
    expect(exposure.limit('Ben', 'any', at + 1)).toBe(0)
    expect(exposure.limit('Anna', 'any', at + 1)).toBe(1_000) // the viewer's own head does not age
    expect(exposure.limitFlow('Ben', 'any', at).stale).toEqual([graph.numberOf('Anna')])
    graph.setHead('Anna', at - headFreshSeconds)
    expect(exposure.limitFlow('Ben', 'any', at).stale).toEqual([])
    graph.setHead('Anna', 0)
    expect(exposure.limit('Ben', 'any', at)).toBe(0)
  })

  test('a suspended merchant has no limit, introduces nobody and disputes nobody', () => {
    const graph = chain()
    graph.dispute('Anna', 'Ben', 'deal', { minor: 30, currency: 'EUR', expiresAt: at + 1 })
    const exposure = new Exposure(graph, 'V', parameters)
    expect(exposure.disputeSignal('Ben', 'any', at).minor).toBe(30)
    graph.setSuspended('Anna', true)
    expect(exposure.limit('Anna', 'any', at)).toBe(0)
    expect(exposure.limit('Ben', 'any', at)).toBe(0)
    expect(exposure.disputeSignal('Ben', 'any', at).minor).toBe(0)
    graph.setSuspended('Anna', false)
    expect(exposure.limit('Ben', 'any', at)).toBe(100)
  })

  test('a dispute counts until it is settled, withdrawn or three years old', () => {
    const graph = chain()
    const exposure = new Exposure(graph, 'V', parameters)
    const signal = (now = at): number => exposure.disputeSignal('Ben', 'any', now).minor
    graph.dispute('Anna', 'Ben', 'deal', { minor: 30, currency: 'EUR', expiresAt: at + 10 })
    graph.dispute('Anna', 'Ben', 'other', { minor: 5, currency: 'EUR', expiresAt: at + 20 })
    expect([signal(), signal(at + 10)]).toEqual([35, 5])
    graph.setSettled('Anna', 'Ben', 'deal', true)
    expect(signal()).toBe(5)
    graph.setSettled('Anna', 'Ben', 'deal', false)
    expect(signal()).toBe(35)
    graph.withdrawDispute('Anna', 'Ben', 'deal')
    expect(signal()).toBe(5)
    graph.withdrawDisputes('Anna')
    expect(signal()).toBe(0)
  })

  test('disputes take away what others vouch, not what the viewer vouches itself', () => {
    const graph = chain()
    const exposure = new Exposure(graph, 'V', parameters)
    const effective = (): number => exposure.effective('Ben', 'any', at)
    graph.dispute('V', 'Ben', 'deal', { minor: 60, currency: 'EUR', expiresAt: forever })
    expect(effective()).toBe(40)
    graph.endorse('V', 'Ben', euros(70, { introduce: false }))
    expect(effective()).toBe(110)
    graph.dispute('V', 'Ben', 'worse', { minor: 60, currency: 'EUR', expiresAt: forever })
    expect(effective()).toBe(70)
  })

  test('other currencies count by their rate: down for endorsements, up for disputes, not at all without', () => {
    const graph = chain()
    graph.endorse('Anna', 'Cleo', euros(999, { currency: 'USD' }))
    graph.dispute('V', 'Cleo', 'deal', { minor: 3, currency: 'USD', expiresAt: forever })
    graph.dispute('V', 'Cleo', 'other', { minor: 3, currency: 'SEK', expiresAt: forever })
    const rated = { ...parameters, rates: { time: at, perBillion: { USD: 333_333_333 } } }
    const exposure = new Exposure(graph, 'V', rated)
    expect(exposure.limit('Cleo', 'any', at)).toBe(332)
    expect(exposure.disputeSignal('Cleo', 'any', at)).toEqual({ minor: 1, uncounted: ['SEK'] })
    expect(limitAt(graph, at, 'Cleo')).toBe(0)
  })

  test('a scope serves the trades that it names, and no others', () => {
    const graph = chain()
    const scope = { countries: ['AT', 'DE'], categories: [536] }
    graph.endorse('Anna', 'Cleo', euros(50, { scope }))
    const exposure = new Exposure(graph, 'V', parameters)
    const limit = (purpose: { country?: string; category?: number }): number =>
      exposure.limit('Cleo', { context: 'delivery', ...purpose }, at)
    expect(limit({ country: 'DE', category: 536 })).toBe(50)
    expect(limit({ country: 'FR', category: 536 })).toBe(0)
    expect(limit({ country: 'DE' })).toBe(0)
    expect(limit({})).toBe(0)
    expect(exposure.limit('Cleo', 'any', at)).toBe(50)
  })

  test('the viewer and strangers have no limit', () => {
    const exposure = new Exposure(chain(), 'V', parameters)
    for (const name of ['V', 'nobody'])
      expect(exposure.limitFlow(name, 'any', at)).toMatchObject({ limitMinor: 0, paths: [], cut: [] })
    expect(exposure.effective('V', 'any', at)).toBe(0)
  })

  test('an author of too many endorsements has none, until it starts anew', () => {
    const graph = chain()
    for (let count = 0; count < 8_000; count++) graph.endorse('Anna', `sybil ${count}`, euros(1))
    expect(limitAt(graph, at)).toBe(0)
    graph.endorse('Anna', 'Ben', euros(100))
    expect(limitAt(graph, at)).toBe(0)
    graph.withdrawAll('Anna')
    graph.endorse('Anna', 'Ben', euros(100))
    expect(limitAt(graph, at)).toBe(100)
  })
})
