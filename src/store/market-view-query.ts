import * as z from 'zod'
import { isGtin } from '../core/trade/gtin.ts'
import { currencySchema, priceMinorMax } from '../core/trade/money.ts'
import { foldWords } from './market-view-text.ts'

/** Rows of one answer: at most, and when the query does not say. */
export const searchRowsMax = 200
const searchRowsDefault = 50
/** Of a query's text: UTF-16 code units, and words that count (the others are ignored). */
export const searchTextLengthMax = 200
export const searchWordsMax = 12
export const searchMerchantsMax = 100
const cursorLengthMax = 1_000

/** What can be asked of the market view; all conditions hold together. */
export const marketQuerySchema = z.strictObject({
  /** Every word has to be there, whole or as the beginning of one. */
  text: z.string().max(searchTextLengthMax).exactOptional(),
  /** In any of its lengths: GTIN-8, -12, -13, -14. */
  gtin: z.string().refine(isGtin, 'no GTIN: its length or its check digit is wrong').exactOptional(),
  /** Google product category, this one only. */
  category: z.int().min(1).exactOptional(),
  /** The shop's own category and all below it: "Camping > Zelte". */
  categoryPath: z.string().max(300).exactOptional(),
  /** Authors of the offers. */
  merchants: z.array(z.string().max(100)).min(1).max(searchMerchantsMax).exactOptional(),
  /** Only offers in this currency. Net prices of one piece between the two bounds, both included. */
  currency: currencySchema.exactOptional(),
  minMinor: z.int().min(0).max(priceMinorMax).exactOptional(),
  maxMinor: z.int().min(0).max(priceMinorMax).exactOptional(),
  /** True: at least one piece is known to be there. False: none is, or nobody knows. */
  inStock: z.boolean().exactOptional(),
  limit: z.int().min(1).max(searchRowsMax).exactOptional(),
  /** `next` of the page before. */
  after: z.string().max(cursorLengthMax).exactOptional(),
})
export type MarketQuery = z.infer<typeof marketQuerySchema>

/** `next` was not made by this search. */
export class MarketQueryError extends Error {
  override readonly name = 'MarketQueryError'
  readonly code: 'cursor-invalid' | 'currency-missing'
  constructor(code: 'cursor-invalid' | 'currency-missing', message: string) {
    super(message)
    this.code = code
  }
}

type Value = string | number
/** Columns that an order is made of; together they tell one row from all others. */
type Column = 'merchant' | 'repo' | 'sku' | 'availability'

/** Where a page ended: in which tier, and the values of the order's columns. */
interface Cursor {
  readonly tier: number
  readonly values: readonly Value[]
}

/** How a search is carried out. */
export interface Plan {
  /**
   * What to look for in the index, best first: each finds nothing that one before it finds. `undefined` goes
   * through the table of offers itself.
   */
  readonly tiers: readonly (string | undefined)[]
  /** Finds what all tiers find. */
  readonly all: string | undefined
  readonly from: string
  readonly where: readonly string[]
  readonly values: readonly Value[]
  readonly order: readonly Column[]
  readonly limit: number
  readonly after: Cursor | undefined
}

/** The numbers that stand for names in the tables. */
export interface Numbers {
  sourcesOf(merchants: readonly string[]): readonly number[]
  pathOf(path: string): number | undefined
}

const listOrder: readonly Column[] = ['merchant', 'repo', 'sku']
const findOrder: readonly Column[] = ['availability', 'sku', 'merchant', 'repo']
/** Finds nothing: no token is made like this one. */
const nothing = 'facets : "x_0"'

/**
 * The plan of a search. Ranking: offers with all words whole in title, brand, SKU or MPN; then with words
 * that begin so; then those that have them anywhere. Among equals: in stock, unknown, sold out; then by SKU.
 * Nothing in it depends on what else is in the index, so pages stay in order while the index changes.
 */
export function planOf(query: MarketQuery, numbers: Numbers): Plan {
  if (query.currency === undefined && (query.minMinor !== undefined || query.maxMinor !== undefined))
    throw new MarketQueryError(
      'currency-missing',
      'A price range needs a currency: prices are not converted.',
    )
  const words = [...new Set(foldWords(query.text ?? ''))].slice(0, searchWordsMax)
  const facets = facetsOf(query, numbers, words.length > 0)
  const indexed = words.length > 0 || facets.length > 0
  const order = indexed || query.gtin !== undefined ? findOrder : listOrder
  return {
    tiers: indexed ? tiersOf(words, facets) : [undefined],
    all: indexed ? allOf([...anywhere(words), ...facets]) : undefined,
    from: loopsOf(indexed, query),
    ...conditionsOf(query, numbers),
    order,
    limit: query.limit ?? searchRowsDefault,
    after: query.after === undefined ? undefined : readCursor(query.after, order),
  }
}

