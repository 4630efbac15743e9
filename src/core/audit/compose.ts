import type { KeyLog } from '../identity/key-log.ts'
import type { MerchantId } from '../identity/merchant-id.ts'
import type { Commit } from '../record/commit.ts'
import type { Equivocation } from '../record/history.ts'
import { canonicalText, type JsonObject } from '../signature/canonical.ts'
import type { Digest } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'
import type { Statement } from '../signature/proof.ts'
import type { Deal } from '../trust/deal.ts'
import type { Endorsement } from '../trust/endorsement.ts'
import type {
  AbsentClaim,
  BundleHead,
  Claim,
  EquivocationClaim,
  FlowPath,
  LimitClaim,
  Signed,
} from './bundle.ts'
import { flowOf, neededPairs, pairKey } from './flow.ts'
import { rawSignatureOf } from './raw-signature.ts'
import { imprintOf } from './timestamp.ts'

/** Who exports, and when. */
export interface Exporter {
  readonly merchant: MerchantId
  /** UTC seconds. */
  readonly time: number
  /** The exporter's key event in force. */
  readonly keyEvent: Digest
  /** Signs with that event's key. */
  sign(body: object): Statement<object>
  /** A time stamp token (RFC 3161, DER) for a SHA-256 digest of 32 bytes, in base64. Absent: none. */
  stamp?(digest: Uint8Array): string
}

/** What a bundle shows; more than it needs does no harm, but for {@link LimitEvidence.deals} and `inclusions`. */
interface Evidence<C extends Claim> {
  readonly claim: C
  /** Of all merchants whose signatures the bundle shows. */
  readonly keyLogs: readonly KeyLog[]
}

export interface LimitEvidence extends Evidence<LimitClaim> {
  /** The flow that reaches the limit. */
  readonly paths: readonly FlowPath[]
  readonly endorsements: readonly Endorsement[]
  /** Between author and subject of an endorsement that is needed. */
  readonly deals?: readonly Deal[]
  /**
   * Texts of proofs (protocol/records/inclusion.md) that the published endorsements lie under their authors' newest heads, or
   * that they lay under the last good commit of a compromised key. For key `profile` too, where names are to be shown.
   */
  readonly inclusions: readonly string[]
}

/** The endorsements that a claim rests on. @param headTimes by author, UTC seconds */
export function neededEndorsements(
  claim: LimitClaim,
  paths: readonly FlowPath[],
  endorsements: readonly Endorsement[],
  headTimes: ReadonlyMap<string, number>,
): Endorsement[] {
  const needed = neededPairs(flowOf(claim, endorsements, headTimes), claim, paths)
  return endorsements
    .filter((endorsement) => needed.delete(pairKey(endorsement)))
    .sort((a, b) => compare(pairKey(a), pairKey(b)))
}

/**
 * The bundle for a limit, as a file's text. What it shows is not verified here.
 * @throws {RangeError} if a key log or signature is missing
 */
export function composeLimitBundle(
  primitives: Primitives,
  { claim, keyLogs, paths, endorsements, deals = [], inclusions }: LimitEvidence,
  exporter: Exporter,
): string {
  const heads = headsOf(primitives, inclusions)
  const headTimes = new Map(heads.map(({ merchant, time }) => [merchant as string, time]))
  const needed = neededEndorsements(claim, paths, endorsements, headTimes)
  const merchants = [
    ...needed.flatMap(({ from, to, acceptance }) => (acceptance === undefined ? [from] : [from, to])),
    ...deals.flatMap(({ commit: { from, to } }) => [from, to]),
    ...heads.map(({ merchant }) => merchant),
  ]
  const signed = (statement: object): Signed => signedOf(primitives, statement)
  return compose(primitives, { claim, keyLogs }, exporter, merchants, {
    paths: [...paths].sort((a, b) => compare(a.via.join(), b.via.join())),
    endorsements: needed.map((endorsement) => ({
      ...(endorsement.acceptance && { acceptance: rawOf(primitives, endorsement.acceptance) }),
      endorsement: signed(endorsement),
    })),
    ...(deals.length > 0 && {
      deals: deals.map(({ commit, confirm }) => ({ commit: signed(commit), confirm: signed(confirm) })),
    }),
    heads: heads.map(({ time, head }) => ({ ...head, ageSeconds: Math.max(0, claim.time - time) })),
  })
}

