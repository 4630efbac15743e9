import type { MerchantId } from '../identity/merchant-id.ts'
import type { Primitives } from '../signature/primitives.ts'
import { dealSchema, verifyDeal } from '../trust/deal.ts'
import {
  type Endorsement,
  endorsementKey,
  verifyPrivateEndorsement,
  verifyPublishedEndorsement,
} from '../trust/endorsement.ts'
import { Exposure } from '../trust/exposure.ts'
import { fail } from './audit-error.ts'
import type { LimitBundle } from './bundle.ts'
import { expectRaw } from './expect-raw.ts'
import type { Finding } from './finding.ts'
import { flowOf, flowProblem, neededPairs, pairKey } from './flow.ts'
import { Heads, isSilent } from './heads.ts'
import type { KeyLogs } from './key-logs.ts'
import { rawSignatureOf } from './raw-signature.ts'

/** Spec: protocol/records/audit.md §3–6. @throws {AuditError} */
export function verifyLimitBundle(primitives: Primitives, bundle: LimitBundle, logs: KeyLogs): Finding[] {
  const { claim, heads: shownHeads } = bundle
  if (claim.viewer !== bundle.from)
    fail('claim', 'claim.viewer', 'Only the viewer itself can claim its limit.')
  const heads = new Heads(primitives, shownHeads, logs, claim.time)
  const endorsements = bundle.endorsements.map((_, at) =>
    readEndorsement(primitives, bundle, at, logs, heads),
  )
  for (const [at, endorsement] of endorsements.entries()) {
    const before = endorsements[at - 1]
    if (before !== undefined && pairKey(before) >= pairKey(endorsement))
      fail('endorsement', `endorsements[${at}]`, 'Endorsements are in order of merchants, one for a pair.')
  }
  heads.expectAllUsed(shownHeads)
  verifyFlow(bundle, endorsements, heads)
  const deals = readDeals(primitives, bundle, logs, new Set(endorsements.map(pairKey)))
  const privately = endorsements
    .filter(({ acceptance }) => acceptance === undefined)
    .map(({ to }): Finding => ({ code: 'private', to }))
  return [...heads.staleFindings(), ...deals, ...privately, ...heads.nameFindings()]
}

function readEndorsement(
  primitives: Primitives,
  { endorsements, claim }: LimitBundle,
  at: number,
  logs: KeyLogs,
  heads: Heads,
): Endorsement {
  const where = `endorsements[${at}]`
  const { acceptance, endorsement } = endorsements[at] as LimitBundle['endorsements'][number]
  const { from, to } = endorsement.statement as { from?: MerchantId; to?: MerchantId }
  const text = JSON.stringify(endorsement.statement)
  const log = logs.of(from, where)
  const isPublished = endorsement.statement.acceptance !== undefined
  if (!isPublished && from !== claim.viewer)
    fail('endorsement', where, 'It is not published, and not by the viewer.')
  const elsewhere = { log, seenIn: [], isUnder: () => false, at: claim.time }
  const verdict = isPublished
    ? verifyPublishedEndorsement(primitives, text, {
        ...elsewhere,
        subjectLog: logs.of(to, where),
        seenIn: heads.seenIn(log.merchant, endorsementKey({ to: to as MerchantId }), text, where),
      })
    : verifyPrivateEndorsement(primitives, text, elsewhere)
  if (!verdict.ok)
    return fail('endorsement', where, `The endorsement of ${from} for ${to}: ${verdict.message}`)
  expectRaw(primitives, endorsement, `${where}.endorsement`)
  const accepted = verdict.statement.acceptance
  const raw = accepted && rawSignatureOf(primitives, endorsement.statement.acceptance as never)
  if (JSON.stringify(raw) !== JSON.stringify(acceptance))
    fail(
      'raw-signature',
      `${where}.acceptance`,
      'It is not the signature of the acceptance in the statement.',
    )
  return verdict.statement
}

function verifyFlow(bundle: LimitBundle, endorsements: readonly Endorsement[], heads: Heads): void {
  const { claim, paths } = bundle
  for (const [at, { ageSeconds, commit }] of bundle.heads.entries())
    if (isSilent(ageSeconds) && commit.statement.merchant !== claim.viewer)
      fail('head', `heads[${at}]`, `The head is ${ageSeconds} s old: what it holds does not count.`)
  const flow = flowOf(claim, endorsements, heads.times)
  const problem = flowProblem(flow, claim, paths)
  if (problem !== undefined)
    fail('flow', problem.path === undefined ? 'paths' : `paths[${problem.path}]`, problem.message)
  const exposure = new Exposure(flow.graph, claim.viewer, claim.parameters)
  const limitMinor = exposure.limit(claim.subject, claim.purpose, claim.time)
  if (limitMinor !== claim.limitMinor)
    fail(
      'limit',
      'claim.limitMinor',
      `The endorsements give ${limitMinor}, and the claim says ${claim.limitMinor}.`,
    )
  const needed = neededPairs(flow, claim, paths)
  const extra = endorsements.findIndex((endorsement) => !needed.has(pairKey(endorsement)))
  if (extra >= 0) fail('extra', `endorsements[${extra}]`, 'The claim does not rest on this endorsement.')
}

function readDeals(
  primitives: Primitives,
  { deals = [] }: LimitBundle,
  logs: KeyLogs,
  pairs: ReadonlySet<string>,
): Finding[] {
  const known = new Set<string>()
  return deals.flatMap(({ commit, confirm }, at): Finding[] => {
    const where = `deals[${at}]`
    const parsed = dealSchema.safeParse({ commit: commit.statement, confirm: confirm.statement })
    if (!parsed.success) return fail('deal', where, 'The deal is malformed.')
    const { from, to } = parsed.data.commit
    const verdict = verifyDeal(primitives, parsed.data, [logs.of(from, where), logs.of(to, where)])
    if (!verdict.ok) return fail('deal', where, verdict.message)
    expectRaw(primitives, commit, `${where}.commit`)
    expectRaw(primitives, confirm, `${where}.confirm`)
    const { id, buyer, seller, month, contested } = verdict
    if (known.has(id)) fail('extra', where, 'The deal is shown twice.')
    known.add(id)
    if (!pairs.has(pairKey({ from, to })) && !pairs.has(pairKey({ from: to, to: from })))
      fail('extra', where, 'No endorsement in the bundle is between these two merchants.')
    const finding: Finding = { code: 'deal', buyer, seller, month }
    return contested ? [{ code: 'deal-contested', buyer, seller }, finding] : [finding]
  })
}
