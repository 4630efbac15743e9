import { expect, test } from 'vitest'
import type { KeyLog } from '../core/identity/key-log.ts'
import type { MerchantId } from '../core/identity/merchant-id.ts'
import { Strangers, strangersCharsMax, strangersMax } from './strangers.ts'

const log = {} as KeyLog
const idOf = (n: number) => `mer1${n}` as MerchantId
const rowOf = (n: number, chars = 10) => ({ merchant: idOf(n), keyLog: ['x'.repeat(chars)], addresses: [] })

test('so many are remembered; the oldest goes first, and who comes again is new', () => {
  const strangers = new Strangers()
  for (let n = 0; n < strangersMax; n++) strangers.set(rowOf(n), log)
  strangers.set(rowOf(0), log)
  strangers.set(rowOf(strangersMax), log)
  expect(strangers.get(idOf(0))).toBeDefined()
  expect(strangers.get(idOf(1))).toBeUndefined()
  expect(strangers.get(idOf(2))).toBeDefined()
})

test('so many characters, all together', () => {
  const strangers = new Strangers()
  const half = Math.floor(strangersCharsMax / 2)
  for (let n = 0; n < 3; n++) strangers.set(rowOf(n, half - 200), log)
  expect([0, 1, 2].map((n) => strangers.get(idOf(n)) !== undefined)).toEqual([false, true, true])
  strangers.delete(idOf(1))
  strangers.set(rowOf(3, half - 200), log)
  expect(strangers.get(idOf(2))).toBeDefined()
})
