import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import type { Offer } from '../core/trade/offer.ts'
import { type Change, type MarketView, openMarketView } from './market-view.ts'
import type { MarketQuery } from './market-view-query.ts'

const anna = 'mer1anna'
const bert = 'mer1bert'
const opened: MarketView[] = []
const directories: string[] = []

afterEach(() => {
  for (const view of opened.splice(0)) view.close()
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true })
})

function open(path = ':memory:'): MarketView {
  const view = openMarketView(path)
  opened.push(view)
  return view
}

function file(): string {
  const directory = mkdtempSync(join(tmpdir(), 'mosaic-view-'))
  directories.push(directory)
  return join(directory, 'market.sqlite')
}

function offer(sku: string, rest: Partial<Offer> = {}): Change {
  const body: Offer = { sku, title: { de: `Ware ${sku}` }, price: { minor: 1000, currency: 'EUR' }, ...rest }
  return [`offer/${sku}`, JSON.stringify(body)]
}

function holding(...changes: readonly Change[]): MarketView {
  const view = open()
  view.fold(anna, 'public', 1, changes)
  return view
}

const skus = (view: MarketView, query: MarketQuery): string[] => view.search(query).rows.map(({ sku }) => sku)

describe('folding', () => {
  test('a later price, stock, title and deletion take effect', () => {
    const view = holding(offer('A', { stock: 5 }), offer('B'))
    view.fold(anna, 'public', 2, [offer('A', { stock: 0, price: { minor: 5, currency: 'EUR' } })])
    expect(skus(view, { currency: 'EUR', maxMinor: 5, inStock: false })).toEqual(['A'])
    view.fold(anna, 'public', 3, [offer('A', { title: { de: 'Neu' } }), ['offer/B', undefined]])
    expect(skus(view, { text: 'neu' })).toEqual(['A'])
    expect(skus(view, { text: 'ware' })).toEqual([])
    expect(view.count({})).toBe(1)
    expect(view.folded(anna, 'public')).toBe(3)
  })

  test('other kinds of records are passed over', () => {
    const view = holding(['profile', '{"name":"Anna"}'], ['offers', '{}'], ['offer/gone', undefined])
    expect(view.count({})).toBe(0)
    expect(view.folded(anna, 'public')).toBe(1)
  })

  test('is all or nothing, and never goes back', () => {
    const view = holding(offer('A'))
    const breaking = function* (): Generator<Change> {
      yield offer('B')
      yield ['offer/A', undefined]
      throw new Error('the disk is gone')
    }
    expect(() => view.fold(anna, 'public', 2, breaking())).toThrow('the disk is gone')
    expect(skus(view, {})).toEqual(['A'])
    expect(view.folded(anna, 'public')).toBe(1)
    view.fold(anna, 'public', 4, [])
    expect(() => view.fold(anna, 'public', 3, [])).toThrow(RangeError)
  })

  test('says which repos are behind', () => {
    const view = holding(offer('A'))
    view.fold(bert, 'public', 7, [])
    expect(view.behind([{ merchant: anna, repo: 'public', rev: 1 }])).toEqual([
      { merchant: bert, repo: 'public', folded: 7, rev: 0 },
    ])
    const store = [
      { merchant: anna, repo: 'public', rev: 3 },
      { merchant: bert, repo: 'public', rev: 7 },
      { merchant: bert, repo: 'trust', rev: 2 },
    ]
    expect(view.behind(store)).toEqual([
      { merchant: anna, repo: 'public', folded: 1, rev: 3 },
      { merchant: bert, repo: 'trust', folded: 0, rev: 2 },
    ])
  })

  test('reset forgets one repo and no other', () => {
    const view = holding(offer('A'))
    view.fold(bert, 'public', 1, [offer('A')])
    view.reset(anna, 'public')
    view.reset(anna, 'public')
    expect(view.search({ text: 'ware' }).rows).toEqual([{ merchant: bert, repo: 'public', sku: 'A' }])
    expect(view.folded(anna, 'public')).toBe(0)
  })
})

describe('building a repo', () => {
  const many = (count: number): Change[] => Array.from({ length: count }, (_, i) => offer(`S${i}`))

  test('replaces what was there', async () => {
    const view = holding(offer('OLD'))
    expect(await view.build(anna, 'public', 5, many(1_200))).toBe(true)
    expect(view.count({})).toBe(1_200)
    expect(view.behind([{ merchant: anna, repo: 'public', rev: 5 }])).toEqual([])
  })

  test('lets searches and newer folds in between, and the newer win', async () => {
    const view = open()
    const entries = async function* (): AsyncGenerator<Change> {
      const all = many(1_200)
      for (const [index, entry] of all.entries()) {
        if (index === 600) {
          expect(view.count({})).toBe(500)
          expect(view.behind([{ merchant: anna, repo: 'public', rev: 6 }])).toMatchObject([{ folded: 0 }])
          view.fold(anna, 'public', 6, [
            offer('S1', { title: { de: 'Neuer' } }),
            offer('S1100', { title: { de: 'Neuer' } }),
            ['offer/S1101', undefined],
          ])
        }
        yield entry
      }
    }
    expect(await view.build(anna, 'public', 5, entries())).toBe(true)
    expect(skus(view, { text: 'neuer' })).toEqual(['S1', 'S1100'])
    expect(view.count({})).toBe(1_199)
    expect(view.folded(anna, 'public')).toBe(6)
  })

  test('stops when the repo is reset meanwhile, and can be begun again after it broke off', async () => {
    const view = open()
    const broken = async function* (reset: boolean): AsyncGenerator<Change> {
      yield* many(700)
      if (!reset) throw new Error('the store is closed')
      view.reset(anna, 'public')
      yield offer('LATE')
    }
    expect(await view.build(anna, 'public', 5, broken(true))).toBe(false)
    expect(view.count({})).toBe(0)
    await expect(view.build(anna, 'public', 5, broken(false))).rejects.toThrow('the store is closed')
    expect(view.folded(anna, 'public')).toBe(0)
    expect(await view.build(anna, 'public', 5, many(3))).toBe(true)
    expect(view.count({})).toBe(3)
  })
})

