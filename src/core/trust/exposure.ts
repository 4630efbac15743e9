import { bookedMinorMax } from './amount.ts'
import { Ball } from './ball.ts'
import type { Question } from './counted.ts'
import type { TrustGraph } from './graph.ts'
import type { Ledger } from './ledger.ts'
import type { TrustParameters } from './parameters.ts'
import { type Purpose, purposeKey } from './purpose.ts'
import { Converter } from './rates.ts'
import { type CutPart, type Path, Routes } from './routes.ts'

/** Balls and ledger networks kept for one viewer, at most. */
const keptMax = 16

export interface LimitFlow {
  readonly limitMinor: number
  readonly paths: readonly Path[]
  readonly cut: readonly CutPart[]
  /** Whose endorsements it rests on though their heads are older than seven days. Numbers, in no order. */
  readonly stale: readonly number[]
}

export interface DisputeSignal {
  readonly minor: number
  /** Currencies of disputes that could not be counted for want of a rate. */
  readonly uncounted: readonly string[]
}

/** A ledger's demands as flow in a network. */
interface Routed {
  readonly ball: Ball
  readonly ledger: Ledger
  readonly ledgerVersion: number
  readonly routes: Routes
  /** Demands that do not fit any more. */
  readonly excessMinor: number
}

/**
 * What a viewer may risk with whom. Answers are for a time; balls are kept until the graph changes or something in
 * them runs out. Merchants that the graph does not know have limit 0. Spec: protocol/trust.md §5–8.
 */
export class Exposure {
  readonly #graph: TrustGraph
  readonly #viewer: number
  readonly #parameters: TrustParameters
  readonly #balls = new Map<
    string,
    { readonly version: number; readonly ball: Ball; readonly routes: Routes }
  >()
  readonly #routed = new Map<string, Routed>()

  constructor(graph: TrustGraph, viewer: string, parameters: TrustParameters) {
    this.#graph = graph
    this.#viewer = graph.numberOf(viewer)
    this.#parameters = parameters
  }

  /** L: the most that can flow from the viewer to a merchant, in minor units. Some 0.2 ms for 900 introducers. */
  limit(merchant: string, purpose: Purpose, at: number): number {
    const target = this.#target(merchant)
    if (target === undefined) return 0
    const { routes } = this.#ball(purpose, at)
    return within(routes, () => routes.send(routes.endOf(target)))
  }

