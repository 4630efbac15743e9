import { afterEach, beforeEach, expect, test } from 'vitest'
import { offerEntry, type TestMerchant, testMerchant } from '../../tests/sync/merchant.ts'
import type { Repo } from './repo.ts'

let anna: TestMerchant
let repo: Repo
const open = async (): Promise<void> => {
  repo = await anna.store.repo(anna.keyLog.merchant, 'public')
}
beforeEach(async () => {
  anna = await testMerchant('anna')
  await open()
})
afterEach(() => anna.close())

const offers = (from: number, to: number, stock = 5) =>
  new Map(Array.from({ length: to - from }, (_, at) => offerEntry(from + at, stock)))

test('a commit that changes nothing is none', async () => {
  const first = await anna.commit(repo, offers(0, 10))
  expect(await anna.commit(repo, offers(3, 8))).toBe(first)
  expect((await anna.commit(repo, offers(3, 8, 6)))?.commit.rev).toBe(2)
})

test('folding changes nothing that is seen, also when commits come in between', async () => {
  const expected = offers(0, 4000)
  await anna.commit(repo, expected)
  for (let round = 0; round < 5; round++) {
    const changes = offers(round * 300, round * 300 + 900, 10 + round)
    for (const [key, value] of changes) expected.set(key, value)
    await anna.commit(repo, changes)
  }
  const folding = repo.fold()
  for (let n = 0; n < 40; n++) {
    const [key, value] = offerEntry(n * 97, 1000 + n)
    expected.set(key, value)
    await anna.commit(repo, new Map([[key, value]]))
  }
  const gone = offerEntry(50)[0]
  expected.delete(gone)
  await anna.commit(repo, new Map([[gone, undefined]]))
  await folding
  const sorted = [...expected].sort(([a], [b]) => (a < b ? -1 : 1))
  expect([...repo.entries()]).toEqual(sorted)
  expect(await repo.check()).toEqual([])
  const head = repo.head?.digest
  await anna.reopen()
  await open()
  expect(repo.head?.digest).toBe(head)
  expect([...repo.entries()]).toEqual(sorted)
  expect(await repo.check()).toEqual([])
  await repo.fold()
  await repo.fold()
  await anna.reopen()
  await open()
  expect([...repo.entries()]).toEqual(sorted)
})

test('after folding and trimming no row is left that nothing refers to', async () => {
  await anna.commit(repo, offers(0, 3000))
  for (let round = 0; round < 4; round++) {
    await anna.commit(repo, offers(0, 3000, 10 + round))
    await repo.fold()
  }
  const pages: string[] = []
  for await (const key of anna.database.keys({ gte: 'page/', lt: 'page0' })) pages.push(key)
  expect(pages).toHaveLength(repo.tree().pages.length)
})

test('entries within a range, and the log', async () => {
  await anna.commit(repo, offers(0, 500))
  await anna.commit(repo, offers(0, 1, 9))
  expect([...repo.entries({ gte: offerEntry(100)[0], lt: offerEntry(103)[0] })].map(([key]) => key)).toEqual(
    [100, 101, 102].map((n) => offerEntry(n)[0]),
  )
  expect([...repo.entries({ gte: offerEntry(499)[0], limit: 5 })]).toHaveLength(1)
  const revs: number[] = []
  for await (const head of repo.log()) revs.push(head.commit.rev)
  expect(revs).toEqual([2, 1])
})
