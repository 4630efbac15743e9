import { z } from 'zod'
import { type MerchantId, merchantIdSchema } from '../identity/merchant-id.ts'
import { canonicalText } from '../signature/canonical.ts'
import { type Digest, digestOf } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'
import type { InvitationId } from './invitation-keys.ts'
import {
  type RelationBody,
  type RelationStatement,
  type RelationWord,
  relationGenerationMax,
  relationSchema,
  relationSeqMax,
} from './relation-statement.ts'

/** What two merchants are to each other, the same for both. Spec: protocol/records/relation.md §4. */
export type RelationState = 'none' | 'invited' | 'partner' | 'paused' | 'ended'

/** All that a node holds of its merchant's relation to another: a row of the store. */
export const relationRowSchema = z.strictObject({
  self: merchantIdSchema,
  other: merchantIdSchema,
  /** Signed by one of the two, in any order; at most two of one author with one seq. */
  statements: z.array(relationSchema),
})
export type Relation = z.infer<typeof relationRowSchema>

/** What follows from the statements, whatever the order in which they came. */
export interface RelationView {
  readonly state: RelationState
  /** 0 if there is no statement. */
  readonly generation: number
  /** Who has signed in this generation; both, except in `invited` and sometimes `ended`. */
  readonly signedBy: readonly MerchantId[]
  readonly pausedBy: readonly MerchantId[]
  readonly endedBy: readonly MerchantId[]
  readonly invitedBy: MerchantId | undefined
  readonly invitation: InvitationId | undefined
  /** The time of the newest statement that counts, UTC seconds, as its author says. */
  readonly since: number | undefined
  /** Who signed two statements with one seq. The stricter one counts. */
  readonly equivocators: readonly MerchantId[]
}

/**
 * What an author may say next in the generation that it spoke in last. Whatever it said, it may begin the next
 * generation with `partner`, by pairing. The same word again is for a new key.
 * Source: protocol/records/relation.md, table 1.
 */
const moves: Readonly<Record<RelationWord | 'nothing', readonly RelationWord[]>> = {
  nothing: ['partner', 'ended'],
  partner: ['partner', 'paused', 'ended'],
  paused: ['partner', 'paused', 'ended'],
  ended: [],
}

export function noRelation(self: MerchantId, other: MerchantId): Relation {
  return { self, other, statements: [] }
}

/** Folds any set of the two merchants' statements. */
export function viewOf(relation: Relation): RelationView {
  const spoken = [relation.self, relation.other].sort().map((author) => lastWord(relation.statements, author))
  const last = spoken.flatMap(({ statement }) => statement ?? [])
  const generation = Math.max(0, ...last.map((statement) => statement.generation))
  const current = last.filter((statement) => statement.generation === generation)
  const authors = (word: RelationWord): MerchantId[] =>
    current.filter(({ state }) => state === word).map(({ from }) => from)
  // Two that invited each other at once name two invitations: the smaller id is the one that counts.
  const invitation = current
    .map((statement) => statement.invitation)
    .sort((a, b) => (a.id < b.id ? -1 : 1))[0]
  return {
    state: stateOf(current),
    generation,
    signedBy: current.map(({ from }) => from),
    pausedBy: authors('paused'),
    endedBy: authors('ended'),
    invitedBy: invitation?.by,
    invitation: invitation?.id,
    since: current.length === 0 ? undefined : Math.max(...current.map(({ time }) => time)),
    equivocators: spoken.filter(({ twice }) => twice).map(({ author }) => author),
  }
}

/** Table 2 of protocol/records/relation.md. @param current the last words of those who spoke in this generation */
function stateOf(current: readonly RelationStatement[]): RelationState {
  if (current.length === 0) return 'none'
  if (current.some(({ state }) => state === 'ended')) return 'ended'
  if (current.length === 1) return 'invited'
  return current.some(({ state }) => state === 'paused') ? 'paused' : 'partner'
}

interface LastWord {
  readonly author: MerchantId
  readonly statement: RelationStatement | undefined
  readonly twice: boolean
}

/** What an author says now. Statements that come after `ended` in its generation, or go back, do not count. */
function lastWord(statements: readonly RelationStatement[], author: MerchantId): LastWord {
  const own = statements.filter(({ from }) => from === author).sort(bySeqAndStrictness)
  let statement: RelationStatement | undefined
  let twice = false
  for (const [index, next] of own.entries()) {
    if (next.seq === own[index - 1]?.seq) twice = true
    else if (statement === undefined || isAfter(next, statement)) statement = next
  }
  return { author, statement, twice }
}

function isAfter(next: RelationStatement, before: RelationStatement): boolean {
  return (
    next.generation > before.generation || (next.generation === before.generation && before.state !== 'ended')
  )
}

