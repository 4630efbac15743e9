import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { firstCommitTime, TestHistory } from '../../../tests/simulation/history.ts'
import { TestMerchant } from '../../../tests/simulation/merchants.ts'
import { nodePrimitives as primitives } from '../../store/primitives.ts'
import { type Head, hasSkip, skipRevOf } from './commit.ts'
import {
  admitHead,
  baseOf,
  type Equivocation,
  type HeadAdmission,
  linkRevs,
  linksMax,
  spineRevs,
  verifyEquivocation,
} from './history.ts'

const anna = new TestMerchant('Anna')
const main = new TestHistory(anna).grow(300)
const late = firstCommitTime + 100_000

function admit(
  received: { readonly text: string; readonly links: readonly string[] },
  held?: Head,
  { merchant = anna, repo = 'public', now = late } = {},
): HeadAdmission {
  return admitHead(primitives, received, { keyLog: merchant.log, repo, held, now })
}

const nextOf = (rev: number): number[] => (hasSkip(rev) ? [rev - 1, skipRevOf(rev)] : [rev - 1])

describe('links', () => {
  const rev = fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 2 ** 48 }))

  test('each is named by the one before it, and the last names the end', () => {
    fc.assert(
      fc.property(rev, fc.integer({ min: 1, max: 2 ** 22 - 1 }), (to, distance) => {
        const chain = [to + distance, ...linkRevs(to + distance, to)]
        expect([...chain.slice(1), to].every((next, at) => nextOf(chain[at] as number).includes(next))).toBe(
          true,
        )
        expect(chain.length - 1).toBeLessThanOrEqual(linksMax)
      }),
      { numRuns: 2000 },
    )
  })

  test('are few over any distance that a follower may be behind', () => {
    expect(linkRevs(1_000_001, 1_000_000)).toEqual([])
    expect(linkRevs(1_048_577, 1_048_575)).toEqual([1_048_576])
    const worst = 2 ** 22 - 1
    expect(Math.max(...[0, 1, 2, 3, 5].map((back) => linkRevs(worst + 1, 1 + back).length))).toBe(252)
    expect(linkRevs(2 ** 40 + 12_345, 2 ** 40 + 12_000).length).toBeLessThan(20)
  })

  test('of a first sync are all that any later commit can name', () => {
    fc.assert(
      fc.property(rev, fc.integer({ min: 1, max: 2 ** 30 }), (held, more) => {
        const spine = [held, ...spineRevs(held)]
        expect(spine.length).toBeLessThan(54)
        expect(spine.slice(1).every((next, at) => nextOf(spine[at] as number).includes(next))).toBe(true)
        const later = held + more
        for (const skip of hasSkip(later) ? [skipRevOf(later)] : [])
          if (skip <= held) expect(spine).toContain(skip)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('a head', () => {
  const revs = fc.tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 300 }))

  test('that is ahead is taken with its links, and with nothing less', () => {
    fc.assert(
      fc.property(revs, fc.nat(), ([one, other], drop) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other) + 1]
        const received = main.received(Math.min(to, 300), Math.min(from, 299))
        const held = main.at(Math.min(from, 299))
        const { links } = received
        expect(admit(received, held)).toMatchObject({
          verdict: 'accept',
          links: links.map((text) => ({ text })),
        })
        if (links.length === 0) return
        const missing = links.toSpliced(drop % links.length, 1)
        expect(() => admit({ ...received, links: missing }, held)).toThrow(
          expect.objectContaining({ code: 'history-unlinked' }),
        )
      }),
      { numRuns: 150 },
    )
  })

  test('that is held, or older, is known', () => {
    expect(admit(main.received(20), main.at(20))).toEqual({ verdict: 'known' })
    expect(admit(main.received(7, 0), main.at(20))).toEqual({ verdict: 'known' })
  })

  test('is the first of all: it comes with what later commits may name', () => {
    expect(admit(main.received(300))).toMatchObject({
      verdict: 'accept',
      links: [{ commit: { rev: 296 } }, { commit: { rev: 288 } }, { commit: { rev: 256 } }],
    })
    expect(admit({ text: main.head.text, links: [] })).toMatchObject({ verdict: 'accept' })
  })

  test.each([
    ['a commit twice', [main.at(296).text, main.at(296).text]],
    ['itself', [main.at(300).text]],
    ['a later one', [main.at(296).text, main.at(299).text]],
    ['a commit of another repo', [new TestHistory(anna, 'trust').grow(296).head.text]],
    ['no commit', ['{}']],
    ['more than 256', Array.from({ length: 257 }, () => main.at(296).text)],
  ])('is refused with links that are %s', (_, links) => {
    expect(() => admit({ text: main.head.text, links }, main.at(288))).toThrow(
      expect.objectContaining({ name: 'RecordError' }),
    )
  })

  test('of another repo or merchant is refused', () => {
    const code = expect.objectContaining({ code: 'commit-invalid' })
    expect(() => admit(main.received(1), undefined, { repo: 'trust' })).toThrow(code)
    expect(() => admit(main.received(1), undefined, { merchant: new TestMerchant('Ben') })).toThrow(code)
    const bens = new TestHistory(new TestMerchant('Ben')).grow(1)
    expect(() => admit(bens.received(1))).toThrow(code)
  })

  test('dated ahead by an hour is taken, by a second more it waits', () => {
    const { time } = main.at(5).commit
    expect(admit(main.received(5), undefined, { now: time - 3600 })).toMatchObject({ verdict: 'accept' })
    expect(admit(main.received(5), undefined, { now: time - 3601 })).toEqual({
      verdict: 'ignore',
      reason: 'dated-ahead',
      message: expect.stringContaining('3601 s ahead'),
      rev: 5,
    })
  })
})

