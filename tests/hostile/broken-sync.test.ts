import { expect, test } from 'vitest'
import type { MarketPageView, NewInvitationView, StatusView } from '../../src/node/views.ts'
import { RepoStore } from '../../src/store/repo-store.ts'
import { until } from '../network/merchants.ts'
import { eventually, realNode, stockUp } from './real-node.ts'

// Spec: protocol/streams/sync.md. A session that fails, as on a full disk, while the connection goes on.

test('a sync stream that broke is opened again while the connection lasts', { timeout: 20_000 }, async () => {
  await using anna = await realNode('Anna')
  await using vera = await realNode('Vera')
  const { code } = await anna.api.post<NewInvitationView>('/invitations', { auto: true })
  await vera.api.run('/partners/join', { body: { code } }, () => {})
  await stockUp(anna, 10, 5)
  await anna.api.post('/assortments', { id: 'public' })
  const stock = async () => (await vera.api.get<MarketPageView>('/offers', {})).offers[0]?.offer.stock
  await eventually(async () => (await stock()) === 5)

  const { repo } = RepoStore.prototype
  RepoStore.prototype.repo = async function (...args) {
    const held = await repo.apply(this, args)
    held.applyDelta = async () => {
      Reflect.deleteProperty(held, 'applyDelta')
      throw new Error('once')
    }
    RepoStore.prototype.repo = repo
    return held
  }
  await vera.api.get(`/repos/${anna.merchant}/public/log`)
  RepoStore.prototype.repo = repo
  await stockUp(anna, 10, 6)
  await until(() => vera.events.some((event) => 'code' in event && event.code === 'sync-failed'))
  await stockUp(anna, 10, 7)
  await eventually(async () => (await stock()) === 7)
  const said = vera.events.filter((event) => event.type === 'warning').map(({ message }) => message)
  expect(said.some((message) => message.includes('It is opened again'))).toBe(true)
  const { warnings } = await vera.api.get<StatusView>('/status')
  expect(warnings.map(({ code }) => code)).toContain('sync-failed')
})
