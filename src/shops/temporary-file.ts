import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ImportError } from './import-error.ts'

/** Bytes that stay in memory before a file is made. */
const memoryBytesMax = 16 * 1024 * 1024

/**
 * Bytes to append and read again: the first 16 MiB in memory, what follows in a file of mode 0600 in the system's
 * temporary folder. {@link close} removes it.
 */
export class TemporaryFile {
  #parts: Uint8Array[] = []
  #partOffsets: number[] = []
  #memoryLength = 0
  #length = 0
  #folder: string | undefined
  #descriptor: number | undefined

  get length(): number {
    return this.#length
  }

  /**
   * @returns where the bytes begin
   * @throws {ImportError} `spool-failed` if the disk does not take them
   */
  append(bytes: Uint8Array): number {
    const at = this.#length
    if (this.#descriptor === undefined && this.#length + bytes.length <= memoryBytesMax) {
      this.#parts.push(bytes.slice())
      this.#partOffsets.push(at)
      this.#memoryLength += bytes.length
    } else this.#write(bytes)
    this.#length += bytes.length
    return at
  }

  #write(bytes: Uint8Array): void {
    try {
      if (this.#descriptor === undefined) {
        this.#folder = mkdtempSync(join(tmpdir(), 'mosaic-import-'))
        this.#descriptor = openSync(join(this.#folder, 'rows'), 'wx+', 0o600)
      }
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#descriptor, bytes, done)
    } catch (cause) {
      throw new ImportError(
        'spool-failed',
        `The temporary folder ${tmpdir()} does not take the file: ${(cause as Error).message}. Free some space there, or set TMPDIR.`,
        {},
        { cause },
      )
    }
  }

  /** `length` bytes from `at`; fewer at the end. */
  read(at: number, length: number): Uint8Array {
    if (at < this.#memoryLength) return this.#readMemory(at, length)
    const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, this.#length - at)))
    if (this.#descriptor === undefined || buffer.length === 0) return buffer.subarray(0, 0)
    const read = readSync(this.#descriptor, buffer, 0, buffer.length, at - this.#memoryLength)
    return buffer.subarray(0, read)
  }

  /** Never across two parts: an entry was appended at once, and a stream of chunks goes on by itself. */
  #readMemory(at: number, length: number): Uint8Array {
    let low = 0
    for (let high = this.#partOffsets.length; high - low > 1; ) {
      const middle = (low + high) >>> 1
      if ((this.#partOffsets[middle] as number) <= at) low = middle
      else high = middle
    }
    const start = at - (this.#partOffsets[low] as number)
    return (this.#parts[low] as Uint8Array).subarray(start, start + length)
  }

  close(): void {
    this.#parts = []
    this.#partOffsets = []
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true })
    this.#descriptor = undefined
    this.#folder = undefined
  }
}
