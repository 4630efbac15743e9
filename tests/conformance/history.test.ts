import { describe, expect, test } from 'vitest'
import { type KeyLog, KeyLogError, verifyKeyLog } from '../../src/core/identity/key-log.ts'
import { type Head, readCommitText } from '../../src/core/record/commit.ts'
import { type Anchor, admitHead, baseOf, verifyEquivocation } from '../../src/core/record/history.ts'
import { RecordError } from '../../src/core/record/record-error.ts'
import { nodePrimitives as primitives } from '../../src/store/primitives.ts'
import { readVectors } from './vectors.ts'

interface Place {
  readonly comment: string
  readonly keyLog: string
  readonly repo: string
}

const vectors = readVectors<{
  keyLogs: Readonly<Record<string, readonly string[]>>
  commits: Readonly<Record<string, string>>
  admissions: readonly (Place & {
    readonly held?: string
    readonly head: string
    readonly links: readonly string[]
    readonly now: number
    readonly verdict?: string
    readonly reason?: string
    readonly rev?: number
    readonly code?: string
  })[]
  bases: readonly (Place & { readonly held?: string; readonly anchor?: Anchor; readonly isHeld: boolean })[]
  equivocations: readonly (Place & {
    readonly rev: number
    readonly chains: readonly [readonly string[], readonly string[]]
    readonly result: 'proven' | 'excused' | 'refused'
  })[]
}>('history')

function logOf(name: string): KeyLog {
  const log = verifyKeyLog(primitives, vectors.keyLogs[name] ?? [])
  if (log instanceof KeyLogError) throw log
  return log
}

function textOf(name: string): string {
  const text = vectors.commits[name]
  if (text === undefined) throw new Error(`no commit "${name}"`)
  return text
}

const headOf = (name: string | undefined): Head | undefined =>
  name === undefined ? undefined : readCommitText(primitives, textOf(name))

describe('histories, protocol/records/commit.md', () => {
  test.each(vectors.admissions)('$keyLog, $head: $comment', (one) => {
    const { repo, now } = one
    const received = { text: textOf(one.head), links: one.links.map(textOf) }
    const admit = () =>
      admitHead(primitives, received, { keyLog: logOf(one.keyLog), repo, held: headOf(one.held), now })
    if (one.code !== undefined) {
      expect(admit).toThrow(expect.objectContaining({ name: 'RecordError', code: one.code }))
      return
    }
    const admission = admit()
    expect(admission).toMatchObject({
      verdict: one.verdict,
      ...(one.reason === undefined ? {} : { reason: one.reason }),
      ...(one.rev === undefined ? {} : { proof: { rev: one.rev } }),
    })
    if (admission.verdict === 'equivocation')
      expect(verifyEquivocation(primitives, logOf(one.keyLog), repo, admission.proof)).toBe(true)
  })

  test.each(vectors.bases)('$keyLog: $comment', ({ keyLog, repo, held, anchor, isHeld }) => {
    const base = baseOf(logOf(keyLog), repo, headOf(held))
    expect(base.isHeld).toBe(isHeld)
    if (anchor === undefined) expect(base.anchor).toBeUndefined()
    else expect(base.anchor).toMatchObject(anchor)
  })

  test.each(vectors.equivocations)('a proof: $comment', ({ keyLog, repo, rev, chains, result }) => {
    const proof = { rev, chains: [chains[0].map(textOf), chains[1].map(textOf)] as const }
    const verify = () => verifyEquivocation(primitives, logOf(keyLog), repo, proof)
    if (result === 'refused') expect(verify).toThrow(RecordError)
    else expect(verify()).toBe(result === 'proven')
  })
})
