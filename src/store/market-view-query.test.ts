import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import type { Offer } from '../core/trade/offer.ts'
import { type Change, type MarketView, openMarketView } from './market-view.ts'
import { type MarketQuery, MarketQueryError, marketQuerySchema } from './market-view-query.ts'

const anna = 'mer1anna'
const bert = 'mer1bert'
const opened: MarketView[] = []

afterEach(() => {
  for (const view of opened.splice(0)) view.close()
})

function open(): MarketView {
  const view = openMarketView(':memory:')
  opened.push(view)
  return view
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

describe('searching by text', () => {
  const view = (): MarketView =>
    holding(
      offer('MUETZE-1', { title: { de: 'Wollmütze Kaltfront' }, brand: 'Lichtung', stock: 3 }),
      offer('KAESE', {
        title: { de: 'Käse-Fondue', en: 'Cheese fondue' },
        description: { de: 'Für große Runden.' },
      }),
      offer('TOPF', { title: { de: 'Topf 2 l' }, description: { de: 'Passt zum Fondue.' } }),
      offer('TOPFSET', { title: { de: 'Topfset' }, categoryPath: 'Küche > Töpfe' }),
    )

  test.each([
    ['a word', 'wollmütze', ['MUETZE-1']],
    ['the beginning of a word', 'woll', ['MUETZE-1']],
    ['ae for ä', 'kaese', ['KAESE']],
    ['a for ä', 'kase', ['KAESE']],
    ['ä for ä, in capitals', 'KÄSE', ['KAESE']],
    ['ss for ß', 'grosse', ['KAESE']],
    ['ß for ß', 'große', ['KAESE']],
    ['another language', 'cheese', ['KAESE']],
    ['brand and title together', 'lichtung woll', ['MUETZE-1']],
    ['a SKU', 'muetze-1', ['MUETZE-1']],
    ['whole words in the title before beginnings of words', 'topf', ['TOPF', 'TOPFSET']],
    ['words in the title before words elsewhere', 'fondue', ['KAESE', 'TOPF']],
    ['the category', 'küche', ['TOPFSET']],
    ['every word has to be there', 'topf käse', []],
    ['signs alone find nothing', '"*- ()', []],
    ['the index’s own tokens are no words', 's_1', []],
  ])('finds %s', (_, text, expected) => expect(skus(view(), { text })).toEqual(expected))

  test('no text lists everything, by merchant, repo and SKU', () => {
    const listed = view()
    listed.fold('mer1aaron', 'assortment/x', 1, [offer('Z')])
    expect(skus(listed, {})).toEqual(['Z', 'KAESE', 'MUETZE-1', 'TOPF', 'TOPFSET'])
    expect(skus(listed, { text: '  ' })).toHaveLength(5)
  })

  test('takes any text', () => {
    const searched = view()
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(searched.search({ text }).rows.length).toBe(searched.count({ text }))
      }),
      { numRuns: 200 },
    )
  })

  test('among equals: in stock, unknown, sold out', () => {
    const ranked = holding(offer('A', { stock: 0 }), offer('B'), offer('C', { stock: 7 }))
    expect(skus(ranked, { text: 'ware' })).toEqual(['C', 'B', 'A'])
  })
})

