import { describe, expect, test } from 'vitest'
import { TestMerchant } from '../../../tests/simulation/merchants.ts'
import { Dialogue, now } from '../../../tests/simulation/orders/dialogue.ts'
import { type Basket, basketStep, type PartHeld, standingOf } from './basket.ts'
import { foldOrder } from './order-fold.ts'

const lines = [{ sku: 'kettle', quantity: 2, minor: 1_000 }]
const ben = new TestMerchant('Ben')

/** Two orders of one buyer, with two sellers. */
class Shelf {
  readonly parts: readonly Dialogue[]
  basket: Basket

  constructor(onPartial: Basket['onPartial'] = 'cancel') {
    const sellers = ['Anna', 'Cleo'].map((name) => new TestMerchant(name))
    this.parts = sellers.map((seller) => new Dialogue({ merchants: { buyer: ben, seller } }))
    this.basket = {
      id: 'AAAAAAAAAAAAAAAAAAAAAA',
      parts: sellers.map(({ id }) => ({ seller: id, order: 'AAAAAAAAAAAAAAAAAAAAAA' })),
      onPartial,
      reserveUntil: now + 300,
      decided: 'nothing',
    }
  }

  reserve(part: number): void {
    const dialogue = this.parts[part]
    const terms = dialogue?.terms(lines)
    if (terms !== undefined)
      dialogue?.tell('buyer', { kind: 'reserve', terms: terms.digest, notAfter: now + 600 }, [terms])
  }

  held(): (PartHeld | undefined)[] {
    return this.parts.map(({ logs }) => {
      const state = foldOrder(logs.buyer)
      return state.phase === 'none' ? undefined : { logs: logs.buyer, state }
    })
  }

  /** As the node does: store what is decided, then say what is to be said. */
  step(at = now): ReturnType<typeof basketStep> {
    const step = basketStep(this.basket, this.held(), at)
    this.basket = { ...this.basket, decided: step.decided }
    for (const { part, words } of step.say)
      if (words === 'reserve') this.reserve(part)
      else this.parts[part]?.tell('buyer', words)
    return step
  }

  reserved(part: number, ttlSeconds = 300): void {
    const dialogue = this.parts[part]
    dialogue?.tell('seller', { kind: 'reserved', re: dialogue.lastSeq('buyer'), ttlSeconds })
  }

  refuse(part: number): void {
    const { request } = this.parts[part]?.state('seller') ?? {}
    this.parts[part]?.tell('seller', { kind: 'refuse', re: request?.seq ?? 0, reason: 'stock' })
  }

  get standing(): string[] {
    return this.held().map(standingOf)
  }
}

describe('a basket', () => {
  test('reserves all, then commits all', () => {
    const shelf = new Shelf()
    expect(shelf.step().say.map(({ words }) => words)).toEqual(['reserve', 'reserve'])
    shelf.reserved(0)
    expect(shelf.step()).toMatchObject({ decided: 'nothing', say: [], outcome: 'open' })
    shelf.reserved(1)
    expect(shelf.step().decided).toBe('commit')
    expect(shelf.standing).toEqual(['committed', 'committed'])
    for (const part of shelf.parts) part.confirm()
    expect(shelf.step()).toMatchObject({ say: [], outcome: 'done' })
  })

  test('releases all when one is refused, runs out or does not answer', () => {
    const refused = new Shelf()
    refused.step()
    refused.reserved(0)
    refused.refuse(1)
    expect(refused.step()).toMatchObject({
      decided: 'release',
      say: [{ part: 0, words: { kind: 'release' } }],
    })
    expect(refused.standing).toEqual(['failed', 'failed'])
    expect(refused.step().outcome).toBe('released')

    const runsOut = new Shelf()
    runsOut.step()
    runsOut.reserved(0, 30)
    expect(runsOut.step(now + 20).decided).toBe('nothing')
    expect(runsOut.step(now + 21).decided).toBe('release')
    expect(runsOut.standing).toEqual(['failed', 'failed'])

    const silent = new Shelf()
    silent.step()
    silent.reserved(0)
    expect(silent.step(now + 301).decided).toBe('release')
    expect(silent.standing).toEqual(['failed', 'failed'])
  })

  test.each(['cancel', 'keep'] as const)('when one is refused after the commit: %s', (onPartial) => {
    const shelf = new Shelf(onPartial)
    shelf.step()
    shelf.reserved(0)
    shelf.reserved(1)
    shelf.step()
    shelf.parts[0]?.confirm()
    shelf.refuse(1)
    const { say } = shelf.step()
    if (onPartial === 'keep') {
      expect(say).toEqual([])
      expect(shelf.step().outcome).toBe('kept')
      return
    }
    expect(say).toMatchObject([{ part: 0, words: { kind: 'cancel', reason: 'basket' } }])
    expect(shelf.step()).toMatchObject({ say: [], outcome: 'cancelling' })
    shelf.parts[0]?.tell('seller', { kind: 'answer', re: 2, verdict: 'granted' })
    expect(shelf.step().outcome).toBe('cancelled')
  })

  test('goes on after a crash between any two steps', () => {
    const shelf = new Shelf()
    shelf.step()
    shelf.reserved(0)
    shelf.reserved(1)
    // The decision was stored, and then the power went: nothing was said.
    shelf.basket = { ...shelf.basket, decided: 'commit' }
    expect(shelf.step().say.map(({ part }) => part)).toEqual([0, 1])
    for (const part of shelf.parts) part.confirm()
    // A backup from before the decision came back.
    shelf.basket = { ...shelf.basket, decided: 'nothing' }
    expect(shelf.step()).toMatchObject({ decided: 'commit', outcome: 'done' })
  })

  test('commits in time, or not at all', () => {
    const shelf = new Shelf()
    shelf.step()
    shelf.reserved(0)
    shelf.reserved(1)
    shelf.basket = { ...shelf.basket, decided: 'commit' }
    const { say } = shelf.step(now + 291)
    expect(say.map(({ words }) => words)).toEqual([{ kind: 'release' }, { kind: 'release' }])
  })

  test('takes back a commit that nobody answered', () => {
    const shelf = new Shelf()
    shelf.step()
    shelf.reserved(0)
    shelf.reserved(1)
    shelf.step()
    shelf.parts[0]?.confirm()
    shelf.step(now + 901)
    expect(shelf.standing).toEqual(['confirmed', 'failed'])
    shelf.step(now + 902)
    expect(shelf.standing).toEqual(['cancelling', 'failed'])
  })
})
