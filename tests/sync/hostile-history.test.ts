import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type RotationCause, rotateKeyLog } from '../../src/core/identity/key-event-author.ts'
import { type KeyLog, verifyKeyLog } from '../../src/core/identity/key-log.ts'
import { verifyEquivocation } from '../../src/core/record/history.ts'
import { publicKeyToMultibase } from '../../src/core/signature/base.ts'
import { canonicalText } from '../../src/core/signature/canonical.ts'
import { digestOf } from '../../src/core/signature/digest.ts'
import { signStatement } from '../../src/core/signature/proof.ts'
import { decodeFrame } from '../../src/core/sync/frame.ts'
import { nodePrimitives as primitives } from '../../src/store/primitives.ts'
import type { Repo } from '../../src/store/repo.ts'
import { offerEntry, type TestMerchant, testMerchant } from './merchant.ts'
import { eventually, joined, type Side } from './pair.ts'

const repo = 'public'
const now = 1_767_225_600
const offers = (from: number, to: number, stock = 5) =>
  new Map(Array.from({ length: to - from }, (_, at) => offerEntry(from + at, stock)))

/** Anna's node, a second one with the same keys (a copy, or a thief), and two that follow. */
let anna: TestMerchant
let twin: TestMerchant
let bert: TestMerchant
let cleo: TestMerchant
beforeEach(async () => {
  anna = await testMerchant('anna')
  twin = await testMerchant('anna')
  bert = await testMerchant('bert')
  cleo = await testMerchant('cleo')
})
afterEach(async () => {
  await Promise.all([anna, twin, bert, cleo].map((merchant) => merchant.close()))
})

const repoAt = (node: TestMerchant): Promise<Repo> => node.store.repo(anna.keyLog.merchant, repo)

/** Commits at a node of Anna's until it is at `rev`; what it commits follows from rev and side alone. */
async function commitTo(node: TestMerchant, rev: number, side = 0): Promise<Repo> {
  const own = await repoAt(node)
  while ((own.head?.commit.rev ?? 0) < rev) {
    const next = (own.head?.commit.rev ?? 0) + 1
    await node.commit(
      own,
      next === 1 ? offers(0, 300) : new Map([offerEntry(next % 300, next + 100 + 1000 * side)]),
    )
  }
  return own
}

const settled = (follower: Side, state: string, rev?: number) =>
  eventually(
    () =>
      follower.errors.length > 0 ||
      (follower.progress.at(-1)?.state === state &&
        (rev === undefined || follower.progress.at(-1)?.rev === rev)),
  )

/** Joins two nodes, the second following, and waits until it is `state`, at `rev`. */
async function sync(
  from: TestMerchant,
  to: TestMerchant,
  state = 'current',
  rev?: number,
): Promise<[Side, Side]> {
  const sides = joined(from, to)
  const [, follower] = sides
  follower.session.follow(anna.keyLog.merchant, repo)
  await settled(follower, state, rev)
  expect(follower.errors).toEqual([])
  return [...sides]
}

async function expectEqual(left: TestMerchant, right: TestMerchant): Promise<void> {
  const [one, other] = [await repoAt(left), await repoAt(right)]
  expect(one.head?.digest).toBe(other.head?.digest)
  expect([...one.entries()]).toEqual([...other.entries()])
  expect(await one.check()).toEqual([])
  expect(await other.check()).toEqual([])
}

describe('two commits with one rev', () => {
  test.each([
    ['at the rev held', 3, 3, 3],
    ['one rev later', 3, 3, 4],
    ['behind many skipped revs', 2, 5, 70],
    ['from the first commit on', 1, 40, 41],
  ])('%s are reported, and the replica keeps its head', async (_, forkedAt, held, rev) => {
    await commitTo(anna, held)
    await commitTo(twin, forkedAt - 1)
    await commitTo(twin, rev, 1)
    await sync(anna, bert, 'current', held)
    const [, b] = await sync(twin, bert, 'forked')
    await expectEqual(anna, bert)
    expect(b.forks).toHaveLength(1)
    expect(b.forks.every((proof) => verifyEquivocation(primitives, anna.keyLog, repo, proof))).toBe(true)
  })

  test('are told to those who follow either side, who can check it themselves', async () => {
    await commitTo(anna, 3)
    await commitTo(twin, 2)
    await commitTo(twin, 3, 1)
    await sync(anna, bert, 'current', 3)
    await sync(twin, bert, 'forked')
    await sync(twin, cleo, 'current', 3)
    const [b, c] = joinedWith(bert, anna.keyLog, cleo, anna.keyLog)
    await eventually(() => c.forks.length > 0)
    await settled(c, 'forked')
    expect(c.errors).toEqual([])
    await expectEqual(twin, cleo)
    expect(b.errors).toEqual([])
  })

  test('are passed on by who has the proof, also to who is on the same side', async () => {
    await commitTo(anna, 3)
    await commitTo(twin, 2)
    await commitTo(twin, 4, 1)
    await sync(anna, bert, 'current', 3)
    const [, forked] = await sync(twin, bert, 'forked')
    const [b, c] = joinedWith(bert, anna.keyLog, cleo, anna.keyLog)
    for (const [name, proof] of forked.held) b.held.set(name, proof)
    await settled(c, 'current', 3)
    expect(c.errors).toEqual([])
    expect(c.forks).toEqual([...forked.held.values()])
    await expectEqual(anna, cleo)
  })
})

