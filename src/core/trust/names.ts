const encoder = new TextEncoder()
const decoder = new TextDecoder()
const empty = -1

/**
 * Numbers for texts, in order of arrival. Holds the texts as bytes in one array: a fourth of what a million merchant ids
 * cost as strings in a map.
 */
export class Names {
  #bytes = new Uint8Array(4_096)
  /** Where each text ends; it begins where the one before ends. */
  #ends = new Uint32Array(64)
  #hashes = new Int32Array(64)
  #size = 0
  /** Numbers by hash; a text whose place is taken has the next free one. At most half full. */
  #table = new Int32Array(128).fill(empty)

  get size(): number {
    return this.#size
  }

  /** The number of a text, new or known. */
  add(name: string): number {
    const hash = hashOf(name)
    const known = this.#find(name, hash)
    return known === empty ? this.#append(name, hash) : known
  }

  /** `undefined` for a text that was not added. */
  find(name: string): number | undefined {
    const number = this.#find(name, hashOf(name))
    return number === empty ? undefined : number
  }

  at(number: number): string {
    return decoder.decode(this.#bytes.subarray(this.#start(number), this.#ends[number]))
  }

  #start(number: number): number {
    return number === 0 ? 0 : (this.#ends[number - 1] as number)
  }

  #find(name: string, hash: number): number {
    const mask = this.#table.length - 1
    for (let place = hash & mask; ; place = (place + 1) & mask) {
      const number = this.#table[place] as number
      if (number === empty || (this.#hashes[number] === hash && this.#is(number, name))) return number
    }
  }

  #is(number: number, name: string): boolean {
    const start = this.#start(number)
    const length = (this.#ends[number] as number) - start
    if (length < name.length) return false
    for (let at = 0; at < name.length; at++) {
      const unit = name.charCodeAt(at)
      if (unit >= 0x80) return this.at(number) === name
      if (unit !== this.#bytes[start + at]) return false
    }
    return length === name.length
  }

  #append(name: string, hash: number): number {
    if (2 * (this.#size + 1) > this.#table.length) this.#growTable()
    if (this.#size === this.#ends.length) {
      const length = this.#size + (this.#size >> 1)
      this.#ends = new Uint32Array(this.#ends.buffer.transfer(length * 4))
      this.#hashes = new Int32Array(this.#hashes.buffer.transfer(length * 4))
    }
    const number = this.#size++
    const start = this.#start(number)
    const room = start + name.length * 3
    if (room > this.#bytes.length)
      this.#bytes = new Uint8Array(this.#bytes.buffer.transfer(room + (room >> 2)))
    this.#ends[number] = start + encoder.encodeInto(name, this.#bytes.subarray(start)).written
    this.#hashes[number] = hash
    this.#place(number, hash)
    return number
  }

  #place(number: number, hash: number): void {
    const mask = this.#table.length - 1
    let place = hash & mask
    while (this.#table[place] !== empty) place = (place + 1) & mask
    this.#table[place] = number
  }

  #growTable(): void {
    this.#table = new Int32Array(this.#table.length * 2).fill(empty)
    for (let number = 0; number < this.#size; number++) this.#place(number, this.#hashes[number] as number)
  }
}

/** FNV-1a over UTF-16 units, then mixed: the lowest bits choose the place. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193)
  return hash ^ (hash >>> 15)
}
