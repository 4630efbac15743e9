import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { buildPages, lineOf } from '../../src/core/record/apply.ts'
import { signCommit } from '../../src/core/record/commit.ts'
import { linesOf, type PageState, treeOf } from '../../src/core/record/tree.ts'
import type { Digest } from '../../src/core/signature/digest.ts'
import {
  decodeFrame,
  encodeFrame,
  type Frame,
  type FrameBody,
  type FrameName,
} from '../../src/core/sync/frame.ts'
import type { FollowingPorts, RepoSource, ServingPorts } from '../../src/core/sync/ports.ts'
import { SyncSession } from '../../src/core/sync/session.ts'
import { nodePrimitives as primitives } from '../../src/store/primitives.ts'
import type { Repo } from '../../src/store/repo.ts'
import { keyLogOf, offerEntry, type TestMerchant, testMerchant } from './merchant.ts'
import { eventually, joined, type Side } from './pair.ts'

const repo = 'assortment/all'
const offers = (from: number, to: number, stock = 5) =>
  new Map(Array.from({ length: to - from }, (_, at) => offerEntry(from + at, stock)))
const joinedFrame = (parts: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(parts))

let anna: TestMerchant
let bert: TestMerchant
let a: Side
let b: Side
let own: Repo
beforeEach(async () => {
  anna = await testMerchant('anna')
  bert = await testMerchant('bert')
  own = await anna.store.repo(anna.keyLog.merchant, repo)
  ;[a, b] = joined(anna, bert)
})
afterEach(async () => {
  await anna.close()
  await bert.close()
})

const merchantOf = () => anna.keyLog.merchant
const copy = (): Promise<Repo> => bert.store.repo(merchantOf(), repo)
const follow = () => b.session.follow(merchantOf(), repo)
const caughtUp = () =>
  eventually(
    () =>
      b.errors.length > 0 ||
      (b.progress.at(-1)?.state === 'current' && b.progress.at(-1)?.rev === own.head?.commit.rev),
  )

/** Replaces frames of one kind on their way from the author. */
function change<Name extends FrameName>(
  name: Name,
  how: (frame: Extract<Frame, { name: Name }>) => Uint8Array | undefined,
): void {
  a.tamper = (bytes) => {
    const frame = decodeFrame(bytes)
    if (frame.name !== name) return [bytes]
    const changed = how(frame as Extract<Frame, { name: Name }>)
    return changed === undefined ? [] : [changed]
  }
}

async function expectRefused(code: string): Promise<void> {
  const before = (await copy()).head?.digest
  await eventually(() => b.errors.length > 0)
  expect(b.errors[0]).toMatchObject({ code })
  const replica = await copy()
  expect(replica.head?.digest).toBe(before)
  expect(await replica.check()).toEqual([])
}

describe('bombs and lies about sizes', () => {
  const zeros = primitives.zstdCompress(new Uint8Array(50_000_000))
  const lies: [string, FrameName, (rawBytes: number, payload: Uint8Array) => [number, Uint8Array]][] = [
    ['a page that unpacks to 50 MB', 'page', (rawBytes) => [rawBytes, zeros.subarray(0, rawBytes)]],
    ['a page that says more than it has', 'page', (rawBytes, payload) => [rawBytes + 1, payload]],
    ['a page that says less than it has', 'page', (rawBytes, payload) => [rawBytes - 1, payload]],
    ['a page of nothing', 'page', () => [0, new Uint8Array(0)]],
    ['a page that is no zstd', 'page', (rawBytes) => [rawBytes, new Uint8Array(100)]],
    ['contents that unpack to 50 MB', 'contents', (rawBytes) => [rawBytes, zeros.subarray(0, rawBytes)]],
    ['contents of nothing', 'contents', () => [0, new Uint8Array(0)]],
  ]
  test.each(lies)('%s', async (_, name, lie) => {
    await anna.commit(own, offers(0, 1000))
    change(name as 'page', ({ body, payload }) => {
      const [rawBytes, bytes] = lie(body.rawBytes, payload)
      return joinedFrame(encodeFrame(name, { ...body, rawBytes } as never, bytes))
    })
    follow()
    await eventually(() => b.errors.length > 0)
    expect((await copy()).head).toBeUndefined()
  })

  test.each([
    ['a page of 225 kB', 'page', { id: 1, rawBytes: 224_001 }],
    ['contents of 8 MB', 'contents', { id: 1, head: '', links: [], from: 0, rawBytes: 8_388_609 }],
    ['a delta of 4 MB', 'delta', { id: 1, head: '', links: [], from: 0, rawBytes: 4_194_305 }],
  ] as const)('%s is refused by its number', (_, name, body) => {
    expect(() => b.session.receive(joinedFrame(encodeFrame(name, body as never)))).toThrow('rawBytes')
  })
})

