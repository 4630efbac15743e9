import { describe, expect, test } from 'vitest'
import { KeyLogError, verifyKeyLog } from '../../src/core/identity/key-log.ts'
import { verifyNodeBinding } from '../../src/core/identity/node-binding.ts'
import { peerIdToPublicKey, publicKeyToPeerId } from '../../src/core/identity/peer-id.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { bytesOfHex, readVectors } from './vectors.ts'

interface Vectors {
  readonly events: readonly string[]
  readonly cases: readonly {
    comment: string
    binding: string
    now: number
    peerId?: string
    reason?: string
  }[]
  readonly peerIds: readonly { publicKey: string; peerId: string }[]
}

const { events, cases, peerIds } = readVectors<Vectors>('node-binding')
const log = verifyKeyLog(nodePrimitives, events)
if (log instanceof KeyLogError) throw log

describe('node-binding', () => {
  test.each(cases)('$comment', ({ binding, now, peerId, reason }) => {
    const context = { log, now, ...(peerId === undefined ? {} : { peerId }) }
    const verdict = verifyNodeBinding(nodePrimitives, binding, context)
    expect(verdict).toMatchObject(reason === undefined ? { ok: true } : { ok: false, reason })
  })

  test.each(peerIds)('peer id $peerId', ({ publicKey, peerId }) => {
    expect(publicKeyToPeerId(bytesOfHex(publicKey))).toBe(peerId)
    expect(peerIdToPublicKey(peerId)).toEqual(bytesOfHex(publicKey))
  })
})
