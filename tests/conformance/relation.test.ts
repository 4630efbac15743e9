import { describe, expect, test } from 'vitest'
import { KeyLog, verifyKeyLog } from '../../src/core/identity/key-log.ts'
import {
  nextBody,
  noRelation,
  type Relation,
  viewOf,
  withStatement,
} from '../../src/core/partner/relation.ts'
import {
  type RelationStatement,
  type RelationWord,
  relationSchema,
  verifyRelation,
} from '../../src/core/partner/relation-statement.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { readVectors } from './vectors.ts'

interface Vectors {
  readonly logs: Readonly<Record<string, readonly string[]>>
  readonly statements: readonly { comment: string; text: string; log: string; to: string; reason?: string }[]
  readonly folds: readonly { comment: string; statements: readonly string[]; view: Record<string, unknown> }[]
  readonly moves: readonly {
    comment: string
    last: RelationWord | 'nothing'
    next: RelationWord
    allowed: boolean
  }[]
}

const { logs, statements, folds, moves } = readVectors<Vectors>('relation')
function logOf(name: string): KeyLog {
  const log = verifyKeyLog(nodePrimitives, logs[name] ?? [])
  if (log instanceof KeyLog) return log
  throw log
}
const [anna, ben] = [logOf('anna'), logOf('ben')]
const statementOf = (text: string): RelationStatement => relationSchema.parse(JSON.parse(text))
const gathered = (relation: Relation, texts: readonly string[]): Relation =>
  texts.map(statementOf).reduce(withStatement, relation)

describe('relation', () => {
  test.each(statements)('statement: $comment', ({ text, log, to, reason }) => {
    const verdict = verifyRelation(nodePrimitives, text, { log: logOf(log), to: logOf(to).merchant })
    expect(verdict).toMatchObject(reason === undefined ? { ok: true } : { ok: false, reason })
  })

  test.each(folds)('fold: $comment', ({ statements, view }) => {
    const orders = [statements, statements.toReversed(), [...statements, ...statements]]
    for (const order of orders) {
      const seen = [noRelation(anna.merchant, ben.merchant), noRelation(ben.merchant, anna.merchant)].map(
        (none) => viewOf(gathered(none, order)),
      )
      expect(seen[0]).toEqual(seen[1])
      expect(seen[0]).toMatchObject(view)
    }
  })

  test.each(moves)('move: $comment', ({ last, next, allowed }) => {
    const [first] = folds.find(({ view }) => view.state === 'invited')?.statements ?? []
    const said = { ...statementOf(first ?? ''), ...(last === 'nothing' ? {} : { state: last }) }
    const none = noRelation(ben.merchant, anna.merchant)
    const relation = last === 'nothing' ? none : { ...none, statements: [said] }
    const { generation, invitation, time, keyEvent } = said
    const body = nextBody(nodePrimitives, relation, { state: next, generation, invitation, time, keyEvent })
    expect(body !== undefined).toBe(allowed)
  })
})
