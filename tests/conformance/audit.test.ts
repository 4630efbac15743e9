import { describe, expect, test } from 'vitest'
import { verifyBundle } from '../../src/core/audit/verify.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { readVectors } from './vectors.ts'

interface Vectors {
  /** With `findings`, by their codes, the bundle holds; otherwise it is refused with `code` for `where`. */
  readonly cases: readonly {
    comment: string
    file: string
    findings?: readonly string[]
    code?: string
    where?: string
  }[]
}

describe('audit bundle', () => {
  test.each(readVectors<Vectors>('audit').cases)('$comment', ({ file, findings, code, where }) => {
    const verdict = verifyBundle(nodePrimitives, new TextEncoder().encode(file))
    if (findings === undefined) expect(verdict).toMatchObject({ ok: false, code, where })
    else expect(verdict.ok && verdict.findings.map((finding) => finding.code)).toEqual(findings)
  })
})