describe('an author that was restored from a backup', () => {
  test('and signs nothing harms nobody', async () => {
    await commitTo(anna, 5)
    await commitTo(twin, 3)
    await sync(anna, bert, 'current', 5)
    const [, b] = await sync(twin, bert, 'current', 5)
    expect(b.forks).toEqual([])
    await expectEqual(anna, bert)
  })

  test('and goes on by itself is found out as soon as it says something new', async () => {
    await commitTo(anna, 5)
    await commitTo(twin, 3)
    await sync(anna, bert, 'current', 5)
    const [, b] = await sync(twin, bert, 'current', 5)
    await commitTo(twin, 7, 1)
    await settled(b, 'forked')
    expect(b.errors).toEqual([])
    expect(b.forks.length).toBeGreaterThan(0)
    await expectEqual(anna, bert)
  })

  test.each([
    ['its newest commits', 3, 21],
    ['everything', 0, 43],
  ])(
    'and lost %s gets them back from a follower, and goes on as if nothing had been',
    async (_, kept, held) => {
      await commitTo(anna, held)
      if (kept > 0) await commitTo(twin, kept)
      await sync(anna, bert, 'current', held)
      const [, t] = joined(bert, twin)
      t.session.recover(anna.keyLog.merchant, repo)
      await settled(t, 'current', held)
      expect(t.errors).toEqual([])
      await expectEqual(anna, twin)
      await t.session.end()
      await sync(twin, bert, 'current', held)
      await commitTo(twin, held + 70) // names commits that it fetched
      await sync(twin, bert, 'current', held + 70)
      await sync(twin, cleo, 'current', held + 70)
      await expectEqual(twin, bert)
      await expectEqual(twin, cleo)
    },
  )
})

/** Anna's key log with one more event, and the seed of its signing key. */
function rotate(cause: RotationCause, log: KeyLog = anna.keyLog): { log: KeyLog; seed: Uint8Array } {
  const key = (part: string) => primitives.sha256(`anna ${part}`)
  const seq = log.current.seq + 1
  const seed = key(`signing ${seq}`)
  const next = (at: number) => key(at === 1 ? 'next' : `next ${at}`)
  const keys = {
    eventSeed: next(seq),
    key: publicKeyToMultibase(primitives.ed25519PublicKey(seed)),
    next: digestOf(primitives, primitives.ed25519PublicKey(next(seq + 1))),
    time: now,
  }
  return { log: rotateKeyLog(primitives, log, keys, cause), seed }
}

/** Anna's key log after many rotations, verified once. */
function rotateOften(count: number): { log: KeyLog; seed: Uint8Array } {
  const texts = [...anna.keyLog.texts]
  const key = (part: string) => primitives.sha256(`anna ${part}`)
  const eventSeed = (seq: number) => key(seq === 1 ? 'next' : `next ${seq}`)
  const publicKey = (seed: Uint8Array) => publicKeyToMultibase(primitives.ed25519PublicKey(seed))
  for (let seq = 1; seq <= count; seq++) {
    const body = {
      type: 'mosaic/key-event',
      v: 1,
      merchant: anna.keyLog.merchant,
      seq,
      kind: 'rotation',
      reason: 'scheduled',
      prev: digestOf(primitives, texts.at(-1) ?? ''),
      eventKey: publicKey(eventSeed(seq)),
      key: publicKey(key(`signing ${seq}`)),
      next: digestOf(primitives, primitives.ed25519PublicKey(eventSeed(seq + 1))),
      time: now,
    }
    texts.push(canonicalText(signStatement(primitives, body, { seed: eventSeed(seq) })))
  }
  const log = verifyKeyLog(primitives, texts)
  if (log instanceof Error) throw log
  return { log, seed: key(`signing ${count}`) }
}

