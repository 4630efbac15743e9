import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Evaluation, evaluate } from '../../src/core/trust/evaluate.ts'
import { Exposure } from '../../src/core/trust/exposure.ts'
import { type GraphFile, GraphFileError, graphOf, readGraphFile } from '../../src/core/trust/graph-file.ts'
import { type Booking, Ledger } from '../../src/core/trust/ledger.ts'
import { shareOf } from '../../src/core/trust/parameters.ts'
import { type Context, contexts, type Purpose } from '../../src/core/trust/purpose.ts'
import { Converter } from '../../src/core/trust/rates.ts'
import { utcSeconds } from '../../src/core/trust/utc.ts'
import { random } from '../bench/offers.ts'
import { explanationProblems } from './trust-reference.ts'
import { readVectors } from './vectors.ts'

interface Question {
  readonly viewer: string
  readonly targets?: readonly string[]
  readonly context?: Context
  readonly at: string
  readonly currency: string
  readonly budgetMinor: number | 'uncapped'
}
interface Vectors {
  readonly cases: readonly { comment: string; graph: unknown; question: Question; targets: object }[]
  readonly ledgers: readonly {
    comment: string
    graph: unknown
    question: Question
    bookings: readonly Partial<Booking>[]
    asks: readonly { merchant: string; purpose: Purpose; availableMinor: number }[]
  }[]
  readonly refused: readonly { comment: string; text: string; code: string }[]
  readonly conversions: readonly {
    minor: number
    currency: string
    perBillion?: number
    endorsed: number
    claimed?: number
  }[]
  readonly shares: readonly { budgetMinor: number; distance: number; shareMinor: number }[]
  readonly times: readonly { text: string; seconds?: number }[]
}

const vectors = readVectors<Vectors>('trust')

function answer(file: GraphFile, question: Question): Evaluation['targets'] {
  const { viewer, targets, context, at, currency, budgetMinor } = question
  return evaluate(file, {
    viewer,
    targets,
    purpose: context === undefined ? 'any' : { context },
    at: utcSeconds(at) as number,
    parameters: { currency, budgetMinor },
  }).targets
}

describe('trust', () => {
  test.each(vectors.cases)('$comment', ({ graph, question, targets: wanted }) => {
    const file = readGraphFile(JSON.stringify(graph))
    const found = answer(file, question)
    const numbers = Object.entries(found).map(([name, { paths, cut, ...rest }]) => [name, rest])
    expect(numbers).toEqual(Object.entries(wanted))
    if (new Set(file.endorsements.map(({ from, to }) => `${from}\n${to}`)).size < file.endorsements.length)
      return
    for (const [name, view] of Object.entries(found))
      expect(explanationProblems({ file, ...question }, name, view)).toEqual([])
  })

  test.each(vectors.ledgers)('ledger: $comment', ({ graph, question, bookings, asks }) => {
    const { viewer, at, currency, budgetMinor } = question
    const now = utcSeconds(at) as number
    const exposure = new Exposure(graphOf(readGraphFile(JSON.stringify(graph)), now, currency), viewer, {
      currency,
      budgetMinor,
    })
    const ledger = new Ledger(
      bookings.map(
        (booking, index) => ({ id: `${index}`, openMinor: 0, lostMinor: 0, ...booking }) as Booking,
      ),
    )
    for (const { merchant, purpose, availableMinor } of asks)
      expect(exposure.available(merchant, purpose, now, ledger)).toBe(availableMinor)
  })

  test.each(vectors.refused)('refused: $comment', ({ text, code }) => {
    expect(() => graphOf(readGraphFile(text), 0, 'EUR')).toThrow(expect.objectContaining({ code }))
  })

  test.each(vectors.conversions)('$minor minor $currency at $perBillion', ({ minor, currency, ...one }) => {
    const rates = one.perBillion === undefined ? {} : { [currency]: one.perBillion }
    const converter = new Converter('EUR', { time: 0, perBillion: rates })
    expect(converter.endorsed(minor, currency)).toBe(one.endorsed)
    expect(converter.claimed(minor, currency)).toBe(one.claimed)
  })

  test.each(vectors.shares)(
    'share of $budgetMinor at distance $distance',
    ({ budgetMinor, distance, shareMinor }) => {
      expect(shareOf({ currency: 'EUR', budgetMinor }, distance)).toBe(shareMinor)
    },
  )

  test.each(vectors.times)('time $text', ({ text, seconds }) => {
    expect(utcSeconds(text)).toBe(seconds)
  })
})

