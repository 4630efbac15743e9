import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nodePrimitives } from '../../store/primitives.ts'
import { publicKeyToMultibase } from '../signature/base.ts'
import { digestOf } from '../signature/digest.ts'
import { inceptKeyLog, type RotationCause, rotateKeyLog } from './key-event-author.ts'
import { admitKeyLog, duplicityOf, KeyLog, KeyLogError, keyEventsMax, verifyKeyLog } from './key-log.ts'
import { eventKeyDigest, eventKeySeed } from './recovery-words.ts'

const words = new Uint8Array(64).fill(1)
const signingKey = (number: number) =>
  publicKeyToMultibase(nodePrimitives.ed25519PublicKey(digestSeed(`signing ${number}`)))
const digestSeed = (text: string) => new Uint8Array(nodePrimitives.sha256(text))

/** The log after one event for each cause and the inception; `branch` makes other signing keys. */
function history(causes: readonly RotationCause[], branch = 0, from?: KeyLog): KeyLog {
  let log =
    from ??
    inceptKeyLog(nodePrimitives, {
      eventSeed: eventKeySeed(nodePrimitives, words, 0),
      key: signingKey(0),
      next: eventKeyDigest(nodePrimitives, words, 1),
      time: 1_790_000_000,
    })
  for (const cause of causes) {
    const seq = log.entries.length
    log = rotateKeyLog(
      nodePrimitives,
      log,
      {
        eventSeed: eventKeySeed(nodePrimitives, words, seq),
        key: signingKey(seq + branch * 1000),
        next: eventKeyDigest(nodePrimitives, words, seq + 1),
        time: 1_790_000_000 + seq,
      },
      cause,
    )
  }
  return log
}

const scheduled: RotationCause = { reason: 'scheduled' }
const log = history([scheduled, scheduled, scheduled])

/** Counts what verification costs. */
function counting() {
  let verified = 0
  const primitives: typeof nodePrimitives = {
    ...nodePrimitives,
    ed25519Verify: (...input) => {
      verified++
      return nodePrimitives.ed25519Verify(...input)
    },
  }
  return { primitives, count: () => verified }
}

describe('a key log', () => {
  test('answers for each of its events', () => {
    expect(log.events.map((event) => event.seq)).toEqual([0, 1, 2, 3])
    for (const [seq, { digest, event }] of log.entries.entries()) {
      expect(log.keyInForceAt(digest)).toBe(signingKey(seq))
      expect(log.entryOfKey(event.key)?.digest).toBe(digest)
    }
    expect(log.keyInForceAt(digestOf(nodePrimitives, 'none'))).toBeUndefined()
    expect(log.entryOfKey(signingKey(99))).toBeUndefined()
    expect(log.current).toMatchObject({ key: signingKey(3), seq: 3, digest: log.head.digest })
  })

  test('extends what it begins with', () => {
    const before = history([scheduled])
    expect(log.extends(before)).toBe(true)
    expect(before.extends(log)).toBe(false)
    expect(log.extends(log)).toBe(false)
    expect(log.extends(history([scheduled], 1))).toBe(false)
  })

  test('verifies only what is new', () => {
    const { primitives, count } = counting()
    expect(verifyKeyLog(primitives, log.texts)).toBeInstanceOf(KeyLog)
    expect(count()).toBe(4)
    expect(verifyKeyLog(primitives, log.texts, history([scheduled]))).toBeInstanceOf(KeyLog)
    expect(count()).toBe(6)
    expect(verifyKeyLog(primitives, log.texts, log)).toBeInstanceOf(KeyLog)
    expect(count()).toBe(6)
  })

  test('takes nothing from a held log after the first difference', () => {
    const other = history([scheduled, scheduled, scheduled], 1)
    const mixed = [log.texts[0], other.texts[1], log.texts[2]] as string[]
    expect(verifyKeyLog(nodePrimitives, mixed, log)).toMatchObject({ code: 'prev', index: 2 })
  })

  test('has a limit of events and of characters, both checked before any signature', () => {
    const { primitives, count } = counting()
    const tooMany = new Array<string>(keyEventsMax + 1).fill(log.texts[0] ?? '')
    expect(verifyKeyLog(primitives, tooMany)).toMatchObject({ code: 'too-long' })
    const tooLarge = [log.texts[0] ?? '', 'x'.repeat(2 ** 20)]
    expect(verifyKeyLog(primitives, tooLarge)).toMatchObject({ code: 'too-long' })
    expect(count()).toBe(0)
  })
})

describe('reading', () => {
  test('arbitrary texts make no log, and nothing is thrown', () => {
    const text = fc.oneof(fc.string(), fc.json(), fc.constantFrom(...log.texts))
    fc.assert(
      fc.property(fc.array(text, { maxLength: 6 }), (texts) => {
        const read = verifyKeyLog(nodePrimitives, texts)
        if (read instanceof KeyLog) expect(log.texts.slice(0, texts.length)).toEqual(texts)
        else expect(read).toBeInstanceOf(KeyLogError)
      }),
      { numRuns: 300 },
    )
  })

  test('one character changed anywhere is found in its event', () => {
    const place = fc.record({
      event: fc.nat(3),
      at: fc.nat(2000),
      by: fc.string({ minLength: 1, maxLength: 1 }),
    })
    fc.assert(
      fc.property(place, ({ event, at, by }) => {
        const texts = [...log.texts]
        const text = texts[event] ?? ''
        const index = at % text.length
        texts[event] = text.slice(0, index) + by + text.slice(index + 1)
        fc.pre(texts[event] !== text)
        for (const held of [undefined, log]) {
          expect(verifyKeyLog(nodePrimitives, texts, held)).toMatchObject({
            name: 'KeyLogError',
            index: event,
          })
        }
      }),
      { numRuns: 200 },
    )
  })
})

describe('two logs of one merchant', () => {
  const lengths = fc.record({ shared: fc.nat(2), ours: fc.nat(2), theirs: fc.nat(2) })

  test('are the same, one the beginning of the other, or proof of duplicity at the first difference', () => {
    fc.assert(
      fc.property(lengths, ({ shared, ours, theirs }) => {
        const trunk = history(new Array(shared).fill(scheduled))
        const held = history(new Array(ours).fill(scheduled), 1, trunk)
        const received = history(new Array(theirs).fill(scheduled), 2, trunk)
        const admission = admitKeyLog(nodePrimitives, held.merchant, held, received.texts)
        if (ours > 0 && theirs > 0) {
          const seq = shared + 1
          const events = [held.texts[seq], received.texts[seq]]
          expect(admission).toMatchObject({
            verdict: 'duplicity',
            proof: { merchant: held.merchant, seq, events },
          })
        } else {
          const verdict = theirs > 0 ? 'extended' : ours > 0 ? 'older' : 'known'
          expect(admission.verdict).toBe(verdict)
          expect(duplicityOf(held, received)).toBeUndefined()
        }
      }),
      { numRuns: 30 },
    )
  })

  test('a thief of every signing key can make no event at all', () => {
    const seeds = [0, 1, 2, 3].map((number) => digestSeed(`signing ${number}`))
    for (const eventSeed of seeds) {
      const forge = () =>
        rotateKeyLog(
          nodePrimitives,
          log,
          { eventSeed, key: signingKey(77), next: eventKeyDigest(nodePrimitives, words, 9), time: 0 },
          { reason: 'retired' },
        )
      expect(forge).toThrow(expect.objectContaining({ code: 'key-not-committed' }))
    }
  })
})
