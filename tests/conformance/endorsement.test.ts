import { describe, expect, test } from 'vitest'
import type { RepoHead } from '../../src/core/identity/repo-head.ts'
import { roundDownToStep } from '../../src/core/trust/amount.ts'
import {
  type EndorsementBody,
  termsOf,
  verifyPrivateEndorsement,
  verifyPublishedEndorsement,
} from '../../src/core/trust/endorsement.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { type LogTexts, logsOf } from './key-logs.ts'
import { readVectors } from './vectors.ts'

interface Vectors {
  readonly logs: LogTexts
  readonly cases: readonly {
    comment: string
    text: string
    log: string
    subjectLog: string
    now: number
    private?: true
    seenIn?: readonly RepoHead[]
    ancestors?: readonly string[]
    reason?: string
  }[]
  readonly terms: readonly { comment: string; endorsement: EndorsementBody; terms: string }[]
  readonly steps: readonly { minor: number; published: number }[]
}

const { logs, cases, terms, steps } = readVectors<Vectors>('endorsement')
const logOf = logsOf(logs)

describe('endorsement', () => {
  test.each(cases)('$comment', ({ text, now, reason, ancestors = [], seenIn = [], ...one }) => {
    const found = {
      log: logOf(one.log),
      subjectLog: logOf(one.subjectLog),
      at: now,
      seenIn,
      isUnder: (commit: RepoHead) => ancestors.includes(commit.digest),
    }
    const verdict = one.private
      ? verifyPrivateEndorsement(nodePrimitives, text, found)
      : verifyPublishedEndorsement(nodePrimitives, text, found)
    expect(verdict).toMatchObject(reason === undefined ? { ok: true } : { ok: false, reason })
  })

  test.each(terms)('terms: $comment', ({ endorsement, terms: wanted }) => {
    expect(termsOf(nodePrimitives, endorsement)).toBe(wanted)
  })

  test.each(steps)('$minor is published as $published', ({ minor, published }) => {
    expect(roundDownToStep(minor)).toBe(published)
  })
})
