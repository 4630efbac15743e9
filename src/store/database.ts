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

type Level8 = Level<string, Uint8Array>

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

/**
 * One level database: everything a node keeps, but for its keys. A batch is atomic; with `sync` it is on the
 * disk before the promise resolves, without it survives `kill -9` but maybe not a power cut.
 */
export class Database {
  readonly #level: Level8
  readonly directory: string

  /** Use {@link openDatabase}. */
  constructor(level: Level8, directory: string) {
    this.#level = level
    this.directory = directory
  }

  /** The value under a key, synchronously: about 15 µs. */
  get(key: string): Uint8Array | undefined {
    return this.#level.getSync(key)
  }

  async batch(writes: readonly Write[], options: { readonly sync: boolean }): Promise<void> {
    const batch = this.#level.batch()
    for (const { key, value } of writes) {
      if (value === undefined) batch.del(key)
      else batch.put(key, value)
    }
    try {
      await batch.write({ sync: options.sync })
    } catch (cause) {
      throw storeErrorOf(cause, this.directory)
    }
  }

  /** Keys and values in byte order. Reads ahead at most some 64 kB. */
  async *entries(range: Range = {}): AsyncIterable<readonly [key: string, value: Uint8Array]> {
    yield* this.#level.iterator({ ...range, highWaterMarkBytes: 65_536 })
  }

  async *keys(range: Range = {}): AsyncIterable<string> {
    yield* this.#level.keys(range)
  }

  /** Deletes a range of keys; not atomic. */
  async clear(range: Range): Promise<void> {
    await this.#level.clear(range)
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

function storeErrorOf(cause: unknown, directory: string): StoreError {
  const chain = [cause, (cause as { cause?: unknown })?.cause] as { code?: string; message?: string }[]
  const said = chain.map((error) => `${error?.code ?? ''} ${error?.message ?? ''}`).join(' ')
  if (/LEVEL_LOCKED|lock/i.test(said))
    return new StoreError(
      'in-use',
      `The data folder ${directory} is in use by another process. Stop that node first.`,
      { cause },
    )
  if (/ENOSPC|No space left/i.test(said))
    return new StoreError(
      'disk-full',
      `The disk with ${directory} is full. Nothing was changed. Make room and try again.`,
      { cause },
    )
  if (/CORRUPT/i.test(said))
    return new StoreError(
      'damaged',
      `The store in ${directory} is damaged. Run "mosaic check", or restore a backup.`,
      { cause },
    )
  return new StoreError('failed', `The store in ${directory} could not be used: ${said.trim()}`, { cause })
}

/**
 * Opens, creates or migrates the store in `directory`.
 * @throws {StoreError} `in-use` by another process, `damaged`, `too-new` for this version
 */
export async function openDatabase(directory: string): Promise<Database> {
  // Pages are zstd already: level's own compression would only cost. The write buffer holds a whole cold sync.
  const level: Level8 = new Level(directory, {
    keyEncoding: 'utf8',
    valueEncoding: 'view',
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
