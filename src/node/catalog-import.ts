import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, constants } from 'node:fs/promises'
import { basename } from 'node:path'
import { z } from 'zod'
import { importCatalog } from '../shops/catalog.ts'
import { type Mapping, mappingSchema } from '../shops/csv/mapping.ts'
import type { ImportSummary } from '../shops/import-event.ts'
import type { ImportOptions } from '../shops/import-options.ts'
import type { Database, Table } from '../store/database.ts'
import type { Assortments } from './assortments.ts'
import type { Catalog, CatalogEdit } from './catalog.ts'
import { CatalogSources } from './catalog-sources.ts'
import type { Clock } from './clock.ts'
import type { NodeEvents } from './events.ts'
import { NodeError } from './node-error.ts'

export interface ImportRequest {
  /** How the file is called, for people. */
  readonly name: string
  readonly options: Omit<ImportOptions, 'existing' | 'signal' | 'now'>
  /** What to do with products that the file does not have. @default remove them, unless they are most of the catalog */
  readonly missing?: 'remove' | 'keep' | undefined
}

export interface ImportResult extends ImportSummary {
  readonly added: number
  readonly changed: number
  readonly unchanged: number
  readonly removed: number
  /** Products that the file does not have, kept because they are more than half of the catalog. */
  readonly kept: number
}

export type ImportStep =
  | { readonly progress: { readonly phase: 'survey' | 'offers'; readonly rows: number } }
  | { readonly result: ImportResult }

const lineFeed = 0x0a
const headerBytesMax = 65_536

const mappingRow = z.strictObject({ mapping: mappingSchema })

export interface ImportParts {
  readonly database: Database
  readonly catalog: Catalog
  readonly assortments: Assortments
  readonly events: NodeEvents
  readonly clock: Clock
}

/** Brings files into the catalog, one at a time. What a table's columns mean is asked once and remembered. */
export class CatalogImport {
  readonly #parts: ImportParts
  readonly #mappings: Table<z.output<typeof mappingRow>>
  readonly sources: CatalogSources
  #running = false
  readonly #abort = new AbortController()

  constructor(parts: ImportParts) {
    this.#parts = parts
    this.#mappings = parts.database.table('mapping', mappingRow)
    this.sources = new CatalogSources(parts.database, {
      importFile: (path, request) => this.#importWatched(path, request),
    })
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await this.sources.stop()
  }

  /**
   * Imports a file of the node's machine.
   * @throws {NodeError} `file-unreadable`, and what {@link run} throws
   */
  async *file(path: string, request: ImportRequest): AsyncGenerator<ImportStep> {
    try {
      await access(path, constants.R_OK)
    } catch (cause) {
      throw new NodeError('file-unreadable', `The node cannot read ${path}. Check path and permissions.`, {
        field: 'path',
        params: { path },
        cause,
      })
    }
    yield* this.run(() => createReadStream(path, { highWaterMark: 256 * 1024 }), request)
  }

  /**
   * Imports a source that can be opened again: all of it or, if it is broken or nobody waits for it any more,
   * nothing. Then the assortments follow.
   * @throws {NodeError} `import-running` @throws {ImportError}
   */
  async *run(open: () => AsyncIterable<Uint8Array>, request: ImportRequest): AsyncGenerator<ImportStep> {
    if (this.#running)
      throw new NodeError(
        'import-running',
        'Another import is running. Wait until it is through, then try again.',
      )
    this.#running = true
    try {
      const options = await this.#withMapping(open, request.options)
      yield* this.#import(open, { ...request, options })
    } finally {
      this.#running = false
    }
  }

  /** What was said once of a table with this header holds again. */
  async #withMapping(
    open: () => AsyncIterable<Uint8Array>,
    options: ImportRequest['options'],
  ): Promise<ImportRequest['options']> {
    if (options.mapping !== undefined) return options
    const header = await headerOf(open())
    const known = header === undefined ? undefined : this.#mappings.get(header)?.mapping
    return known === undefined ? options : { ...options, mapping: known }
  }

  async #rememberMapping(open: () => AsyncIterable<Uint8Array>, mapping: Mapping): Promise<void> {
    const header = await headerOf(open())
    if (header !== undefined) await this.#mappings.put(header, { mapping })
  }

  async *#import(open: () => AsyncIterable<Uint8Array>, request: ImportRequest): AsyncGenerator<ImportStep> {
    const { catalog, assortments, events } = this.#parts
    const edit = catalog.edit()
    let whole = false
    try {
      const { summary, mode } = yield* this.#read(open, request, edit)
      const removes = mode === 'full' && request.missing !== 'keep'
      const kept = removes ? await edit.removeUnseen(request.missing === 'remove') : 0
      whole = true
      const { skus, ...counts } = await edit.finish(kept)
      const { mapping } = request.options
      if (mapping !== undefined) await this.#rememberMapping(open, mapping as Mapping)
      // Something may be left over from an import before, whose assortments were not computed any more.
      await assortments.refresh(catalog.isDirty && skus?.size === 0 ? undefined : skus)
      const { added, changed, removed } = counts
      const { refusedCount: refused } = summary
      events.emit({ type: 'catalog-imported', file: request.name, added, changed, removed, refused })
      yield { result: { ...summary, ...counts } }
    } finally {
      // The file is broken, or whoever asked has gone: a part of a catalog is none.
      if (!whole) await edit.abandon()
    }
  }

  async *#read(
    open: () => AsyncIterable<Uint8Array>,
    request: ImportRequest,
    edit: CatalogEdit,
  ): AsyncGenerator<ImportStep, { summary: ImportSummary; mode: 'full' | 'update' }> {
    const { catalog, clock } = this.#parts
    let mode: 'full' | 'update' = 'full'
    const events = importCatalog(open, {
      ...request.options,
      now: clock.nowSeconds(),
      existing: (sku) => catalog.get(sku),
      signal: this.#abort.signal,
    })
    for await (const event of events)
      switch (event.type) {
        case 'start':
          mode = event.mode
          break
        case 'offer':
          await edit.put(event.offer.sku, event.text)
          break
        case 'removal':
          await edit.remove(event.sku)
          break
        case 'progress':
          yield { progress: { phase: event.phase, rows: event.rows } }
          break
        case 'end':
          return { summary: event.summary, mode }
      }
    throw new Error('an import ends with its summary')
  }

  /** @returns false if it has to be tried again */
  async #importWatched(path: string, request: ImportRequest): Promise<boolean> {
    try {
      for await (const _ of this.file(path, request));
    } catch (error) {
      if (this.#abort.signal.aborted) return false
      if (error instanceof NodeError && error.code === 'import-running') return false
      const { code = 'unexpected' } = error as { code?: string }
      const message = error instanceof Error ? error.message : String(error)
      this.#parts.events.emit({ type: 'catalog-import-failed', file: basename(path), code, message })
    }
    return true
  }
}

/** The digest of a table's first line; `undefined` if the file is no table. */
async function headerOf(bytes: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of bytes) {
    parts.push(part)
    length += part.length
    if (part.includes(lineFeed) || length >= headerBytesMax) break
  }
  const [line = ''] = Buffer.concat(parts).toString('latin1').split(/\r?\n/)
  return line === '' || line.startsWith('<')
    ? undefined
    : createHash('sha256').update(line).digest('base64url')
}
