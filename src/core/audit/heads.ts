import type { MerchantId } from '../identity/merchant-id.ts'
import { profileSchema } from '../identity/profile.ts'
import type { RepoHead } from '../identity/repo-head.ts'
import { chosenCommit } from '../identity/standing.ts'
import type { Commit } from '../record/commit.ts'
import { verifyInclusion } from '../record/inclusion.ts'
import { RecordError } from '../record/record-error.ts'
import type { Primitives } from '../signature/primitives.ts'
import { headCountsSeconds, headFreshSeconds } from '../trust/graph.ts'
import { aheadSeconds } from '../trust/trust-statement.ts'
import { AuditError, fail } from './audit-error.ts'
import type { BundleHead } from './bundle.ts'
import { expectRaw } from './expect-raw.ts'
import type { Finding } from './finding.ts'
import type { KeyLogs } from './key-logs.ts'

interface Shown {
  readonly where: string
  readonly place: RepoHead
  readonly merchant: MerchantId
  readonly time: number
  readonly ageSeconds: number
  /** By key, the canonical text of its record, and the proof that shows it. */
  readonly entries: ReadonlyMap<string, { readonly text: string; readonly proof: number }>
}

/**
 * The commits of a bundle and what is shown to be in their trees. Several of one merchant: the last is the newest, the
 * others are where statements lay before a key was compromised. Spec: protocol/records/audit.md §4.
 */
export class Heads {
  readonly #primitives: Primitives
  readonly #byMerchant = new Map<string, Shown[]>()
  readonly #used = new Set<string>()
  readonly #all: Shown[] = []

  /** @throws {AuditError} `head`, `raw-signature`, `missing` */
  constructor(primitives: Primitives, heads: readonly BundleHead[], logs: KeyLogs, at: number) {
    this.#primitives = primitives
    for (const [index, head] of heads.entries()) {
      const shown = this.#read(head, `heads[${index}]`, logs, at)
      const last = this.#all.at(-1)
      if (last !== undefined && `${last.merchant} ${rank(last)}` >= `${shown.merchant} ${rank(shown)}`)
        fail('head', shown.where, 'Heads are in order of merchants and revs, each once.')
      this.#all.push(shown)
      const own = this.#byMerchant.get(shown.merchant) ?? []
      this.#byMerchant.set(shown.merchant, [...own, shown])
    }
  }

  /** When each merchant's newest head was made, UTC seconds. */
  get times(): ReadonlyMap<string, number> {
    return new Map(this.#all.map(({ merchant, time }) => [merchant as string, time]))
  }

  /** Whether the newest head shown of a merchant holds anything under a key. */
  has(merchant: MerchantId, key: string): boolean {
    return this.#byMerchant.get(merchant)?.at(-1)?.entries.has(key) ?? false
  }

  /**
   * The commits in whose trees this very text is.
   * @throws {AuditError} `missing` if the merchant's newest head does not show it
   */
  seenIn(merchant: MerchantId, key: string, text: string, where: string): readonly RepoHead[] {
    const own = this.#byMerchant.get(merchant) ?? []
    const seen = own.filter(({ entries }) => entries.get(key)?.text === text)
    if (seen.length === 0 || seen.at(-1) !== own.at(-1))
      fail('missing', where, `No proof shows that it is in the tree of ${merchant}'s newest head.`)
    for (const head of seen) this.#used.add(`${head.where} ${head.entries.get(key)?.proof}`)
    return seen.map(({ place }) => place)
  }

  /** Each proof shows an endorsement, or its author's name. @throws {AuditError} `extra` */
  expectAllUsed(heads: readonly BundleHead[]): void {
    for (const [index, head] of heads.entries())
      for (const [at, { leaf }] of head.proofs.entries()) {
        if (this.#used.has(`heads[${index}] ${at}`) || leaf.some(([key]) => key === 'profile')) continue
        fail('extra', `heads[${index}].proofs[${at}]`, 'It shows nothing that the claim needs.')
      }
  }

  staleFindings(): Finding[] {
    return [...this.#byMerchant.values()].flatMap((own): Finding[] => {
      const { merchant, ageSeconds } = own.at(-1) as Shown
      return ageSeconds > headFreshSeconds ? [{ code: 'stale', merchant, ageSeconds }] : []
    })
  }

  /** What merchants call themselves, where it is shown. */
  nameFindings(): Finding[] {
    return [...this.#byMerchant.values()].flatMap((own): Finding[] => {
      const { merchant, entries } = own.at(-1) as Shown
      const text = entries.get('profile')?.text
      const profile = text === undefined ? undefined : profileSchema.safeParse(JSON.parse(text))
      return profile?.success ? [{ code: 'name', merchant, name: profile.data.name }] : []
    })
  }

  #read({ ageSeconds, commit: signed, proofs }: BundleHead, where: string, logs: KeyLogs, at: number): Shown {
    const commit = signed.statement as unknown as Commit
    const log = logs.of(commit.merchant, `${where}.commit`)
    const entries = new Map<string, { readonly text: string; readonly proof: number }>()
    let place: RepoHead | undefined
    for (const [index, { key, path, leaf }] of proofs.entries()) {
      // In canonical order, of canonical parts: so it is the canonical text.
      const text = JSON.stringify({ commit, key, leaf, path, type: 'mosaic/inclusion', v: 1 })
      const proven = this.#prove(text, log, `${where}.proofs[${index}]`)
      place = { repo: commit.repo, rev: commit.rev, digest: proven.head.digest }
      for (const [there, value] of leaf) {
        if (entries.has(there)) fail('extra', `${where}.proofs[${index}]`, 'Another proof shows the same.')
        entries.set(there, { text: JSON.stringify(value), proof: index })
      }
    }
    expectRaw(this.#primitives, signed, `${where}.commit`)
    const { merchant, repo, rev, time } = commit
    if (repo !== 'trust') fail('head', `${where}.commit`, `It is a commit of ${repo}, not of trust.`)
    const chosen = chosenCommit(log, repo, rev)
    if (chosen !== undefined && chosen !== place?.digest)
      fail('head', `${where}.commit`, 'Its merchant chose another commit of this rev.')
    if (time > at + aheadSeconds) fail('head', `${where}.commit`, 'It was made after the time of the claim.')
    if (ageSeconds !== Math.max(0, at - time))
      fail('head', `${where}.ageSeconds`, `The commit was ${Math.max(0, at - time)} s old.`)
    return { where, place: place as RepoHead, merchant, time, ageSeconds, entries }
  }

  #prove(text: string, log: Parameters<typeof verifyInclusion>[2], where: string) {
    try {
      const proven = verifyInclusion(this.#primitives, text, log)
      if (proven.underHeads.length > 0)
        fail('head', where, 'It would have to be shown that the commit lies under the last good one.')
      return proven
    } catch (cause) {
      if (!(cause instanceof RecordError)) throw cause
      const at = cause.code === 'commit-invalid' ? where.replace(/\.proofs.*/, '.commit') : where
      throw new AuditError('head', at, cause.message, { cause })
    }
  }
}

/** Heads older than this carry nothing, but for the viewer's own. */
export function isSilent(ageSeconds: number): boolean {
  return ageSeconds > headCountsSeconds
}

const rank = ({ place }: Shown): string => String(place.rev).padStart(16, '0')
