import type { LineList } from './order-document.ts'
import type { Party } from './order-message.ts'
import type { OrderAsk, OrderState } from './order-state.ts'

type Quantities = Pick<OrderState, 'lines' | 'parts' | 'asks'>

/** Pieces of a line list by line. */
export function quantityOf(lines: LineList, line: number): number {
  return lines.find((entry) => entry.line === line)?.quantity ?? 0
}

/** For each line what `quantity` says, without those that have none. */
export function lineList(count: number, quantity: (line: number) => number): LineList {
  const lines: { line: number; quantity: number }[] = []
  for (let line = 0; line < count; line++) {
    const pieces = quantity(line)
    if (pieces > 0) lines.push({ line, quantity: pieces })
  }
  return lines
}

/** Ordered and neither cancelled nor gone. */
export function unshipped(state: Quantities, line: number): number {
  const { ordered = 0, cancelled = 0, shipped = 0 } = state.lines[line] ?? {}
  return ordered - cancelled - shipped
}

/** What an author may still ask to cancel: less than unshipped by what it has asked for already. */
export function cancellable(state: Quantities, by: Party, line: number): number {
  const asked = openAsks(state, by, 'cancel').reduce((sum, ask) => sum + quantityOf(ask.lines, line), 0)
  return unshipped(state, line) - asked
}

/** What of the buyer's open asks to cancel has left meanwhile: requests to return. */
export function cancelsToReturn(state: Quantities, line: number): number {
  const asked = openAsks(state, 'buyer', 'cancel').reduce((sum, ask) => sum + quantityOf(ask.lines, line), 0)
  return Math.max(0, asked - unshipped(state, line))
}

/** Shipped, and in no open or granted return. */
export function returnable(state: Quantities, line: number): number {
  let claimed = cancelsToReturn(state, line)
  for (const ask of state.asks) {
    if (ask.kind === 'return' && ask.status === 'open') claimed += quantityOf(ask.lines, line)
    claimed += ask.returns.find((entry) => entry.line === line)?.quantity ?? 0
  }
  return Math.max(0, (state.lines[line]?.shipped ?? 0) - claimed)
}

export function openAsks(state: Quantities, by: Party, kind: OrderAsk['kind']): readonly OrderAsk[] {
  return state.asks.filter((ask) => ask.by === by && ask.kind === kind && ask.status === 'open')
}

/** Whether every piece that was ordered is cancelled. */
export function isAllCancelled({ lines }: Quantities): boolean {
  return lines.length > 0 && lines.every(({ ordered, cancelled }) => ordered === cancelled)
}

/** Whether nothing is left to do: all gone, all arrived, nothing asked. */
export function isDone(state: Quantities): boolean {
  return (
    state.lines.every((_, line) => unshipped(state, line) === 0) &&
    state.parts.every(({ deliveredBy }) => deliveredBy !== undefined) &&
    state.asks.every(({ status }) => status !== 'open')
  )
}

/** Whether two line lists have a line in common. */
export function overlap(a: LineList, b: LineList): boolean {
  return a.some(({ line }) => quantityOf(b, line) > 0)
}
