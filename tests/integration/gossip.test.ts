import { expect, test } from 'vitest'
import { connectToNode } from '../../src/api/client.ts'
import type { CommitView, PartnerView, RepoVerification } from '../../src/node/views.ts'
import { Merchants, mosaic, until } from '../cli/mosaic.ts'

test('a third node gets a partner’s trust repo from one that is not its author, and proves it', {
  timeout: 120_000,
}, async () => {
  await using merchants = await Merchants.create()
  const names = ['anna', 'bert', 'carl'] as const
  await Promise.all(names.map((name) => merchants.init(name)))
  await Promise.all(names.map((name) => merchants.start(name)))
  for (const [inviter, joiner] of [
    ['anna', 'bert'],
    ['anna', 'carl'],
    ['bert', 'carl'],
  ] as const) {
    const { invitation } = (await merchants.run(inviter, 'invite', '--auto')) as {
      invitation: { link: string }
    }
    await merchants.run(joiner, 'join', invitation.link)
  }
  const revAt = async (name: string): Promise<number> => {
    const client = await connectToNode(merchants.data(name))
    const path = '/repos/anna/trust/log'
    const { commits } = await client.get<{ commits: CommitView[] }>(path, { limit: 1 })
    return commits[0]?.rev ?? 0
  }
  const before = await until('that Carl knows Anna', async () => (await revAt('carl')) || undefined)

  // While Carl is away Anna says that she is elsewhere; Bert hears it; then she is away too.
  await merchants.stop('carl')
  await merchants.stop('anna')
  await merchants.start('anna', '--announce', '/dns4/anna.example/tcp/4001')
  const newest = await until('that Bert hears of it', async () => {
    const rev = await revAt('bert')
    return rev > before ? rev : undefined
  })
  await merchants.stop('anna')
  await merchants.start('carl')
  await until('that Carl has it from Bert', async () => ((await revAt('carl')) === newest ? true : undefined))

  const client = await connectToNode(merchants.data('carl'))
  const { connected } = await client.get<PartnerView>('/partners/anna')
  expect(connected).toBe(false)
  const verified = await client.post<RepoVerification>('/repos/anna/trust/verify')
  expect(verified).toMatchObject({ ok: true, rev: newest, problems: [] })

  // One data folder, one process.
  const second = await mosaic(['start', '--data', merchants.data('carl'), '--json'])
  expect(second).toMatchObject({ code: 1, json: { error: { code: 'in-use' } } })
})
