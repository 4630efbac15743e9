import { describe, expect, test } from 'vitest'
import { KeyLog, verifyKeyLog } from '../../src/core/identity/key-log.ts'
import {
  admitGrant,
  type Grant,
  grantSchema,
  latestGrant,
  verifyGrant,
} from '../../src/core/partner/grant.ts'
import { mayReadAssortment } from '../../src/core/partner/reading.ts'
import { noRelation, type RelationState, type RelationView, viewOf } from '../../src/core/partner/relation.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { readVectors } from './vectors.ts'

interface Held {
  readonly state: RelationState
  readonly generation: number
}
interface Vectors {
  readonly logs: Readonly<Record<string, readonly string[]>>
  readonly statements: readonly { comment: string; text: string; log: string; to: string; reason?: string }[]
  readonly latest: readonly { comment: string; grants: readonly string[]; counts?: string }[]
  readonly admissions: readonly {
    comment: string
    held?: string
    grant: string
    relation: Held
    now: number
    verdict: string
  }[]
  readonly reading: readonly {
    comment: string
    relation: Held
    grant?: string
    repo: string
    now: number
    may: boolean
  }[]
}

const { logs, statements, latest, admissions, reading } = readVectors<Vectors>('grant')
function logOf(name: string): KeyLog {
  const log = verifyKeyLog(nodePrimitives, logs[name] ?? [])
  if (log instanceof KeyLog) return log
  throw log
}
const [anna, ben] = [logOf('anna').merchant, logOf('ben').merchant]
const grantOf = (text: string): Grant => grantSchema.parse(JSON.parse(text))
const heldOf = (text: string | undefined): Grant | undefined => (text === undefined ? text : grantOf(text))
const viewWith = (relation: Held): RelationView => ({ ...viewOf(noRelation(anna, ben)), ...relation })

describe('grant', () => {
  test.each(statements)('statement: $comment', ({ text, log, to, reason }) => {
    const verdict = verifyGrant(nodePrimitives, text, { log: logOf(log), to: logOf(to).merchant })
    expect(verdict).toMatchObject(reason === undefined ? { ok: true } : { ok: false, reason })
  })

  test.each(latest)('latest: $comment', ({ grants, counts }) => {
    for (const order of [grants, grants.toReversed()]) {
      expect(latestGrant(order.map(grantOf))).toEqual(heldOf(counts))
    }
  })

  test.each(admissions)('admission: $comment', ({ held, grant, relation, now, verdict }) => {
    const admission = admitGrant(heldOf(held), grantOf(grant), viewWith(relation), now)
    expect(admission.verdict === 'reject' ? admission.reason : admission.verdict).toBe(verdict)
  })

  test.each(reading)('reading: $comment', ({ relation, grant, repo, now, may }) => {
    const held = { relation: viewWith(relation), grant: heldOf(grant) }
    expect(mayReadAssortment(anna, ben, repo, held, now)).toBe(may)
  })
})
