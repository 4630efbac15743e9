/**
 * A set of texts in 8 bytes each: it keeps 64-bit hashes. Two different texts of one set are taken for the same
 * with a chance of 1 in 37 million for a million texts. Open addressing, at most half full.
 */
export class Seen {
  #slots = new Uint32Array(2 * 1024)
  #count = 0

  /** @returns whether the text was new */
  add(text: string): boolean {
    if (this.#count * 4 >= this.#slots.length) this.#grow()
    const { low, high } = hash64(text)
    return this.#insert(low, high)
  }

  has(text: string): boolean {
    const { low, high } = hash64(text)
    const slots = this.#slots
    const mask = slots.length / 2 - 1
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const there = slots[slot * 2] as number
      const thereHigh = slots[slot * 2 + 1] as number
      if (there === 0 && thereHigh === 0) return false
      if (there === low && thereHigh === high) return true
    }
  }

  get size(): number {
    return this.#count
  }

  #insert(low: number, high: number): boolean {
    const slots = this.#slots
    const mask = slots.length / 2 - 1
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const there = slots[slot * 2] as number
      const thereHigh = slots[slot * 2 + 1] as number
      if (there === low && thereHigh === high) return false
      if (there !== 0 || thereHigh !== 0) continue
      slots[slot * 2] = low
      slots[slot * 2 + 1] = high
      this.#count++
      return true
    }
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new Uint32Array(old.length * 2)
    this.#count = 0
    for (let slot = 0; slot < old.length; slot += 2) {
      const low = old[slot] as number
      const high = old[slot + 1] as number
      if (low !== 0 || high !== 0) this.#insert(low, high)
    }
  }
}

/** Two 32-bit hashes over the UTF-16 units (cyrb53's mixing), never both 0. */
export function hash64(text: string): { low: number; high: number } {
  let a = 0xdeadbeef
  let b = 0x41c6ce57
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    a = Math.imul(a ^ unit, 2654435761)
    b = Math.imul(b ^ unit, 1597334677)
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
  return { low: a >>> 0 || 1, high: b >>> 0 }
}
