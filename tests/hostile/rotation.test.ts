import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { dataFolder } from '../../src/node/data-folder.ts'
import { type RealNode, realNode, stockUp } from './real-node.ts'

// Spec: protocol/records/commit.md. After a theft followers come back by a commit of the new key, and not only with
// the next change.

const revsOf = async ({ node }: RealNode) =>
  new Map((await node.repos.heads()).map(({ repo, rev }) => [repo, rev]))

async function rotate(real: RealNode, cause: { readonly reason: 'scheduled' | 'compromised' }) {
  const words = (await readFile(dataFolder(real.folder).words, 'utf8')).trim()
  await real.node.rotate({ words, ...cause })
}

test('after a stolen key every own repo has a commit of the new one; a scheduled rotation needs none', async () => {
  await using vera = await realNode('Vera')
  await stockUp(vera, 3)
  await vera.api.post('/assortments', { id: 'public' })
  const before = await revsOf(vera)
  expect([...before.keys()].sort()).toEqual(['public', 'trust'])

  await rotate(vera, { reason: 'scheduled' })
  expect((await revsOf(vera)).get('public')).toBe(before.get('public'))

  await rotate(vera, { reason: 'compromised' })
  const after = await revsOf(vera)
  for (const [repo, rev] of before) {
    expect(after.get(repo)).toBeGreaterThan(rev)
    expect((await vera.node.repos.verify(vera.merchant, repo)).problems).toEqual([])
  }
})