const strictness: Readonly<Record<RelationWord, number>> = { ended: 0, paused: 1, partner: 2 }

/** By seq; of two with one seq the stricter first, so that the choice does not depend on the order of arrival. */
function bySeqAndStrictness(a: RelationStatement, b: RelationStatement): number {
  return (
    a.seq - b.seq ||
    strictness[a.state] - strictness[b.state] ||
    (a.proof.proofValue < b.proof.proofValue ? -1 : 1)
  )
}

/** The relation with one more statement, verified before; the same object if it is held already. */
export function withStatement(relation: Relation, statement: RelationStatement): Relation {
  const same = relation.statements.filter(({ from, seq }) => from === statement.from && seq === statement.seq)
  if (same.some(({ proof }) => proof.proofValue === statement.proof.proofValue)) return relation
  // Two are a proof of equivocation; a third proves no more.
  const kept = [...same, statement].sort(bySeqAndStrictness).slice(0, 2)
  const others = relation.statements.filter((held) => !same.includes(held))
  return { ...relation, statements: [...others, ...kept] }
}

export type RelationAdmission =
  | { readonly verdict: 'new'; readonly relation: Relation }
  | { readonly verdict: 'known' } // nobody at fault
  /** It begins a partnership that this merchant has not agreed to: that takes an invitation. */
  | { readonly verdict: 'reject'; readonly reason: 'not-invited' }

/** What a statement of the other that came by the message stream, verified, means here. */
export function admitRelation(relation: Relation, statement: RelationStatement): RelationAdmission {
  const own = ownWord(relation)
  if (statement.generation > (own?.generation ?? 0)) return { verdict: 'reject', reason: 'not-invited' }
  const next = withStatement(relation, statement)
  return next === relation ? { verdict: 'known' } : { verdict: 'new', relation: next }
}

/** This merchant's last statement, if it made one. */
export function ownWord(relation: Relation): RelationStatement | undefined {
  return lastWord(relation.statements, relation.self).statement
}

/** The other's last statement, if it made one. */
export function theirWord(relation: Relation): RelationStatement | undefined {
  return lastWord(relation.statements, relation.other).statement
}

/** The generation that a pairing would be for, as this side sees it. Both sides take the larger of the two. */
export function generationProposed(relation: Relation): number {
  const { state, generation } = viewOf(relation)
  const proposed = state === 'none' || state === 'ended' ? generation + 1 : generation
  return Math.min(proposed, relationGenerationMax)
}

export interface RelationMove {
  readonly state: RelationWord
  readonly generation: number
  readonly invitation: { readonly id: InvitationId; readonly by: MerchantId }
  readonly time: number
  readonly keyEvent: Digest
}

/**
 * This merchant's next statement, to be signed, stored and sent; `undefined` if the table of moves forbids it.
 * To pause, resume or end, use {@link changeOf}.
 */
export function nextBody(
  primitives: Primitives,
  relation: Relation,
  move: RelationMove,
): RelationBody | undefined {
  const own = relation.statements.filter(({ from }) => from === relation.self)
  const last = own.reduce<RelationStatement | undefined>(
    (highest, one) => (highest === undefined || one.seq > highest.seq ? one : highest),
    undefined,
  )
  const spoken = ownWord(relation)
  const before = spoken?.generation === move.generation ? spoken.state : 'nothing'
  if ((spoken?.generation ?? 0) > move.generation || !moves[before].includes(move.state)) return undefined
  const seq = (last?.seq ?? -1) + 1
  if (seq > relationSeqMax || (seq === relationSeqMax && move.state !== 'ended')) return undefined
  return {
    type: 'mosaic/relation',
    v: 1,
    from: relation.self,
    to: relation.other,
    generation: move.generation,
    seq,
    ...(last === undefined ? {} : { prev: digestOf(primitives, canonicalText(last)) }),
    state: move.state,
    invitation: move.invitation,
    time: move.time,
    keyEvent: move.keyEvent,
  }
}

/** The statement by which this merchant pauses, resumes or ends what is; `undefined` if there is nothing to. */
export function changeOf(
  primitives: Primitives,
  relation: Relation,
  state: RelationWord,
  at: { readonly time: number; readonly keyEvent: Digest },
): RelationBody | undefined {
  const view = viewOf(relation)
  const { generation } = view
  const word = [ownWord(relation), theirWord(relation)].find((one) => one?.generation === generation)
  if (word === undefined) return undefined
  // What has ended stays so; and whoever has not signed in this generation may only decline.
  const mayOnlyEnd = view.state === 'ended' || ownWord(relation)?.generation !== generation
  if (mayOnlyEnd && state !== 'ended') return undefined
  return nextBody(primitives, relation, { state, generation, invitation: word.invitation, ...at })
}
