import { describe, expect, test } from 'vitest'
import { contentDigest, dealSchema, verifyDeal } from '../../src/core/trust/deal.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { type LogTexts, logsOf } from './key-logs.ts'
import { bytesOfHex, readVectors } from './vectors.ts'

interface Vectors {
  readonly logs: LogTexts
  readonly cases: readonly {
    comment: string
    deal: unknown
    logs: readonly [string, string]
    id?: string
    contested?: true
    reason?: string
  }[]
  readonly contents: readonly { comment: string; salt: string; content: object; digest: string }[]
}

const { logs, cases, contents } = readVectors<Vectors>('deal')
const logOf = logsOf(logs)

describe('deal', () => {
  test.each(cases)('$comment', ({ deal, id, contested = false, reason, ...one }) => {
    const parsed = dealSchema.safeParse(deal)
    const verdict = parsed.success
      ? verifyDeal(nodePrimitives, parsed.data, [logOf(one.logs[0]), logOf(one.logs[1])])
      : { ok: false, reason: 'malformed' }
    expect(verdict).toMatchObject(reason === undefined ? { ok: true, id, contested } : { ok: false, reason })
  })

  test.each(contents)('content: $comment', ({ salt, content, digest }) => {
    expect(contentDigest(nodePrimitives, bytesOfHex(salt), content)).toBe(digest)
  })
})