describe('a fork', () => {
  test('is seen by everybody who holds the other side, however many revs are skipped', () => {
    for (const at of [1, 2, 3, 64, 65, 127, 128, 129, 200, 256]) {
      const other = main.fork(at, at + 140, 'other')
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 40 }), (over, more) => {
          const heldRev = Math.min(at + over, 300)
          const rev = Math.min(heldRev + more, at + 140)
          const admission = admit(other.received(rev, heldRev), main.at(heldRev))
          expect(admission).toMatchObject({ verdict: 'equivocation', rev })
          const { proof } = admission as { proof: Equivocation }
          expect(verifyEquivocation(primitives, anna.log, 'public', proof)).toBe(true)
        }),
        { numRuns: 12 },
      )
      if (at === 1) continue
      const before = at - 1
      expect(admit(other.received(at + 140, before), main.at(before))).toMatchObject({ verdict: 'accept' })
    }
  })

  test('cannot be hidden by links of the side that is held', () => {
    const other = main.fork(100, 150, 'other')
    const links = main.received(150, 120).links
    expect(() => admit({ text: other.head.text, links }, main.at(120))).toThrow(
      expect.objectContaining({ code: 'history-unlinked' }),
    )
  })

  test('is proved by nothing less', () => {
    const other = main.fork(10, 12, 'other')
    const proof: Equivocation = { rev: 10, chains: [[main.at(10).text], [other.at(10).text]] }
    const verify = (over: Partial<Equivocation>, repo = 'public', log = anna.log) =>
      verifyEquivocation(primitives, log, repo, { ...proof, ...over })
    expect(verify({})).toBe(true)
    expect(verify({ chains: [[main.at(11).text], [other.at(12).text, other.at(11).text]] })).toBe(true)
    const fails = expect.objectContaining({ name: 'RecordError' })
    expect(() => verify({ rev: 9 })).toThrow(fails)
    expect(() => verify({}, 'trust')).toThrow(fails)
    expect(() => verify({}, 'public', new TestMerchant('Ben').log)).toThrow(fails)
    expect(() => verify({ chains: [[main.at(10).text], [main.at(10).text]] })).toThrow(fails)
    expect(() => verify({ chains: [[main.at(10).text], []] })).toThrow(fails)
    expect(() => verify({ chains: [[main.at(10).text], [other.at(12).text]] })).toThrow(fails)
    expect(() => verify({ chains: [[main.at(10).text], [other.at(12).text, main.at(11).text]] })).toThrow(
      fails,
    )
    const unsigned = other.at(10).text.replace(/"count":1/, '"count":2')
    expect(() => verify({ chains: [[main.at(10).text], [unsigned]] })).toThrow(fails)
  })
})

