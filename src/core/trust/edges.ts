/** Slots of a chunk. Most merchants endorse few others: small chunks waste little. */
const chunkSlots = 4
const none = -1

/**
 * Endorsements by author in typed arrays: 20 bytes each. An author's lie in a chain of chunks; all but the first
 * chunk are full, so that adding and removing moves one slot at most. Slots are valid until the next change.
 */
export class Edges {
  /** Index of the merchant endorsed. */
  to: Int32Array
  /** Minor units of the endorsement's own currency. */
  minor: Float64Array
  /** UTC seconds, not included; {@link forever}. */
  until: Uint32Array
  /** Contexts, flags, currency: see {@link TrustGraph}. */
  meta: Uint32Array
  #next: Int32Array
  #first = new Int32Array(0)
  #count = new Int32Array(0)
  #chunksUsed = 0
  #freeChunk = none
  #size = 0

  /** @param capacity endorsements expected; more are taken */
  constructor(capacity: number) {
    const chunks = Math.max(16, Math.ceil(capacity / chunkSlots))
    this.to = new Int32Array(chunks * chunkSlots)
    this.minor = new Float64Array(chunks * chunkSlots)
    this.until = new Uint32Array(chunks * chunkSlots)
    this.meta = new Uint32Array(chunks * chunkSlots)
    this.#next = new Int32Array(chunks)
  }

  get size(): number {
    return this.#size
  }

  countOf(author: number): number {
    return this.#count[author] ?? 0
  }

  /** Writes the author's slots into `into`, which has room for them. @returns how many */
  slotsOf(author: number, into: Int32Array): number {
    const count = this.countOf(author)
    let written = 0
    let chunk = count === 0 ? none : (this.#first[author] as number)
    while (written < count) {
      const here = ((count - written - 1) % chunkSlots) + 1
      for (let slot = chunk * chunkSlots, end = slot + here; slot < end; slot++) into[written++] = slot
      chunk = this.#next[chunk] as number
    }
    return count
  }

  /** The slot of the endorsement, or -1. O(endorsements of the author). */
  find(author: number, to: number): number {
    let left = this.countOf(author)
    let chunk = left === 0 ? none : (this.#first[author] as number)
    while (left > 0) {
      const here = ((left - 1) % chunkSlots) + 1
      for (let slot = chunk * chunkSlots, end = slot + here; slot < end; slot++)
        if (this.to[slot] === to) return slot
      left -= here
      chunk = this.#next[chunk] as number
    }
    return none
  }

  /** One slot of an author that has any: the one that is freed without moving another. */
  lastOf(author: number): number {
    return (this.#first[author] as number) * chunkSlots + ((this.countOf(author) - 1) % chunkSlots)
  }

  /** A new slot for the author; its contents are the caller's to write. */
  add(author: number): number {
    if (author >= this.#count.length) this.#growAuthors(author + 1)
    const count = this.#count[author] as number
    const used = count % chunkSlots
    if (used === 0) {
      const chunk = this.#takeChunk()
      this.#next[chunk] = count === 0 ? none : (this.#first[author] as number)
      this.#first[author] = chunk
    }
    this.#count[author] = count + 1
    this.#size++
    return (this.#first[author] as number) * chunkSlots + used
  }

  /** Frees a slot of the author. @returns the slot that was moved into its place; the same if none was */
  remove(author: number, slot: number): number {
    const count = this.#count[author] as number
    const chunk = this.#first[author] as number
    const last = this.lastOf(author)
    this.to[slot] = this.to[last] as number
    this.minor[slot] = this.minor[last] as number
    this.until[slot] = this.until[last] as number
    this.meta[slot] = this.meta[last] as number
    this.#count[author] = count - 1
    this.#size--
    if (last % chunkSlots === 0) {
      this.#first[author] = this.#next[chunk] as number
      this.#next[chunk] = this.#freeChunk
      this.#freeChunk = chunk
    }
    return last
  }

  #takeChunk(): number {
    if (this.#freeChunk !== none) {
      const chunk = this.#freeChunk
      this.#freeChunk = this.#next[chunk] as number
      return chunk
    }
    if (this.#chunksUsed === this.#next.length) this.#growChunks()
    return this.#chunksUsed++
  }

  #growChunks(): void {
    const chunks = this.#next.length + Math.max(16, this.#next.length >> 2)
    const slots = chunks * chunkSlots
    // `transfer` lets the system move the memory instead of holding both copies.
    this.to = new Int32Array(bufferOf(this.to).transfer(slots * 4))
    this.minor = new Float64Array(bufferOf(this.minor).transfer(slots * 8))
    this.until = new Uint32Array(bufferOf(this.until).transfer(slots * 4))
    this.meta = new Uint32Array(bufferOf(this.meta).transfer(slots * 4))
    this.#next = new Int32Array(bufferOf(this.#next).transfer(chunks * 4))
  }

  #growAuthors(count: number): void {
    const length = Math.max(count, this.#count.length + (this.#count.length >> 2), 64)
    this.#first = new Int32Array(bufferOf(this.#first).transfer(length * 4))
    this.#count = new Int32Array(bufferOf(this.#count).transfer(length * 4))
  }
}

function bufferOf(array: { readonly buffer: ArrayBufferLike }): ArrayBuffer {
  return array.buffer as ArrayBuffer
}
