import { setImmediate as turn } from 'node:timers/promises'
import { applyChange, pathNumber, sourceNumber } from './market-view-fold.ts'
import {
  type MarketQuery,
  type Numbers,
  type Plan,
  planOf,
  statementParts,
  writeCursor,
} from './market-view-query.ts'
import { type MarketTables, openMarketTables } from './market-view-tables.ts'

/** Offers of one transaction while a repo is built: some 30 ms in which nothing else runs. */
const buildBatch = 500

interface MarketRow {
  readonly merchant: string
  readonly repo: string
  readonly sku: string
}

export interface MarketPage {
  readonly rows: readonly MarketRow[]
  /** There is more: ask again with it as `after`. */
  readonly next?: string
}

/** A repo whose state in the view is not its state in the store. */
export interface Lag {
  readonly merchant: string
  readonly repo: string
  /** What the view holds; 0 for nothing or a build that was cut off. */
  readonly folded: number
  /** What the store holds; 0 for a repo that is no longer there. */
  readonly rev: number
}

/** A record's key and its text; no text: it is gone. */
export type Change = readonly [key: string, text: string | undefined]

/** What was folded into a repo while it is being built: it is newer than what the build reads. */
interface Build {
  readonly keys: Set<string>
  rev: number
}

interface Found extends MarketRow {
  readonly availability: number
}

/**
 * What the market offers, searchable: a pure fold over the offers of all repos that this node holds. It can be
 * deleted at any time; folding the repos anew gives the same answers.
 */
export class MarketView {
  readonly #tables: MarketTables
  readonly #numbers: Numbers
  readonly #building = new Map<string, Build>()

