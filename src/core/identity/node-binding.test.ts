import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodePrimitives } from '../../store/primitives.ts'
import { publicKeyToMultibase } from '../signature/base.ts'
import { canonicalText } from '../signature/canonical.ts'
import { inceptKeyLog } from './key-event-author.ts'
import { nodeBindingSecondsMax, signNodeBinding, verifyNodeBinding } from './node-binding.ts'
import { publicKeyToPeerId } from './peer-id.ts'
import { eventKeyDigest, eventKeySeed } from './recovery-words.ts'

const words = new Uint8Array(64).fill(1)
const seed = new Uint8Array(32).fill(2)
const now = 1_790_000_000
const log = inceptKeyLog(nodePrimitives, {
  eventSeed: eventKeySeed(nodePrimitives, words, 0),
  key: publicKeyToMultibase(nodePrimitives.ed25519PublicKey(seed)),
  next: eventKeyDigest(nodePrimitives, words, 1),
  time: now,
})
const node = {
  peerId: publicKeyToPeerId(new Uint8Array(32).fill(3)),
  sealingKey: publicKeyToMultibase(new Uint8Array(32).fill(4), 'x25519'),
}
const sign = (lifetimeSeconds: number) =>
  signNodeBinding(nodePrimitives, log, node, { seed, now, lifetimeSeconds })
const text = canonicalText(sign(1000))

test('a binding is what was signed', () => {
  const verdict = verifyNodeBinding(nodePrimitives, text, { log, now, peerId: node.peerId })
  expect(verdict).toMatchObject({
    ok: true,
    binding: { ...node, merchant: log.merchant, expiresAt: now + 1000 },
  })
})

test('none is signed that would be refused', () => {
  expect(() => sign(nodeBindingSecondsMax)).not.toThrow()
  expect(() => sign(nodeBindingSecondsMax + 1)).toThrow()
  expect(() => sign(0)).toThrow()
})

test('arbitrary and changed text is refused, never thrown on', () => {
  const changed = fc
    .tuple(fc.nat(text.length - 1), fc.string({ minLength: 1, maxLength: 1 }))
    .map(([at, by]) => text.slice(0, at) + by + text.slice(at + 1))
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), changed), (input) => {
      fc.pre(input !== text)
      const verdict = verifyNodeBinding(nodePrimitives, input, { log, now })
      expect(verdict.ok).toBe(false)
      if (!verdict.ok) expect(['malformed', 'signature']).toContain(verdict.reason)
    }),
    { numRuns: 300 },
  )
})