describe('what belongs elsewhere', () => {
  test('a page of another repo', async () => {
    await anna.commit(own, offers(0, 1000))
    const other = await anna.store.repo(merchantOf(), 'public')
    await anna.commit(other, offers(0, 1000, 6))
    const foreign = other.page(other.tree().pages[0] as PageState)
    change('page', ({ body }) =>
      joinedFrame(encodeFrame('page', { ...body, rawBytes: foreign?.rawBytes ?? 0 }, foreign?.bytes)),
    )
    follow()
    await expectRefused('digest-mismatch')
  })

  test('a head of another repo', async () => {
    await anna.commit(own, offers(0, 10))
    const other = await anna.store.repo(merchantOf(), 'public')
    await anna.commit(other, offers(0, 10))
    change('contents', ({ body, payload }) =>
      joinedFrame(encodeFrame('contents', { ...body, head: other.head?.text ?? '' }, payload)),
    )
    follow()
    await expectRefused('commit-invalid')
  })

  test('key events of another merchant', async () => {
    await anna.commit(own, offers(0, 10))
    const { keyLog } = keyLogOf('cleo')
    change('keys', ({ body }) => joinedFrame(encodeFrame('keys', { ...body, events: [...keyLog.texts] })))
    follow()
    await expectRefused('unasked')
    expect(b.keyLogs.has(merchantOf())).toBe(false)
  })

  test('key events that were not wanted', async () => {
    await anna.commit(own, offers(0, 10))
    change('keys', ({ body }) => joinedFrame(encodeFrame('keys', { ...body, from: 1 })))
    follow()
    await expectRefused('unasked')
  })

  test('a proof of equivocation in another repo', async () => {
    await anna.commit(own, offers(0, 10))
    const twin = await testMerchant('anna')
    const [one, other] = await Promise.all(
      [anna, twin].map(async (merchant, stock) => {
        const forked = await merchant.store.repo(merchantOf(), 'public')
        return (await merchant.commit(forked, offers(0, 1, stock)))?.text ?? ''
      }),
    )
    await twin.close()
    follow()
    await caughtUp()
    const proof: FrameBody<'forked'> = { id: 1, rev: 1, chains: [[one ?? ''], [other ?? '']] }
    // The newest want has the highest id; older ones are over.
    for (let id = 1; id <= 2; id++)
      void b.session.receive(joinedFrame(encodeFrame('forked', { ...proof, id })))
    await expectRefused('proof-invalid')
    expect(b.forks).toEqual([])
  })

  test('frames under an id that was never wanted', () => {
    expect(() => b.session.receive(joinedFrame(encodeFrame('page', { id: 1, rawBytes: 1 })))).toThrow(
      expect.objectContaining({ code: 'unasked' }),
    )
  })
})

describe('who signed it', () => {
  const resigned = (sign: { seed?: Uint8Array; keyEvent?: string }) => {
    change('contents', ({ body, payload }) => {
      const { prev: _, skip: __, proof: ___, ...rest } = JSON.parse(body.head)
      const draft = { ...rest, keyEvent: sign.keyEvent ?? rest.keyEvent }
      const { text } = signCommit(primitives, draft, undefined, () => '' as Digest, {
        seed: sign.seed ?? anna.seed,
      })
      return joinedFrame(encodeFrame('contents', { ...body, head: text }, payload))
    })
  }

  test("somebody else's key under the merchant's key event", async () => {
    await anna.commit(own, offers(0, 10))
    resigned({ seed: primitives.sha256('thief') })
    follow()
    await expectRefused('commit-invalid')
  })

  test('a key event that is in no log: the whole log is asked for, once', async () => {
    await anna.commit(own, offers(0, 10))
    resigned({ keyEvent: primitives.sha256Base64url('no event') })
    follow()
    await expectRefused('commit-invalid')
    const wants = b.sent.map(decodeFrame).flatMap((frame) => (frame.name === 'want' ? frame.body.repos : []))
    expect(wants.map(({ keyEvents }) => keyEvents)).toEqual([0, 0])
  })
})

