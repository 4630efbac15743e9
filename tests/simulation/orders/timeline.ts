interface Event {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/** What happens when, in virtual seconds. Events of one time run in the order in which they were planned. */
export class Timeline {
  now: number
  readonly #heap: Event[] = []
  #planned = 0

  constructor(start: number) {
    this.now = start
  }

  after(seconds: number, run: () => void): void {
    const heap = this.#heap
    heap.push({ at: this.now + seconds, order: this.#planned++, run })
    for (let child = heap.length - 1; child > 0; ) {
      const parent = (child - 1) >> 1
      if (!this.#isBefore(child, parent)) break
      this.#swap(child, parent)
      child = parent
    }
  }

  /** Runs everything planned up to `time`, and what that plans. */
  runUntil(time: number): void {
    for (let next = this.#heap[0]; next !== undefined && next.at <= time; next = this.#heap[0]) {
      this.#take()
      this.now = Math.max(this.now, next.at)
      next.run()
    }
    this.now = time
  }

  #take(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    heap[0] = last
    for (let parent = 0; ; ) {
      const [left, right] = [2 * parent + 1, 2 * parent + 2]
      let least = parent
      if (left < heap.length && this.#isBefore(left, least)) least = left
      if (right < heap.length && this.#isBefore(right, least)) least = right
      if (least === parent) return
      this.#swap(parent, least)
      parent = least
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a] as Event, this.#heap[b] as Event]
    return one.at < other.at || (one.at === other.at && one.order < other.order)
  }

  #swap(a: number, b: number): void {
    const held = this.#heap[a] as Event
    this.#heap[a] = this.#heap[b] as Event
    this.#heap[b] = held
  }
}
