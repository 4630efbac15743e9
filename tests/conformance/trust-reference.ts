import type { TargetView } from '../../src/core/trust/evaluate.ts'
import type { GraphFile } from '../../src/core/trust/graph-file.ts'
import type { Context } from '../../src/core/trust/purpose.ts'

/**
 * The metric once more, straight from the words of protocol/trust.md §4–6 and slow: what the real one is compared with.
 * For plain graph files with one endorsement a pair.
 */
export interface Reference {
  readonly file: GraphFile
  readonly viewer: string
  readonly context?: Context | undefined
  readonly budgetMinor: number | 'uncapped'
  /** RFC 3339; absent: times do not matter. */
  readonly at?: string | undefined
  /** Absent: EUR. */
  readonly currency?: string | undefined
}

interface Edge {
  readonly from: string
  readonly to: string
  readonly minor: number
  readonly introduce: boolean
}

const tenths = [0, 4, 2, 1]

export function edgesOf(reference: Reference, without?: string): Edge[] {
  const { file, viewer, context, budgetMinor, at, currency = 'EUR' } = reference
  return file.endorsements
    .filter((one) => (one.currency ?? currency) === currency)
    .filter(({ issuedAt, expiresAt }) => isInForce(issuedAt, expiresAt, at))
    .filter(({ from, to }) => from !== without && to !== without && to !== viewer)
    .filter(({ contexts }) => context === undefined || contexts.includes(context))
    .map(({ from, to, amountMinor, introduce }) => ({
      from,
      to,
      minor: from === viewer && budgetMinor !== 'uncapped' ? Math.min(amountMinor, budgetMinor) : amountMinor,
      introduce,
    }))
    .filter(({ minor }) => minor > 0)
}

function isInForce(issuedAt?: string, expiresAt?: string, at?: string): boolean {
  if (at === undefined) return true
  const now = Date.parse(at)
  return (
    (issuedAt === undefined || Date.parse(issuedAt) <= now + 600_000) &&
    (expiresAt === undefined || now < Date.parse(expiresAt))
  )
}

export function sharesOf(reference: Reference, edges: readonly Edge[]): Map<string, number> {
  const distances = new Map([[reference.viewer, 0]])
  for (let changed = true; changed; ) {
    changed = false
    for (const { from, to, introduce } of edges) {
      const next = (distances.get(from) ?? Number.POSITIVE_INFINITY) + 1
      if (!introduce || next >= (distances.get(to) ?? Number.POSITIVE_INFINITY)) continue
      distances.set(to, next)
      changed = true
    }
  }
  const { budgetMinor } = reference
  return new Map(
    [...distances].map(([name, distance]) => [
      name,
      distance === 0 || budgetMinor === 'uncapped'
        ? Number.POSITIVE_INFINITY
        : Math.floor(((tenths[distance] ?? 0) * budgetMinor) / 10),
    ]),
  )
}

/** The most that can end at the merchants of `ends`, within the bound of each. Ford and Fulkerson, a unit of way at a time. */
export function referenceFlow(
  reference: Reference,
  ends: ReadonlyMap<string, number>,
  without?: string,
): number {
  const edges = edgesOf(reference, without)
  const shares = sharesOf(reference, edges)
  const room = new Map<string, Map<string, number>>()
  const arc = (from: string, to: string, minor: number): void => {
    for (const node of [from, to]) if (!room.has(node)) room.set(node, new Map())
    const out = room.get(from) as Map<string, number>
    out.set(to, (out.get(to) ?? 0) + minor)
    const back = room.get(to) as Map<string, number>
    back.set(from, back.get(from) ?? 0)
  }
  for (const { from, to, minor, introduce } of edges) {
    arc(from === reference.viewer ? 'source' : `out ${from}`, introduce ? `in ${to}` : `end ${to}`, minor)
    arc(`in ${to}`, `out ${to}`, 0)
    arc(`in ${to}`, `end ${to}`, 0)
  }
  for (const { to } of edges) {
    room.get(`in ${to}`)?.set(`out ${to}`, shares.get(to) ?? 0)
    room.get(`in ${to}`)?.set(`end ${to}`, Number.POSITIVE_INFINITY)
  }
  for (const [merchant, minor] of ends) arc(`end ${merchant}`, 'sink', minor)
  let total = 0
  for (let sent = push(room); sent > 0; sent = push(room)) total += sent
  return total
}

function push(room: Map<string, Map<string, number>>): number {
  const before = new Map<string, string>([['source', 'source']])
  const queue = ['source']
  for (const node of queue)
    for (const [to, minor] of room.get(node) ?? [])
      if (minor > 0 && !before.has(to)) {
        before.set(to, node)
        queue.push(to)
      }
  if (!before.has('sink')) return 0
  let amount = Number.POSITIVE_INFINITY
  const way: [string, string][] = []
  for (let node = 'sink'; node !== 'source'; node = before.get(node) as string)
    way.push([before.get(node) as string, node])
  for (const [from, to] of way) amount = Math.min(amount, room.get(from)?.get(to) ?? 0)
  for (const [from, to] of way) {
    room.get(from)?.set(to, (room.get(from)?.get(to) ?? 0) - amount)
    room.get(to)?.set(from, (room.get(to)?.get(from) ?? 0) + amount)
  }
  return amount
}

