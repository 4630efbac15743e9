import { hash } from 'node:crypto'
import type { Offer } from '../core/trade/offer.ts'
import type { MarketTables } from './market-view-tables.ts'
import { descriptionWords, pathPrefixes, titleWords } from './market-view-text.ts'

const keyPrefix = 'offer/'

/** The number of a repo in the tables, made when it is new. */
export function sourceNumber(tables: MarketTables, merchant: string, repo: string): number {
  tables.run(
    'INSERT INTO source (merchant, repo, rev) VALUES (?, ?, 0) ON CONFLICT DO NOTHING',
    merchant,
    repo,
  )
  return tables.get('SELECT id FROM source WHERE merchant = ? AND repo = ?', merchant, repo)?.id as number
}

/** The number of a category path in any spelling that folds to it. */
export function pathNumber(tables: MarketTables, categoryPath: string): number | undefined {
  const folded = pathPrefixes(categoryPath).at(-1)
  if (folded === undefined) return undefined
  return tables.get('SELECT id FROM path WHERE path = ?', folded)?.id as number | undefined
}

/**
 * Puts one record of a repo into the tables, or takes it out. Keys of other kinds are passed over.
 * @param text the record as it stands in the repo: admitted, so it is an offer if its key says so
 */
export function applyChange(
  tables: MarketTables,
  source: number,
  key: string,
  text: string | undefined,
): void {
  if (!key.startsWith(keyPrefix)) return
  const sku = key.slice(keyPrefix.length)
  const held = tables.get('SELECT id, words FROM offer WHERE source = ? AND sku = ?', source, sku) as
    | { id: number; words: number }
    | undefined
  if (text !== undefined) putOffer(tables, source, sku, JSON.parse(text) as Offer, held)
  else if (held !== undefined) {
    tables.run('DELETE FROM words WHERE rowid = ?', held.id)
    tables.run('DELETE FROM offer WHERE id = ?', held.id)
  }
}

function putOffer(
  tables: MarketTables,
  source: number,
  sku: string,
  offer: Offer,
  held: { readonly id: number; readonly words: number } | undefined,
): void {
  const indexed = [titleWords(offer), descriptionWords(offer), facetTokens(tables, source, offer)] as const
  const words = Number.parseInt(hash('sha256', indexed.join('\n')).slice(0, 12), 16)
  const row = [
    offer.gtin === undefined ? null : Number(offer.gtin), // as a number, leading zeros do not matter
    offer.price.currency,
    offer.price.minor,
    offer.price.perQuantity ?? 1,
    offer.stock === undefined ? 1 : offer.stock > 0 ? 0 : 2,
    words,
  ]
  const id =
    held?.id ??
    tables.run(
      'INSERT INTO offer (gtin, currency, minor, per, availability, words, source, sku) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      ...row,
      source,
      sku,
    )
  if (held !== undefined)
    tables.run(
      'UPDATE offer SET gtin = ?, currency = ?, minor = ?, per = ?, availability = ?, words = ? WHERE id = ?',
      ...row,
      id,
    )
  if (held?.words !== words)
    tables.run(
      'INSERT OR REPLACE INTO words (rowid, title, description, facets) VALUES (?, ?, ?, ?)',
      id,
      ...indexed,
    )
}

function facetTokens(tables: MarketTables, source: number, offer: Offer): string {
  const facets = [`s_${source}`]
  if (offer.category !== undefined) facets.push(`c_${offer.category}`)
  for (const prefix of pathPrefixes(offer.categoryPath ?? '')) {
    tables.run('INSERT INTO path (path) VALUES (?) ON CONFLICT DO NOTHING', prefix)
    facets.push(`k_${pathNumber(tables, prefix)}`)
  }
  return facets.join(' ')
}