describe('what only an author can do, and no follower takes', () => {
  /** Lets the author serve pages that were laid out by hand, under a commit that signs them. */
  function servePages(pages: readonly PageState[]): void {
    const tree = treeOf(primitives, pages)
    const draft = {
      merchant: merchantOf(),
      repo,
      root: tree.upper.root,
      count: tree.count,
      time: 1_767_225_600,
      keyEvent: anna.keyLog.head.digest,
    }
    const head = signCommit(primitives, draft, undefined, () => draft.root, { seed: anna.seed })
    const source: RepoSource = {
      head,
      tree: () => tree,
      page: ({ text = new Uint8Array(0) }) => ({
        rawBytes: text.length,
        bytes: primitives.zstdCompress(text),
      }),
      changesSince: () => undefined,
      links: () => [],
    }
    anna.store.repo = async () => source as Repo
  }
  const built = (entries: ReadonlyMap<string, string>): PageState[] =>
    buildPages(
      primitives,
      [...entries].map(([key, value]) => lineOf(key, value)),
    ).map(({ node, text }) => ({ node, base: node, text }))

  test('pages as they should be are taken', async () => {
    servePages(built(offers(0, 1000)))
    follow()
    await eventually(() => b.errors.length > 0 || b.progress.at(-1)?.state === 'current')
    expect(b.errors).toEqual([])
    expect((await copy()).count).toBe(1000)
  })

  test.each([
    ['a record behind the first key of the next page, where no lookup finds it', 999],
    ['a record that stands in two pages', 500],
  ])('%s', async (_, n) => {
    const pages = built(offers(0, 1000))
    const first = pages[0] as PageState
    const [key, value] = offerEntry(n, 77)
    const lines = [...linesOf(first, (page) => page.text as Uint8Array), lineOf(key, value)]
    const extended = buildPages(primitives, lines).map(({ node, text }) => ({ node, base: node, text }))
    expect(extended).toHaveLength(1) // or the page would be refused for its shape
    servePages([...extended, ...pages.slice(1)])
    follow()
    await expectRefused('shape-invalid')
  })

  test('pages that are split or joined where they should not be', async () => {
    const entries = [...offers(0, 1000)]
    servePages([...built(new Map(entries.slice(0, 5))), ...built(new Map(entries.slice(5)))])
    follow()
    await expectRefused('shape-invalid')
  })

  test('pages out of order', async () => {
    servePages(built(offers(0, 1000)).reverse())
    follow()
    await expectRefused('contents-malformed')
  })

  test('a record of another schema, or of no kind', async () => {
    servePages(built(new Map([['offer/X', '{"sku":"X"}']])))
    follow()
    await expectRefused('record-invalid')
  })
})