/** CROSS JOIN keeps the written order of loops. */
function loopsOf(indexed: boolean, query: MarketQuery): string {
  if (indexed) return 'words w CROSS JOIN offer o CROSS JOIN source s'
  if (query.gtin !== undefined) return 'offer o INDEXED BY offer_gtin CROSS JOIN source s'
  return 'source s CROSS JOIN offer o' // in listOrder as it comes
}

/** The parts of a statement for one tier behind the cursor, or for `all`. */
export function statementParts(
  plan: Plan,
  tier: number | 'all',
): { from: string; where: string; values: Value[] } {
  const match = tier === 'all' ? plan.all : plan.tiers[tier]
  const where = ['o.source = s.id', ...plan.where]
  const values = [...plan.values]
  if (match !== undefined) {
    where.push('o.id = w.rowid', 'w.words MATCH ?')
    values.push(match)
  }
  if (plan.after !== undefined && plan.after.tier === tier) {
    where.push(`(${plan.order.join(', ')}) > (${plan.order.map(() => '?').join(', ')})`)
    values.push(...plan.after.values)
  }
  return { from: plan.from, where: where.join(' AND '), values }
}

function facetsOf(query: MarketQuery, numbers: Numbers, hasWords: boolean): string[] {
  const facets: string[] = []
  if (!hasWords && (query.text ?? '').trim() !== '') return [nothing] // a text without a letter or a digit
  if (query.category !== undefined) facets.push(`facets : "c_${query.category}"`)
  if (query.categoryPath !== undefined) {
    const path = numbers.pathOf(query.categoryPath)
    facets.push(path === undefined ? nothing : `facets : "k_${path}"`)
  }
  // With nothing else to look for, the table's own order lists a merchant's offers faster.
  if (query.merchants !== undefined && (hasWords || facets.length > 0)) {
    const sources = numbers.sourcesOf(query.merchants).map((source) => `"s_${source}"`)
    facets.push(sources.length === 0 ? nothing : `facets : (${sources.join(' OR ')})`)
  }
  return facets
}

function conditionsOf(query: MarketQuery, numbers: Numbers): { where: string[]; values: Value[] } {
  const where: string[] = []
  const values: Value[] = []
  const add = (condition: string, ...given: Value[]): void => {
    where.push(condition)
    values.push(...given)
  }
  if (query.gtin !== undefined) add('o.gtin = ?', Number(query.gtin))
  if (query.merchants !== undefined) {
    const sources = numbers.sourcesOf(query.merchants)
    add(`o.source IN (${sources.map(() => '?').join(', ')})`, ...sources)
  }
  if (query.currency !== undefined) add('o.currency = ?', query.currency)
  // The price of `per` pieces, in 64-bit integers: 10^12 × 10^6 fits.
  if (query.minMinor !== undefined) add('o.minor >= CAST(? AS INTEGER) * o.per', query.minMinor)
  if (query.maxMinor !== undefined) add('o.minor <= CAST(? AS INTEGER) * o.per', query.maxMinor)
  if (query.inStock !== undefined) add(query.inStock ? 'o.availability = 0' : 'o.availability <> 0')
  return { where, values }
}

// Words are letters and digits only, so quotes around them are all the escaping there is to do.
const whole = (words: readonly string[]): string[] => words.map((word) => `title : "${word}"`)
const begun = (words: readonly string[]): string[] => words.map((word) => `title : "${word}" *`)
const anywhere = (words: readonly string[]): string[] =>
  words.map((word) => `{title description} : "${word}" *`)
const allOf = (terms: readonly string[]): string => terms.map((term) => `(${term})`).join(' AND ')

function tiersOf(words: readonly string[], facets: readonly string[]): string[] {
  if (words.length === 0) return [allOf(facets)]
  const tiers = [whole(words), begun(words), anywhere(words)].map((terms) => allOf([...terms, ...facets]))
  return tiers.map((tier, index) => (index === 0 ? tier : `(${tier}) NOT (${tiers[index - 1]})`))
}

const cursorSchema = z.strictObject({
  t: z.int().min(0).max(2),
  v: z.array(z.union([z.string(), z.int()])),
})

export function writeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify({ t: cursor.tier, v: cursor.values })).toString('base64url')
}

function readCursor(text: string, order: readonly Column[]): Cursor {
  const wrong = (): MarketQueryError =>
    new MarketQueryError(
      'cursor-invalid',
      'This "after" belongs to another search. Start from the first page.',
    )
  let given: unknown
  try {
    given = JSON.parse(Buffer.from(text, 'base64url').toString())
  } catch {
    throw wrong()
  }
  const cursor = cursorSchema.safeParse(given)
  if (!cursor.success || cursor.data.v.length !== order.length) throw wrong()
  const fits = cursor.data.v.every(
    (value, index) => typeof value === (order[index] === 'availability' ? 'number' : 'string'),
  )
  if (!fits) throw wrong()
  return { tier: cursor.data.t, values: cursor.data.v }
}
