import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { MerchantId } from '../core/identity/merchant-id.ts'
import type { Session } from '../network/session.ts'
import type { Database } from '../store/database.ts'
import type { RepoStore } from '../store/repo-store.ts'
import { NodeEvents } from './events.ts'
import type { Identity } from './identity.ts'
import type { Merchants } from './merchants.ts'
import { Restoring } from './restoring.ts'

const [ben, cleo] = ['mer1ben', 'mer1cleo'] as MerchantId[] as [MerchantId, MerchantId]
let now = 1_800_000_000
let restoring: Restoring

beforeEach(() => {
  vi.useFakeTimers()
  restoring = new Restoring({
    database: { table: () => ({ get: () => undefined }) } as unknown as Database,
    store: { repo: async () => ({ head: { commit: { rev: 3 } } }) } as unknown as RepoStore,
    identity: { merchant: 'mer1anna' } as unknown as Identity,
    merchants: { nameOf: (merchant: MerchantId) => merchant } as unknown as Merchants,
    events: new NodeEvents(),
    partners: () => [ben, cleo],
    isPartner: () => true,
    clock: { nowSeconds: () => now, nowMs: () => now * 1000 },
  })
})
afterEach(() => void vi.useRealTimers())

const claims = (merchant: MerchantId, rev: number): Session =>
  ({ merchant, held: { repos: [{ repo: 'trust', rev }], orders: [] } }) as unknown as Session

test('a partner that does not show what it claims keeps the merchant waiting once an hour at most', async () => {
  await restoring.heard(claims(ben, 99))
  expect(restoring.problem()?.code).toBe('restore-open')
  vi.advanceTimersByTime(60_000)
  expect(restoring.problem()).toBeUndefined()
  await restoring.heard(claims(ben, 99))
  expect(restoring.problem()).toBeUndefined()
  now += 3_600
  await restoring.heard(claims(ben, 99))
  expect(restoring.problem()?.code).toBe('restore-open')
})

test('who showed what it held is believed, whatever another claims', async () => {
  await restoring.heard(claims(ben, 99))
  await restoring.heard(claims(cleo, 5))
  await restoring.arrived('trust', 5)
  vi.advanceTimersByTime(60_000)
  expect(restoring.problem()).toBeUndefined()
  await restoring.heard(claims(cleo, 9))
  expect(restoring.problem()?.code).toBe('restore-open')
})
