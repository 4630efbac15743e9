import { zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Head } from '../../src/core/record/commit.ts'
import type { Session } from '../../src/network/session.ts'
import type { CommitView, MarketPageView, RepoVerification } from '../../src/node/views.ts'
import { isOpen, seedOf, TestMerchant, until } from '../network/merchants.ts'
import type { Party } from '../network/party.ts'
import { Author, offer, offers, type Release } from './author.ts'
import { becomePartners, eventually, isLetIn, peer, type RealNode, realNode } from './real-node.ts'
import { SyncPeer } from './sync-peer.ts'

// Specs: protocol/streams/sync.md, protocol/records/commit.md. A running node that follows a partner who lies.

const count = 400
let vera: RealNode
let mallory: Party
let session: Session
let author: Author
let sync: SyncPeer
beforeEach(async () => {
  vera = await realNode('Vera')
  mallory = await peer('mallory')
  author = new Author(mallory.self, 'public')
  session = await becomePartners(mallory, vera)
  sync = await SyncPeer.open(mallory, session)
  await serve(author.commit(offers(count, 5)), 0)
  await eventually(async () => (await offersSeen()).total === count)
})
afterEach(async () => {
  await mallory[Symbol.asyncDispose]()
  await vera[Symbol.asyncDispose]()
})

const packed = (text: string | Uint8Array) => zstdCompressSync(text)
const malloryPublic = () => `/repos/${mallory.merchant}/public`
const offersSeen = () => vera.api.get<MarketPageView>('/offers', { limit: 200 })

/** The id under which the node wants Mallory's `public` from a rev on. */
async function wantedFrom(from: number): Promise<number> {
  const { id } = await until(() =>
    sync.heard
      .flatMap((frame) => (frame.name === 'want' ? frame.body.repos : []))
      .findLast(
        ({ merchant, repo, rev }) => merchant === mallory.merchant && repo === 'public' && rev === from,
      ),
  )
  return id
}

interface Sent {
  readonly links?: readonly string[]
  /** What is said in `contents`. */
  readonly contents?: string
  /** What `contents` carries, and how long it is said to be. */
  readonly payload?: Uint8Array
  readonly rawBytes?: number
  readonly pages?: readonly Uint8Array[]
}

/** Sends a release to the node, as it is or as `sent` changes it. */
async function serve({ head, ...release }: Release, from: number, sent: Sent = {}): Promise<void> {
  const id = await wantedFrom(from)
  const contents = sent.contents ?? release.contents
  const rawBytes = sent.rawBytes ?? Buffer.byteLength(contents)
  const payload = sent.payload ?? packed(contents)
  const pages = sent.pages ?? release.pages.map(({ text }) => text)
  try {
    await sync.send(
      'contents',
      { id, head: head.text, links: [...(sent.links ?? [])], from, rawBytes },
      payload,
    )
    for (const text of pages) await sync.send('page', { id, rawBytes: text.length }, packed(text))
  } catch {
    // The node has broken off already.
  }
}

/** Nothing was lost: the last good state is whole, verifies, and is what people see. */
async function expectUnharmed(): Promise<void> {
  const verified = await vera.api.post<RepoVerification>(`${malloryPublic()}/verify`)
  expect(verified).toMatchObject({ ok: true, rev: 1, records: count, problems: [] })
  const { total, offers: shown } = await offersSeen()
  expect(total).toBe(count)
  expect(shown.every((one) => one.offer.stock === 5)).toBe(true)
}

const textOf = ({ pages }: Release, index: number): Buffer => Buffer.from(pages[index]?.text ?? [])
const withoutLine = (text: Buffer, line: number): Buffer => {
  const lines = text.toString().split('\n')
  return Buffer.from(lines.toSpliced(line, 1).join('\n'))
}
/** The next release, not taken into the author's history. */
const next = (entries = offers(count, 9), change = {}, seed?: Uint8Array): Release =>
  author.forkAt(1).commit(entries, change, seed)
const withOffer = (sku: string, more: object) =>
  new Map(offers(count, 9)).set(`offer/${sku}`, offer(sku, more))

interface Lie {
  readonly name: string
  /** What the merchant is told. */
  readonly says: RegExp
  /** How often it may be tried. @default 1 */
  readonly tries?: number
  readonly release?: () => Release
  readonly sent?: (release: Release) => Sent
}

