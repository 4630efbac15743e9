import { hash64 } from './seen.ts'
import { TemporaryFile } from './temporary-file.ts'

/** Values that were read last stay parsed: the variants of a product mostly lie together. */
const cachedMax = 64

/**
 * What rows say of other rows, by key: JSON values in a {@link TemporaryFile}, 16 bytes of index each in memory,
 * however long their texts are. A later value under one key replaces the earlier.
 */
export class Shelf<T extends object> {
  readonly #file = new TemporaryFile()
  /** low, high, offset + 1, length */
  #slots = new Float64Array(4 * 256)
  #count = 0
  readonly #cache = new Map<string, T>()

  get size(): number {
    return this.#count
  }

  put(key: string, value: T): void {
    const bytes = Buffer.from(JSON.stringify(value))
    const { low, high } = hash64(key)
    if (this.#count * 8 >= this.#slots.length) this.#grow()
    this.#cache.delete(key)
    this.#insert(low, high, this.#file.append(bytes) + 1, bytes.length)
  }

  get(key: string): T | undefined {
    const cached = this.#cache.get(key)
    if (cached !== undefined) return cached
    const slot = this.#find(key)
    if (slot === undefined) return undefined
    const bytes = this.#file.read((this.#slots[slot + 2] as number) - 1, this.#slots[slot + 3] as number)
    const value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()) as T
    if (this.#cache.size >= cachedMax) this.#cache.delete(this.#cache.keys().next().value as string)
    this.#cache.set(key, value)
    return value
  }

  has(key: string): boolean {
    return this.#find(key) !== undefined
  }

  close(): void {
    this.#file.close()
    this.#cache.clear()
  }

  #find(key: string): number | undefined {
    const { low, high } = hash64(key)
    const mask = this.#slots.length / 4 - 1
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const at = slot * 4
      if (this.#slots[at + 2] === 0) return undefined
      if (this.#slots[at] === low && this.#slots[at + 1] === high) return at
    }
  }

  #insert(low: number, high: number, offset: number, length: number): void {
    const slots = this.#slots
    const mask = slots.length / 4 - 1
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const at = slot * 4
      if (slots[at + 2] !== 0 && (slots[at] !== low || slots[at + 1] !== high)) continue
      if (slots[at + 2] === 0) this.#count++
      slots.set([low, high, offset, length], at)
      return
    }
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new Float64Array(old.length * 2)
    this.#count = 0
    for (let at = 0; at < old.length; at += 4) {
      if (old[at + 2] !== 0)
        this.#insert(old[at] as number, old[at + 1] as number, old[at + 2] as number, old[at + 3] as number)
    }
  }
}
