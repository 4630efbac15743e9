import { expect, test } from 'vitest'
import { NodeEvents } from './events.ts'
import { RecentWarnings, recentWarningsMax } from './recent-warnings.ts'

let now = 1_800_000_000
const clock = { nowSeconds: () => now, nowMs: () => now * 1000 }
const warning = (message: string, code = 'sync-failed') => ({ type: 'warning', code, message }) as const

test('warnings are told for a day, each once, the newest first', () => {
  const events = new NodeEvents()
  const warnings = new RecentWarnings(events, clock)
  for (const message of ['a', 'b', 'a']) events.emit(warning(message))
  events.emit(warning('c', 'own-repo-behind')) // told by what is the matter, while it is
  expect(warnings.all()).toEqual([
    { code: 'sync-failed', message: 'a', params: {} },
    { code: 'sync-failed', message: 'b', params: {} },
  ])
  now += 86_401
  expect(warnings.all()).toEqual([])
})

test('only so many are kept', () => {
  const events = new NodeEvents()
  const warnings = new RecentWarnings(events, clock)
  for (let n = 0; n < recentWarningsMax + 5; n++) events.emit(warning(`${n}`))
  expect(warnings.all().map(({ message }) => Number(message))).toEqual(
    Array.from({ length: recentWarningsMax }, (_, n) => recentWarningsMax + 4 - n),
  )
})
