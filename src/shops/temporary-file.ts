import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ImportError } from './import-error.ts'

const blockBytes = 1024 * 1024
/** Blocks that stay in memory before a file is made. */
const memoryBlocks = 4

/**
 * Bytes to append and read again: the first 4 MiB in memory, what follows in a file of mode 0600 in the system's
 * temporary folder, by blocks of 1 MiB. {@link close} removes it.
 */
export class TemporaryFile {
  readonly #blocks: Buffer[] = []
  /** The block that is being filled; behind the memory's, it is written when it is full. */
  #tail = Buffer.allocUnsafe(blockBytes)
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
    for (let from = 0; from < bytes.length; ) {
      const used = this.#length % blockBytes
      const part = bytes.subarray(from, from + blockBytes - used)
      this.#tail.set(part, used)
      from += part.length
      this.#length += part.length
      if (this.#length % blockBytes === 0) this.#turn()
    }
    return at
  }

  #turn(): void {
    if (this.#blocks.length < memoryBlocks) {
      this.#blocks.push(this.#tail)
      this.#tail = Buffer.allocUnsafe(blockBytes)
    } else this.#write(this.#tail)
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
    const wanted = Math.max(0, Math.min(length, this.#length - at))
    const start = at % blockBytes
    const first = this.#block(Math.floor(at / blockBytes))
    if (start + wanted <= blockBytes && first !== undefined) return first.subarray(start, start + wanted)
    const result = Buffer.allocUnsafe(wanted)
    for (let done = 0; done < wanted; ) {
      const from = (at + done) % blockBytes
      const part = Math.min(wanted - done, blockBytes - from)
      const block = this.#block(Math.floor((at + done) / blockBytes))
      if (block === undefined) this.#readFile(result, done, part, at + done)
      else block.copy(result, done, from, from + part)
      done += part
    }
    return result
  }

  /** A block in memory; undefined: it is in the file. */
  #block(index: number): Buffer | undefined {
    return index === Math.floor(this.#length / blockBytes) ? this.#tail : this.#blocks[index]
  }

  #readFile(into: Buffer, offset: number, length: number, at: number): void {
    readSync(this.#descriptor as number, into, offset, length, at - memoryBlocks * blockBytes)
  }

  close(): void {
    this.#blocks.length = 0
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true })
    this.#descriptor = undefined
    this.#folder = undefined
  }
}