describe('conditions', () => {
  test('a GTIN in any of its lengths', () => {
    const view = holding(
      offer('A', { gtin: '00012345600012' }),
      offer('B', { gtin: '9520001000010' }),
      offer('C'),
    )
    expect(skus(view, { gtin: '012345600012' })).toEqual(['A'])
    expect(skus(view, { gtin: '09520001000010' })).toEqual(['B'])
    expect(marketQuerySchema.safeParse({ gtin: '9520001000011' }).success).toBe(false)
  })

  test('a category, and a path with all below it', () => {
    const view = holding(
      offer('TENT', { category: 1022, categoryPath: 'Camping > Zelte' }),
      offer('PEG', { category: 5658, categoryPath: 'Camping > Zelte > Zubehör' }),
      offer('TENTH', { categoryPath: 'Camping > Zeltehandel' }),
    )
    expect(skus(view, { category: 1022 })).toEqual(['TENT'])
    expect(skus(view, { categoryPath: 'camping>ZELTE' })).toEqual(['PEG', 'TENT'])
    expect(skus(view, { categoryPath: 'Camping' })).toHaveLength(3)
    expect(skus(view, { categoryPath: 'Zelte' })).toEqual([])
    expect(skus(view, { categoryPath: 'Camping > Zelte', text: 'tent' })).toEqual(['TENT'])
  })

  test('a price range holds in one currency, for one piece, exactly', () => {
    const view = holding(
      offer('EUR', { price: { minor: 1234, currency: 'EUR' } }),
      offer('SCREW', { price: { minor: 1234, perQuantity: 1000, currency: 'EUR' } }),
      offer('CHF', { price: { minor: 1234, currency: 'CHF' } }),
    )
    expect(skus(view, { currency: 'EUR', minMinor: 1234, maxMinor: 1234 })).toEqual(['EUR'])
    expect(skus(view, { currency: 'EUR', maxMinor: 2 })).toEqual(['SCREW'])
    expect(skus(view, { currency: 'EUR', minMinor: 2, maxMinor: 3 })).toEqual([])
    expect(skus(view, { currency: 'CHF' })).toEqual(['CHF'])
    expect(() => view.search({ minMinor: 1 })).toThrow(MarketQueryError)
  })

  test('in stock means: known to be there', () => {
    const view = holding(offer('A', { stock: 1 }), offer('B', { stock: 0 }), offer('C'))
    expect(skus(view, { inStock: true })).toEqual(['A'])
    expect(skus(view, { inStock: false })).toEqual(['B', 'C'])
  })

  test('partners', () => {
    const view = holding(offer('A'))
    view.fold(bert, 'assortment/one', 1, [offer('B')])
    view.fold(bert, 'public', 1, [offer('C')])
    expect(skus(view, { merchants: [bert] })).toEqual(['B', 'C'])
    expect(skus(view, { merchants: [bert], text: 'ware' })).toEqual(['B', 'C'])
    expect(skus(view, { merchants: ['mer1nobody'] })).toEqual([])
    expect(view.search({ merchants: [bert], limit: 1 }).rows).toEqual([
      { merchant: bert, repo: 'assortment/one', sku: 'B' },
    ])
  })
})

describe('pages', () => {
  const queries: MarketQuery[] = [{}, { text: 'ware' }, { text: 'war 1' }, { inStock: true }, { category: 7 }]
  const view = (): MarketView => {
    const filled = open()
    for (const [index, merchant] of [anna, bert].entries())
      filled.fold(
        merchant,
        'public',
        1,
        Array.from({ length: 25 }, (_, i) =>
          offer(`${i}`.padStart(3, '0'), {
            ...(i % 3 === 0 ? {} : { stock: i % 2 }),
            ...(i % 4 === index ? { category: 7 } : {}),
            ...(i % 5 === 0 ? { title: { en: 'Thing' }, description: { en: 'ware 1' } } : {}),
          }),
        ),
      )
    return filled
  }

  test.each([1, 2, 7, 50])('of %i rows make up the whole list, each row once', (limit) => {
    const paged = view()
    for (const query of queries) {
      const whole = paged.search({ ...query, limit: 200 })
      expect(whole.next).toBeUndefined()
      expect(whole.rows).toHaveLength(paged.count(query))
      const rows = []
      for (let after: string | undefined, more = true; more; ) {
        const page = paged.search({ ...query, limit, ...(after === undefined ? {} : { after }) })
        rows.push(...page.rows)
        after = page.next
        more = after !== undefined
      }
      expect(rows).toEqual(whole.rows)
    }
  })

  test('a cursor of another search is refused', () => {
    const { next } = view().search({ limit: 1 })
    expect(next).toBeDefined()
    const refused = ['', 'xx', next ?? '', Buffer.from('{"t":0,"v":["a","b","c","d"]}').toString('base64url')]
    for (const after of refused)
      expect(() => view().search({ text: 'ware', after })).toThrow(MarketQueryError)
    fc.assert(
      fc.property(fc.base64String(), (after) => {
        try {
          view().search({ after })
        } catch (error) {
          expect(error).toBeInstanceOf(MarketQueryError)
        }
      }),
      { numRuns: 20 },
    )
  })
})
