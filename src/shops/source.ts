import { ImportError } from './import-error.ts'
import { TemporaryFile } from './temporary-file.ts'

/** The file's bytes: once, or a function that opens it anew each time (no copy is kept then). */
export type CatalogSource = AsyncIterable<Uint8Array> | (() => AsyncIterable<Uint8Array>)

/** Bytes that a file may have: 8 GiB. */
export const fileBytesMax = 8 * 1024 ** 3
/** Bytes that the format, encoding and separators are told from. */
export const headBytes = 256 * 1024
const replayChunkBytes = 256 * 1024

/** A source whose beginning can be looked at, and that can be read twice. */
export class ReplayableSource {
  readonly #open: (() => AsyncIterable<Uint8Array>) | undefined
  readonly #once: AsyncIterator<Uint8Array> | undefined
  readonly #head: Uint8Array[] = []
  #kept: TemporaryFile | undefined
  #read = false
  #headEnded = false

  constructor(source: CatalogSource) {
    this.#open = typeof source === 'function' ? source : undefined
    this.#once = typeof source === 'function' ? undefined : source[Symbol.asyncIterator]()
  }

  /** The first {@link headBytes}, or all if there are fewer. */
  async head(): Promise<{ bytes: Uint8Array; whole: boolean }> {
    const iterator = this.#once ?? this.#opened()[Symbol.asyncIterator]()
    let length = 0
    while (length < headBytes) {
      const next = await this.#next(iterator)
      if (next === undefined) {
        this.#headEnded = true
        break
      }
      this.#head.push(next)
      length += next.length
    }
    const bytes = Buffer.concat(this.#head)
    if (this.#once === undefined) {
      this.#head.length = 0
      await iterator.return?.()
    }
    return { bytes, whole: this.#headEnded }
  }

  /** All bytes. @param keep the source will be read once more */
  async *read(keep: boolean): AsyncGenerator<Uint8Array> {
    let total = 0
    const counted = (chunk: Uint8Array): Uint8Array => {
      total += chunk.length
      if (total > fileBytesMax)
        throw new ImportError('file-too-large', `The file has more than ${fileBytesMax / 1024 ** 3} GiB.`)
      return chunk
    }
    if (this.#open !== undefined) {
      const iterator = this.#opened()[Symbol.asyncIterator]()
      try {
        for (let next = await this.#next(iterator); next !== undefined; next = await this.#next(iterator))
          yield counted(next)
      } finally {
        await iterator.return?.()
      }
      return
    }
    if (this.#read) return yield* this.#replay()
    this.#read = true
    if (keep) this.#kept = new TemporaryFile()
    for (const chunk of this.#head.splice(0)) {
      this.#kept?.append(counted(chunk))
      yield chunk
    }
    const iterator = this.#once as AsyncIterator<Uint8Array>
    if (this.#headEnded) return
    for (let next = await this.#next(iterator); next !== undefined; next = await this.#next(iterator)) {
      this.#kept?.append(counted(next))
      yield next
    }
  }

  *#replay(): Generator<Uint8Array> {
    const kept = this.#kept as TemporaryFile
    for (let at = 0; at < kept.length; ) {
      const chunk = kept.read(at, replayChunkBytes)
      at += chunk.length
      yield chunk
    }
  }

  #opened(): AsyncIterable<Uint8Array> {
    return (this.#open as () => AsyncIterable<Uint8Array>)()
  }

  async #next(iterator: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> {
    try {
      const next = await iterator.next()
      return next.done === true ? undefined : next.value
    } catch (cause) {
      throw new ImportError(
        'source-failed',
        `The file cannot be read: ${(cause as Error)?.message ?? 'unknown'}.`,
        {},
        { cause },
      )
    }
  }

  /** Ends the source and removes the copy. */
  async close(): Promise<void> {
    this.#kept?.close()
    await this.#once?.return?.()
  }
}
