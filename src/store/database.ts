import { statfs } from 'node:fs/promises'
import { Level } from 'level'
import type { z } from 'zod'

export type StoreErrorCode = 'in-use' | 'damaged' | 'too-new' | 'disk-full' | 'failed'

/** The store cannot do what was asked; nothing was changed. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode
  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** In Node it is a ClassicLevel, which has more than the type says. */
type Level8 = Level<string, Uint8Array> & { compactRange?(start: string, end: string): Promise<void> }

/** One write of a batch. `value: undefined` deletes. */
export interface Write {
  readonly key: string
  readonly value: Uint8Array | undefined
}

export interface Range {
  readonly gte?: string
  readonly lt?: string
  /** At most so many; default: all. */
  readonly limit?: number
  readonly reverse?: boolean
}

/**
 * Rows of one noun: JSON under `<name>/<key>`, checked against the schema on the way in and out. Keys may
 * hold `/`; byte order is key order.
 */
export interface Table<T> {
  get(key: string): T | undefined
  put(key: string, row: T, options?: { readonly sync?: boolean }): Promise<void>
  del(key: string, options?: { readonly sync?: boolean }): Promise<void>
  /** The write, to go into a {@link Database.batch} with others. `row: undefined` deletes. */
  write(key: string, row: T | undefined): Write
  entries(range?: Range): AsyncIterable<readonly [key: string, row: T]>
}

/** What the code of this version reads and writes. Raise it with a step in {@link migrations}. */
const schemaVersion = 1
const versionKey = 'meta/version'

/** `migrations[n]` turns a store of version n into one of version n + 1, in one batch. */
const migrations: Readonly<Record<number, (database: Database) => Promise<readonly Write[]>>> = {}

/** Room that the disk must have before a store that failed to write writes again: what is in memory, and the next file. */
const roomBytesMin = 40 * 2 ** 20
/** Above all keys: a compaction of this range only brings what is in memory to the disk. */
const beyond = ['\uffff', '\uffff\uffff'] as const

/**
 * One level database: everything a node keeps, but for its keys. A batch is atomic; with `sync` it is on the
 * disk before the promise resolves, without it survives `kill -9` but maybe not a power cut.
 */
export class Database {
  readonly #level: Level8
  readonly directory: string
  /** A write failed: see {@link #mend}. */
  #isTorn = false
  #mending: Promise<void> | undefined

  /** Use {@link openDatabase}. */
  constructor(level: Level8, directory: string) {
    this.#level = level
    this.directory = directory
  }

  /** The value under a key, synchronously: about 15 µs. @throws {StoreError} */
  get(key: string): Uint8Array | undefined {
    try {
      return this.#level.getSync(key)
    } catch (cause) {
      throw storeErrorOf(cause, this.directory)
    }
  }

  /** @throws {StoreError} and nothing was changed */
  async batch(writes: readonly Write[], options: { readonly sync: boolean }): Promise<void> {
    await this.#write(async () => {
      const batch = this.#level.batch()
      for (const { key, value } of writes) {
        if (value === undefined) batch.del(key)
        else batch.put(key, value)
      }
      await batch.write({ sync: options.sync })
    })
  }

  /** Keys and values in byte order. Reads ahead at most some 64 kB. @throws {StoreError} */
  async *entries(range: Range = {}): AsyncIterable<readonly [key: string, value: Uint8Array]> {
    try {
      yield* this.#level.iterator({ ...range, highWaterMarkBytes: 65_536 })
    } catch (cause) {
      throw storeErrorOf(cause, this.directory)
    }
  }

  /** @throws {StoreError} */
  async *keys(range: Range = {}): AsyncIterable<string> {
    try {
      yield* this.#level.keys(range)
    } catch (cause) {
      throw storeErrorOf(cause, this.directory)
    }
  }

  /** Deletes a range of keys; not atomic. @throws {StoreError} */
  async clear(range: Range): Promise<void> {
    await this.#write(() => this.#level.clear(range))
  }

  async #write(write: () => Promise<void>): Promise<void> {
    if (this.#isTorn) {
      this.#mending ??= this.#mend().finally(() => {
        this.#mending = undefined
      })
      await this.#mending
    }
    try {
      await write()
    } catch (cause) {
      this.#isTorn = true
      throw storeErrorOf(cause, this.directory)
    }
    // LevelDB may have put it behind one that failed meanwhile: it is not known to last.
    if (this.#isTorn) throw full(this.directory)
  }

  /**
   * After a write that failed LevelDB goes on in a log whose end is torn. All that it writes there, and calls synced, is
   * lost when the store is opened the next time. So nothing is written before there is room and a new log.
   */
  async #mend(): Promise<void> {
    const { bavail, bsize } = await statfs(this.directory)
    if (bavail * bsize < roomBytesMin) throw full(this.directory)
    const probe = async (): Promise<void> =>
      await this.#level.put(versionKey, Buffer.from(String(schemaVersion)), { sync: true })
    try {
      await this.#level.compactRange?.(...beyond)
      // Where even that failed before, LevelDB takes no write any more until it is opened anew.
      await probe().catch(async () => {
        await this.#level.close()
        await this.#level.open()
        await probe()
      })
    } catch (cause) {
      throw storeErrorOf(cause, this.directory)
    }
    this.#isTorn = false
  }

  table<T>(name: string, schema: z.ZodType<T>): Table<T> {
    const prefix = `${name}/`
    const encoder = new TextEncoder()
    const write = (key: string, row: T | undefined): Write => ({
      key: prefix + key,
      value: row === undefined ? undefined : encoder.encode(JSON.stringify(schema.parse(row))),
    })
    const decode = (key: string, value: Uint8Array): T => {
      const row = schema.safeParse(JSON.parse(Buffer.from(value).toString()))
      if (row.success) return row.data
      throw new StoreError('damaged', `The row ${key} in ${this.directory} is damaged. Run "mosaic check".`)
    }
    const batch = (writes: Write[], options?: { readonly sync?: boolean }): Promise<void> =>
      this.batch(writes, { sync: options?.sync ?? false })
    const database = this
    return {
      get: (key) => {
        const value = database.get(prefix + key)
        return value === undefined ? undefined : decode(prefix + key, value)
      },
      put: (key, row, options) => batch([write(key, row)], options),
      del: (key, options) => batch([write(key, undefined)], options),
      write,
      async *entries(range: Range = {}) {
        const within = {
          ...range,
          gte: prefix + (range.gte ?? ''),
          lt: range.lt === undefined ? endOf(prefix) : prefix + range.lt,
        }
        for await (const [key, value] of database.entries(within))
          yield [key.slice(prefix.length), decode(key, value)]
      },
    }
  }

  async close(): Promise<void> {
    await this.#level.close()
  }
}