const commitUnder = async ({ log, seed }: ReturnType<typeof rotate>, node: TestMerchant, stock: number) =>
  await (await repoAt(node)).commit(offers(0, 3, stock), {
    signer: { seed },
    keyEvent: log.head.digest,
    time: now,
  })

/** What follows of Anna's as her key log has it at each side. */
function joinedWith(from: TestMerchant, fromLog: KeyLog, to: TestMerchant, toLog: KeyLog): [Side, Side] {
  const [a, b] = joined(from, to)
  a.keyLogs.set(fromLog.merchant, fromLog)
  b.keyLogs.set(toLog.merchant, toLog)
  b.session.follow(anna.keyLog.merchant, repo)
  return [a, b]
}

describe('a stolen key', () => {
  const headOf = async (node: TestMerchant) => {
    const { head } = await repoAt(node)
    return { repo, rev: head?.commit.rev ?? 0, digest: head?.digest as never }
  }

  test('a follower of the thief comes back to the owner, whatever revs the thief has taken', async () => {
    await commitTo(anna, 2)
    await commitTo(twin, 2)
    await commitTo(twin, 9, 1)
    await sync(twin, bert, 'current', 9)
    const next = rotate({ reason: 'compromised', lastGood: [await headOf(anna)] })
    await commitUnder(next, anna, 50)
    const [, b] = joinedWith(anna, next.log, bert, anna.keyLog)
    await settled(b, 'current', 3)
    expect(b.errors).toEqual([])
    expect(b.forks).toEqual([])
    await expectEqual(anna, bert)
    // And goes on, change by change; and passes on what is right, though its commits of the thief lie around.
    await commitUnder(next, anna, 51)
    await commitUnder(next, anna, 52)
    await settled(b, 'current', 5)
    await expectEqual(anna, bert)
    const [, first] = joinedWith(anna, next.log, cleo, next.log)
    await settled(first, 'current', 5)
    await first.session.end()
    await commitUnder(next, anna, 53)
    await settled(b, 'current', 6)
    const [, c] = joinedWith(bert, next.log, cleo, next.log)
    await settled(c, 'current', 6)
    expect(c.errors).toEqual([])
    await expectEqual(anna, cleo)
  })

  test('what the thief goes on to sign is ignored, and is no offence', async () => {
    await commitTo(anna, 2)
    await commitTo(twin, 2)
    const next = rotate({ reason: 'compromised', lastGood: [await headOf(anna)] })
    await sync(anna, bert, 'current', 2)
    await commitTo(twin, 4, 1)
    const [, b] = joinedWith(twin, anna.keyLog, bert, next.log)
    await settled(b, 'ignored', 2)
    expect(b.progress.at(-1)?.reason).toContain('does not count')
    await commitTo(twin, 6, 1)
    await commitTo(twin, 30, 1)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(b.errors).toEqual([])
    await expectEqual(anna, bert)
  })

  test('its fork is excused: a proof kept from before is not passed on', async () => {
    await commitTo(anna, 3)
    await commitTo(twin, 2)
    const lastGood = await headOf(twin)
    await commitTo(twin, 3, 1)
    await sync(anna, bert, 'current', 3)
    const [, forked] = await sync(twin, bert, 'forked')
    const next = rotate({ reason: 'compromised', lastGood: [lastGood] })
    const [b, c] = joinedWith(bert, next.log, cleo, anna.keyLog)
    for (const [name, proof] of forked.held) b.held.set(name, proof)
    await eventually(() => c.keyLogs.get(anna.keyLog.merchant)?.current.seq === 1)
    await settled(c, 'ignored')
    expect(c.errors).toEqual([])
    expect(c.forks).toEqual([])
    expect((await repoAt(cleo)).head).toBeUndefined()
  })
})

test('after a repair followers of both sides go on with the side that was chosen', async () => {
  await commitTo(anna, 6)
  await commitTo(twin, 3)
  await commitTo(twin, 4, 1)
  const chosen = (await repoAt(twin)).head
  const next = rotate({
    reason: 'scheduled',
    repairs: [{ repo, rev: 4, digest: chosen?.digest as never }],
  })
  await sync(anna, bert, 'current', 6)
  await sync(twin, cleo, 'current', 4)
  await commitUnder(next, twin, 60)
  for (const follower of [bert, cleo]) {
    const [, b] = joinedWith(twin, next.log, follower, anna.keyLog)
    await settled(b, 'current', 5)
    expect(b.errors).toEqual([])
    await expectEqual(twin, follower)
  }
})

