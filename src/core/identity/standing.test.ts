import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodePrimitives } from '../../store/primitives.ts'
import { publicKeyToMultibase } from '../signature/base.ts'
import { digestOf } from '../signature/digest.ts'
import { inceptKeyLog, type RotationCause, rotateKeyLog } from './key-event-author.ts'
import { eventKeyDigest, eventKeySeed } from './recovery-words.ts'
import { type RepoHead, repoHeadsMax } from './repo-head.ts'
import { standingOf } from './standing.ts'

const words = new Uint8Array(64).fill(1)
const headAt = (rev: number): RepoHead => ({
  repo: 'trust',
  rev,
  digest: digestOf(nodePrimitives, `trust ${rev}`),
})

function keysAt(seq: number) {
  return {
    eventSeed: eventKeySeed(nodePrimitives, words, seq),
    key: publicKeyToMultibase(nodePrimitives.ed25519PublicKey(new Uint8Array(32).fill(seq + 1))),
    next: eventKeyDigest(nodePrimitives, words, seq + 1),
    time: seq,
  }
}

function logOf(causes: readonly RotationCause[]) {
  let log = inceptKeyLog(nodePrimitives, keysAt(0))
  for (const [index, cause] of causes.entries())
    log = rotateKeyLog(nodePrimitives, log, keysAt(index + 1), cause)
  return log
}

const cause = fc.oneof(
  fc.constantFrom<RotationCause>({ reason: 'scheduled' }, { reason: 'retired' }),
  fc
    .option(fc.integer({ min: 1, max: 9 }), { nil: undefined })
    .map(
      (rev): RotationCause => ({ reason: 'compromised', lastGood: rev === undefined ? [] : [headAt(rev)] }),
    ),
)

test('on one unforked chain: good up to the lowest last good rev of the compromises that followed, else void', () => {
  const input = fc.record({
    causes: fc.array(cause, { maxLength: 4 }),
    seq: fc.nat(4),
    rev: fc.integer({ min: 1, max: 10 }),
  })
  fc.assert(
    fc.property(input, ({ causes, seq, rev }) => {
      const log = logOf(causes)
      const event = log.entries[Math.min(seq, causes.length)]
      if (event === undefined) return
      const revs = causes
        .slice(event.event.seq)
        .filter((cause) => cause.reason === 'compromised')
        .map((cause) => cause.lastGood[0]?.rev ?? 0)
      const { standing } = standingOf(log, event.digest, headAt(rev))
      expect(standing !== 'void').toBe(revs.every((last) => rev <= last))
      expect(standing === 'good').toBe(revs.every((last) => rev === last))
      expect(standingOf(log, event.digest).standing).toBe(revs.length === 0 ? 'good' : 'void')
    }),
    { numRuns: 60 },
  )
})

test('an event holds as many heads as allowed, however long their names, and no more', () => {
  const heads = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      repo: `assortment/${String(index).padStart(32, '0')}`,
      rev: Number.MAX_SAFE_INTEGER,
      digest: digestOf(nodePrimitives, 'x'),
    }))
  expect(() => logOf([{ reason: 'compromised', lastGood: heads(repoHeadsMax) }])).not.toThrow()
  expect(() => logOf([{ reason: 'compromised', lastGood: heads(repoHeadsMax + 1) }])).toThrow(/lastGood/)
})