  /** L with the flow that reaches it and the cut that bounds it. */
  limitFlow(merchant: string, purpose: Purpose, at: number): LimitFlow {
    const target = this.#target(merchant)
    if (target === undefined) return { limitMinor: 0, paths: [], cut: [], stale: [] }
    const { routes } = this.#ball(purpose, at)
    return within(routes, () => {
      const end = routes.endOf(target)
      const limitMinor = routes.send(end)
      const paths = routes.paths(end)
      const authors = new Set(paths.flatMap(({ via }) => via))
      const stale = [...authors].filter((author) => this.#graph.isStale(author, at))
      return { limitMinor, paths, cut: limitMinor === 0 ? [] : routes.cut(), stale }
    })
  }

  /** What the viewer itself vouches for a merchant, in minor units. */
  direct(merchant: string, purpose: Purpose, at: number): number {
    const target = this.#target(merchant)
    return target === undefined ? 0 : this.#ball(purpose, at).ball.direct(target)
  }

  /** N: the weight behind disputes against a merchant. A ball of its own is built if the merchant is an introducer. */
  disputeSignal(merchant: string, purpose: Purpose, at: number): DisputeSignal {
    const target = this.#graph.knownNumberOf(merchant)
    const { claims, uncounted } = this.#claimsAgainst(target, at)
    if (target === undefined || claims.size === 0) return { minor: 0, uncounted }
    const kept = this.#ball(purpose, at)
    const routes =
      kept.ball.placeOf(target) === undefined
        ? kept.routes
        : new Routes(new Ball({ ...kept.ball.question, without: target }))
    return within(routes, () => {
      const sink = routes.addSink()
      for (const [by, minor] of claims) if (by !== this.#viewer) routes.drain(by, sink, minor)
      return { minor: (claims.get(this.#viewer) ?? 0) + routes.send(sink), uncounted }
    })
  }

  /** What may be risked beside what is open and lost, by flow alone. */
  available(merchant: string, purpose: Purpose, at: number, ledger: Ledger): number {
    const target = this.#target(merchant)
    if (target === undefined) return 0
    return ledger.purposesAround(purpose).reduce((least, around) => {
      const { routes, excessMinor } = this.#route(ledger, around, at)
      return Math.max(
        0,
        Math.min(least, within(routes, () => routes.send(routes.endOf(target))) - excessMinor),
      )
    }, Number.POSITIVE_INFINITY)
  }

  /** What the viewer may newly risk with a merchant. */
  effective(merchant: string, purpose: Purpose, at: number, ledger?: Ledger): number {
    const limitMinor = this.limit(merchant, purpose, at)
    return effectiveLimit({
      limitMinor,
      directMinor: this.direct(merchant, purpose, at),
      disputeMinor: this.disputeSignal(merchant, purpose, at).minor,
      availableMinor: ledger === undefined ? limitMinor : this.available(merchant, purpose, at, ledger),
    })
  }

  /** Introducers within reach, nearest first, the viewer left out: whose repos are worth following. */
  introducers(purpose: Purpose, at: number): { readonly merchant: string; readonly distance: number }[] {
    const { ball } = this.#ball(purpose, at)
    return ball.introducers
      .map((number, place) => ({
        merchant: this.#graph.nameOf(number),
        distance: ball.distances[place] as number,
      }))
      .slice(1)
  }

  /** All merchants that may have a limit, in no order. */
  reachable(purpose: Purpose, at: number): string[] {
    return [...this.#ball(purpose, at).ball.endorsed()].map((number) => this.#graph.nameOf(number))
  }

  #target(merchant: string): number | undefined {
    const number = this.#graph.knownNumberOf(merchant)
    return number === undefined || number === this.#viewer || this.#graph.isSuspended(number)
      ? undefined
      : number
  }

  #ball(purpose: Purpose, at: number): { readonly ball: Ball; readonly routes: Routes } {
    const key = purposeKey(purpose)
    const kept = this.#balls.get(key)
    const { version } = this.#graph
    if (kept?.version === version && at >= kept.ball.question.at && at < kept.ball.validUntil) return kept
    const question: Question = {
      graph: this.#graph,
      viewer: this.#viewer,
      purpose,
      parameters: this.#parameters,
      at,
    }
    const ball = new Ball(question)
    const made = { version, ball, routes: new Routes(ball) }
    keep(this.#balls, key, made)
    return made
  }

  /** All that a ledger holds, as flow. Found once for a ball and a version of the ledger. */
  #route(ledger: Ledger, purpose: Purpose, at: number): Routed {
    const key = purposeKey(purpose)
    const { ball } = this.#ball(purpose, at)
    const kept = this.#routed.get(key)
    if (kept?.ball === ball && kept.ledger === ledger && kept.ledgerVersion === ledger.version) return kept
    const routes = new Routes(ball)
    const sink = routes.addSink()
    let demanded = 0
    for (const [merchant, minor] of ledger.demands(purpose)) {
      routes.drain(this.#graph.numberOf(merchant), sink, minor)
      demanded += minor
    }
    const excessMinor = demanded - routes.send(sink)
    const made: Routed = { ball, ledger, ledgerVersion: ledger.version, routes, excessMinor }
    keep(this.#routed, key, made)
    return made
  }

  /** What each author claims from the merchant, in the viewer's currency. */
  #claimsAgainst(
    target: number | undefined,
    at: number,
  ): { readonly claims: Map<number, number>; readonly uncounted: string[] } {
    const converter = new Converter(this.#parameters.currency, this.#parameters.rates)
    const claims = new Map<number, number>()
    const uncounted = new Set<string>()
    if (target !== undefined)
      for (const { by, claim } of this.#graph.disputesAgainst(target, at)) {
        if (by !== this.#viewer && this.#graph.countsUntil(by) < at) continue
        const minor = converter.claimed(claim.minor, claim.currency)
        if (minor === undefined) uncounted.add(claim.currency)
        else claims.set(by, Math.min((claims.get(by) ?? 0) + minor, bookedMinorMax))
      }
    return { claims, uncounted: [...uncounted].sort() }
  }
}

/**
 * Disputes take away what others vouch, not what the viewer vouches itself. Spec: protocol/trust.md §7.
 * @param numbers minor units; `availableMinor`: beside the ledger, or L without one
 */
export function effectiveLimit(numbers: {
  readonly limitMinor: number
  readonly directMinor: number
  readonly disputeMinor: number
  readonly availableMinor: number
}): number {
  const { limitMinor, directMinor, disputeMinor, availableMinor } = numbers
  return Math.min(availableMinor, Math.max(directMinor, limitMinor - disputeMinor))
}

/** Asks a network something and leaves it as it was. */
function within<T>(routes: Routes, ask: () => T): T {
  const checkpoint = routes.checkpoint()
  try {
    return ask()
  } finally {
    routes.rollback(checkpoint)
  }
}

function keep<T>(kept: Map<string, T>, key: string, value: T): void {
  kept.delete(key)
  if (kept.size >= keptMax) kept.delete(kept.keys().next().value as string)
  kept.set(key, value)
}
