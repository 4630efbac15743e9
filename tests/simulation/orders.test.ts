import { describe, expect, test } from 'vitest'
import type { Faults } from './orders/network.ts'
import { OrderWorld } from './orders/world.ts'

/** `MOSAIC_SEEDS=5000` for more; `MOSAIC_SEEDS=17-17` for one again. */
const [first, last] = seedRange(process.env.MOSAIC_SEEDS ?? '1000')
const batch = 100

function seedRange(text: string): readonly [number, number] {
  const [from, to] = text.split('-').map(Number)
  return to === undefined ? [1, from ?? 0] : [from ?? 1, to]
}

describe('orders while everything fails', () => {
  const total = { seeds: 0, orders: 0, deals: 0, messages: 0, crossings: 0, violations: 0 }
  const faults: Faults = { lost: 0, duplicated: 0, cut: 0, crashes: 0, restores: 0, partitions: 0 }
  for (let from = first; from <= last; from += batch) {
    const to = Math.min(last, from + batch - 1)
    test(`seeds ${from}–${to}: both books agree, nothing is lost or doubled`, () => {
      for (let seed = from; seed <= to; seed++) {
        const outcome = new OrderWorld(seed).run(60)
        expect(outcome.violations, `MOSAIC_SEEDS=${seed}-${seed} runs it again`).toEqual([])
        total.seeds++
        for (const key of ['orders', 'deals', 'messages', 'crossings'] as const) total[key] += outcome[key]
        for (const key of Object.keys(faults) as (keyof Faults)[]) faults[key] += outcome.faults[key]
      }
    })
  }

  test('summary', () => {
    console.log(`orders simulation: ${JSON.stringify({ ...total, faults })}`)
    expect(total.seeds).toBe(last - first + 1)
    if (total.seeds < 100) return
    // A simulation in which nothing happens proves nothing.
    for (const count of [total.deals, total.crossings, ...Object.values(faults)])
      expect(count).toBeGreaterThan(total.seeds / 20)
  })
})