describe('clocks', () => {
  test('a commit dated more than an hour ahead waits, in words, until one comes that is not', async () => {
    const own = await commitTo(anna, 2)
    const [, b] = await sync(anna, bert, 'current', 2)
    await anna.commit(own, offers(0, 5, 70), now + 3_601)
    await settled(b, 'ignored', 2)
    expect(b.progress.at(-1)?.reason).toContain('3601 s ahead')
    for (let round = 0; round < 20; round++) await anna.commit(own, offers(0, 5, 71 + round), now + 4_000)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(b.errors).toEqual([])
    expect((await repoAt(bert)).head?.commit.rev).toBe(2)
    await anna.commit(own, offers(0, 5, 100), now + 3_600)
    await settled(b, 'current', 24)
    await expectEqual(anna, bert)
  })

  test('so does the first one of all', async () => {
    const own = await repoAt(anna)
    await anna.commit(own, offers(0, 300), now + 7_200)
    const [, b] = await sync(anna, bert, 'ignored')
    expect((await repoAt(bert)).head).toBeUndefined()
    await anna.commit(own, offers(0, 1, 9), now)
    await settled(b, 'current', 2)
    expect(b.errors).toEqual([])
    await expectEqual(anna, bert)
  })
})

describe('key logs', () => {
  test('two events with one seq freeze the identity, and the peer that showed it is not to blame', async () => {
    await commitTo(anna, 1)
    const [one, other] = [rotate({ reason: 'scheduled' }), rotate({ reason: 'retired' })]
    await commitUnder(one, anna, 9)
    const [, b] = joinedWith(anna, one.log, bert, other.log)
    await settled(b, 'ignored')
    expect(b.errors).toEqual([])
    expect(b.duplicities).toMatchObject([{ merchant: anna.keyLog.merchant, seq: 1 }])
    expect((await repoAt(bert)).head).toBeUndefined()
  })

  test('the same where the held log is the shorter one', async () => {
    await commitTo(anna, 1)
    const [one, other] = [rotate({ reason: 'scheduled' }), rotate({ reason: 'retired' })]
    const longer = rotate({ reason: 'scheduled' }, one.log)
    const [, b] = joinedWith(anna, longer.log, bert, other.log)
    await settled(b, 'ignored')
    expect(b.errors).toEqual([])
    expect(b.duplicities).toMatchObject([{ seq: 1 }])
  })

  test('a long one comes in rows of frames', async () => {
    const last = rotateOften(370)
    await commitUnder(last, anna, 9)
    const [a, b] = joined(anna, bert)
    a.keyLogs.set(anna.keyLog.merchant, last.log)
    b.session.follow(anna.keyLog.merchant, repo)
    await settled(b, 'current', 1)
    expect(b.errors).toEqual([])
    expect(b.keyLogs.get(anna.keyLog.merchant)?.texts).toEqual(last.log.texts)
    expect(a.sent.map(decodeFrame).filter(({ name }) => name === 'keys')).toHaveLength(2)
    await expectEqual(anna, bert)
  })
})

test('two peers that serve one repo at once, at different revs, do no harm', async () => {
  const own = await anna.store.repo(anna.keyLog.merchant, repo)
  await anna.commit(own, offers(0, 4000))
  await sync(anna, cleo, 'current', 1)
  await anna.commit(own, offers(0, 2000, 8))
  for (let round = 0; round < 3; round++) {
    const [, one] = joinedWith(cleo, anna.keyLog, bert, anna.keyLog)
    const [, other] = joinedWith(anna, anna.keyLog, bert, anna.keyLog)
    await anna.commit(own, offers(round * 500, round * 500 + 600, 20 + round))
    await eventually(
      () =>
        [one, other].some(({ errors }) => errors.length > 0) ||
        other.progress.at(-1)?.rev === own.head?.commit.rev,
    )
    await settled(other, 'current', own.head?.commit.rev)
    expect([...one.errors, ...other.errors]).toEqual([])
    await expectEqual(anna, bert)
    await Promise.all([one, other].map(({ session }) => session.end()))
    await bert.store.drop(anna.keyLog.merchant, repo)
  }
})
