import { hash64 } from './seen.ts'
import { TemporaryFile } from './temporary-file.ts'

/** Values that were read last stay parsed: the variants of a product mostly lie together. */
const cachedMax = 64

const slotWords = 4
const lengthBytes = 4
const wordRange = 2 ** 32

/**
 * What rows say of other rows, by key: JSON values in a {@link TemporaryFile}, 32 bytes of index each in memory,
 * however long their texts are. A later value under one key replaces the earlier.
 */
export class Shelf<T extends object> {
  readonly #file = new TemporaryFile()
  /** By slot: the key's hash in two words, where its value begins + 1 in two. At most half are taken. */
  #slots = new Uint32Array(slotWords * 256)
  #count = 0
  readonly #cache = new Map<string, T>()

  get size(): number {
    return this.#count
  }

  /** @param keys the names of the value; empty ones are none */
  put(value: T, ...keys: readonly string[]): void {
    const bytes = Buffer.from(`\0\0\0\0${JSON.stringify(value)}`)
    bytes.writeUInt32LE(bytes.length - lengthBytes)
    const mark = this.#file.append(bytes) + 1
    for (const key of keys) {
      if (key === '') continue
      const { low, high } = hash64(key)
      if (this.#count * slotWords * 2 >= this.#slots.length) this.#grow()
      this.#cache.delete(key)
      this.#insert(low, high, mark % wordRange, Math.floor(mark / wordRange))
    }
  }

  get(key: string): T | undefined {
    const cached = this.#cache.get(key)
    if (cached !== undefined) return cached
    const slot = this.#find(key)
    if (slot === undefined) return undefined
    const at = (this.#slots[slot + 3] as number) * wordRange + (this.#slots[slot + 2] as number) - 1
    const head = this.#file.read(at, lengthBytes)
    const length = Buffer.from(head.buffer, head.byteOffset, head.length).readUInt32LE()
    const bytes = this.#file.read(at + lengthBytes, length)
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
    const slots = this.#slots
    const mask = slots.length / slotWords - 1
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const at = slot * slotWords
      if (isFree(slots, at)) return undefined
      if (slots[at] === low && slots[at + 1] === high) return at
    }
  }

  #insert(low: number, high: number, markLow: number, markHigh: number): void {
    const slots = this.#slots
    const mask = slots.length / slotWords - 1
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const at = slot * slotWords
      const free = isFree(slots, at)
      if (!free && (slots[at] !== low || slots[at + 1] !== high)) continue
      if (free) this.#count++
      slots[at] = low
      slots[at + 1] = high
      slots[at + 2] = markLow
      slots[at + 3] = markHigh
      return
    }
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new Uint32Array(old.length * 2)
    this.#count = 0
    for (let at = 0; at < old.length; at += slotWords)
      if (!isFree(old, at))
        this.#insert(old[at] as number, old[at + 1] as number, old[at + 2] as number, old[at + 3] as number)
  }
}

function isFree(slots: Uint32Array, at: number): boolean {
  return slots[at + 2] === 0 && slots[at + 3] === 0
}
