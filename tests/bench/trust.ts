import { Exposure } from '../../src/core/trust/exposure.ts'
import { TrustGraph } from '../../src/core/trust/graph.ts'
import { LiveRanks } from '../../src/core/trust/live-ranks.ts'
import type { TrustParameters } from '../../src/core/trust/parameters.ts'
import { type Context, contexts } from '../../src/core/trust/purpose.ts'
import { ranksFromScratch } from '../../src/core/trust/rank.ts'
import { median, nowMs, quantile, rounded } from './figures.ts'
import { random } from './offers.ts'

const at = 1_800_000_000
const purpose = { context: 'delivery' } as const
const parameters: TrustParameters = { currency: 'EUR', budgetMinor: 1_000_000 }
const targetsTried = 2_000
const repairs = 2_000
const viewerEndorsements = 20

export interface TrustFigures {
  readonly bench: 'trust'
  readonly merchants: number
  readonly endorsements: number
  readonly loadMs: number
  readonly ballMs: number
  readonly limitMedianMs: number
  readonly limitP99Ms: number
  readonly rankFirstMs: number
  readonly rankRepairMedianUs: number
  readonly rssMiB: number
}

/**
 * The metric on a made-up network: half of the endorsements go to neighbours, half to merchants whom many know.
 * Reads the clock and the process, prints one line.
 * @param options `merchants` and `endorsements`: 1 million and 10 million are the large size
 */
export function benchTrust(options: {
  readonly merchants: number
  readonly endorsements: number
  readonly json: boolean
}): TrustFigures {
  const next = random(0x7e57)
  const [graph, loadMs] = timed(() => load(options.merchants, options.endorsements, next))
  const anybody = (): string => nameOf((next() * options.merchants) | 0)
  const endorsements = graph.edges.size
  const viewer = nameOf(options.merchants >> 1)
  // A merchant with some partners: so that there is something to compute.
  while (graph.edges.countOf(graph.numberOf(viewer)) < viewerEndorsements) {
    const partner = anybody()
    if (partner !== viewer) graph.endorse(viewer, partner, vouch(next))
  }
  const question = { graph, viewer: graph.numberOf(viewer), purpose, parameters, at }

  const builds = Array.from({ length: 5 }, () => timed(() => askFor(graph, viewer)))
  const exposure = builds[0]?.[0] as Exposure
  const reachable = exposure.reachable(purpose, at)
  const targets = Array.from({ length: targetsTried }, () => pick(reachable, next))
  for (const target of targets.slice(0, 200)) exposure.limit(target, purpose, at) // lets the engine compile
  const limits = targets.map((target) => timed(() => exposure.limit(target, purpose, at)))

  const firsts = Array.from({ length: 3 }, () => timed(() => ranksFromScratch(question)))
  const live = new LiveRanks(question)
  const ranked = reachable.filter((name) => live.rankOf(graph.numberOf(name)) > 0)
  const repaired = Array.from({ length: repairs }, () => {
    // Authors whom the viewer's walk reaches: for the others a repair costs nothing at all.
    const author = pick(ranked, next)
    const subject = anybody()
    if (author === subject) return 0
    return timed(() => live.change(author, () => graph.endorse(author, subject, vouch(next))))[1]
  })
  const figures: TrustFigures = {
    bench: 'trust',
    merchants: options.merchants,
    endorsements,
    loadMs: rounded(loadMs),
    ballMs: rounded(median(builds.map(([, ms]) => ms))),
    limitMedianMs: rounded(median(limits.map(([, ms]) => ms))),
    limitP99Ms: rounded(
      quantile(
        limits.map(([, ms]) => ms),
        0.99,
      ),
    ),
    rankFirstMs: rounded(median(firsts.map(([, ms]) => ms))),
    rankRepairMedianUs: rounded(median(repaired.slice(repairs / 10)) * 1_000),
    rssMiB: rounded(process.resourceUsage().maxRSS / 1024),
  }
  console.log(
    options.json ? JSON.stringify(figures) : describe(figures, exposure, reachable.length, ranked.length),
  )
  return figures
}

function askFor(graph: TrustGraph, viewer: string): Exposure {
  const exposure = new Exposure(graph, viewer, parameters)
  exposure.introducers(purpose, at)
  return exposure
}

function describe(figures: TrustFigures, exposure: Exposure, reachable: number, ranked: number): string {
  const rows = Object.entries(figures).map(([name, value]) => `${name.padEnd(20)} ${value}`)
  const around = [
    `introducers          ${exposure.introducers(purpose, at).length}`,
    `reachable            ${reachable}`,
    `ranked               ${ranked}`,
  ]
  return [...rows, ...around].join('\n')
}

const bytes = Buffer.alloc(62, 'q')
bytes.write('mer1')

/** A text of the length of a merchant id. Made anew each time: held ones would count as memory of the graph. */
function nameOf(number: number): string {
  bytes.write(((Math.imul(number, 0x9e3779b1) >>> 0) + 2 ** 32).toString(32), 10, 'latin1')
  bytes.write(number.toString(32).padStart(7, '0'), 40, 'latin1')
  return bytes.toString('latin1')
}

function load(merchants: number, endorsements: number, next: () => number): TrustGraph {
  const graph = new TrustGraph(endorsements)
  for (let number = 0; number < merchants; number++) graph.setHead(nameOf(number), at - 3_600)
  while (graph.edges.size < endorsements) {
    const from = (next() * merchants) | 0
    // A few endorse many.
    const many = Math.min(1_000, Math.ceil((endorsements / merchants) * (0.4 / (1 - next()) ** 0.4)))
    const author = nameOf(from)
    for (let index = 0; index < many && graph.edges.size < endorsements; index++) {
      const near = from + 1 + ((next() ** 2 * 2_000) | 0)
      const known = (next() ** 3 * merchants) | 0
      const to = next() < 0.5 ? near % merchants : known
      if (to !== from) graph.endorse(author, nameOf(to), vouch(next))
    }
  }
  return graph
}

function vouch(next: () => number): Parameters<TrustGraph['endorse']>[2] {
  const step = [1, 2, 5][(next() * 3) | 0] as number
  return {
    minor: step * 10 ** (3 + ((next() * 4) | 0)),
    currency: 'EUR',
    contexts: someContexts[(next() * someContexts.length) | 0] as readonly Context[],
    introduce: next() < 0.8,
    expiresAt: at + ((next() * 365 * 86_400) | 0) + 1,
  }
}

const someContexts: readonly (readonly Context[])[] = [contexts, ['delivery', 'quality'], ['delivery']]

function pick<T>(from: readonly T[], next: () => number): T {
  return from[(next() * from.length) | 0] as T
}

function timed<T>(work: () => T): [T, number] {
  const from = nowMs()
  const result = work()
  return [result, nowMs() - from]
}
