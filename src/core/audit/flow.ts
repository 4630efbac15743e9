import { Ball } from '../trust/ball.ts'
import { type Endorsement, vouchOf } from '../trust/endorsement.ts'
import { forever, TrustGraph } from '../trust/graph.ts'
import type { FlowPath, LimitClaim } from './bundle.ts'

/** Endorsements as a graph, and the part of it that can carry flow from the viewer. */
export interface Flow {
  readonly graph: TrustGraph
  readonly ball: Ball
}

/** @param headTimes by author, UTC seconds; the viewer needs none */
export function flowOf(
  claim: LimitClaim,
  endorsements: Iterable<Endorsement>,
  headTimes: ReadonlyMap<string, number>,
): Flow {
  const graph = new TrustGraph()
  for (const [author, time] of headTimes) graph.setHead(author, time)
  graph.setHead(claim.viewer, forever)
  for (const endorsement of endorsements)
    graph.endorse(endorsement.from, endorsement.to, vouchOf(endorsement))
  const { purpose, parameters, time: at } = claim
  return { graph, ball: new Ball({ graph, viewer: graph.numberOf(claim.viewer), purpose, parameters, at }) }
}

/** One text for a pair of merchants. */
export function pairKey({ from, to }: { readonly from: string; readonly to: string }): string {
  return `${from} ${to}`
}

/** The pairs that a path goes along. */
function pairsOn({ viewer, subject }: LimitClaim, { via }: FlowPath): { from: string; to: string }[] {
  const stops = [viewer, ...via, subject]
  return stops.slice(1).map((to, at) => ({ from: stops[at] as string, to }))
}

/**
 * What is wrong with the paths, in words; `undefined` if they are a flow that comes to the limit claimed.
 * Spec: protocol/trust.md §10.
 */
export function flowProblem(
  { graph, ball }: Flow,
  claim: LimitClaim,
  paths: readonly FlowPath[],
): { readonly path?: number; readonly message: string } | undefined {
  const steps = stepsOf({ graph, ball })
  const carried = new Map<string, number>()
  const add = (key: string, minor: number): number => {
    const sum = (carried.get(key) ?? 0) + minor
    carried.set(key, sum)
    return sum
  }
  let total = 0
  for (const [index, path] of paths.entries()) {
    const problem = (message: string) => ({ path: index, message })
    if (new Set([claim.viewer, ...path.via, claim.subject]).size !== path.via.length + 2)
      return problem('It comes by a merchant twice.')
    for (const pair of pairsOn(claim, path)) {
      const step = steps.get(pairKey(pair))
      if (step === undefined) return problem(`No endorsement of ${pair.from} for ${pair.to} counts.`)
      if (pair.to !== claim.subject && !step.introduces)
        return problem(`${pair.from} does not introduce ${pair.to}: nothing goes on from there.`)
      if (add(pairKey(pair), path.amountMinor) > step.capacity)
        return problem(`${pair.from} vouches for ${pair.to} up to ${step.capacity} only.`)
    }
    for (const introducer of path.via) {
      const share = ball.shares[ball.placeOf(graph.numberOf(introducer)) ?? -1] ?? 0
      if (add(introducer, path.amountMinor) > share)
        return problem(`At most ${share} may pass through ${introducer}.`)
    }
    total += path.amountMinor
  }
  if (total === claim.limitMinor) return undefined
  return { message: `The paths come to ${total}, and the claim says ${claim.limitMinor}.` }
}

/**
 * The endorsements that a claim rests on: those on its paths and, since an introducer's share depends on its distance, one
 * shortest way to each introducer on them. Of several the one along the paths, then the one by the first name: so a
 * bundle's endorsements are needed by the same rule by which they were chosen. Spec: protocol/records/audit.md §5.
 */
export function neededPairs(
  { graph, ball }: Flow,
  claim: LimitClaim,
  paths: readonly FlowPath[],
): Set<string> {
  const onPaths = new Set(paths.flatMap((path) => pairsOn(claim, path).map(pairKey)))
  const needed = new Set(onPaths)
  if (claim.parameters.budgetMinor === 'uncapped') return needed
  const open = [...new Set(paths.flatMap(({ via }) => via as readonly string[]))]
  const reached = new Set<string>([claim.viewer, ...open])
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const number = graph.numberOf(name)
    const distance = ball.distances[ball.placeOf(number) ?? -1] ?? 0
    const authors = [...ball.into(number)]
      .filter(({ by, introduces }) => introduces && ball.distances[by] === distance - 1)
      .map(({ by }) => graph.nameOf(ball.introducers[by] as number))
      .sort()
    const to = name
    const author = authors.find((from) => onPaths.has(pairKey({ from, to }))) ?? authors[0]
    if (author === undefined) continue
    needed.add(pairKey({ from: author, to }))
    if (!reached.has(author)) open.push(author)
    reached.add(author)
  }
  return needed
}

interface CountedStep {
  readonly capacity: number
  readonly introduces: boolean
}

function stepsOf({ graph, ball }: Flow): Map<string, CountedStep> {
  const steps = new Map<string, CountedStep>()
  for (const [place, number] of ball.introducers.entries())
    for (const { to, capacity, introduces } of ball.from(place))
      steps.set(pairKey({ from: graph.nameOf(number), to: graph.nameOf(to) }), { capacity, introduces })
  return steps
}
