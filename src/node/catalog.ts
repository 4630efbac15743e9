import type { Offer } from '../core/trade/offer.ts'
import { Seen } from '../shops/seen.ts'
import { type Database, endOf, type Write } from '../store/database.ts'

const prefix = 'catalog/'
const dirtyKey = 'state/catalog-dirty'
const countKey = 'state/catalog-count'
/** Rows of one write; some 400 kB. */
const batchRows = 1_000
const decoder = new TextDecoder()
const encoder = new TextEncoder()

/** What a change of the catalog came to. */
export interface CatalogChange {
  readonly added: number
  readonly changed: number
  readonly unchanged: number
  readonly removed: number
  /** Missing in what was imported, but kept: they were too many to go unasked. */
  readonly kept: number
  /** The SKUs that are not as they were. */
  readonly skus: ReadonlySet<string>
}

/** More than this part of the catalog does not vanish by itself: a broken export looks just like that. */
const removedUnaskedPart = 0.5
const removedUnaskedMin = 20

/** The merchant's own products, as imported: `catalog/<sku>` holds an offer's canonical text. Private to the node. */
export class Catalog {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  get(sku: string): Offer | undefined {
    const text = this.text(sku)
    return text === undefined ? undefined : (JSON.parse(text) as Offer)
  }

  /** The offer's canonical text. */
  text(sku: string): string | undefined {
    const value = this.#database.get(prefix + sku)
    return value === undefined ? undefined : decoder.decode(value)
  }

  /** Products in byte order of their SKUs. @param after leaves out this SKU and those before it */
  async *entries(after?: string): AsyncIterable<readonly [sku: string, text: string]> {
    const gte = after === undefined ? prefix : `${prefix}${after}\0`
    for await (const [key, value] of this.#database.entries({ gte, lt: endOf(prefix) }))
      yield [key.slice(prefix.length), decoder.decode(value)]
  }

  /** Kept beside the rows, in the same batches. */
  get count(): number {
    const value = this.#database.get(countKey)
    return value === undefined ? 0 : Number(decoder.decode(value))
  }

  /** Whether products changed that may not be in the assortments yet: the node was killed in between. */
  get isDirty(): boolean {
    return this.#database.get(dirtyKey) !== undefined
  }

  /** The assortments are as the catalog is. */
  async settled(): Promise<void> {
    await this.#database.batch([{ key: dirtyKey, value: undefined }], { sync: false })
  }

  /** A run of changes; only differences are written. Nobody else may change the catalog meanwhile. */
  edit(): CatalogEdit {
    return new CatalogEdit(this.#database, this)
  }
}

/** Collects changes and writes them in batches. What was written stays if the rest fails; nothing is lost. */
export class CatalogEdit {
  readonly #database: Database
  readonly #catalog: Catalog
  readonly #countBefore: number
  readonly #seen = new Seen()
  readonly #skus = new Set<string>()
  readonly #counts = { added: 0, changed: 0, unchanged: 0, removed: 0 }
  #writes: Write[] = []

  constructor(database: Database, catalog: Catalog) {
    this.#database = database
    this.#catalog = catalog
    this.#countBefore = catalog.count
  }

  /** @param text the offer's canonical text */
  async put(given: string, text: string): Promise<void> {
    const sku = owned(given)
    this.#seen.add(sku)
    const held = this.#catalog.text(sku)
    if (held === text) {
      this.#counts.unchanged++
      return
    }
    this.#counts[held === undefined ? 'added' : 'changed']++
    await this.#write(sku, text)
  }

  async remove(sku: string): Promise<void> {
    if (this.#catalog.text(sku) === undefined) return
    this.#counts.removed++
    await this.#write(owned(sku), undefined)
  }

  /**
   * Takes out what was not put. Unless `many` is allowed, only if it is less than half of the catalog.
   * @returns how many were kept
   */
  async removeUnseen(many: boolean): Promise<number> {
    await this.flush()
    const missing: string[] = []
    for await (const [sku] of this.#catalog.entries()) if (!this.#seen.has(sku)) missing.push(sku)
    const tooMany =
      missing.length > this.#countBefore * removedUnaskedPart && missing.length >= removedUnaskedMin
    if (tooMany && !many) return missing.length
    for (const sku of missing) await this.remove(sku)
    return 0
  }

  async #write(sku: string, text: string | undefined): Promise<void> {
    this.#skus.add(sku)
    this.#writes.push({ key: prefix + sku, value: text === undefined ? undefined : encoder.encode(text) })
    if (this.#writes.length >= batchRows) await this.flush()
  }

  async flush(): Promise<void> {
    if (this.#writes.length === 0) return
    const count = this.#countBefore + this.#counts.added - this.#counts.removed
    const writes = [
      ...this.#writes,
      { key: dirtyKey, value: new Uint8Array(0) },
      { key: countKey, value: encoder.encode(String(count)) },
    ]
    this.#writes = []
    await this.#database.batch(writes, { sync: false })
  }

  /** Everything is written. */
  async finish(kept: number): Promise<CatalogChange> {
    await this.flush()
    return { ...this.#counts, kept, skus: this.#skus }
  }
}

/** A copy that does not hold on to the whole chunk of the file that it was cut from. */
function owned(text: string): string {
  return Buffer.from(text).toString()
}
