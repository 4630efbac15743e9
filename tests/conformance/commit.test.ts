import { describe, expect, test } from 'vitest'
import { KeyLogError, verifyKeyLog } from '../../src/core/identity/key-log.ts'
import { hasSkip, readCommit, skipRevOf } from '../../src/core/record/commit.ts'
import { linkRevs, spineRevs } from '../../src/core/record/history.ts'
import { nodePrimitives as primitives } from '../../src/store/primitives.ts'
import { readVectors } from './vectors.ts'

const vectors = readVectors<{
  keyLog: readonly string[]
  valid: readonly { comment: string; text: string; digest: string }[]
  refused: readonly { comment: string; text: string }[]
  names: readonly { rev: number; prev?: number; skip?: number }[]
  links: readonly { from: number; to: number; revs: readonly number[] }[]
  spine: readonly { rev: number; revs: readonly number[] }[]
}>('commit')

const keyLog = verifyKeyLog(primitives, vectors.keyLog)
if (keyLog instanceof KeyLogError) throw keyLog

describe('commits, protocol/records/commit.md', () => {
  test.each(vectors.valid)('$comment', ({ text, digest }) => {
    expect(readCommit(primitives, text, keyLog)).toEqual({ commit: JSON.parse(text), text, digest })
  })

  test.each(vectors.refused)('refused: $comment', ({ text }) => {
    expect(() => readCommit(primitives, text, keyLog)).toThrow(
      expect.objectContaining({ name: 'RecordError', code: 'commit-invalid' }),
    )
  })

  test.each(vectors.names)('a commit at rev $rev names', ({ rev, prev, skip }) => {
    expect(rev > 1 ? rev - 1 : undefined).toBe(prev)
    expect(hasSkip(rev) ? skipRevOf(rev) : undefined).toBe(skip)
  })

  test.each(vectors.links)('from rev $from to rev $to', ({ from, to, revs }) => {
    expect(linkRevs(from, to)).toEqual(revs)
  })

  test.each(vectors.spine)('with a first sync at rev $rev', ({ rev, revs }) => {
    expect(spineRevs(rev)).toEqual(revs)
  })
})