export function referenceLimit(reference: Reference, target: string): number {
  return referenceFlow(reference, new Map([[target, Number.POSITIVE_INFINITY]]))
}

export function referenceDisputes(reference: Reference, target: string): number {
  const claims = new Map<string, number>()
  for (const { by, against, amountMinor } of reference.file.disputes)
    if (against === target) claims.set(by, (claims.get(by) ?? 0) + amountMinor)
  const own = claims.get(reference.viewer) ?? 0
  claims.delete(reference.viewer)
  return own + referenceFlow(reference, claims, target)
}

/** Personalised PageRank by iterating over all merchants: by name, summing to 1. */
export function referenceRanks({ file, viewer, context }: Reference): Map<string, number> {
  const edges = file.endorsements.filter(
    ({ contexts, amountMinor }) => amountMinor > 0 && (context === undefined || contexts.includes(context)),
  )
  const ended = new Map<string, number>()
  const end = (name: string, mass: number): void => void ended.set(name, (ended.get(name) ?? 0) + mass)
  let moving = new Map([[viewer, 1]])
  for (let step = 0; step < 80; step++) {
    const next = new Map<string, number>()
    for (const [name, mass] of moving) {
      end(name, mass / 2)
      const own = edges.filter(({ from }) => from === name)
      for (const { to, introduce } of own) {
        const share = mass / 2 / own.length
        if (introduce) next.set(to, (next.get(to) ?? 0) + share)
        else end(to, share / 2)
      }
    }
    moving = next
  }
  const sum = [...ended.values()].reduce((total, mass) => total + mass, 0)
  return new Map([...ended].map(([name, mass]) => [name, mass / sum]))
}

/** What does not hold of an explanation, by protocol/trust.md §10. */
export function explanationProblems(reference: Reference, target: string, view: TargetView): string[] {
  const edges = edgesOf(reference)
  const shares = sharesOf(reference, edges)
  const edge = (from: string | undefined, to: string): Edge | undefined =>
    edges.find((one) => one.from === from && one.to === to)
  const carried = new Map<string, number>()
  const problems: string[] = []
  const check = (holds: boolean, problem: string): void => void (holds || problems.push(problem))
  const carry = (what: string, minor: number, most: number): void => {
    carried.set(what, (carried.get(what) ?? 0) + minor)
    check((carried.get(what) ?? 0) <= most, `${what} carries more than ${most}`)
  }
  const sum = (parts: readonly { readonly amountMinor: number }[]): number =>
    parts.reduce((total, { amountMinor }) => total + amountMinor, 0)
  check(sum(view.paths) === view.limitMinor, 'the paths do not sum to the limit')
  check(sum(view.cut) === view.limitMinor, 'the cut does not sum to the limit')
  for (const { via, amountMinor } of view.paths) {
    const stops = [reference.viewer, ...via, target]
    check(amountMinor > 0, 'a path without an amount')
    check(new Set(stops).size === stops.length, 'a merchant twice on a path')
    for (const [index, to] of stops.slice(1).entries()) {
      const step = edge(stops[index], to)
      check(to === target || step?.introduce === true, `${to} is not introduced`)
      carry(`${stops[index]} → ${to}`, amountMinor, step?.minor ?? 0)
      if (to !== target) carry(to, amountMinor, shares.get(to) ?? 0)
    }
  }
  for (const part of view.cut) {
    const wanted = 'node' in part ? shares.get(part.node) : edge(part.from, part.to)?.minor
    check(part.amountMinor === wanted, `the cut has ${JSON.stringify(part)}`)
  }
  check(!passes(edges, shares, reference.viewer, target, view.cut), 'the cut does not separate')
  return problems
}

/** Whether anything could still flow with the parts of the cut gone. */
function passes(
  edges: readonly Edge[],
  shares: ReadonlyMap<string, number>,
  viewer: string,
  target: string,
  cut: TargetView['cut'],
): boolean {
  const isCut = (from: string, to: string): boolean =>
    cut.some((part) => 'from' in part && part.from === from && part.to === to)
  const carries = (name: string): boolean =>
    (shares.get(name) ?? 0) > 0 && !cut.some((part) => 'node' in part && part.node === name)
  const reached = new Set([viewer])
  for (const name of reached)
    for (const { from, to, introduce } of edges)
      if (from === name && !isCut(from, to) && (to === target || (introduce && carries(to)))) reached.add(to)
  return reached.has(target)
}
