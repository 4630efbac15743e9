import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { connectToNode } from '../../src/api/client.ts'
import type { MarketPageView, PartnerView } from '../../src/node/views.ts'
import { Merchants, mosaic, until } from './mosaic.ts'

const products = (price: string, stock: number): string =>
  `sku,title,price,stock,category\nDRILL,Cordless drill,${price},${stock},Tools > Power\nSEED,Sunflower seeds,3.50,80,Garden\n`
const flags = ['--currency', 'EUR', '--language', 'en', '--vat', '1900']

/** Bert's offers once `fits` holds for them. */
async function offersOf(
  merchants: Merchants,
  fits: (page: MarketPageView) => boolean,
): Promise<MarketPageView> {
  const client = await connectToNode(merchants.data('bert'))
  return await until('the offers', async () => {
    const page = await client.get<MarketPageView>('/offers')
    return fits(page) ? page : undefined
  })
}

test('two merchants, from nothing to offers that follow', { timeout: 120_000 }, async () => {
  await using merchants = await Merchants.create()
  await Promise.all([merchants.init('anna'), merchants.init('bert')])
  const [ready] = await Promise.all([merchants.start('anna'), merchants.start('bert')])
  expect(ready).toMatchObject({
    event: 'ready',
    name: 'anna',
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
  })
  expect((await stat(join(merchants.data('anna'), 'api.json'))).mode & 0o777).toBe(0o600)

  // They meet; Anna sees who came and confirms.
  const { invitation } = (await merchants.run('anna', 'invite')) as {
    invitation: { id: string; link: string }
  }
  const joined = (await merchants.run('bert', 'join', invitation.link)) as { partner: PartnerView }
  expect(joined.partner).toMatchObject({ name: 'anna', state: 'invited', invitedBy: 'them' })
  expect(await merchants.say('anna', 'invite', 'list')).toContain('bert')
  const confirmed = (await merchants.run('anna', 'invite', 'confirm')) as { partner: PartnerView }
  expect(confirmed.partner).toMatchObject({ name: 'bert', state: 'partner', invitedBy: 'me' })
  await until('the confirmation', async () => {
    const { partners } = (await merchants.run('bert', 'partners')) as { partners: PartnerView[] }
    return partners[0]?.state === 'partner' ? true : undefined
  })

  // The code is worth nothing any more, also to a third.
  await merchants.init('carl')
  await merchants.start('carl')
  const again = await mosaic(['join', invitation.link, '--data', merchants.data('carl'), '--json'])
  expect(again).toMatchObject({ code: 1, json: { error: { code: 'invitation-used', field: 'code' } } })

  // Anna releases a part of her catalog at Bert's terms.
  const file = join(merchants.folder, 'products.csv')
  await writeFile(file, products('49.90', 12))
  const { import: imported } = await merchants.run('anna', 'catalog', 'import', file, ...flags)
  expect(imported).toMatchObject({ taken: 2, added: 2, changed: 0, removed: 0 })
  const preview = await merchants.run(
    'anna',
    'assortments',
    'preview',
    '--category',
    'Tools',
    '--discount',
    '10%',
  )
  expect(preview).toMatchObject({ preview: { offers: 2, included: 1, excluded: { 'not-included': 1 } } })
  await merchants.run('anna', 'assortments', 'create', 'tools', '--category', 'Tools', '--discount', '10%')
  await merchants.run('anna', 'assortments', 'release', 'tools', 'bert')
  const first = await offersOf(merchants, ({ total }) => total > 0)
  expect(first.offers).toMatchObject([
    {
      merchantName: 'anna',
      repo: 'assortment/tools',
      offer: { sku: 'DRILL', price: { minor: 4491 }, stock: 12 },
    },
  ])
  expect((await merchants.run('carl', 'offers')).total).toBe(0)

  // Price and stock follow; only what differs is committed.
  await writeFile(file, products('44.90', 0))
  const second = await merchants.run('anna', 'catalog', 'import', file, ...flags)
  expect(second.import).toMatchObject({ added: 0, changed: 1, unchanged: 1 })
  const changed = await offersOf(merchants, ({ offers }) => offers[0]?.offer.stock === 0)
  expect(changed.offers[0]?.offer.price.minor).toBe(4041)
  const shown = await merchants.say('bert', 'offers', 'show', 'anna', 'DRILL', '--proof')
  expect(shown).toContain('€40.41')
  expect(shown).toContain('Proven: it is in commit 2')

  // A revoked grant: the offers go, and nothing but the other side's copy of nothing is left.
  await merchants.run('anna', 'assortments', 'revoke', 'tools', 'bert')
  await offersOf(merchants, ({ total }) => total === 0)
  const gone = await mosaic([
    'repo',
    'verify',
    'assortment/tools',
    '--of',
    'anna',
    '--data',
    merchants.data('bert'),
    '--json',
  ])
  expect(gone.json).toMatchObject({ error: { code: 'repo-unknown' } })
})