const lies: readonly Lie[] = [
  {
    name: 'a root that is not that of the contents',
    says: /not the tree that the commit signs/,
    release: () => next(undefined, { root: next(offers(count, 7)).head.commit.root }),
  },
  {
    name: 'a hidden page',
    says: /not the tree that the commit signs/,
    sent: ({ contents }) => ({ contents: withoutLine(Buffer.from(contents), 1).toString() }),
  },
  {
    name: 'a hidden record',
    says: /not the one that the commit signs/,
    sent: (release) => ({ pages: [withoutLine(textOf(release, 0), 3)] }),
  },
  {
    name: 'another number of records',
    says: /another number of entries/,
    release: () => next(undefined, { count: count - 1 }),
  },
  {
    name: 'a page of before, replayed',
    says: /not the one that the commit signs/,
    sent: () => ({ pages: [textOf(next(offers(count, 5)), 0)] }),
  },
  {
    name: 'pages in another order',
    says: /not the one that the commit signs/,
    sent: (release) => ({ pages: [textOf(release, 1), textOf(release, 0)] }),
  },
  {
    name: 'a page cut off',
    says: /does not end|must be|not canonical|record/i,
    sent: (release) => ({ pages: [textOf(release, 0).subarray(0, -9)] }),
  },
  {
    name: 'a commit by another key',
    says: /not signed by the key/,
    release: () => next(undefined, {}, seedOf('another key')),
  },
  {
    name: "another merchant's commit",
    says: /'s, not /,
    release: () => new Author(new TestMerchant('carl'), 'public').commit(offers(count, 9)),
  },
  {
    name: 'a zstd bomb: 16 MiB where a thousand bytes are said',
    says: /not packed as stated/,
    sent: () => ({ payload: packed(Buffer.alloc(16 * 2 ** 20)), rawBytes: 1_000 }),
  },
  {
    name: 'a zstd bomb that says what it is: above the limit',
    says: /rawBytes.*8388608/,
    tries: 2,
    sent: () => ({ payload: packed(Buffer.alloc(64 * 2 ** 20)), rawBytes: 64 * 2 ** 20 }),
  },
  {
    name: 'an offer that would move the cursor of a terminal',
    says: /A-007.*title/,
    release: () => next(withOffer('A-007', { title: { en: 'Bargain\u001b[2J' } })),
  },
  {
    name: 'an offer with a member that nobody knows',
    says: /A-007.*admin/,
    release: () => next(withOffer('A-007', { admin: true })),
  },
  {
    name: 'an offer under the key of another',
    says: /does not repeat/,
    release: () => next(new Map(offers(count, 9)).set('offer/A-007', offer('A-008', {}))),
  },
]

describe('a partner that sends', () => {
  test.each(lies)('$name: caught, told, cut off, and nothing is lost', async (lie) => {
    const release = lie.release?.() ?? next()
    for (let tries = 0; tries < (lie.tries ?? 1); tries++) {
      if (!sync.stream.isOpen) sync = await SyncPeer.open(mallory, session)
      await serve(release, 1, lie.sent?.(release))
      await until(() => !sync.stream.isOpen)
    }
    await until(() => !isOpen(session.connection))
    expect(await isLetIn(mallory, vera)).toBe(false)
    const warnings = vera.events.flatMap((event) => (event.type === 'warning' ? [event.message] : []))
    expect(warnings).toContainEqual(expect.stringMatching(lie.says))
    await expectUnharmed()
  })
})

describe('two commits with one rev', () => {
  const told = () => vera.events.filter(({ type }) => type === 'equivocation')
  const merchantTold = { type: 'equivocation', name: 'mallory', repo: 'public' }

  test('are kept as proof, the merchant is told, and the first stays', async () => {
    await serve(new Author(mallory.self, 'public').commit(offers(count, 9)), 1)
    await until(() => told().length > 0)
    expect(told()).toMatchObject([merchantTold])
    await expectUnharmed()
  })

  test('are found behind skipped revs, by the links that a new head must bring', async () => {
    const other = new Author(mallory.self, 'public')
    let release = other.commit(offers(count, 9))
    for (let rev = 2; rev <= 21; rev++) release = other.commit(offers(count, rev))
    await serve(release, 1, { links: other.linksTo(1) })
    await until(() => told().length > 0)
    expect(told()).toMatchObject([merchantTold])
    await expectUnharmed()
  })

  test('cannot be hidden by leaving the links out', async () => {
    const other = new Author(mallory.self, 'public')
    let release = other.commit(offers(count, 9))
    for (let rev = 2; rev <= 21; rev++) release = other.commit(offers(count, rev))
    await serve(release, 1, { links: other.linksTo(1).slice(0, -1) })
    await until(() => !sync.stream.isOpen)
    await expectUnharmed()
  })

  test('the proof is handed on to those who follow the repo', async () => {
    await serve(new Author(mallory.self, 'public').commit(offers(count, 9)), 1)
    await until(() => told().length > 0)
    await using bert = await peer('bert')
    const berts = await SyncPeer.open(bert, await becomePartners(bert, vera))
    const { body } = await berts.hear('forked', berts.want({ merchant: mallory.merchant, repo: 'public' }))
    expect(body).toMatchObject({ rev: 1 })
  })
})

test('an old head, replayed, changes nothing and costs nothing', async () => {
  const [first] = author.heads as [Head]
  await serve(author.commit(offers(count, 6)), 1)
  const id = await wantedFrom(2)
  await serve({ ...next(offers(count, 5)), head: first }, 2)
  await until(() =>
    sync.heard.some((frame) => frame.name === 'want' && frame.body.repos.some((one) => one.id > id)),
  )
  await serve(author.commit(offers(count, 7)), 2)
  await eventually(async () => (await offersSeen()).offers[0]?.offer.stock === 7)
  const { commits } = await vera.api.get<{ commits: CommitView[] }>(`${malloryPublic()}/log`)
  expect(commits.map(({ rev }) => rev)).toEqual([3, 2, 1])
  expect(sync.stream.isOpen).toBe(true)
})
