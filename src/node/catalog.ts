import type { Offer } from '../core/trade/offer.ts'
import { Seen } from '../shops/seen.ts'
import { type Database, endOf, type Write } from '../store/database.ts'

const prefix = 'catalog/'
/** Changes of a run that is not finished: a new text, or nothing for a product that goes. */
const stagedPrefix = 'catalog-staged/'
/** The staged changes are whole: what is left of them is to be applied, whatever happens. */
const applyKey = 'state/catalog-apply'
const dirtyKey = 'state/catalog-dirty'
const countKey = 'state/catalog-count'
/** Rows of one write; some 400 kB. */
const batchRows = 1_000
/** Changes beyond this are not named one by one: whoever follows the catalog looks at all of it. */
const skusNamedMax = 50_000
const nothing = new Uint8Array(0)
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
  /** The SKUs that are not as they were; `undefined` if they are too many to name. */
  readonly skus: ReadonlySet<string> | undefined
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

  /** All SKUs, in byte order. */
  async *skus(): AsyncIterable<string> {
    for await (const key of this.#database.keys({ gte: prefix, lt: endOf(prefix) }))
      yield key.slice(prefix.length)
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

  /** A run of changes: all or nothing, and only differences are written. One at a time. */
  edit(): CatalogEdit {
    return new CatalogEdit(this.#database, this)
  }

  /** After a start: finishes a run that was being applied, and forgets one that was not. */
  async recover(): Promise<void> {
    if (this.#database.get(applyKey) === undefined) await this.discard()
    else await this.apply()
  }

  /** Forgets what is staged. */
  async discard(): Promise<void> {
    await this.#database.clear({ gte: stagedPrefix, lt: endOf(stagedPrefix) })
  }

  /** Takes over what is staged. Cut off at any moment, it goes on where it was. */
  async apply(): Promise<void> {
    let { count } = this
    let writes: Write[] = []
    const write = async (more: readonly Write[]): Promise<void> => {
      const state: Write[] = [
        { key: countKey, value: encoder.encode(String(count)) },
        { key: dirtyKey, value: nothing },
      ]
      const all = [...writes, ...(writes.length > 0 ? state : []), ...more]
      await this.#database.batch(all, { sync: false })
      writes = []
    }
    for await (const [staged, value] of this.#database.entries({
      gte: stagedPrefix,
      lt: endOf(stagedPrefix),
    })) {
      const key = prefix + staged.slice(stagedPrefix.length)
      const isHeld = this.#database.get(key) !== undefined
      const isGone = value.length === 0
      count += Number(!isGone && !isHeld) - Number(isGone && isHeld)
      writes.push({ key, value: isGone ? undefined : value }, { key: staged, value: undefined })
      if (writes.length >= 2 * batchRows) await write([])
    }
    await write([{ key: applyKey, value: undefined }])
  }
}

/** Collects changes beside the catalog, until they are whole. */
export class CatalogEdit {
  readonly #database: Database
  readonly #catalog: Catalog
  readonly #seen = new Seen()
  readonly #skus = new Set<string>()
  readonly #counts = { added: 0, changed: 0, unchanged: 0, removed: 0 }
  #writes: Write[] = []

  constructor(database: Database, catalog: Catalog) {
    this.#database = database
    this.#catalog = catalog
  }

  /** @param text the offer's canonical text */
  async put(sku: string, text: string): Promise<void> {
    this.#seen.add(sku)
    const held = this.#catalog.text(sku)
    if (held === text) {
      this.#counts.unchanged++
      return
    }
    this.#counts[held === undefined ? 'added' : 'changed']++
    await this.#stage(sku, encoder.encode(text))
  }

  async remove(sku: string): Promise<void> {
    if (this.#catalog.text(sku) === undefined) return
    this.#counts.removed++
    await this.#stage(sku, nothing)
  }

  /**
   * Takes out what was not put. Unless `many` is allowed, only if it is less than half of the catalog.
   * @returns how many were kept
   */
  async removeUnseen(many: boolean): Promise<number> {
    const missing: string[] = []
    for await (const sku of this.#catalog.skus()) if (!this.#seen.has(sku)) missing.push(sku)
    const isMost = missing.length > this.#catalog.count * removedUnaskedPart
    if (isMost && missing.length >= removedUnaskedMin && !many) return missing.length
    for (const sku of missing) await this.remove(sku)
    return 0
  }

  /** Everything counts from here on. */
  async finish(kept: number): Promise<CatalogChange> {
    await this.#flush([{ key: applyKey, value: nothing }])
    await this.#catalog.apply()
    const skus = this.#skus.size <= skusNamedMax ? this.#skus : undefined
    return { ...this.#counts, kept, skus }
  }

  /** Nothing of it counts. */
  async abandon(): Promise<void> {
    this.#writes = []
    await this.#catalog.discard()
  }

  async #stage(sku: string, value: Uint8Array): Promise<void> {
    if (this.#skus.size <= skusNamedMax) this.#skus.add(owned(sku))
    this.#writes.push({ key: stagedPrefix + sku, value })
    if (this.#writes.length >= batchRows) await this.#flush([])
  }

  async #flush(more: readonly Write[]): Promise<void> {
    const writes = [...this.#writes, ...more]
    this.#writes = []
    await this.#database.batch(writes, { sync: false })
  }
}

/** A copy that does not hold on to the whole chunk of the file that it was cut from. */
function owned(text: string): string {
  return Buffer.from(text).toString()
}