describe('the file', () => {
  test('keeps its content when it is opened again', () => {
    const path = file()
    const first = openMarketView(path)
    first.fold(anna, 'public', 4, [offer('A')])
    first.close()
    const again = open(path)
    expect(skus(again, { text: 'ware' })).toEqual(['A'])
    expect(again.folded(anna, 'public')).toBe(4)
  })

  test('a damaged file begins empty', () => {
    const path = file()
    writeFileSync(path, 'this is no database, and long enough to be looked at. '.repeat(100))
    expect(open(path).count({})).toBe(0)
  })

  test('a file of another version begins empty', () => {
    const path = file()
    const older = new DatabaseSync(path)
    older.exec('CREATE TABLE offer (sku TEXT); PRAGMA user_version = 900')
    older.close()
    const view = open(path)
    view.fold(anna, 'public', 1, [offer('A')])
    expect(skus(view, {})).toEqual(['A'])
  })

  test('a path that cannot be written is an error', () => {
    expect(() => openMarketView(join(file(), 'no', 'folder', 'market.sqlite'))).toThrow()
  })
})

describe('a view made anew', () => {
  const words = ['zelt', 'zeltplane', 'Mütze', 'muetze', 'rot']
  const arbitraryOffer = fc.record(
    {
      title: fc.record({ de: fc.constantFrom(...words) }),
      description: fc.record({ de: fc.constantFrom(...words) }),
      stock: fc.integer({ min: 0, max: 2 }),
      category: fc.integer({ min: 1, max: 3 }),
      categoryPath: fc.constantFrom('A', 'A > B', 'A > B > C'),
      gtin: fc.constantFrom('9520001000010', '9520001000027'),
      price: fc.record({ minor: fc.integer({ min: 1, max: 4 }), currency: fc.constantFrom('EUR', 'CHF') }),
    },
    { requiredKeys: ['title', 'price'] },
  )
  const arbitraryStep = fc.record({
    merchant: fc.constantFrom(anna, bert),
    repo: fc.constantFrom('public', 'assortment/a'),
    changes: fc.dictionary(
      fc.constantFrom('A', 'B', 'C', 'D'),
      fc.option(arbitraryOffer, { nil: undefined }),
    ),
    reset: fc.nat({ max: 5 }).map((dice) => dice === 0),
  })
  const queries: MarketQuery[] = [
    {},
    ...words.map((text) => ({ text })),
    { text: 'z' },
    { category: 1 },
    { categoryPath: 'A > B' },
    { gtin: '9520001000010' },
    { inStock: true },
    { currency: 'EUR', maxMinor: 2 },
    { merchants: [bert], text: 'zelt' },
    { merchants: [anna] },
  ]

  test('answers as one that followed the whole history', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryStep, { maxLength: 12 }), async (history) => {
        const followed = openMarketView(':memory:')
        const anew = openMarketView(':memory:')
        try {
          const state = new Map<
            string,
            { merchant: string; repo: string; rev: number; held: Map<string, string> }
          >()
          for (const { merchant, repo, changes, reset } of history) {
            const key = `${merchant} ${repo}`
            if (reset) {
              followed.reset(merchant, repo)
              state.delete(key)
            }
            const now = state.get(key) ?? { merchant, repo, rev: 0, held: new Map<string, string>() }
            state.set(key, now)
            now.rev++
            const folded: Change[] = []
            for (const [sku, rest] of Object.entries(changes)) {
              const change =
                rest === undefined
                  ? ([`offer/${sku}`, undefined] as const)
                  : offer(sku, rest as Partial<Offer>)
              folded.push(change)
              if (change[1] === undefined) now.held.delete(change[0])
              else now.held.set(change[0], change[1])
            }
            followed.fold(merchant, repo, now.rev, folded)
          }
          for (const { merchant, repo, rev, held } of [...state.values()].reverse())
            await anew.build(merchant, repo, rev, held)
          expect(anew.behind(state.values())).toEqual(followed.behind(state.values()))
          for (const query of queries) {
            expect(anew.search(query)).toEqual(followed.search(query))
            expect(anew.count(query)).toBe(followed.count(query))
          }
        } finally {
          followed.close()
          anew.close()
        }
      }),
      { numRuns: 60 },
    )
  })
})
