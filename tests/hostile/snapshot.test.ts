import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ApiClient, type ApiError } from '../../src/api/client.ts'
import type { ServedNode } from '../../src/api/serve.ts'
import type { NodeEvent } from '../../src/node/events.ts'
import { createIdentity } from '../../src/node/init.ts'
import type { MarketPageView, NewInvitationView, RepoVerification } from '../../src/node/views.ts'
import { eventually, serve, stockUp } from './real-node.ts'

// Design §3 and §4: an old state of a machine, put back without `mosaic restore`, must not make its owner sign twice.

interface Running {
  readonly served: ServedNode
  readonly api: ApiClient
  readonly events: NodeEvent[]
}

async function start(folder: string): Promise<Running> {
  const served = await serve(folder)
  const events: NodeEvent[] = []
  served.node.events.on('any', (event) => events.push(event))
  return { served, api: new ApiClient(served), events }
}

test('a snapshot put back: the node hears what it has signed, fetches it, and goes on behind it', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'mosaic-snapshot-'))
  const [folder, snapshot] = [join(parent, 'vera'), join(parent, 'snapshot')]
  await createIdentity(folder, { name: 'Vera' })
  await createIdentity(join(parent, 'bert'), { name: 'Bert' })
  const bert = await start(join(parent, 'bert'))
  let vera = await start(folder)
  const berts = async (stock: number): Promise<void> =>
    await eventually(async () => {
      const { offers } = await bert.api.get<MarketPageView>('/offers', { limit: 1 })
      return offers[0]?.offer.stock === stock
    })
  const { code } = await vera.api.post<NewInvitationView>('/invitations', { auto: true })
  await bert.api.run('/partners/join', { body: { code } }, () => {})
  await stockUp(vera, 50, 5)
  await vera.api.post('/assortments', { id: 'public' })
  await berts(5)

  await vera.served.stop()
  await cp(folder, snapshot, { recursive: true })
  vera = await start(folder)
  await stockUp(vera, 50, 9)
  await berts(9)
  await vera.served.stop()
  await rm(folder, { recursive: true })
  await cp(snapshot, folder, { recursive: true })
  vera = await start(folder)
  await eventually(async () =>
    vera.events.some((event) => 'code' in event && event.code === 'own-repo-behind'),
  )

  // While it is behind it signs nothing, and says so; then it goes on.
  await eventually(async () => {
    const refused = await stockUp(vera, 50, 3).then(
      () => undefined,
      (error: ApiError) => error.code,
    )
    expect([undefined, 'restore-open']).toContain(refused)
    return refused === undefined
  })
  await berts(3)
  const verified = await bert.api.post<RepoVerification>('/repos/Vera/public/verify')
  expect(verified).toMatchObject({ ok: true, rev: 3, problems: [] })
  expect([...bert.events, ...vera.events].filter(({ type }) => type === 'equivocation')).toEqual([])

  await vera.served.stop()
  await bert.served.stop()
  await rm(parent, { recursive: true, force: true })
})
