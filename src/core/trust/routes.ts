import type { Ball } from './ball.ts'
import { type Checkpoint, FlowNetwork } from './flow-network.ts'

/** Merchants between the viewer and the target, in order, as numbers; and how much goes this way. */
export interface Path {
  readonly via: readonly number[]
  readonly minor: number
}

/** What bounds a limit: an endorsement, or the share of an introducer. Numbers of merchants. */
export type CutPart =
  | { readonly kind: 'endorsement'; readonly from: number; readonly to: number; readonly minor: number }
  | { readonly kind: 'introducer'; readonly merchant: number; readonly minor: number }

/** Where the viewer's flow starts. */
const source = 1

/**
 * The ball as a network. An introducer at place i is the nodes 2i and 2i + 1, what comes and what goes on, with its
 * share between them; a merchant at which flow ends gets a node of its own. Spec: protocol/trust.md §4.
 */
export class Routes {
  readonly #ball: Ball
  readonly #network: FlowNetwork
  /** The merchant that a node belongs to. */
  readonly #merchants: number[] = []
  readonly #ends = new Map<number, number>()

  constructor(ball: Ball) {
    const { introducers, shares } = ball
    this.#ball = ball
    this.#network = new FlowNetwork(2 * introducers.length, introducers.length + ball.stepsCount)
    for (const merchant of introducers) {
      this.#addNode(merchant)
      this.#addNode(merchant)
    }
    for (let place = introducers.length - 1; place >= 0; place--) {
      // The last arc added is the first tried: so nearer introducers come first.
      for (const { to, capacity, introduces } of ball.from(place).reverse()) {
        const next = introduces ? ball.placeOf(to) : undefined
        if (next !== undefined) this.#network.addArc(2 * place + 1, 2 * next, capacity)
      }
      if (place > 0) this.#network.addArc(2 * place, 2 * place + 1, shares[place] as number)
    }
  }

  checkpoint(): Checkpoint {
    return this.#network.checkpoint()
  }

  rollback(checkpoint: Checkpoint): void {
    this.#network.rollback(checkpoint)
    for (const [merchant, node] of this.#ends) if (node >= checkpoint.nodes) this.#ends.delete(merchant)
    while (this.#merchants.length > checkpoint.nodes) this.#merchants.pop()
  }

  /** A node in which flows end. Nothing leads there yet. */
  addSink(): number {
    return this.#addNode(-1)
  }

  /** The node in which flow ends at a merchant. */
  endOf(merchant: number): number {
    const known = this.#ends.get(merchant)
    if (known !== undefined) return known
    const end = this.#addNode(merchant)
    this.#ends.set(merchant, end)
    const place = this.#ball.placeOf(merchant)
    for (const { by, capacity, introduces } of this.#ball.into(merchant))
      if (place === undefined || !introduces) this.#network.addArc(2 * by + 1, end, capacity)
    if (place !== undefined) this.#network.addArc(2 * place, end, Number.POSITIVE_INFINITY)
    return end
  }

  /** At most `minor` of what ends at the merchant goes on to the sink. */
  drain(merchant: number, sink: number, minor: number): void {
    this.#network.addArc(this.endOf(merchant), sink, minor)
  }

  /** Adds as much flow as fits from the viewer. @returns how much */
  send(end: number): number {
    return this.#network.augment(source, end)
  }

  /** The flow sent to one merchant, as ways without circles. Sums to it exactly. O(ways × arcs on them). */
  paths(end: number): Path[] {
    const left = new Map<number, { arc: number; flow: number }[]>()
    const arcsOf = (node: number): { arc: number; flow: number }[] => {
      let arcs = left.get(node)
      if (arcs === undefined) {
        arcs = [...this.#network.arcsFrom(node)].map((arc) => ({ arc, flow: this.#network.flowOf(arc) }))
        left.set(node, arcs)
      }
      return arcs
    }
    const found: Path[] = []
    for (let way = this.#way(arcsOf, end); way !== undefined; way = this.#way(arcsOf, end)) {
      const minor = way.steps.reduce((least, { flow }) => Math.min(least, flow), Number.POSITIVE_INFINITY)
      for (const step of way.steps) step.flow -= minor
      if (!way.isCircle) found.push({ via: this.#merchantsOn(way.steps, end), minor })
    }
    return found
  }

  /** The least cut nearest to the viewer, after {@link send}. Sums to the flow exactly. */
  cut(): CutPart[] {
    return this.#network.cutFrom(source).map((arc) => {
      const minor = this.#network.capacityOf(arc)
      const from = this.#merchants[this.#network.fromOf(arc)] as number
      const to = this.#merchants[this.#network.toOf(arc)] as number
      return from === to
        ? { kind: 'introducer', merchant: from, minor }
        : { kind: 'endorsement', from, to, minor }
    })
  }

  #addNode(merchant: number): number {
    this.#merchants.push(merchant)
    return this.#network.addNode()
  }

  /** Follows flow from the viewer to the end, or until it comes round in a circle. */
  #way(
    arcsOf: (node: number) => { arc: number; flow: number }[],
    end: number,
  ): { readonly steps: { arc: number; flow: number }[]; readonly isCircle: boolean } | undefined {
    const steps: { arc: number; flow: number }[] = []
    const places = new Map([[source, 0]])
    for (let node = source; node !== end; ) {
      const arcs = arcsOf(node)
      while (arcs.length > 0 && arcs.at(-1)?.flow === 0) arcs.pop()
      const step = arcs.at(-1)
      if (step === undefined) return undefined
      steps.push(step)
      node = this.#network.toOf(step.arc)
      const before = places.get(node)
      if (before !== undefined) return { steps: steps.slice(before), isCircle: true }
      places.set(node, steps.length)
    }
    return { steps, isCircle: false }
  }

  /** Without the viewer and the merchant at the end. */
  #merchantsOn(steps: readonly { readonly arc: number }[], end: number): number[] {
    const via: number[] = []
    for (const { arc } of steps) {
      const merchant = this.#merchants[this.#network.toOf(arc)] as number
      if (merchant !== via.at(-1) && merchant !== this.#merchants[end]) via.push(merchant)
    }
    return via
  }
}
