import { stat } from 'node:fs/promises'
import { z } from 'zod'
import { importOptionsSchema } from '../shops/import-options.ts'
import type { Database, Table } from '../store/database.ts'
import type { ImportRequest } from './catalog-import.ts'
import { NodeError } from './node-error.ts'

export const sourcesMax = 100
/** Polled, since files on network drives and files that are replaced give no reliable events. */
const pollMs = 250

const sourceRow = z.strictObject({
  path: z.string().min(1),
  name: z.string(),
  options: importOptionsSchema,
  missing: z.enum(['remove', 'keep']).optional(),
  /** What the file was when it was imported last: a change while the node was down is seen. */
  seen: z.string().optional(),
})
type Source = z.output<typeof sourceRow>

/** Files that the node follows by itself: rows `source/<path>`. A file is imported once it has stopped changing. */
export class CatalogSources {
  readonly #table: Table<Source>
  readonly #importFile: (path: string, request: ImportRequest) => Promise<boolean>
  readonly #timers = new Map<string, NodeJS.Timeout>()
  #working = new Map<string, Promise<void>>()
  #stopped = false

  constructor(
    database: Database,
    work: { readonly importFile: (path: string, request: ImportRequest) => Promise<boolean> },
  ) {
    this.#table = database.table('source', sourceRow)
    this.#importFile = work.importFile
  }

  async start(): Promise<void> {
    for await (const [, { path, seen }] of this.#table.entries()) this.#watch(path, seen)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
    await Promise.allSettled(this.#working.values())
  }

  async list(): Promise<readonly { readonly path: string; readonly name: string }[]> {
    const sources: { path: string; name: string }[] = []
    for await (const [, { path, name }] of this.#table.entries()) sources.push({ path, name })
    return sources
  }

  /** Follows a file from its next change on. @throws {NodeError} `sources-too-many` */
  async follow(path: string, request: ImportRequest): Promise<void> {
    if (this.#table.get(path) === undefined && (await this.list()).length >= sourcesMax)
      throw new NodeError('sources-too-many', `A node follows at most ${sourcesMax} files.`)
    const seen = await stateOf(path)
    const { name, options, missing } = request
    const row = { path, name, options: importOptionsSchema.parse(options), ...(missing && { missing }) }
    await this.#table.put(path, { ...row, ...(seen !== undefined && { seen }) })
    this.#watch(path, seen)
  }

  /** @throws {NodeError} `source-unknown` */
  async unfollow(path: string): Promise<void> {
    if (this.#table.get(path) === undefined)
      throw new NodeError('source-unknown', `The node does not follow ${path}.`, {
        field: 'path',
        params: { path },
      })
    clearTimeout(this.#timers.get(path))
    this.#timers.delete(path)
    await this.#table.del(path)
  }

  #watch(path: string, seen: string | undefined): void {
    clearTimeout(this.#timers.get(path))
    let imported = seen
    let before: string | undefined
    const look = async (): Promise<void> => {
      const now = await stateOf(path)
      // Twice the same, and not what was imported: it has changed, and nobody writes any more.
      if (now !== undefined && now === before && now !== imported) {
        if (await this.#import(path, now)) imported = now
      }
      before = now
      if (this.#stopped || !this.#timers.has(path)) return
      this.#timers.set(path, setTimeout(run, pollMs).unref())
    }
    const run = (): void => {
      const work = look().catch(() => undefined)
      this.#working.set(path, work)
      void work.finally(() => this.#working.get(path) === work && this.#working.delete(path))
    }
    this.#timers.set(path, setTimeout(run, pollMs).unref())
  }

  async #import(path: string, seen: string): Promise<boolean> {
    const source = this.#table.get(path)
    if (source === undefined) return true
    const { name, options, missing } = source
    if (!(await this.#importFile(path, { name, options, missing }))) return false
    if (this.#table.get(path) !== undefined) await this.#table.put(path, { ...source, seen })
    return true
  }
}

/** Changes with every write; `undefined` while there is no such file, as between the steps of a replacement. */
async function stateOf(path: string): Promise<string | undefined> {
  try {
    const { mtimeMs, size, ino } = await stat(path)
    return `${mtimeMs} ${size} ${ino}`
  } catch {
    return undefined
  }
}