describe('after a compromise', () => {
  /** The owner signed up to 9 and names it; a thief went on to 12. */
  const owner = new TestMerchant('Owner')
  const stolen = new TestHistory(owner).grow(12)
  const head = (rev: number) => ({ repo: 'public', rev, digest: stolen.at(rev).digest })
  const before = owner.log
  owner.rotate({ reason: 'compromised', lastGood: [head(9)] })
  const honest = new TestHistory(owner, 'public', stolen.heads.slice(0, 9)).grow(11, 'honest')
  const ask = (received: { text: string; links: string[] }, held?: Head) =>
    admit(received, held, { merchant: owner })

  test('what the thief signed is ignored, and what it forked proves nothing', () => {
    expect(ask(stolen.received(12))).toMatchObject({ verdict: 'ignore', reason: 'void' })
    expect(ask(stolen.received(12, 9), stolen.at(9))).toMatchObject({ verdict: 'ignore', reason: 'void' })
    const proof: Equivocation = { rev: 10, chains: [[stolen.at(10).text], [honest.at(10).text]] }
    expect(verifyEquivocation(primitives, owner.log, 'public', proof)).toBe(false)
  })

  test('who holds the last good commit goes on from it', () => {
    expect(baseOf(owner.log, 'public', stolen.at(9))).toEqual({
      anchor: { rev: 9, digest: stolen.at(9).digest },
      isHeld: true,
    })
    expect(ask(honest.received(11, 9), stolen.at(9))).toMatchObject({ verdict: 'accept' })
  })

  test('who holds what the thief signed is put back to the last good commit', () => {
    expect(baseOf(before, 'public', stolen.at(12))).toMatchObject({ isHeld: true })
    expect(baseOf(owner.log, 'public', stolen.at(12))).toEqual({ anchor: head(9), isHeld: false })
    expect(ask(honest.received(11, 9), stolen.at(12))).toMatchObject({ verdict: 'accept' })
    expect(ask(stolen.received(9, 9), stolen.at(12))).toMatchObject({
      verdict: 'accept',
      head: { digest: head(9).digest },
    })
    expect(ask(stolen.received(8, 8), stolen.at(12))).toEqual({ verdict: 'known' })
  })

  test('who holds less cannot tell whose it is before a newer commit says so', () => {
    expect(baseOf(owner.log, 'public', stolen.at(7))).toEqual({ anchor: head(9), isHeld: false })
    expect(ask(stolen.received(8, 7), stolen.at(7))).toEqual({ verdict: 'known' })
    expect(ask(honest.received(10, 9), stolen.at(7))).toMatchObject({ verdict: 'accept' })
  })

  test('a history that leaves out the last good commit is not followed', () => {
    const other = stolen.fork(8, 11, 'other')
    expect(ask(other.received(11, 9), stolen.at(12))).toMatchObject({ verdict: 'ignore', reason: 'void' })
  })

  test('a repo that was not named begins anew', () => {
    const wine = new TestHistory(owner, 'assortment/wine').grow(5, 'main', 0)
    const next = wine.grow(6, 'main', 1)
    const place = { merchant: owner, repo: 'assortment/wine' }
    expect(admit(wine.received(5), undefined, place)).toMatchObject({ verdict: 'ignore', reason: 'void' })
    expect(baseOf(owner.log, 'assortment/wine', wine.at(5))).toEqual({ anchor: undefined, isHeld: false })
    expect(admit(next.received(6), wine.at(5), place)).toMatchObject({ verdict: 'accept' })
  })
})

