import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ApiClient } from '../../src/api/client.ts'
import { createIdentity } from '../../src/node/init.ts'
import type { NewInvitationView, PartnerView, RepoView } from '../../src/node/views.ts'
import { until } from '../network/merchants.ts'
import { becomePartners, eventually, peer, realNode, serve } from './real-node.ts'
import { SyncPeer } from './sync-peer.ts'

// Spec: protocol/streams/sync.md §5. Whom a node follows while the author is away, and when it is back.

test('what came from a replica comes from the author alone, once its node is there', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'mosaic-replica-'))
  const folder = join(parent, 'anna')
  await createIdentity(folder, { name: 'Anna' })
  await using vera = await realNode('Vera')
  await using bert = await peer('bert')
  let anna = await serve(folder)
  const { merchant } = anna.node.identity
  const { code } = await new ApiClient(anna).post<NewInvitationView>('/invitations', { auto: true })
  await vera.api.run('/partners/join', { body: { code } }, () => {})
  const trust = async () =>
    (await vera.api.get<{ repos: RepoView[] }>('/repos')).repos.find(
      (one) => one.merchant === merchant && one.repo === 'trust',
    )
  await eventually(async () => (await trust()) !== undefined)
  await anna.stop()
  await eventually(async () => !(await vera.api.get<PartnerView>('/partners/anna')).connected)

  const sync = await SyncPeer.open(bert, await becomePartners(bert, vera))
  await sync.send('have', { repos: [{ merchant, repo: 'trust', rev: 99, head: 'A'.repeat(43) as never }] })
  const wanted = () =>
    sync.heard
      .flatMap((frame) => (frame.name === 'want' ? frame.body.repos : []))
      .find((one) => one.merchant === merchant && one.repo === 'trust')
  const { id } = await until(wanted)

  anna = await serve(folder)
  const stop = await sync.hear('stop', id)
  expect(stop.body.id).toBe(id)
  await anna.stop()
  await rm(parent, { recursive: true, force: true })
})