describe('a graph file', () => {
  test('of any text is read or refused with a code of its own', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record({ endorsements: fc.array(fc.jsonValue()), disputes: fc.jsonValue() })
        .map((v) => JSON.stringify(v)),
      fc
        .record(
          { from: fc.jsonValue(), to: fc.string(), amountMinor: fc.jsonValue(), expiresAt: fc.string() },
          { requiredKeys: ['from', 'to', 'amountMinor'] },
        )
        .map((one) => JSON.stringify({ endorsements: [one] })),
    )
    fc.assert(
      fc.property(texts, (text) => {
        try {
          graphOf(readGraphFile(text), 0, 'EUR')
        } catch (error) {
          expect(error).toBeInstanceOf(GraphFileError)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  test('in which one merchant endorses too many is refused', () => {
    const endorsements = Array.from({ length: 8_001 }, (_, index) => ({
      from: 'A',
      to: `${index}`,
      amountMinor: 1,
    }))
    const read = (count: number) =>
      graphOf(readGraphFile(JSON.stringify({ endorsements: endorsements.slice(0, count) })), 0, 'EUR')
    expect(read(8_000).edges.size).toBe(8_000)
    expect(() => read(8_001)).toThrow(expect.objectContaining({ code: 'graph-author-limit' }))
  })
})

const pythons = ['/usr/bin/python3', 'python3']
const python = pythons.find((path) => spawnSync(path, ['-c', 'import igraph']).status === 0)
if (python === undefined)
  console.log('igraph is missing (apt-get install python3-igraph): not compared with it.')

interface MadeUp extends Question {
  readonly targets: readonly string[]
  readonly endorsements: GraphFile['endorsements']
  readonly disputes: GraphFile['disputes']
}

/** A graph of up to 40 merchants, and what to ask about it. */
function madeUp(seed: number): MadeUp {
  const next = random(seed)
  const below = (count: number): number => Math.floor(next() * count)
  const names = Array.from({ length: 5 + below(36) }, (_, index) => (index === 0 ? 'V' : `M${index}`))
  const anybody = (): string => names[below(names.length)] as string
  const everybody = seed % 2 === 0
  const pairs = new Map<string, GraphFile['endorsements'][number]>()
  for (let count = below(6 * names.length); count >= 0; count--) {
    // The viewer has some partners, or there would be little to compare.
    const [from, to] = [count % 7 === 0 ? 'V' : anybody(), anybody()]
    if (from === to) continue
    pairs.set(`${from} ${to}`, {
      from,
      to,
      amountMinor: below(1_000),
      introduce: everybody || next() < 0.8,
      contexts: contexts.filter((context) => context === 'delivery' || next() < 0.5),
    })
  }
  const disputes = Array.from({ length: below(8) }, () => ({
    by: anybody(),
    against: anybody(),
    amountMinor: below(500),
  }))
  const context = contexts[below(8)]
  return {
    viewer: 'V',
    targets: names.slice(1),
    ...(context === undefined ? {} : { context }),
    at: '2026-12-01T12:00:00Z',
    currency: 'EUR',
    budgetMinor: below(3) === 0 ? 'uncapped' : 1 + below(2_000),
    endorsements: [...pairs.values()],
    disputes: disputes.filter(({ by, against }) => by !== against && against !== 'V'),
  }
}

describe('igraph', () => {
  test.skipIf(python === undefined)('agrees on 200 graphs', () => {
    const questions = Array.from({ length: 200 }, (_, seed) => madeUp(seed))
    const script = new URL('trust_igraph.py', import.meta.url).pathname
    const run = spawnSync(python as string, [script], { input: JSON.stringify(questions), encoding: 'utf8' })
    expect(run.stderr).toBe('')
    const answers = JSON.parse(run.stdout) as Record<
      string,
      { limitMinor: number; disputeMinor: number; rank?: number }
    >[]
    let ranksCompared = 0
    let limitsAboveZero = 0
    for (const [index, question] of questions.entries()) {
      const found = answer({ endorsements: question.endorsements, disputes: question.disputes }, question)
      for (const [name, { rank, ...numbers }] of Object.entries(answers[index] ?? {})) {
        expect(found[name]).toMatchObject(numbers)
        if (numbers.limitMinor > 0) limitsAboveZero++
        if (rank === undefined) continue
        // 10^-6 may rest for each endorsement of each merchant.
        expect(Math.abs((found[name]?.rank ?? 0) / 1e9 - rank)).toBeLessThan(
          4e-6 * question.endorsements.length,
        )
        ranksCompared++
      }
    }
    expect(ranksCompared).toBeGreaterThan(500)
    expect(limitsAboveZero).toBeGreaterThan(1_000)
  })
})