describe('after a rotation', () => {
  const owner = new TestMerchant('Rotated')
  const old = new TestHistory(owner).grow(4)
  const before = owner.log
  owner.rotate({ reason: 'scheduled' })
  const rotated = old.grow(6)
  const ask = (received: { text: string; links: string[] }, held?: Head) =>
    admit(received, held, { merchant: owner })

  test('commits go on under the new event, and old ones stand', () => {
    expect(ask(rotated.received(6, 3), old.at(3))).toMatchObject({ verdict: 'accept' })
    expect(ask(old.received(4))).toMatchObject({ verdict: 'accept' })
  })

  test('a commit under an event that the log held does not have waits for the log', () => {
    const keyLog = before
    expect(
      admitHead(primitives, rotated.received(5, 4), { keyLog, repo: 'public', held: old.at(4), now: late }),
    ).toMatchObject({ verdict: 'ignore', reason: 'key-event-unknown' })
  })

  test('no commit is signed under an older event than the one before it', () => {
    const fallen = rotated.grow(8, 'main', 0)
    const unlinked = expect.objectContaining({ code: 'history-unlinked' })
    expect(() => ask(fallen.received(7, 6), rotated.at(6))).toThrow(unlinked)
    expect(() => ask(fallen.received(8, 4), old.at(4))).toThrow(unlinked)
  })
})

describe('after a repair', () => {
  const owner = new TestMerchant('Repaired')
  const a = new TestHistory(owner).grow(12)
  const b = a.fork(8, 11, 'b')
  owner.rotate({ reason: 'scheduled', repairs: [{ repo: 'public', rev: 8, digest: b.at(8).digest }] })
  const repaired = b.grow(13) // 12 and 13 are signed under the new event
  const ask = (received: { text: string; links: string[] }, held?: Head) =>
    admit(received, held, { merchant: owner })
  const chosen = { repo: 'public', rev: 8, digest: b.at(8).digest }

  test('who is on either side goes on from the chosen commit', () => {
    for (const held of [a.at(8), a.at(12), b.at(11)]) {
      expect(baseOf(owner.log, 'public', held)).toEqual({ anchor: chosen, isHeld: false })
      expect(ask(repaired.received(13, 8), held)).toMatchObject({ verdict: 'accept' })
    }
    expect(baseOf(owner.log, 'public', b.at(8))).toMatchObject({ isHeld: true })
    expect(baseOf(owner.log, 'public', repaired.at(12))).toMatchObject({ isHeld: true })
    expect(baseOf(owner.log, 'public', b.at(10))).toMatchObject({ isHeld: true }) // its skip names rev 8
  })

  test('who was before the fork goes on, but not to the other side', () => {
    expect(baseOf(owner.log, 'public', a.at(6))).toMatchObject({ isHeld: true })
    expect(ask(repaired.received(13, 6), a.at(6))).toMatchObject({ verdict: 'accept' })
    expect(ask(a.received(8, 6), a.at(6))).toMatchObject({ verdict: 'ignore', reason: 'void' })
    expect(ask(a.received(12, 6), a.at(6))).toMatchObject({ verdict: 'ignore', reason: 'void' })
    expect(ask(b.received(8, 6), a.at(6))).toMatchObject({ verdict: 'accept' })
    expect(ask(a.received(7, 6), a.at(6))).toMatchObject({ verdict: 'accept' })
  })

  test('an old commit that does not show its side waits for a newer one', () => {
    expect(ask(b.received(10, 10), undefined)).toMatchObject({ verdict: 'accept' }) // its spine shows rev 8
    expect(ask({ text: a.at(11).text, links: [] })).toMatchObject({ verdict: 'ignore', reason: 'undecided' })
  })

  test('the proof stays', () => {
    const proof: Equivocation = { rev: 8, chains: [[a.at(8).text], [b.at(8).text]] }
    expect(verifyEquivocation(primitives, owner.log, 'public', proof)).toBe(true)
  })
})