/** The bundle which shows that a repo held nothing under a key. @param inclusion the proof's text, for that key */
export function composeAbsentBundle(
  primitives: Primitives,
  evidence: Evidence<AbsentClaim> & { readonly inclusion: string },
  exporter: Exporter,
): string {
  const { claim } = evidence
  const heads = headsOf(primitives, [evidence.inclusion]).map(({ time, head }) => ({
    ...head,
    ageSeconds: Math.max(0, claim.time - time),
  }))
  return compose(primitives, evidence, exporter, [claim.merchant], { heads })
}

/** The bundle which shows that a merchant signed two commits of one rev. */
export function composeEquivocationBundle(
  primitives: Primitives,
  evidence: Evidence<EquivocationClaim> & { readonly equivocation: Equivocation },
  exporter: Exporter,
): string {
  const chains = evidence.equivocation.chains.map(([first = '{}', ...links]) => ({
    commit: signedOf(primitives, JSON.parse(first)),
    links: links.map((link) => JSON.parse(link)),
  }))
  return compose(primitives, evidence, exporter, [evidence.claim.merchant], { chains })
}

function compose(
  primitives: Primitives,
  { claim, keyLogs }: Evidence<Claim>,
  exporter: Exporter,
  merchants: readonly MerchantId[],
  shown: object,
): string {
  const logOf = new Map(keyLogs.map((log) => [log.merchant, log]))
  const names = [...new Set([exporter.merchant, ...merchants])].sort()
  const body = {
    type: 'mosaic/audit-bundle',
    v: 1,
    from: exporter.merchant,
    time: exporter.time,
    claim,
    keyLogs: names.map((merchant) => {
      const log = logOf.get(merchant)
      if (log === undefined) throw new RangeError(`the key log of ${merchant} is missing`)
      return log.events.map((event) => signedOf(primitives, event))
    }),
    keyEvent: exporter.keyEvent,
    ...shown,
  }
  const timestamp = exporter.stamp?.(imprintOf(primitives, body))
  const statement = exporter.sign({ ...body, ...(timestamp !== undefined && { timestamp }) })
  return `${canonicalText(signedOf(primitives, statement))}\n`
}

interface ShownHead {
  readonly merchant: MerchantId
  readonly rev: number
  readonly time: number
  readonly head: Omit<BundleHead, 'ageSeconds'>
}

/** One head for each commit, one proof for each leaf: the proof of one key shows all entries of its leaf. */
function headsOf(primitives: Primitives, inclusions: readonly string[]): ShownHead[] {
  const byCommit = new Map<string, { commit: Commit; proofs: Map<string, BundleHead['proofs'][number]> }>()
  for (const text of inclusions) {
    const { key, commit, path, leaf } = JSON.parse(text) as { commit: Commit } & BundleHead['proofs'][number]
    const id = JSON.stringify(commit)
    const shown = byCommit.get(id) ?? { commit, proofs: new Map() }
    const isThere = leaf.some(([there]) => there === key)
    const leafId = isThere ? JSON.stringify(leaf) : key
    const known = shown.proofs.get(leafId)
    if (known === undefined || key < known.key) shown.proofs.set(leafId, { key, path, leaf })
    byCommit.set(id, shown)
  }
  return [...byCommit.values()]
    .map(({ commit, proofs }) => ({
      merchant: commit.merchant,
      rev: commit.rev,
      time: commit.time,
      head: {
        commit: signedOf(primitives, commit),
        proofs: [...proofs.values()].sort((a, b) => compare(a.key, b.key)),
      },
    }))
    .sort((a, b) => compare(a.merchant, b.merchant) || a.rev - b.rev)
}

function signedOf(primitives: Primitives, statement: object): Signed {
  return { ...rawOf(primitives, statement), statement: JSON.parse(canonicalText(statement)) }
}

function rawOf(primitives: Primitives, statement: object) {
  const raw = rawSignatureOf(primitives, JSON.parse(canonicalText(statement)) as JsonObject)
  if (raw === undefined) throw new RangeError('the statement has no signature')
  return raw
}

const compare = (left: string, right: string): number => (left < right ? -1 : left === right ? 0 : 1)
