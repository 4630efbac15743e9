import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Repo } from '../../src/store/repo.ts'
import { offerEntry, type TestMerchant, testMerchant } from './merchant.ts'
import { eventually, joined, type Side } from './pair.ts'

let anna: TestMerchant
let bert: TestMerchant
let a: Side
let b: Side
let own: Repo
const repo = 'assortment/all'

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

const offers = (from: number, to: number, stock = 5) =>
  new Map(Array.from({ length: to - from }, (_, at) => offerEntry(from + at, stock)))
const copy = (): Promise<Repo> => bert.store.repo(anna.keyLog.merchant, repo)
const caughtUp = async () => {
  await eventually(
    () =>
      b.errors.length > 0 ||
      (b.progress.at(-1)?.rev === own.head?.commit.rev && b.progress.at(-1)?.state === 'current'),
  )
}
const expectEqual = async () => {
  const replica = await copy()
  expect(b.errors).toEqual([])
  expect(replica.head?.digest).toBe(own.head?.digest)
  expect([...replica.entries()]).toEqual([...own.entries()])
  expect(await replica.check()).toEqual([])
}

describe('a replica follows', () => {
  test('from nothing, then change by change, then after a restart', async () => {
    await anna.commit(own, offers(0, 3000))
    b.session.follow(anna.keyLog.merchant, repo)
    await caughtUp()
    await expectEqual()
    await anna.commit(own, new Map([offerEntry(7, 0), ['offer/SKU-000100', undefined], offerEntry(5000)]))
    await caughtUp()
    await expectEqual()
    const sentBefore = a.sent.reduce((sum, frame) => sum + frame.length, 0)
    await anna.commit(own, offers(0, 30, 9))
    await caughtUp()
    await expectEqual()
    expect(a.sent.reduce((sum, frame) => sum + frame.length, 0) - sentBefore).toBeLessThan(6000)
    await bert.reopen()
    await anna.reopen()
    own = await anna.store.repo(anna.keyLog.merchant, repo)
    await expectEqual()
  })

  test('many revs behind: the last state of each key, once', async () => {
    await anna.commit(own, offers(0, 2000))
    b.session.follow(anna.keyLog.merchant, repo)
    await caughtUp()
    b.session.unfollow(anna.keyLog.merchant, repo)
    await eventually(() => !a.session.states().length)
    for (let round = 1; round <= 20; round++) await anna.commit(own, offers(100, 200, round))
    const sentBefore = a.sent.length
    b.session.follow(anna.keyLog.merchant, repo)
    await caughtUp()
    await expectEqual()
    expect(a.sent.slice(sentBefore).reduce((sum, frame) => sum + frame.length, 0)).toBeLessThan(20_000)
  })

  test('an interrupted sync goes on where it stopped', async () => {
    await anna.commit(own, offers(0, 12_000))
    let pages = 0
    a.tamper = (frame) => (frame[0] === 9 && ++pages > 70 ? [] : [frame])
    b.session.follow(anna.keyLog.merchant, repo)
    await eventually(() => pages > 72)
    const replica = await copy()
    expect(replica.head).toBeUndefined()
    await b.session.end()
    await bert.reopen()
    await anna.reopen()
    own = await anna.store.repo(anna.keyLog.merchant, repo)
    ;[a, b] = joined(anna, bert)
    b.session.follow(anna.keyLog.merchant, repo)
    await caughtUp()
    await expectEqual()
    expect(a.sent.filter((frame) => frame[0] === 9).length).toBeLessThan(own.tree().pages.length - 10)
  })

  test('fetches only the pages that differ when the changes are no longer known', async () => {
    await anna.commit(own, offers(0, 6000))
    b.session.follow(anna.keyLog.merchant, repo)
    await caughtUp()
    b.session.unfollow(anna.keyLog.merchant, repo)
    for (let round = 0; round < 3; round++) await anna.commit(own, offers(1000, 1010, 50 + round))
    own.changesSince = () => undefined
    const before = a.sent.length
    b.session.follow(anna.keyLog.merchant, repo)
    await caughtUp()
    await expectEqual()
    expect(a.sent.slice(before).filter((frame) => frame[0] === 9).length).toBeLessThan(4)
  })
})

