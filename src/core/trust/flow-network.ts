const none = -1

/** What to go back to: see {@link FlowNetwork.checkpoint}. */
export interface Checkpoint {
  readonly nodes: number
  readonly arcs: number
  readonly changes: number
}

/**
 * Maximum flow in integers, after Dinic: blocking flows on shortest ways, searched backwards from where the flow
 * ends, since few arcs lead there. Nodes, arcs and flow can be taken back to a checkpoint, so that one network
 * answers one question after the other. Arcs come in pairs: 2k, and 2k + 1 the way back.
 */
export class FlowNetwork {
  #head: Int32Array
  #nodes = 0
  #arcs = 0
  #next: Int32Array
  #to: Int32Array
  /** What more fits through, an integer or infinite. */
  #room: Float64Array
  /** Changes of room, newest last: arc and the room before. */
  #changedArc = new Int32Array(256)
  #changedRoom = new Float64Array(256)
  #changes = 0
  // For one search: how many arcs from the end, in which search that was found, and which arc to try next.
  #level: Int32Array
  #seenIn: Int32Array
  #try: Int32Array
  #queue: Int32Array
  #search = 0
  #path: Int32Array

  constructor(nodesExpected: number, arcsExpected: number) {
    const nodes = nodesExpected + 16
    const arcs = 2 * (arcsExpected + 16)
    this.#head = new Int32Array(nodes).fill(none)
    this.#level = new Int32Array(nodes)
    this.#seenIn = new Int32Array(nodes)
    this.#try = new Int32Array(nodes)
    this.#queue = new Int32Array(nodes)
    this.#path = new Int32Array(nodes)
    this.#next = new Int32Array(arcs)
    this.#to = new Int32Array(arcs)
    this.#room = new Float64Array(arcs)
  }

