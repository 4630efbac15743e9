import { afterEach, beforeEach, expect, test } from 'vitest'
import type { NewInvitationView, RepoView } from '../../src/node/views.ts'
import { until } from '../network/merchants.ts'
import { becomePartners, eventually, isLetIn, meet, peer, type RealNode, realNode } from './real-node.ts'
import { SyncPeer } from './sync-peer.ts'

// Specs: protocol/privacy.md, protocol/records/repo.md §4. What somebody gets who only said hello.

let vera: RealNode
beforeEach(async () => {
  vera = await realNode('Vera')
})
afterEach(() => vera[Symbol.asyncDispose]())

test('who is whose partner is told to partners, not to strangers', async () => {
  await using anna = await realNode('Anna')
  const { code } = await anna.api.post<NewInvitationView>('/invitations', { auto: true })
  await vera.api.run('/partners/join', { body: { code } }, () => {})
  await eventually(async () =>
    (await vera.api.get<{ repos: RepoView[] }>('/repos')).repos.some(
      ({ merchant, repo }) => merchant === anna.merchant && repo === 'trust',
    ),
  )
  await using carl = await peer('carl')
  const sync = await SyncPeer.open(carl, await meet(carl, vera))
  const told = () =>
    sync.heard.flatMap((frame) => (frame.name === 'have' ? frame.body.repos.map((one) => one.merchant) : []))
  await sync.hear('have')
  const id = sync.want({ merchant: anna.merchant, repo: 'trust' })
  const none = sync.want({ merchant: anna.merchant, repo: 'assortment/none' })
  await sync.hear('none', none)
  expect(sync.about(id)).toEqual(sync.about(none))
  expect(new Set(told())).toEqual(new Set([vera.merchant]))

  await becomePartners(carl, vera)
  await until(() => told().includes(anna.merchant))
  await sync.hear('contents', sync.want({ merchant: anna.merchant, repo: 'trust' }))
})

test('asked for again and again, what one may not see costs', async () => {
  await using mallory = await peer('mallory')
  const sync = await SyncPeer.open(mallory, await meet(mallory, vera))
  for (let times = 0; times < 30 && sync.stream.isOpen; times++) {
    const id = sync.want({ merchant: vera.merchant, repo: 'assortment/garden' })
    await until(() => sync.about(id).length > 0 || !sync.stream.isOpen)
  }
  expect(sync.stream.isOpen).toBe(false)
  await eventually(async () => !(await isLetIn(mallory, vera)))
})

test('a stranger that claims to hold newer commits of mine does not keep me from signing', async () => {
  await using eve = await peer('eve')
  const claim = { repo: 'trust', rev: 999_999, digest: 'A'.repeat(43) as never }
  eve.hello.held.set(vera.merchant, { repos: [claim], orders: [] })
  const sync = await SyncPeer.open(eve, await meet(eve, vera))
  await sync.hear('have') // by then the hello has been looked at
  await vera.api.post<NewInvitationView>('/invitations', {})
  expect(vera.node.restoring.problem()).toBeUndefined()
  expect(vera.events.filter(({ type }) => type === 'warning')).toEqual([])
})

test('strangers that only said hello leave nothing for good; who becomes a partner is kept', async () => {
  const kept = async () => {
    const merchants: string[] = []
    for await (const [merchant] of vera.node.merchants.all()) merchants.push(merchant)
    return merchants
  }
  for (let n = 0; n < 5; n++) {
    await using sybil = await peer(`sybil ${n}`)
    await meet(sybil, vera)
    await eventually(async () => vera.node.merchants.keyLogOf(sybil.merchant) !== undefined)
  }
  expect(await kept()).toEqual([])
  await using anna = await peer('anna')
  await becomePartners(anna, vera)
  expect(await kept()).toEqual([anna.merchant])
})

test('a code of one’s own is told to be that', async () => {
  const { code } = await vera.api.post<NewInvitationView>('/invitations', { auto: true })
  await expect(vera.api.run('/partners/join', { body: { code } }, () => {})).rejects.toMatchObject({
    code: 'invitation-own-invitation',
  })
})
