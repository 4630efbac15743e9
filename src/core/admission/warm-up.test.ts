import { expect, test } from 'vitest'
import { nodePrimitives } from '../../store/primitives.ts'
import type { Primitives } from '../signature/primitives.ts'
import { warmUpAdmission } from './warm-up.ts'

test('a node warms up on the paths of a first sync', () => {
  const calls = new Map<string, number>()
  const counting = new Proxy<Primitives>(nodePrimitives, {
    get(target, name: keyof Primitives) {
      calls.set(name, (calls.get(name) ?? 0) + 1)
      return target[name]
    },
  })
  const steps = [...warmUpAdmission(counting)].length
  expect(steps).toBeGreaterThan(10)
  for (const name of ['zstdDecompress', 'isUtf8', 'sha256Base64url'] as const)
    expect(calls.get(name), name).toBeGreaterThan(10)
})
