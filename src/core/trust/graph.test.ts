import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Edges } from './edges.ts'
import { TrustGraph, type Vouch } from './graph.ts'
import { Names } from './names.ts'
import { type Context, contexts, covers, isWithin, type Purpose, purposeKey, type Scope } from './purpose.ts'

const merchants = ['Anna', 'Ben', 'Cleo', 'Dora']
const scopeArbitrary: fc.Arbitrary<Scope | undefined> = fc.option(
  fc.constantFrom<Scope>(
    { countries: ['AT', 'DE'] },
    { categories: [536] },
    { countries: ['DE'], categories: [5] },
  ),
  { nil: undefined },
)
const vouchArbitrary: fc.Arbitrary<Vouch> = fc.record({
  minor: fc.integer({ min: 0, max: 1_000_000_000_000 }),
  currency: fc.constantFrom('EUR', 'USD', 'JPY'),
  contexts: fc.subarray<Context>([...contexts], { minLength: 1 }),
  introduce: fc.boolean(),
  scope: scopeArbitrary,
  expiresAt: fc.integer({ min: 0, max: 0xffff_ffff }),
})

describe('the graph', () => {
  test('holds what was put in force last, through any changes', () => {
    const change = fc.record({
      from: fc.constantFrom(...merchants),
      to: fc.integer({ min: 0, max: 12 }).map((number) => `M${number}`),
      vouch: fc.option(vouchArbitrary, { nil: undefined }),
    })
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 120 }),
        fc.option(fc.constantFrom(...merchants)),
        (changes, gone) => {
          const graph = new TrustGraph()
          const model = new Map<string, Vouch>()
          for (const { from, to, vouch } of changes) {
            if (vouch === undefined) {
              graph.withdraw(from, to)
              model.delete(`${from} ${to}`)
            } else {
              graph.endorse(from, to, vouch)
              model.set(`${from} ${to}`, vouch)
            }
          }
          if (gone !== null) {
            graph.withdrawAll(gone)
            for (const pair of model.keys()) if (pair.startsWith(`${gone} `)) model.delete(pair)
          }
          expect(graph.edges.size).toBe(model.size)
          for (const from of merchants)
            for (let number = 0; number <= 12; number++) {
              const wanted = model.get(`${from} M${number}`)
              expect(graph.vouchOf(from, `M${number}`)).toEqual(wanted)
            }
        },
      ),
      { numRuns: 500 },
    )
  })

  test('refuses what schemas keep out', () => {
    const graph = new TrustGraph()
    const vouch: Vouch = { minor: 1, currency: 'EUR', contexts: ['delivery'], introduce: true, expiresAt: 1 }
    expect(() => graph.endorse('Anna', 'Anna', vouch)).toThrow(RangeError)
    for (const minor of [-1, 0.5, Number.NaN, 1_000_000_000_001])
      expect(() => graph.endorse('Anna', 'Ben', { ...vouch, minor })).toThrow(RangeError)
    expect(() => graph.endorse('Anna', 'Ben', { ...vouch, expiresAt: 2 ** 32 })).toThrow(RangeError)
    expect(() => graph.dispute('Anna', 'Anna', 'deal', { minor: 1, currency: 'EUR', expiresAt: 1 })).toThrow(
      RangeError,
    )
  })

  test('takes no disputes of an author that has too many, until it starts anew', () => {
    const graph = new TrustGraph()
    const claim = { minor: 1, currency: 'EUR', expiresAt: 10 }
    const against = (): number => [...graph.disputesAgainst(graph.numberOf('Ben'), 5)].length
    for (let count = 0; count < 1_000; count++) graph.dispute('Anna', 'Ben', `${count}`, claim)
    expect(against()).toBe(1_000)
    graph.dispute('Anna', 'Cleo', 'one more', claim)
    expect(against()).toBe(0)
    graph.dispute('Anna', 'Ben', 'again', claim)
    expect(against()).toBe(0)
    graph.withdrawDisputes('Anna')
    graph.dispute('Anna', 'Ben', 'again', claim)
    expect(against()).toBe(1)
  })
})

describe('edges', () => {
  test('reuse the chunks of authors that have none any more', () => {
    const edges = new Edges(0)
    const rooms = new Set<number>()
    for (let round = 0; round < 50; round++) {
      for (let count = 0; count < 40; count++) edges.to[edges.add(round % 7)] = count
      while (edges.countOf(round % 7) > 0) edges.remove(round % 7, edges.lastOf(round % 7))
      rooms.add(edges.to.length)
    }
    expect([edges.size, rooms.size]).toEqual([0, 1])
  })
})

describe('names', () => {
  test('have numbers in order of arrival, and come back as they were', () => {
    const texts = fc.array(
      fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a', 'aa', '', 'ä', 'a\u0308')),
    )
    fc.assert(
      fc.property(texts, (added) => {
        const names = new Names()
        const model = new Map<string, number>()
        for (const text of added) {
          if (!model.has(text)) model.set(text, model.size)
          expect(names.add(text)).toBe(model.get(text))
        }
        for (const [text, number] of model) {
          expect(names.at(number)).toBe(text)
          expect(names.find(text)).toBe(number)
        }
        expect(names.find('never added')).toBeUndefined()
        expect(names.size).toBe(model.size)
      }),
      { numRuns: 500 },
    )
  })

  test('find their place among many', () => {
    const names = new Names()
    for (let count = 0; count < 20_000; count++) expect(names.add(`merchant ${count}`)).toBe(count)
    for (let count = 0; count < 20_000; count += 7) expect(names.find(`merchant ${count}`)).toBe(count)
  })
})

describe('purposes', () => {
  const purposes: Purpose[] = [
    'any',
    ...(['delivery', 'payment'] as const).flatMap((context) => [
      { context },
      { context, country: 'DE' },
      { context, category: 536 },
      { context, country: 'DE', category: 536 },
      { context, country: 'AT', category: 5 },
    ]),
  ]
  const serves = (vouch: Vouch, purpose: Purpose): boolean =>
    (purpose === 'any' || vouch.contexts.includes(purpose.context)) &&
    (vouch.scope === undefined || covers(vouch.scope, purpose))

  test('within another are served by nothing that does not serve the other', () => {
    const pair = fc.tuple(fc.constantFrom(...purposes), fc.constantFrom(...purposes), vouchArbitrary)
    fc.assert(
      fc.property(pair, ([inner, outer, vouch]) => {
        if (isWithin(inner, outer) && serves(vouch, inner)) expect(serves(vouch, outer)).toBe(true)
        expect(isWithin(inner, inner) && isWithin(inner, 'any')).toBe(true)
      }),
      { numRuns: 2_000 },
    )
    expect(isWithin({ context: 'delivery' }, { context: 'delivery', country: 'DE' })).toBe(true)
    expect(isWithin({ context: 'delivery', country: 'DE' }, { context: 'delivery' })).toBe(false)
    expect(isWithin({ context: 'delivery' }, { context: 'payment' })).toBe(false)
    expect(isWithin('any', { context: 'payment' })).toBe(false)
  })

  test('have keys of their own', () => {
    expect(new Set(purposes.map(purposeKey)).size).toBe(purposes.length)
  })
})