test('a node that was killed goes on where it was; a backup becomes a node that asks before it signs', {
  timeout: 120_000,
}, async () => {
  await using merchants = await Merchants.create()
  await merchants.partners('anna', 'bert')
  const file = join(merchants.folder, 'products.csv')
  await writeFile(file, products('49.90', 12))
  await merchants.run('anna', 'catalog', 'import', file, ...flags)
  await merchants.run('anna', 'assortments', 'create', 'all', '--to', 'bert')
  await offersOf(merchants, ({ total }) => total === 2)
  const backup = join(merchants.folder, 'anna.backup')
  await merchants.run('anna', 'backup', backup)
  const open = (await merchants.run('anna', 'invite')) as { invitation: { id: string } }

  await merchants.stop('anna', 'SIGKILL')
  const checked = await merchants.run('anna', 'check')
  expect(checked).toMatchObject({ ok: true, problems: [] })
  await merchants.start('anna')
  await writeFile(file, products('59.90', 3))
  await merchants.run('anna', 'catalog', 'import', file, ...flags)
  await offersOf(merchants, ({ offers }) => offers[0]?.offer.price.minor === 5990)
  expect(await merchants.stop('anna')).toBe(0)

  // From the backup, which knows nothing of the newest price: Bert has to tell before anything is signed.
  const restored = await mosaic(['restore', backup, '--data', merchants.data('again'), '--json'])
  expect(restored.json).toMatchObject({ name: 'anna' })
  await merchants.stop('bert')
  await merchants.start('again')
  const refused = await mosaic(['assortments', 'create', 'more', '--data', merchants.data('again'), '--json'])
  expect(refused.json).toMatchObject({ error: { code: 'restore-open' } })
  const { invitations } = (await merchants.run('again', 'invite', 'list')) as {
    invitations: { id: string }[]
  }
  expect(invitations.map(({ id }) => id)).not.toContain(open.invitation.id)
  await merchants.start('bert')
  await until('that Anna may sign', async () => {
    const answer = await mosaic([
      'assortments',
      'create',
      'more',
      '--data',
      merchants.data('again'),
      '--json',
    ])
    return answer.code === 0 ? true : undefined
  })
  const log = (await merchants.run('again', 'repo', 'log', 'assortment/all')) as {
    commits: { rev: number }[]
  }
  const held = (await merchants.run('bert', 'repo', 'log', 'assortment/all', '--of', 'anna')) as typeof log
  expect(log.commits[0]?.rev).toBeGreaterThanOrEqual(held.commits[0]?.rev ?? 0)
  expect((await merchants.run('bert', 'repo', 'verify')).ok).toBe(true)
})

test('a stolen key: the identity is won back with the words, and partners follow', {
  timeout: 120_000,
}, async () => {
  await using merchants = await Merchants.create()
  await merchants.partners('anna', 'bert')
  const words = join(merchants.data('anna'), 'recovery-words.txt')
  const before = (await merchants.run('anna', 'identity')) as { identity: { key: string; peerId: string } }
  const rotated = await merchants.run('anna', 'identity', 'rotate', '--words-file', words)
  expect(rotated).toMatchObject({ identity: { keyEvents: 2 } })
  const wrong = join(merchants.folder, 'wrong.txt')
  await writeFile(wrong, (await readFile(words, 'utf8')).trim().split(' ').toReversed().join(' '))
  const args = ['identity', 'recover', '--words-file', wrong, '--data', merchants.data('anna'), '--json']
  expect((await mosaic(args)).json).toMatchObject({ error: { code: 'words-wrong', field: 'words' } })
  const recovered = (await merchants.run(
    'anna',
    'identity',
    'recover',
    '--words-file',
    words,
  )) as typeof before
  expect(recovered.identity).toMatchObject({ keyEvents: 3 })
  expect(recovered.identity.key).not.toBe(before.identity.key)
  expect(recovered.identity.peerId).not.toBe(before.identity.peerId)
  await until('that Bert follows', async () => {
    const file = join(merchants.folder, `log-${performance.now()}`)
    await merchants.run('bert', 'partners', 'show', 'anna', '--key-log', file)
    return (await readFile(file, 'utf8')).trim().split('\n').length === 3 ? true : undefined
  })
  // The partnership stands, with the new key.
  await merchants.run('anna', 'partners', 'pause', 'bert')
  await until('the pause', async () => {
    const { partner } = (await merchants.run('bert', 'partners', 'show', 'anna')) as { partner: PartnerView }
    return partner.state === 'paused' && partner.stateBy === 'them' ? true : undefined
  })
})