describe('what a peer may not read', () => {
  test('gives the same bytes as what does not exist', async () => {
    await anna.commit(own, offers(0, 10))
    a.forbidden.add(`${anna.keyLog.merchant}/${repo}`)
    b.session.follow(anna.keyLog.merchant, repo)
    await eventually(() => b.progress.some(({ state }) => state === 'none'))
    const forbidden = a.sent.at(-1)
    b.session.follow(anna.keyLog.merchant, 'assortment/never-was')
    await eventually(() => b.progress.filter(({ state }) => state === 'none').length === 2)
    expect(
      Buffer.from(a.sent.at(-1) as Uint8Array)
        .toString()
        .replace('"id":2', '"id":1'),
    ).toBe(Buffer.from(forbidden as Uint8Array).toString())
  })

  test('ends at once when it is revoked', async () => {
    await anna.commit(own, offers(0, 10))
    b.session.follow(anna.keyLog.merchant, repo)
    await caughtUp()
    a.forbidden.add(`${anna.keyLog.merchant}/${repo}`)
    await anna.commit(own, offers(0, 10, 99))
    await eventually(() => b.progress.at(-1)?.state === 'none')
    expect((await copy()).get(offerEntry(1)[0])).toBe(offerEntry(1, 5)[1])
  })
})

describe('a lying peer is caught, and nothing is written', () => {
  const tampered: [string, (frame: Buffer) => Buffer[]][] = [
    ['a page with a byte changed', (frame) => (frame[0] === 9 ? [flip(frame, frame.length - 20)] : [frame])],
    [
      'a page left out',
      (() => {
        let seen = 0
        return (frame: Buffer) => (frame[0] === 9 && seen++ === 1 ? [] : [frame])
      })(),
    ],
    ['a page twice', (frame) => (frame[0] === 9 ? [frame, frame] : [frame])],
    ['contents with a line less', (frame) => (frame[0] === 7 ? [replaceRaw(frame)] : [frame])],
    [
      'a commit with another root',
      (frame) =>
        frame[0] === 7
          ? [Buffer.from(frame.toString('latin1').replace(/root\\":\\"./, 'root\\":\\"_'), 'latin1')]
          : [frame],
    ],
    ['a truncated frame', (frame) => (frame[0] === 9 ? [frame.subarray(0, frame.length - 5)] : [frame])],
    ['no key log', (frame) => (frame[0] === 5 ? [] : [frame])],
    ['a frame of no type', (frame) => (frame[0] === 9 ? [Buffer.from([99, 0, 0, 0, 0])] : [frame])],
  ]
  test.each(tampered)('%s', async (_, tamper) => {
    await anna.commit(own, offers(0, 1000))
    a.tamper = (frame) => tamper(Buffer.from(frame))
    b.session.follow(anna.keyLog.merchant, repo)
    await eventually(() => b.errors.length > 0)
    const replica = await copy()
    expect(replica.head).toBeUndefined()
    expect(replica.count).toBe(0)
  })

  test('a delta that does not lead to the signed root', async () => {
    await anna.commit(own, offers(0, 1000))
    b.session.follow(anna.keyLog.merchant, repo)
    await caughtUp()
    const before = (await copy()).head?.digest
    let stale: Uint8Array | undefined
    a.tamper = (frame) => {
      if (frame[0] !== 6) return [frame]
      if (stale === undefined) {
        stale = frame
        return []
      }
      return [splice(Buffer.from(frame), Buffer.from(stale))]
    }
    await anna.commit(own, new Map([offerEntry(1, 77)]))
    await eventually(() => stale !== undefined)
    await anna.commit(own, new Map([offerEntry(2, 78)]))
    await eventually(() => b.errors.length > 0)
    expect((await copy()).head?.digest).toBe(before)
  })
})

function flip(frame: Buffer, at: number): Buffer {
  const changed = Buffer.from(frame)
  changed[at] = (changed[at] as number) ^ 1
  return changed
}

/** The body of one delta with the payload of another. */
function splice(body: Buffer, payload: Buffer): Buffer {
  const bodyTo = 5 + body.readUInt32BE(1)
  return Buffer.concat([body.subarray(0, bodyTo), payload.subarray(5 + payload.readUInt32BE(1))])
}

function replaceRaw(frame: Buffer): Buffer {
  const to = 5 + frame.readUInt32BE(1)
  const body = JSON.parse(frame.subarray(5, to).toString())
  body.rawBytes -= 60
  const text = Buffer.from(JSON.stringify(body))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(text.length)
  return Buffer.concat([frame.subarray(0, 1), length, text, frame.subarray(to)])
}
