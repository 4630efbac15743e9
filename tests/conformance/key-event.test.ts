import { describe, expect, test } from 'vitest'
import { admitKeyLog, type KeyLog, KeyLogError, verifyKeyLog } from '../../src/core/identity/key-log.ts'
import type { MerchantId } from '../../src/core/identity/merchant-id.ts'
import type { RepoHead } from '../../src/core/identity/repo-head.ts'
import { chosenCommit, standingOf } from '../../src/core/identity/standing.ts'
import type { Digest } from '../../src/core/signature/digest.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { readVectors } from './vectors.ts'

interface Vectors {
  readonly logs: Readonly<Record<string, readonly string[]>>
  readonly valid: readonly { comment: string; log: string; merchant: string; current: object }[]
  readonly refused: readonly { comment: string; events: readonly string[]; code: string; index?: number }[]
  readonly admissions: readonly {
    comment: string
    merchant: MerchantId
    held?: string
    received: string
    verdict: string
    seq?: number
  }[]
  readonly standings: readonly {
    comment: string
    log: string
    event: Digest
    head?: RepoHead
    standing: string
    heads?: readonly RepoHead[]
    compromisedBySeq?: number
  }[]
  readonly chosen: {
    readonly log: string
    readonly cases: readonly { repo: string; rev: number; digest?: string }[]
  }
}

const vectors = readVectors<Vectors>('key-event')

function textsOf(name: string): readonly string[] {
  return vectors.logs[name] ?? []
}

function logOf(name: string): KeyLog {
  const log = verifyKeyLog(nodePrimitives, textsOf(name))
  if (log instanceof KeyLogError) throw log
  return log
}

describe('key-event', () => {
  test.each(vectors.valid)('valid: $comment', ({ log: name, merchant, current }) => {
    const log = logOf(name)
    expect(log.merchant).toBe(merchant)
    expect(log.current).toEqual(current)
    expect(log.texts).toEqual(textsOf(name))
  })

  test.each(vectors.refused)('refused: $comment', ({ events, code, index }) => {
    const error = verifyKeyLog(nodePrimitives, events)
    expect(error).toBeInstanceOf(KeyLogError)
    expect(error).toMatchObject({ code, index })
  })

  test.each(vectors.admissions)('admission: $comment', ({ merchant, held, received, verdict, seq }) => {
    const before = held === undefined ? undefined : logOf(held)
    const admission = admitKeyLog(nodePrimitives, merchant, before, textsOf(received))
    expect(admission).toMatchObject(seq === undefined ? { verdict } : { verdict, proof: { merchant, seq } })
  })

  test.each(vectors.standings)('standing: $comment', ({ comment, log, event, head, ...standing }) => {
    expect(standingOf(logOf(log), event, head)).toEqual(standing)
  })

  test.each(vectors.chosen.cases)('chosen: $repo rev $rev', ({ repo, rev, digest }) => {
    expect(chosenCommit(logOf(vectors.chosen.log), repo, rev)).toBe(digest)
  })
})
