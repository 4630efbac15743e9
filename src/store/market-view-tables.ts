import { rmSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'

/** Raise it with any change to the tables or to how texts are folded: a view of another version is made anew. */
const viewVersion = 1
/** Prepared statements kept: conditions combine in many ways, so they do not all stay. */
const statementsMax = 200

/**
 * `offer.availability`: 0 in stock, 1 unknown, 2 sold out. `offer.words`: digest of what the index holds of
 * it, so that a new price does not touch the index. `source.rev`: 0 while a repo is being built.
 * The index keeps no texts and no positions; `facets` holds `s_<source>`, `c_<Google category>` and
 * `k_<path>` for each prefix of the shop's own category.
 */
const tables = `
  CREATE TABLE source (id INTEGER PRIMARY KEY, merchant TEXT NOT NULL, repo TEXT NOT NULL, rev INTEGER NOT NULL,
    UNIQUE (merchant, repo));
  CREATE TABLE path (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE);
  CREATE TABLE offer (id INTEGER PRIMARY KEY, source INTEGER NOT NULL, sku TEXT NOT NULL, gtin INTEGER,
    currency TEXT NOT NULL, minor INTEGER NOT NULL, per INTEGER NOT NULL, availability INTEGER NOT NULL,
    words INTEGER NOT NULL);
  CREATE UNIQUE INDEX offer_sku ON offer (source, sku);
  CREATE INDEX offer_gtin ON offer (gtin) WHERE gtin IS NOT NULL;
  CREATE VIRTUAL TABLE words USING fts5(title, description, facets, content='', contentless_delete=1,
    detail=column, tokenize="unicode61 remove_diacritics 0 tokenchars '_'");
  PRAGMA user_version = ${viewVersion};`

export type SqlValue = string | number | bigint | null

/** The view's SQLite file: statements by their text, transactions. */
export class MarketTables {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  /** Use {@link openMarketTables}. */
  constructor(database: DatabaseSync) {
    this.#database = database
  }

  get(sql: string, ...values: readonly SqlValue[]): Record<string, unknown> | undefined {
    return this.#statement(sql).get(...values)
  }

  all(sql: string, ...values: readonly SqlValue[]): Record<string, unknown>[] {
    return this.#statement(sql).all(...values)
  }

  /** @returns the id of the row that was inserted */
  run(sql: string, ...values: readonly SqlValue[]): number {
    return Number(this.#statement(sql).run(...values).lastInsertRowid)
  }

  /** All of `work` or nothing. */
  transaction(work: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      work()
      this.#database.exec('COMMIT')
    } catch (error) {
      this.#database.exec('ROLLBACK')
      throw error
    }
  }

  close(): void {
    this.#statements.clear()
    this.#database.close()
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      if (this.#statements.size >= statementsMax) this.#statements.clear()
      statement = this.#database.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }
}

/** A damaged file, or one of another version, is thrown away: it begins empty. Other errors are thrown. */
export function openMarketTables(path: string): MarketTables {
  let tablesInFile = openFile(path)
  if (tablesInFile === undefined) {
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
    tablesInFile = openFile(path)
  }
  if (tablesInFile === undefined) throw new Error(`The file ${path} cannot hold a search index.`)
  return tablesInFile
}

const sqliteCorrupt = 11
const sqliteNotADatabase = 26

/** @returns nothing if the file is no use as it is */
function openFile(path: string): MarketTables | undefined {
  const database = new DatabaseSync(path)
  try {
    // Nothing here is precious: a power cut may cost the last folds, never the file.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16000')
    const version = database.prepare('PRAGMA user_version').get()?.user_version
    const empty = database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n === 0
    if (empty) database.exec(`BEGIN; ${tables} COMMIT`)
    if (empty || version === viewVersion) return new MarketTables(database)
  } catch (error) {
    const code = (error as { errcode?: number }).errcode
    if (code !== sqliteCorrupt && code !== sqliteNotADatabase) {
      database.close()
      throw error
    }
  }
  database.close()
  return undefined
}
