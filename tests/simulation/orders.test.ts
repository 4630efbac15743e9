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

const actions = 50

describe('orders while everything fails', () => {
  const total = { seeds: 0, orders: 0, deals: 0, messages: 0, crossings: 0, violations: 0 }
  const faults: Faults = { lost: 0, duplicated: 0, cut: 0, crashes: 0, restores: 0, partitions: 0 }
  for (let from = first; from <= last; from += batch) {
    const to = Math.min(last, from + batch - 1)
    test(`seeds ${from}–${to}: both books agree, nothing is lost or doubled`, () => {
      const violations: string[] = []
      for (let seed = from; seed <= to; seed++) {
        const outcome = new OrderWorld(seed).run(actions)
        violations.push(...outcome.violations.map((text) => `MOSAIC_SEEDS=${seed}-${seed}: ${text}`))
        total.seeds++
        for (const key of ['orders', 'deals', 'messages', 'crossings'] as const) total[key] += outcome[key]
        for (const key of Object.keys(faults) as (keyof Faults)[]) faults[key] += outcome.faults[key]
      }
      total.violations += violations.length
      expect(violations).toEqual([])
    })
  }

  test('enough happened and failed: a simulation of nothing proves nothing', () => {
    console.log(`orders simulation: ${JSON.stringify({ ...total, faults })}`)
    expect(total.seeds).toBe(last - first + 1)
    if (total.seeds < 100) return
    for (const count of [total.deals, total.crossings, ...Object.values(faults)])
      expect(count).toBeGreaterThan(total.seeds / 20)
  })
})