  addNode(): number {
    if (this.#nodes === this.#head.length) this.#growNodes()
    this.#head[this.#nodes] = none
    this.#seenIn[this.#nodes] = 0
    return this.#nodes++
  }

  /** @param capacity an integer ≥ 0, or infinite */
  addArc(from: number, to: number, capacity: number): number {
    if (this.#arcs === this.#to.length) this.#growArcs()
    const arc = this.#arcs
    this.#arcs += 2
    this.#to[arc] = to
    this.#to[arc + 1] = from
    this.#room[arc] = capacity
    this.#room[arc + 1] = 0
    this.#next[arc] = this.#head[from] as number
    this.#head[from] = arc
    this.#next[arc + 1] = this.#head[to] as number
    this.#head[to] = arc + 1
    return arc
  }

  fromOf(arc: number): number {
    return this.#to[arc ^ 1] as number
  }

  toOf(arc: number): number {
    return this.#to[arc] as number
  }

  /** Of an even arc. */
  flowOf(arc: number): number {
    return this.#room[arc ^ 1] as number
  }

  /** Of an even arc. */
  capacityOf(arc: number): number {
    return (this.#room[arc] as number) + (this.#room[arc ^ 1] as number)
  }

  /** The even arcs out of a node. */
  *arcsFrom(node: number): Iterable<number> {
    for (let arc = this.#head[node] as number; arc !== none; arc = this.#next[arc] as number)
      if ((arc & 1) === 0) yield arc
  }

  checkpoint(): Checkpoint {
    return { nodes: this.#nodes, arcs: this.#arcs, changes: this.#changes }
  }

  /** Takes back flow, arcs and nodes that came after the checkpoint. */
  rollback({ nodes, arcs, changes }: Checkpoint): void {
    while (this.#changes > changes) {
      this.#changes--
      this.#room[this.#changedArc[this.#changes] as number] = this.#changedRoom[this.#changes] as number
    }
    while (this.#arcs > arcs) {
      this.#arcs -= 2
      const arc = this.#arcs
      this.#head[this.toOf(arc)] = this.#next[arc + 1] as number
      this.#head[this.fromOf(arc)] = this.#next[arc] as number
    }
    this.#nodes = nodes
  }

  /**
   * Adds as much flow as still fits from `source` to `sink`.
   * @returns how much was added
   */
  augment(source: number, sink: number): number {
    let total = 0
    while (this.#findLevels(source, sink)) total += this.#block(source, sink)
    return total
  }

  /**
   * The even arcs of the least cut nearest to `source`, after {@link augment}: those that lead out of the nodes to which
   * more flow could go. O(arcs of these nodes).
   */
  cutFrom(source: number): number[] {
    const reached = new Uint8Array(this.#nodes)
    const queue = this.#queue
    let end = 0
    queue[end++] = source
    reached[source] = 1
    for (let at = 0; at < end; at++)
      for (
        let arc = this.#head[queue[at] as number] as number;
        arc !== none;
        arc = this.#next[arc] as number
      ) {
        const to = this.#to[arc] as number
        if (reached[to] === 1 || !((this.#room[arc] as number) > 0)) continue
        reached[to] = 1
        queue[end++] = to
      }
    const cut: number[] = []
    for (const node of queue.subarray(0, end))
      for (let arc = this.#head[node] as number; arc !== none; arc = this.#next[arc] as number)
        if ((arc & 1) === 0 && reached[this.#to[arc] as number] === 0 && this.capacityOf(arc) > 0)
          cut.push(arc)
    return cut
  }

  /** Counts, from the sink backwards, arcs with room. Ends at the source. */
  #findLevels(source: number, sink: number): boolean {
    const search = ++this.#search
    const queue = this.#queue
    let end = 0
    queue[end++] = sink
    this.#seenIn[sink] = search
    this.#level[sink] = 0
    this.#try[sink] = this.#head[sink] as number
    for (let at = 0; at < end; at++) {
      const node = queue[at] as number
      for (let arc = this.#head[node] as number; arc !== none; arc = this.#next[arc] as number) {
        const before = this.#to[arc] as number
        if (this.#seenIn[before] === search || !((this.#room[arc ^ 1] as number) > 0)) continue
        this.#seenIn[before] = search
        this.#level[before] = (this.#level[node] as number) + 1
        this.#try[before] = this.#head[before] as number
        if (before === source) return true
        queue[end++] = before
      }
    }
    return false
  }

  /** Sends flow along ways whose level falls by one at each arc, until there is none. */
  #block(source: number, sink: number): number {
    const path = this.#path
    let length = 0
    let node = source
    let total = 0
    for (;;) {
      if (node === sink) {
        total += this.#send(length)
        length = this.#firstFull(length)
        node = this.fromOf(path[length] as number)
        continue
      }
      const arc = this.#arcDown(node)
      if (arc !== none) {
        path[length++] = arc
        node = this.#to[arc] as number
      } else {
        if (node === source) return total
        this.#seenIn[node] = 0 // leads nowhere in this search
        node = this.fromOf(path[--length] as number)
      }
    }
  }

  #arcDown(node: number): number {
    const level = (this.#level[node] as number) - 1
    let arc = this.#try[node] as number
    while (arc !== none) {
      const to = this.#to[arc] as number
      if ((this.#room[arc] as number) > 0 && this.#seenIn[to] === this.#search && this.#level[to] === level)
        break
      arc = this.#next[arc] as number
    }
    this.#try[node] = arc
    return arc
  }

  #send(length: number): number {
    let amount = Number.POSITIVE_INFINITY
    for (let at = 0; at < length; at++)
      amount = Math.min(amount, this.#room[this.#path[at] as number] as number)
    if (amount === Number.POSITIVE_INFINITY) throw new RangeError('a way without any bound')
    for (let at = 0; at < length; at++) {
      const arc = this.#path[at] as number
      this.#setRoom(arc, (this.#room[arc] as number) - amount)
      this.#setRoom(arc ^ 1, (this.#room[arc ^ 1] as number) + amount)
    }
    return amount
  }

  #firstFull(length: number): number {
    for (let at = 0; at < length; at++) if (this.#room[this.#path[at] as number] === 0) return at
    return 0
  }

  #setRoom(arc: number, room: number): void {
    if (this.#changes === this.#changedArc.length) {
      this.#changedArc = grown(Int32Array, this.#changedArc)
      this.#changedRoom = grown(Float64Array, this.#changedRoom)
    }
    this.#changedArc[this.#changes] = arc
    this.#changedRoom[this.#changes] = this.#room[arc] as number
    this.#changes++
    this.#room[arc] = room
  }

  #growNodes(): void {
    this.#head = grown(Int32Array, this.#head)
    this.#level = grown(Int32Array, this.#level)
    this.#seenIn = grown(Int32Array, this.#seenIn)
    this.#try = grown(Int32Array, this.#try)
    this.#queue = grown(Int32Array, this.#queue)
    this.#path = grown(Int32Array, this.#path)
  }

  #growArcs(): void {
    this.#next = grown(Int32Array, this.#next)
    this.#to = grown(Int32Array, this.#to)
    this.#room = grown(Float64Array, this.#room)
  }
}

function grown<T extends Int32Array | Float64Array>(type: new (length: number) => T, array: T): T {
  const larger = new type(array.length * 2)
  larger.set(array)
  return larger
}
