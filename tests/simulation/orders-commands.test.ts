import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { OrderWords } from '../../src/core/trade/order-author.ts'
import { foldOrder, sideOf } from '../../src/core/trade/order-fold.ts'
import { linkLogs } from '../../src/core/trade/order-log.ts'
import { otherParty, type Party } from '../../src/core/trade/order-message.ts'
import { movesOf } from '../../src/core/trade/order-moves.ts'
import { unshipped } from '../../src/core/trade/order-quantities.ts'
import { owedMinor } from '../../src/core/trade/order-state.ts'
import { Dialogue } from './orders/dialogue.ts'

const ordered = [4, 2]
const lines = [
  { sku: 'kettle', quantity: 4, minor: 1_000 },
  { sku: 'book', quantity: 2, minor: 999, rate: 700 },
]

/** What must have happened, by what was said: nothing here looks at the fold. */
interface Model {
  /** Pieces that the seller shipped, and that were sent back, by line. */
  readonly shipped: number[]
  readonly returned: number[]
  /** Messages that were said and have not arrived yet. */
  readonly underWay: Record<Party, number>
  deals: number
}

type Command = fc.Command<Model, Dialogue>

function holds(model: Model, real: Dialogue): void {
  for (const party of ['buyer', 'seller'] as const) {
    const state = real.state(party)
    for (const [at, line] of state.lines.entries()) {
      expect(line.cancelled + line.shipped).toBeLessThanOrEqual(ordered[at] ?? 0)
      expect(line.returned).toBeLessThanOrEqual(line.shipped)
      expect(line.delivered).toBeLessThanOrEqual(line.shipped)
      expect(unshipped(state, at)).toBeGreaterThanOrEqual(0)
    }
    expect(owedMinor(state)).toBeGreaterThanOrEqual(0)
    if (state.deal === undefined) expect(owedMinor(state)).toBe(0)
    // Whoever speaks sees its own words count, unless they crossed with facts of the seller.
    expect(linkLogs(real.logs[party].entries).logs[sideOf(party)].length).toBe(real.lastSeq(party) + 1)
  }
  const state = real.state('seller')
  expect(state.lines.map(({ shipped }) => shipped)).toEqual(state.deal === undefined ? [] : model.shipped)
  if (model.underWay.buyer === 0 && model.underWay.seller === 0) {
    expect(real.state('buyer')).toEqual(state)
    expect(state.lines.map(({ returned }) => returned)).toEqual(
      state.deal === undefined ? [] : model.returned,
    )
    expect(state.deal === undefined ? 0 : 1).toBe(model.deals)
  }
}

/** Says something of a kind; whether it may, the order says. What it did, the model notes. */
class Says implements Command {
  readonly by: Party
  readonly kind: string
  readonly quantity: number

  constructor(by: Party, kind: string, quantity: number) {
    this.by = by
    this.kind = kind
    this.quantity = quantity
  }

  check(): boolean {
    return true
  }

  run(model: Model, real: Dialogue): void {
    const before = real.lastSeq(this.by)
    const said = this.#say(real)
    const isSaid = real.lastSeq(this.by) > before
    expect(isSaid).toBe(said !== undefined)
    if (said !== undefined) {
      expect(movesOf(real.state(this.by), this.by)).toBeDefined()
      model.underWay[this.by]++
      const counted = this.by === 'seller' ? model.shipped : model.returned
      if (said.kind === 'ship')
        for (const { line, quantity } of said.lines) counted[line] = (counted[line] ?? 0) + quantity
      if (said.kind === 'confirm') model.deals++
    }
    holds(model, real)
  }

