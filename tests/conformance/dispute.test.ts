import { describe, expect, test } from 'vitest'
import { digestOf } from '../../src/core/signature/digest.ts'
import { disputeSchema, verifyDispute, verifyReply, verifySettlement } from '../../src/core/trust/dispute.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { type LogTexts, logsOf } from './key-logs.ts'
import { readVectors } from './vectors.ts'

interface Case {
  readonly comment: string
  readonly text: string
  readonly log: string
  readonly now: number
  readonly reason?: string
}
interface Vectors {
  readonly logs: LogTexts
  readonly dispute: string
  readonly disputes: readonly (Case & { readonly otherLog: string })[]
  readonly replies: readonly Case[]
  readonly settlements: readonly Case[]
}

const vectors = readVectors<Vectors>('dispute')
const logOf = logsOf(vectors.logs)
const dispute = {
  statement: disputeSchema.parse(JSON.parse(vectors.dispute)),
  digest: digestOf(nodePrimitives, vectors.dispute),
}
const nowhere = { seenIn: [], isUnder: () => false }
const wanted = (reason: string | undefined): object =>
  reason === undefined ? { ok: true } : { ok: false, reason }

describe('dispute', () => {
  test.each(vectors.disputes)('$comment', ({ text, log, otherLog, now, reason }) => {
    const found = { ...nowhere, log: logOf(log), otherLog: logOf(otherLog), at: now }
    expect(verifyDispute(nodePrimitives, text, found)).toMatchObject(wanted(reason))
  })

  test.each(vectors.replies)('reply: $comment', ({ text, log, now, reason }) => {
    const found = { ...nowhere, log: logOf(log), dispute, at: now }
    expect(verifyReply(nodePrimitives, text, found)).toMatchObject(wanted(reason))
  })

  test.each(vectors.settlements)('settlement: $comment', ({ text, log, now, reason }) => {
    const found = { ...nowhere, log: logOf(log), dispute, at: now }
    expect(verifySettlement(nodePrimitives, text, found)).toMatchObject(wanted(reason))
  })
})