/** The first key after all keys that begin with `prefix`, which ends in an ASCII character. */
export function endOf(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)
}

function full(directory: string, options?: ErrorOptions): StoreError {
  return new StoreError(
    'disk-full',
    `The disk with ${directory} is full, or it cannot be written. Nothing was changed. Make room (${roomBytesMin / 2 ** 20} MiB at least) and try again.`,
    options,
  )
}

function storeErrorOf(cause: unknown, directory: string): StoreError {
  if (cause instanceof StoreError) return cause
  const chain = [cause, (cause as { cause?: unknown })?.cause] as { code?: string; message?: string }[]
  const said = chain
    .map((error) => `${error?.code ?? ''} ${error?.message ?? ''}`)
    .join(' ')
    .replaceAll(directory, '') // a folder may be called anything
  if (/LEVEL_LOCKED|lock/i.test(said))
    return new StoreError(
      'in-use',
      `The data folder ${directory} is in use by another process. Stop that node first.`,
      { cause },
    )
  if (/ENOSPC|No space left|disk quota/i.test(said)) return full(directory, { cause })
  if (/CORRUPT|No such file|Invalid argument|does not exist/i.test(said))
    return new StoreError(
      'damaged',
      `The store in ${directory} is damaged: ${said.trim()}. Restore a backup with "mosaic restore" into a new folder.`,
      { cause },
    )
  return new StoreError('failed', `The store in ${directory} could not be used: ${said.trim()}`, { cause })
}

/**
 * Opens, creates or migrates the store in `directory`.
 * @param options `mustExist`: a store that is gone is `damaged`. A merchant that began anew would sign again what it has
 *   signed before
 * @throws {StoreError} `in-use` by another process, `damaged`, `too-new` for this version
 */
export async function openDatabase(
  directory: string,
  options: { readonly mustExist?: boolean } = {},
): Promise<Database> {
  // Pages are zstd already: level's own compression would only cost. The write buffer holds a whole cold sync.
  const level: Level8 = new Level(directory, {
    keyEncoding: 'utf8',
    valueEncoding: 'view',
    createIfMissing: options.mustExist !== true,
    compression: false,
    writeBufferSize: 16 * 2 ** 20,
    cacheSize: 8 * 2 ** 20,
    maxFileSize: 16 * 2 ** 20,
  })
  try {
    await level.open()
  } catch (cause) {
    throw storeErrorOf(cause, directory)
  }
  const database = new Database(level, directory)
  try {
    await migrate(database)
  } catch (error) {
    await level.close()
    throw error
  }
  return database
}

async function migrate(database: Database): Promise<void> {
  const stored = database.get(versionKey)
  let version = stored === undefined ? schemaVersion : Number(Buffer.from(stored).toString())
  const versionWrite = (value: number): Write => ({ key: versionKey, value: Buffer.from(String(value)) })
  if (stored === undefined) await database.batch([versionWrite(version)], { sync: true })
  if (version > schemaVersion)
    throw new StoreError(
      'too-new',
      `The data in ${database.directory} was written by a newer Mosaic. Install that version.`,
    )
  for (; version < schemaVersion; version++) {
    const step = migrations[version]
    if (step === undefined)
      throw new StoreError('damaged', `The data in ${database.directory} has no way from version ${version}.`)
    await database.batch([...(await step(database)), versionWrite(version + 1)], { sync: true })
  }
}
