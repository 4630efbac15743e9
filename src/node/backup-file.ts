import { createHash } from 'node:crypto'
import { type Duplex, pipeline, Readable } from 'node:stream'
import { createZstdCompress, createZstdDecompress } from 'node:zlib'
import { z } from 'zod'
import { merchantIdSchema } from '../core/identity/merchant-id.ts'
import { NodeError } from './node-error.ts'

/**
 * A backup is one zstd stream of items, each `u32 length, key, u32 length, value`, big-endian. The first has
 * the key `head`, the last `end` and the SHA-256 of all bytes before it. Between them `keys` is the key file as
 * it lies on the disk, and `row/<key>` a row of the store.
 */
export const backupHead = z.strictObject({
  type: z.literal('mosaic/backup'),
  v: z.literal(1),
  merchant: merchantIdSchema,
  name: z.string(),
  createdAt: z.int(), // UTC seconds
})
export type BackupHead = z.output<typeof backupHead>
export type BackupItem = readonly [key: string, value: Uint8Array]

/** Bytes of one item: a page of a repo is some 50 kB, the largest row some megabytes. */
export const backupItemBytesMax = 64 * 1024 * 1024
const itemsPerChunkBytes = 65_536

/** @param items without `head` and `end` */
export function writeBackup(head: BackupHead, items: AsyncIterable<BackupItem>): AsyncIterable<Uint8Array> {
  return through(encode(head, items), createZstdCompress())
}

/** An error of either end comes out of the iteration; who stops iterating closes both. */
function through(chunks: AsyncIterable<Uint8Array>, transform: Duplex): AsyncIterable<Uint8Array> {
  return pipeline(Readable.from(chunks, { objectMode: false }), transform, () => {
    // Told by the iteration.
  })
}

async function* encode(head: BackupHead, items: AsyncIterable<BackupItem>): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  let parts: Uint8Array[] = []
  let bytes = 0
  const take = (item: BackupItem): void => {
    for (const part of partsOf(item)) {
      hash.update(part)
      parts.push(part)
      bytes += part.length
    }
  }
  take(['head', Buffer.from(JSON.stringify(backupHead.parse(head)))])
  for await (const item of items) {
    take(item)
    if (bytes < itemsPerChunkBytes) continue
    yield Buffer.concat(parts)
    parts = []
    bytes = 0
  }
  const end = partsOf(['end', hash.digest()])
  yield Buffer.concat([...parts, ...end])
}

function partsOf([key, value]: BackupItem): Uint8Array[] {
  const name = Buffer.from(key)
  return [lengthOf(name), name, lengthOf(value), value]
}

function lengthOf(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return length
}

/**
 * Reads a backup. Items come before the digest is checked: nothing may count before the iteration ends.
 * @throws {NodeError} `not-a-backup`, `backup-damaged`
 */
export async function* readBackup(file: AsyncIterable<Uint8Array>): AsyncGenerator<BackupItem> {
  const hash = createHash('sha256')
  const reader = new Reader(through(file, createZstdDecompress()))
  let first = true
  for (;;) {
    const [item, raw] = await itemOf(reader, first)
    if (item[0] === 'end') {
      if (!Buffer.from(item[1]).equals(hash.digest()) || !(await reader.ended())) throw damaged()
      return
    }
    for (const part of raw) hash.update(part)
    if (first) backupHeadOf(item)
    first = false
    yield item
  }
}

async function itemOf(
  reader: Reader,
  first: boolean,
): Promise<readonly [item: BackupItem, raw: readonly Uint8Array[]]> {
  try {
    const keyLength = await reader.take(4)
    const key = await reader.take(sizeOf(keyLength))
    const valueLength = await reader.take(4)
    const value = await reader.take(sizeOf(valueLength))
    return [
      [Buffer.from(key).toString(), value],
      [keyLength, key, valueLength, value],
    ]
  } catch (cause) {
    if (cause instanceof NodeError && cause.code !== 'backup-damaged') throw cause
    throw first ? notABackup(cause) : damaged(cause)
  }
}

function sizeOf(length: Uint8Array): number {
  const size = Buffer.from(length).readUInt32BE()
  if (size > backupItemBytesMax) throw damaged()
  return size
}

/** @throws {NodeError} `not-a-backup` */
export function backupHeadOf([key, value]: BackupItem): BackupHead {
  try {
    if (key !== 'head') throw new Error('no head')
    return backupHead.parse(JSON.parse(Buffer.from(value).toString()))
  } catch (cause) {
    throw notABackup(cause)
  }
}

/** Takes exact numbers of bytes out of chunks of any size. */
class Reader {
  readonly #chunks: AsyncIterator<Uint8Array>
  #held: Buffer = Buffer.alloc(0)

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  async take(count: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [this.#held]
    let held = this.#held.length
    while (held < count) {
      const { done, value } = await this.#chunks.next()
      if (done) throw damaged()
      parts.push(value)
      held += value.length
    }
    const all = parts.length === 1 ? this.#held : Buffer.concat(parts)
    this.#held = all.subarray(count)
    return all.subarray(0, count)
  }

  async ended(): Promise<boolean> {
    if (this.#held.length > 0) return false
    const next = await this.#chunks.next().catch((cause: unknown) => {
      throw damaged(cause)
    })
    return next.done === true
  }
}

function notABackup(cause: unknown): NodeError {
  return new NodeError('not-a-backup', 'The file is no backup of Mosaic. "mosaic backup FILE" makes one.', {
    cause,
  })
}

function damaged(cause?: unknown): NodeError {
  return new NodeError(
    'backup-damaged',
    'The backup is damaged or not whole: it does not end as it was written. Take another copy.',
    { cause },
  )
}