  /** Use {@link openMarketView}. */
  constructor(tables: MarketTables) {
    this.#tables = tables
    this.#numbers = {
      pathOf: (path) => pathNumber(tables, path),
      sourcesOf: (merchants) =>
        merchants.flatMap((merchant) =>
          tables.all('SELECT id FROM source WHERE merchant = ?', merchant).map(({ id }) => id as number),
        ),
    }
  }

  /** The rev that the view holds of a repo; 0 for none, or an unfinished build. */
  folded(merchant: string, repo: string): number {
    const row = this.#tables.get('SELECT rev FROM source WHERE merchant = ? AND repo = ?', merchant, repo)
    return (row?.rev as number | undefined) ?? 0
  }

  /** Every repo that is not yet, or no longer, in the view as it is in the store. */
  behind(repos: Iterable<{ readonly merchant: string; readonly repo: string; readonly rev: number }>): Lag[] {
    const held = new Map<string, Lag>()
    for (const row of this.#tables.all('SELECT merchant, repo, rev AS folded, 0 AS rev FROM source')) {
      const lag = row as unknown as Lag
      held.set(sourceKey(lag.merchant, lag.repo), lag)
    }
    const lags: Lag[] = []
    for (const { merchant, repo, rev } of repos) {
      const folded = held.get(sourceKey(merchant, repo))?.folded ?? 0
      held.delete(sourceKey(merchant, repo))
      if (folded !== rev) lags.push({ merchant, repo, folded, rev })
    }
    return [...lags, ...held.values()]
  }

  /**
   * Brings a repo in the view to `rev`, all or nothing. Keys that are not `offer/…` are passed over.
   * @param changes at least every key that differs between the folded rev and this one, each once
   * @throws {RangeError} if the view holds a later rev. About 0.1 ms for a new offer, 0.03 ms for a new price.
   */
  fold(merchant: string, repo: string, rev: number, changes: Iterable<Change>): void {
    const folded = this.folded(merchant, repo)
    if (rev < folded)
      throw new RangeError(`The view holds ${repo} of ${merchant} at rev ${folded}, not ${rev}.`)
    const building = this.#building.get(sourceKey(merchant, repo))
    const keys: string[] = []
    this.#tables.transaction(() => {
      const source = sourceNumber(this.#tables, merchant, repo)
      for (const [key, text] of changes) {
        applyChange(this.#tables, source, key, text)
        if (building !== undefined) keys.push(key)
      }
      // Until a build is through, the repo is not whole at any rev.
      if (building === undefined) this.#setRev(source, rev)
    })
    if (building === undefined) return
    for (const key of keys) building.keys.add(key)
    building.rev = Math.max(building.rev, rev)
  }

  /**
   * Replaces what the view holds of a repo. Works in slices, so that searches and folds run in between; until
   * it is through, {@link behind} names the repo.
   * @param rev what the entries are, at least; folds that come meanwhile are of later revs
   * @returns false if the repo was reset, or built anew, meanwhile. About 50–80 µs an offer.
   */
  async build(
    merchant: string,
    repo: string,
    rev: number,
    entries: AsyncIterable<Change> | Iterable<Change>,
  ): Promise<boolean> {
    this.reset(merchant, repo)
    const key = sourceKey(merchant, repo)
    const building: Build = { keys: new Set(), rev }
    this.#building.set(key, building)
    const isOurs = (): boolean => this.#building.get(key) === building
    const write = (slice: readonly Change[], reached: number): void =>
      this.#tables.transaction(() => {
        const source = sourceNumber(this.#tables, merchant, repo)
        for (const [entry, text] of slice)
          if (!building.keys.has(entry)) applyChange(this.#tables, source, entry, text)
        this.#setRev(source, reached)
      })
    try {
      let slice: Change[] = []
      for await (const entry of entries) {
        if (!isOurs()) return false
        slice.push(entry)
        if (slice.length < buildBatch) continue
        write(slice, 0)
        slice = []
        await turn()
      }
      if (!isOurs()) return false
      write(slice, building.rev)
      return true
    } finally {
      if (isOurs()) this.#building.delete(key)
    }
  }

  /** Forgets a repo, in one go: about 5 µs an offer. */
  reset(merchant: string, repo: string): void {
    this.#building.delete(sourceKey(merchant, repo))
    const row = this.#tables.get('SELECT id FROM source WHERE merchant = ? AND repo = ?', merchant, repo)
    if (row === undefined) return
    const source = row.id as number
    this.#tables.transaction(() => {
      this.#tables.run('DELETE FROM words WHERE rowid IN (SELECT id FROM offer WHERE source = ?)', source)
      this.#tables.run('DELETE FROM offer WHERE source = ?', source)
      this.#tables.run('DELETE FROM source WHERE id = ?', source)
    })
  }

  /**
   * One page of offers, best first; how they are ranked stands at `planOf`. Without text, GTIN and category
   * they are listed by merchant, repo and SKU.
   * @throws {MarketQueryError} if `after` is not from a search like this, or a price range has no currency
   */
  search(query: MarketQuery): MarketPage {
    const plan = planOf(query, this.#numbers)
    const found: (Found & { readonly tier: number })[] = []
    for (let tier = plan.after?.tier ?? 0; tier < plan.tiers.length && found.length <= plan.limit; tier++)
      for (const row of this.#tier(plan, tier, plan.limit + 1 - found.length)) found.push({ ...row, tier })
    const rows = found.slice(0, plan.limit).map(({ merchant, repo, sku }) => ({ merchant, repo, sku }))
    const last = found[plan.limit - 1]
    if (found.length <= plan.limit || last === undefined) return { rows }
    return { rows, next: writeCursor({ tier: last.tier, values: plan.order.map((name) => last[name]) }) }
  }

  /** How many offers a search would list in all; `limit` and `after` do not matter. */
  count(query: MarketQuery): number {
    const { after: _after, ...all } = query
    const { from, where, values } = statementParts(planOf(all, this.#numbers), 'all')
    return this.#tables.get(`SELECT count(*) AS n FROM ${from} WHERE ${where}`, ...values)?.n as number
  }

  close(): void {
    this.#tables.close()
  }

  #tier(plan: Plan, tier: number, limit: number): Found[] {
    const { from, where, values } = statementParts(plan, tier)
    const sql = `SELECT merchant, repo, sku, availability FROM ${from} WHERE ${where}
      ORDER BY ${plan.order.join(', ')} LIMIT ?`
    return this.#tables.all(sql, ...values, limit) as unknown as Found[]
  }

  #setRev(source: number, rev: number): void {
    this.#tables.run('UPDATE source SET rev = ? WHERE id = ?', rev, source)
  }
}

const sourceKey = (merchant: string, repo: string): string => `${merchant}/${repo}`

/**
 * Opens the view in the file `path`; `:memory:` keeps it in memory. One that is damaged, or of another
 * version, begins empty: {@link MarketView.behind} then names every repo.
 */
export function openMarketView(path: string): MarketView {
  return new MarketView(openMarketTables(path))
}
