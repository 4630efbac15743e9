import { Exposure, effectiveLimit } from './exposure.ts'
import { type GraphFile, graphOf } from './graph-file.ts'
import type { TrustParameters } from './parameters.ts'
import type { Purpose } from './purpose.ts'
import { ranksFromScratch } from './rank.ts'
import type { CutPart } from './routes.ts'

export interface EvaluateQuestion {
  readonly viewer: string
  /** Absent: all that can be reached. */
  readonly targets?: readonly string[] | undefined
  readonly purpose: Purpose
  /** UTC seconds. */
  readonly at: number
  readonly parameters: TrustParameters
}

/** What `mosaic trust evaluate --json` answers for one target. Spec: protocol/trust.md §11. */
export interface TargetView {
  readonly limitMinor: number
  readonly disputeMinor: number
  readonly effectiveMinor: number
  /** Integer of 10^-9. */
  readonly rank: number
  readonly paths: readonly { readonly via: readonly string[]; readonly amountMinor: number }[]
  readonly cut: readonly (
    | { readonly from: string; readonly to: string; readonly amountMinor: number }
    | { readonly node: string; readonly amountMinor: number }
  )[]
}

export interface Evaluation {
  /** By name, in the order asked for; else by name. Without a prototype: any name is a member. */
  readonly targets: Readonly<Record<string, TargetView>>
  /** What the file says and the answer leaves out, for people. */
  readonly leftOut: { readonly viewerUnknown: boolean; readonly currencies: readonly string[] }
}

/** Computes on a plain graph, without a node. @throws {GraphFileError} `graph-author-limit` */
export function evaluate(file: GraphFile, question: EvaluateQuestion): Evaluation {
  const { viewer, purpose, at, parameters } = question
  const graph = graphOf(file, at, parameters.currency)
  const viewerUnknown = graph.knownNumberOf(viewer) === undefined
  const exposure = new Exposure(graph, viewer, parameters)
  const ranks = ranksFromScratch({ graph, viewer: graph.numberOf(viewer), purpose, parameters, at })
  const nameOf = (number: number): string => graph.nameOf(number)
  const view = (target: string): TargetView => {
    const { limitMinor, paths, cut } = exposure.limitFlow(target, purpose, at)
    const number = graph.knownNumberOf(target)
    const directMinor = exposure.direct(target, purpose, at)
    const disputeMinor = exposure.disputeSignal(target, purpose, at).minor
    return {
      limitMinor,
      disputeMinor,
      effectiveMinor: effectiveLimit({ limitMinor, directMinor, disputeMinor, availableMinor: limitMinor }),
      rank: number === undefined ? 0 : ranks.rankOf(number),
      paths: paths.map(({ via, minor }) => ({ via: via.map(nameOf), amountMinor: minor })),
      cut: cut.map((part) => cutView(part, nameOf)),
    }
  }
  const targets: Record<string, TargetView> = Object.create(null)
  for (const target of question.targets ?? exposure.reachable(purpose, at).sort()) {
    const found = view(target)
    if (question.targets !== undefined || found.limitMinor > 0) targets[target] = found
  }
  const currencies = new Set(file.endorsements.map(({ currency }) => currency ?? parameters.currency))
  currencies.delete(parameters.currency)
  for (const known of Object.keys(parameters.rates?.perBillion ?? {})) currencies.delete(known)
  return { targets, leftOut: { viewerUnknown, currencies: [...currencies].sort() } }
}

function cutView(part: CutPart, nameOf: (number: number) => string): TargetView['cut'][number] {
  return part.kind === 'introducer'
    ? { node: nameOf(part.merchant), amountMinor: part.minor }
    : { from: nameOf(part.from), to: nameOf(part.to), amountMinor: part.minor }
}
