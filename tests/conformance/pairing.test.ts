import { describe, expect, test } from 'vitest'
import { KeyLog, verifyKeyLog } from '../../src/core/identity/key-log.ts'
import type { InvitationId } from '../../src/core/partner/invitation-keys.ts'
import { type JoinerSession, joinerReceives, openJoiner } from '../../src/core/partner/joiner.ts'
import type { PairingContext, PairingStep } from '../../src/core/partner/pairing.ts'
import { isMacRight, type PairingRole } from '../../src/core/partner/pairing-mac.ts'
import { type PairingMessage, parsePairingMessage } from '../../src/core/partner/pairing-message.ts'
import { noRelation } from '../../src/core/partner/relation.ts'
import type { RelationBody, RelationStatement } from '../../src/core/partner/relation-statement.ts'
import { base64urlToBytes, bytesToBase64url } from '../../src/core/signature/base.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { bytesOfHex, readVectors } from './vectors.ts'

interface Side {
  readonly nodeKey: string
  readonly keyEvents: readonly string[]
}
interface Session {
  readonly comment: string
  readonly macKey: string
  readonly id: InvitationId
  readonly inviter: Side
  readonly joiner: Side
  readonly messages: readonly { from: PairingRole; text: string }[]
  readonly end: object
}
interface Vectors {
  readonly sessions: readonly Session[]
  readonly macs: readonly { comment: string; message: number; input: string; mac: string }[]
  readonly malformed: readonly { comment: string; text: string }[]
}

const { sessions, macs, malformed } = readVectors<Vectors>('pairing')
const now = 1_800_000_000

function logOf({ keyEvents }: Side): KeyLog {
  const log = verifyKeyLog(nodePrimitives, keyEvents)
  if (log instanceof KeyLog) return log
  throw log
}
const sideOf = (side: Side) => ({
  nodeKey: bytesOfHex(side.nodeKey),
  merchant: logOf(side).merchant,
  keyEvent: logOf(side).current.digest,
})
const messageOf = (text: string): PairingMessage => {
  const message = parsePairingMessage(text)
  if (message === undefined) throw new Error(`no message: ${text}`)
  return message
}

/** The joiner's keys are not in the vectors: it signs what the session says it signed. */
function contextOf({ inviter, joiner, messages }: Session): PairingContext {
  const claim = messages.map(({ text }) => messageOf(text)).find(({ type }) => type.endsWith('/claim'))
  if (claim?.type !== 'mosaic/pairing/claim') throw new Error('no claim')
  return {
    primitives: nodePrimitives,
    self: sideOf(joiner),
    peer: { nodeKey: bytesOfHex(inviter.nodeKey), log: logOf(inviter), frozen: false },
    profile: claim.profile,
    sign: (body: RelationBody): RelationStatement => {
      if (body.state !== 'partner') return { ...body, proof: claim.relation.proof }
      const { proof, ...wanted } = claim.relation
      expect(body).toEqual(wanted)
      return { ...body, proof }
    },
  }
}

describe('pairing', () => {
  test.each(sessions)('session, as the joiner hears it: $comment', (session) => {
    const context = contextOf(session)
    const keys = { id: session.id, macKey: bytesOfHex(session.macKey) }
    let relation = noRelation(context.self.merchant, context.peer.log.merchant)
    const said: string[] = []
    let joiner: JoinerSession
    let end: object | undefined
    const does = (step: PairingStep<JoinerSession>) => {
      relation = step.store.relation ?? relation
      said.push(...step.send)
      end = step.end ?? end
      joiner = step.session
      return joiner
    }
    const start = messageOf(session.messages[0]?.text ?? '')
    const nonce = start.type === 'mosaic/pairing/start' ? base64urlToBytes(start.nonce) : undefined
    joiner = does(openJoiner(context, keys, relation, nonce ?? new Uint8Array(), now))
    for (const { from, text } of session.messages) {
      if (from === 'inviter') joiner = does(joinerReceives(context, joiner, text, relation, now))
    }
    expect(said).toEqual(session.messages.filter(({ from }) => from === 'joiner').map(({ text }) => text))
    expect(end).toEqual(session.end)
  })

  test.each(sessions)('MACs, and no other key, role or order: $comment', ({ messages, ...session }) => {
    const texts = messages.map(({ text }) => text)
    const [start, challenge] = texts.map(messageOf)
    if (start?.type !== 'mosaic/pairing/start' || challenge?.type !== 'mosaic/pairing/challenge') {
      throw new Error('a session begins with start and challenge')
    }
    const binding = {
      inviter: sideOf(session.inviter),
      joiner: sideOf(session.joiner),
      inviterNonce: base64urlToBytes(challenge.nonce) ?? new Uint8Array(),
      joinerNonce: base64urlToBytes(start.nonce) ?? new Uint8Array(),
    }
    const swapped = { ...binding, inviter: binding.joiner, joiner: binding.inviter }
    const macKey = bytesOfHex(session.macKey)
    for (const [index, { from, text }] of messages.entries()) {
      if (index === 0) continue
      const before = texts.slice(0, index)
      const message = messageOf(text)
      const isRight = (role: PairingRole, bound = binding, key = macKey, transcript = before): boolean =>
        isMacRight(nodePrimitives, key, role, bound, transcript, message)
      expect(isRight(from)).toBe(true)
      expect(isRight(from === 'inviter' ? 'joiner' : 'inviter')).toBe(false)
      expect(isRight(from, swapped)).toBe(false)
      expect(isRight(from, binding, bytesOfHex('00'.repeat(32)))).toBe(false)
      expect(isRight(from, binding, macKey, texts.slice(1, index))).toBe(false)
    }
  })

  test.each(macs)('MAC input: $comment', ({ message, input, mac }) => {
    const [session] = sessions
    const computed = nodePrimitives.hmacSha256(bytesOfHex(session?.macKey ?? ''), bytesOfHex(input))
    expect(bytesToBase64url(computed)).toBe(mac)
    expect(session?.messages[message]?.text).toContain(`"mac":"${mac}"`)
  })

  test.each(malformed)('malformed: $comment', ({ text }) => {
    expect(parsePairingMessage(text)).toBeUndefined()
  })
})
