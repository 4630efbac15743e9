import { describe, expect, test } from 'vitest'
import { type KeyLog, KeyLogError, verifyKeyLog } from '../../src/core/identity/key-log.ts'
import type { RepoHead } from '../../src/core/identity/repo-head.ts'
import { verifyInclusion } from '../../src/core/record/inclusion.ts'
import { nodePrimitives as primitives } from '../../src/store/primitives.ts'
import { readVectors } from './vectors.ts'

const vectors = readVectors<{
  keyLogs: Readonly<Record<string, readonly string[]>>
  valid: readonly {
    comment: string
    keyLog: string
    proof: string
    key: string
    value?: string
    underHeads?: readonly RepoHead[]
  }[]
  refused: readonly { comment: string; keyLog: string; proof: string; code: string }[]
}>('inclusion')

function logOf(name: string): KeyLog {
  const log = verifyKeyLog(primitives, vectors.keyLogs[name] ?? [])
  if (log instanceof KeyLogError) throw log
  return log
}

describe('proofs, protocol/records/inclusion.md', () => {
  test.each(vectors.valid)('$comment', ({ keyLog, proof, key, value, underHeads = [] }) => {
    const proven = verifyInclusion(primitives, proof, logOf(keyLog))
    expect(proven).toMatchObject({ key, underHeads })
    expect(proven.value).toBe(value)
  })

  test.each(vectors.refused)('refused: $comment', ({ keyLog, proof, code }) => {
    expect(() => verifyInclusion(primitives, proof, logOf(keyLog))).toThrow(
      expect.objectContaining({ name: 'RecordError', code }),
    )
  })
})