describe('a peer that asks for too much', () => {
  const stalled = (): SyncSession => {
    const never = new Promise<never>(() => {})
    const ports = {
      primitives,
      mayRead: () => true,
      source: () => never,
      equivocation: () => undefined,
    } as unknown as ServingPorts & FollowingPorts
    return new SyncSession(ports, () => {}, {
      onHave() {},
      onProgress() {},
      onError: (error) => expect.fail(`${error}`),
    })
  }
  const wants = (ids: readonly number[]): Uint8Array[] => {
    const frames: Uint8Array[] = []
    for (let at = 0; at < ids.length; at += 256) {
      const repos = ids.slice(at, at + 256).map((id) => ({
        id,
        merchant: merchantOf(),
        repo: `assortment/${id}`,
        rev: 0,
        keyEvents: 0,
        needs: 'pages' as const,
      }))
      frames.push(joinedFrame(encodeFrame('want', { repos })))
    }
    return frames
  }
  const tooMany = expect.objectContaining({ code: 'too-many' })

  test('10,001 repos', () => {
    const session = stalled()
    const ids = Array.from({ length: 10_000 }, (_, at) => at + 1)
    for (const frame of wants(ids)) void session.receive(frame)
    expect(() => session.receive(wants([10_001])[0] as Uint8Array)).toThrow(tooMany)
  })

  test('the same repos over and over, faster than they are served', () => {
    const session = stalled()
    const [frame] = wants(Array.from({ length: 256 }, (_, at) => at + 1)) as [Uint8Array]
    for (let round = 0; round < 78; round++) void session.receive(frame)
    expect(() => session.receive(frame)).toThrow(tooMany)
  })

  test('pages that are not there, faster than it is told so', () => {
    const session = stalled()
    for (const frame of wants([1, 2])) void session.receive(frame)
    const frame = joinedFrame(encodeFrame('pages', { id: 2, from: 'offer/x', count: 1 }))
    expect(() => {
      for (let round = 0; round < 20_001; round++) void session.receive(frame)
    }).toThrow(tooMany)
  })

  test('one repo under two ids is served under the newer one', async () => {
    await anna.commit(own, offers(0, 10))
    a.sent.length = 0
    const want = (id: number): FrameBody<'want'> => ({
      repos: [{ id, merchant: merchantOf(), repo, rev: 0, keyEvents: 1, needs: 'contents' }],
    })
    for (const id of [1, 2]) void a.session.receive(joinedFrame(encodeFrame('want', want(id))))
    await eventually(() => a.sent.length > 0)
    await anna.commit(own, offers(0, 10, 6))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(a.sent.map(decodeFrame).map(({ name, body }) => [name, 'id' in body && body.id])).toEqual([
      ['contents', 2],
    ])
  })

  test('what it may not read, again and again', async () => {
    a.forbidden.add(`${merchantOf()}/${repo}`)
    for (let round = 1; round <= 3; round++) {
      follow()
      await eventually(() => b.progress.filter(({ state }) => state === 'none').length === round)
    }
    expect(a.refusedAgain).toEqual([`${merchantOf()}/${repo}`, `${merchantOf()}/${repo}`])
    expect(
      new Set(
        a.sent.map((frame) =>
          Buffer.from(frame)
            .toString()
            .replace(/\d+\}$/, ''),
        ),
      ).size,
    ).toBe(1)
  })

  test('answers that lead nowhere, for ever', async () => {
    await anna.commit(own, offers(0, 10))
    change('contents', ({ body, payload }) =>
      joinedFrame(encodeFrame('contents', { ...body, from: 1 }, payload)),
    )
    follow()
    await expectRefused('no-progress')
  })
})

test('frames that are lost, doubled, swapped or cut never leave a wrong repo', async () => {
  const digests = new Map<string, string>()
  const note = () => digests.set(own.head?.digest ?? '', JSON.stringify([...own.entries()]))
  await anna.commit(own, offers(0, 300))
  note()
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(6), fc.constantFrom('drop', 'double', 'swap', 'cut', 'replay')), {
        maxLength: 4,
      }),
      fc.array(fc.integer({ min: 0, max: 299 }), { minLength: 1, maxLength: 4 }),
      async (plan, touched) => {
        ;[a, b] = joined(anna, bert)
        const faults = new Map<number, string>(plan)
        let count = 0
        let kept: Uint8Array[] = []
        a.tamper = (frame) => {
          const fault = faults.get(count++)
          const out = kept
          kept = []
          if (fault === 'drop') return out
          if (fault === 'double') return [...out, frame, frame]
          if (fault === 'cut') return [...out, frame.subarray(0, frame.length >> 1)]
          if (fault === 'swap') kept = [frame]
          if (fault === 'replay') return [...out, frame, ...a.sent.slice(0, 3)]
          return fault === 'swap' ? out : [...out, frame]
        }
        follow()
        for (const n of touched) {
          await anna.commit(own, new Map([offerEntry(n, 1 + Math.floor(digests.size / 2))]))
          note()
          await new Promise((resolve) => setTimeout(resolve, 4))
        }
        await b.session.end()
        const replica = await copy()
        if (replica.head !== undefined)
          expect(JSON.stringify([...replica.entries()])).toBe(digests.get(replica.head.digest))
        expect(await replica.check()).toEqual([])
        expect(b.forks).toEqual([])
      },
    ),
    { numRuns: 25 },
  )
  ;[a, b] = joined(anna, bert)
  follow()
  await caughtUp()
  expect(b.errors).toEqual([])
  expect((await copy()).head?.digest).toBe(own.head?.digest)
})
