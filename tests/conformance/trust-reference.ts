import type { GraphFile } from '../../src/core/trust/graph-file.ts'
import type { Context } from '../../src/core/trust/purpose.ts'

/**
 * The metric once more, straight from the words of protocol/trust.md §4–6 and slow: what the real one is compared with.
 * For plain graph files in which all is in force, with one endorsement a pair and one currency.
 */
export interface Reference {
  readonly file: GraphFile
  readonly viewer: string
  readonly context?: Context | undefined
  readonly budgetMinor: number | 'uncapped'
}

interface Edge {
  readonly from: string
  readonly to: string
  readonly minor: number
  readonly introduce: boolean
}

const tenths = [0, 4, 2, 1]

export function edgesOf({ file, viewer, context, budgetMinor }: Reference, without?: string): Edge[] {
  return file.endorsements
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
