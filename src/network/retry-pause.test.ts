import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { RetryPause } from './retry-pause.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Whether a wait that begins now is over after `ms`. */
async function isOver(wait: Promise<void>, ms: number): Promise<boolean> {
  let over = false
  void wait.then(() => {
    over = true
  })
  await vi.advanceTimersByTimeAsync(ms)
  return over
}

test('pauses double up to the longest, each within a fifth', async () => {
  const pause = new RetryPause({ firstMs: 100, maxMs: 400 })
  for (const ms of [100, 200, 400, 400]) {
    const wait = pause.wait()
    expect(await isOver(wait, ms * 0.79)).toBe(false)
    expect(await isOver(wait, ms * 0.42)).toBe(true)
  }
})

test('after a reset the pause is the first again', async () => {
  const pause = new RetryPause({ firstMs: 100, maxMs: 10_000 })
  for (let n = 0; n < 5; n++) await isOver(pause.wait(), 10_000)
  pause.reset()
  expect(await isOver(pause.wait(), 121)).toBe(true)
})

test('waits as long as it is asked to, and no longer than until it is cancelled', async () => {
  const pause = new RetryPause({ firstMs: 100, maxMs: 100 })
  const asked = pause.wait(5_000)
  expect(await isOver(asked, 4_999)).toBe(false)
  expect(await isOver(asked, 1)).toBe(true)
  const cancelled = pause.wait(5_000)
  pause.cancel()
  expect(await isOver(cancelled, 0)).toBe(true)
})