  #say(real: Dialogue): { kind: string; lines: readonly { line: number; quantity: number }[] } | undefined {
    const state = real.state(this.by)
    const notAfter = real.clocks[this.by] + 600
    const { request, offer } = state
    const some = [{ line: this.quantity % 2, quantity: this.quantity }]
    const plain = (words: OrderWords) =>
      real.trySay(this.by, words).ok ? { kind: this.kind, lines: [] } : undefined
    const attempt = (act: () => unknown) => {
      try {
        act()
        return { kind: this.kind, lines: some }
      } catch {
        return undefined
      }
    }
    switch (this.kind) {
      case 'reserve':
      case 'commit': {
        const terms = real.terms(lines)
        const words = { kind: this.kind, notAfter } as const
        const own = { ...words, terms: terms.digest }
        const follows = offer === undefined ? own : { ...words, re: offer.seq, terms: offer.terms }
        return real.trySay(this.by, follows, [terms]).ok ? { kind: this.kind, lines: [] } : undefined
      }
      case 'reserved':
        return plain({ kind: 'reserved', re: request?.seq ?? 0, ttlSeconds: 30 })
      case 'confirm':
        return plain({ kind: 'confirm', re: request?.seq ?? 0, commit: (request?.digest ?? '') as never })
      case 'refuse':
        return plain({ kind: 'refuse', re: request?.seq ?? 0, reason: 'declined' })
      case 'expire':
        real.pass(this.quantity > 1 ? 30 : 1)
        return plain({ kind: 'expire' })
      case 'ship': {
        const granted = state.asks.find(({ by, status }) => by === 'buyer' && status === 'granted')
        return attempt(() =>
          real.ship(this.by, some, this.by === 'buyer' ? (granted?.answer ?? 255) : undefined),
        )
      }
      case 'cancel':
        if (this.quantity === 4) return plain({ kind: 'cancel', reason: 'other', notAfter })
        return attempt(() => real.ask(this.by, 'cancel', some))
      case 'return':
        return attempt(() => real.ask(this.by, 'return', some))
      case 'answer': {
        const open = state.asks.find(({ by, status }) => by !== this.by && status === 'open')
        const verdict = this.quantity > 1 ? 'granted' : 'refused'
        return plain({ kind: 'answer', re: open?.seq ?? 0, verdict })
      }
      case 'deliver': {
        const part = state.parts.find(({ deliveredBy }) => deliveredBy === undefined)
        return plain(
          part?.by === this.by
            ? { kind: 'deliver', own: part.seq }
            : { kind: 'deliver', re: part?.seq ?? 255 },
        )
      }
      case 'complaint':
        return plain({ kind: 'complaint', reason: 'damaged' })
      default:
        return plain({ kind: this.kind } as OrderWords)
    }
  }

  toString(): string {
    return `${this.by} ${this.kind} ${this.quantity}`
  }
}

/** Everything that one has said arrives, the last first or the first twice. */
class Arrives implements Command {
  readonly by: Party
  readonly isTurned: boolean

  constructor(by: Party, isTurned: boolean) {
    this.by = by
    this.isTurned = isTurned
  }

  check(model: Readonly<Model>): boolean {
    return model.underWay[this.by] > 0
  }

  run(model: Model, real: Dialogue): void {
    const entries = real.logs[this.by].entries[sideOf(this.by)]
    const turned = this.isTurned ? entries.toReversed() : [...entries.slice(0, 1), ...entries]
    for (const entry of turned) {
      // What the seller has heard of depends on the buyer's messages that it had seen, and the reverse.
      const admission = real.deliver(otherParty(this.by), [entry])
      expect(admission.verdict === 'reject' ? admission.message : undefined).toBeUndefined()
    }
    const to = otherParty(this.by)
    const held = linkLogs(real.logs[to].entries).logs[sideOf(this.by)].length
    expect(held).toBe(entries.length)
    expect(foldOrder(real.logs[to]).equivocators).toEqual([])
    model.underWay[this.by] = 0
    holds(model, real)
  }

  toString(): string {
    return `${this.by}'s arrive${this.isTurned ? ', last first' : ''}`
  }
}

const kinds: Readonly<Record<Party, readonly string[]>> = {
  buyer: [
    'reserve',
    'commit',
    'release',
    'cancel',
    'return',
    'answer',
    'ship',
    'deliver',
    'complaint',
    'close',
  ],
  seller: [
    'reserved',
    'confirm',
    'confirm',
    'refuse',
    'expire',
    'ship',
    'ship',
    'cancel',
    'answer',
    'deliver',
    'close',
  ],
}

test('whatever is said and however it arrives, both sides keep to the same order', () => {
  const says = (['buyer', 'seller'] as const).flatMap((by) =>
    kinds[by].map((kind) => fc.integer({ min: 1, max: 4 }).map((quantity) => new Says(by, kind, quantity))),
  )
  const arrives = (['buyer', 'seller'] as const).map((by) =>
    fc.boolean().map((turned) => new Arrives(by, turned)),
  )
  const commands = fc.commands([...says, ...arrives, ...arrives, ...arrives, ...arrives], {
    maxCommands: 60,
    size: '+1',
  })
  let deals = 0
  fc.assert(
    fc.property(commands, fc.boolean(), (all, isDealt) => {
      const real = new Dialogue()
      const model: Model = { shipped: [0, 0], returned: [0, 0], underWay: { buyer: 0, seller: 0 }, deals: 0 }
      if (isDealt) {
        real.deal(lines)
        model.deals = 1
      }
      fc.modelRun(() => ({ model, real }), all)
      deals += model.deals
    }),
    { numRuns: 100 },
  )
  expect(deals).toBeGreaterThan(20)
})
