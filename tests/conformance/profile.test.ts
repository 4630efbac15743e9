import { describe, expect, test } from 'vitest'
import { admitTo } from '../../src/core/admission/kinds.ts'
import { readPage } from '../../src/core/record/page.ts'
import { RecordError } from '../../src/core/record/record-error.ts'
import { nodePrimitives as primitives } from '../../src/store/primitives.ts'
import { readVectors } from './vectors.ts'

interface Case {
  readonly comment: string
  readonly repo: string
  readonly key: string
  readonly value: string
}
const vectors = readVectors<{ accepted: readonly Case[]; refused: readonly Case[] }>('profile')

const read = ({ repo, key, value }: Case) =>
  readPage(primitives, new TextEncoder().encode(`${key}\t${value}\n`), admitTo(repo))

describe('profile and node, protocol/records/profile.md', () => {
  test.each(vectors.accepted)('$comment', (one) => {
    expect(read(one).count).toBe(1)
  })

  test.each(vectors.refused)('refused: $comment', (one) => {
    expect(() => read(one)).toThrow(RecordError)
  })
})
