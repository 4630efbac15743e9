import type { LimitClaim } from '../../src/core/audit/bundle.ts'
import {
  composeAbsentBundle,
  composeEquivocationBundle,
  composeLimitBundle,
  type Exporter,
  neededEndorsements,
} from '../../src/core/audit/compose.ts'
import type { MerchantId } from '../../src/core/identity/merchant-id.ts'
import { type Head, signCommit } from '../../src/core/record/commit.ts'
import { proveInclusion } from '../../src/core/record/inclusion.ts'
import { canonicalText } from '../../src/core/signature/canonical.ts'
import { type Digest, digestOf } from '../../src/core/signature/digest.ts'
import type { Deal } from '../../src/core/trust/deal.ts'
import {
  acceptanceBody,
  type Endorsement,
  type EndorsementBody,
  endorsementKey,
} from '../../src/core/trust/endorsement.ts'
import { Exposure } from '../../src/core/trust/exposure.ts'
import { graphFrom } from '../../src/core/trust/rebuild.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { seedOf, TestMerchant } from '../simulation/merchants.ts'
import { readText, treeOfEntries } from '../simulation/signed-tree.ts'

export const claimTime = 1_795_000_000
const day = 86_400

/** Merchants with `trust` repos, and what one of them exports for an auditor. */
export class AuditWorld {
  readonly merchants = new Map<string, TestMerchant>()
  readonly #published: Endorsement[] = []
  readonly #private: Endorsement[] = []
  readonly #heads = new Map<string, Head>()
  /** Proofs that endorsements lay under a last good commit. */
  readonly #earlier = new Map<Endorsement, string>()
  /** Seconds before the claim at which a merchant last committed. */
  readonly ages = new Map<string, number>()

  merchant(name: string): TestMerchant {
    const merchant = this.merchants.get(name) ?? new TestMerchant(name)
    this.merchants.set(name, merchant)
    return merchant
  }

  id(name: string): MerchantId {
    return this.merchant(name).id
  }

  bodyOf(from: string, to: string, minor: number, over: Partial<EndorsementBody> = {}): EndorsementBody {
    return {
      type: 'mosaic/endorsement',
      v: 1,
      from: this.id(from),
      to: this.id(to),
      amount: { minor, currency: 'EUR' },
      contexts: ['delivery', 'payment'],
      introduce: true,
      time: claimTime - 30 * day,
      expiresAt: claimTime + 30 * day,
      keyEvent: this.merchant(from).log.current.digest,
      ...over,
    }
  }

  /** Published, with its acceptance. `minor`: 1, 2 or 5 times a power of ten. */
  endorse(from: string, to: string, minor: number, over: Partial<EndorsementBody> = {}): Endorsement {
    const body = this.bodyOf(from, to, minor, over)
    const subject = this.merchant(to)
    const by = { time: body.time, keyEvent: subject.log.current.digest }
    const acceptance = subject.sign(acceptanceBody(nodePrimitives, body, by))
    const endorsement = this.merchant(from).sign({ ...body, acceptance }) as Endorsement
    this.#published.push(endorsement)
    return endorsement
  }

  endorsePrivately(from: string, to: string, minor: number): Endorsement {
    const endorsement = this.merchant(from).sign(this.bodyOf(from, to, minor)) as Endorsement
    this.#private.push(endorsement)
    return endorsement
  }

  deal(buyer: string, seller: string): Deal {
    const [from, to] = [this.merchant(buyer), this.merchant(seller)]
    const commit = from.sign({
      type: 'mosaic/deal-commit',
      v: 1,
      from: from.id,
      to: to.id,
      month: '2026-10',
      content: digestOf(nodePrimitives, 'order'),
      keyEvent: from.log.current.digest,
    } as const)
    const confirm = to.sign({
      type: 'mosaic/deal-confirm',
      v: 1,
      from: to.id,
      to: from.id,
      commit: digestOf(nodePrimitives, canonicalText(commit)),
      keyEvent: to.log.current.digest,
    } as const)
    return { commit, confirm }
  }

  /** The proof for a key at a merchant's newest head, which is made on the first call. */
  prove(name: string, key: string): string {
    const tree = this.#treeOf(name)
    const head = this.#heads.get(name) ?? this.#commit(name)
    return proveInclusion(tree, head, key, readText)
  }

  /** A key is stolen after the newest head; its merchant says so, and goes on under another. */
  loseKey(name: string): void {
    const before = this.#heads.get(name) ?? this.#commit(name)
    for (const one of this.#published)
      if (one.from === this.id(name)) this.#earlier.set(one, this.prove(name, endorsementKey(one)))
    const { rev } = before.commit
    this.merchant(name).rotate({
      reason: 'compromised',
      lastGood: [{ repo: 'trust', rev, digest: before.digest }],
    })
    this.#commit(name, before)
  }

  #treeOf(name: string) {
    const own = this.#published.filter(({ from }) => from === this.id(name))
    const entries = new Map(own.map((one) => [endorsementKey(one), canonicalText(one)]))
    return treeOfEntries(entries.set('profile', canonicalText({ name })))
  }

  #commit(name: string, before?: Head): Head {
    const { id, log } = this.merchant(name)
    const tree = this.#treeOf(name)
    const draft = {
      merchant: id,
      repo: 'trust',
      root: tree.upper.root,
      count: tree.count,
      time: claimTime - (this.ages.get(name) ?? 3_600),
      keyEvent: log.current.digest,
    }
    const seed = seedOf(`${name} signing ${log.current.seq}`)
    const head = signCommit(nodePrimitives, draft, before, () => draft.root, { seed })
    this.#heads.set(name, head)
    return head
  }

  exporter(name: string, over: Partial<Exporter> = {}): Exporter {
    const merchant = this.merchant(name)
    const { id } = merchant
    const sign = (body: object) => merchant.sign(body)
    return { merchant: id, time: claimTime, keyEvent: merchant.log.current.digest, sign, ...over }
  }

  /** What a viewer's node computes for a subject. */
  limitFlow(viewer: string, subject: string, budgetMinor: number | 'uncapped' = 100_000) {
    const [from, to] = [this.id(viewer), this.id(subject)]
    const records = [...this.merchants].map(([name, { id }]) => ({
      merchant: id,
      headTime: claimTime - (this.ages.get(name) ?? 3_600),
      suspended: false,
      endorsements: this.#published.filter((one) => one.from === id),
      disputes: [],
      settlements: [],
    }))
    const graph = graphFrom(records, { merchant: from, privately: this.#private }, claimTime)
    const parameters = { currency: 'EUR', budgetMinor }
    const found = new Exposure(graph, from, parameters).limitFlow(to, 'any', claimTime)
    const claim: LimitClaim = {
      kind: 'limit',
      viewer: from,
      subject: to,
      purpose: 'any',
      time: claimTime,
      parameters,
      limitMinor: found.limitMinor,
    }
    const paths = found.paths.map(({ via, minor }) => ({
      via: via.map((number) => graph.nameOf(number) as MerchantId),
      amountMinor: minor,
    }))
    return { claim, paths }
  }

  limitBundle(
    viewer: string,
    subject: string,
    {
      deals = [],
      budgetMinor = 100_000,
      ...over
    }: { deals?: Deal[]; budgetMinor?: number | 'uncapped' } & Partial<Exporter> = {},
  ): string {
    const { claim, paths } = this.limitFlow(viewer, subject, budgetMinor)
    const endorsements = [...this.#published, ...this.#private]
    const headTimes = new Map(
      [...this.merchants].map(([name, { id }]) => [id as string, claimTime - (this.ages.get(name) ?? 3_600)]),
    )
    const nameOf = new Map([...this.merchants].map(([name, { id }]) => [id, name]))
    const inclusions = neededEndorsements(claim, paths, endorsements, headTimes)
      .filter(({ acceptance }) => acceptance !== undefined)
      .flatMap((one) => [
        this.prove(nameOf.get(one.from) as string, endorsementKey(one)),
        ...(this.#earlier.has(one) ? [this.#earlier.get(one) as string] : []),
      ])
    return composeLimitBundle(
      nodePrimitives,
      { claim, paths, endorsements, deals, inclusions, keyLogs: this.keyLogs() },
      this.exporter(viewer, over),
    )
  }

  absentBundle(exporter: string, merchant: string, key: string, shownKey = key): string {
    const claim = { kind: 'absent', merchant: this.id(merchant), key, time: claimTime } as const
    const inclusion = this.prove(merchant, shownKey)
    return composeAbsentBundle(
      nodePrimitives,
      { claim, inclusion, keyLogs: this.keyLogs() },
      this.exporter(exporter),
    )
  }

  equivocationBundle(exporter: string, thief: string): string {
    const merchant = this.merchant(thief)
    const commit = (root: string): string => {
      const draft = {
        merchant: merchant.id,
        repo: 'public',
        root: digestOf(nodePrimitives, root),
        count: 1,
        time: claimTime,
        keyEvent: merchant.log.current.digest,
      }
      const seed = seedOf(`${thief} signing ${merchant.log.current.seq}`)
      return signCommit(nodePrimitives, draft, undefined, () => draft.root as Digest, { seed }).text
    }
    const claim = { kind: 'equivocation', merchant: merchant.id, repo: 'public', rev: 1 } as const
    const equivocation = { rev: 1, chains: [[commit('one')], [commit('other')]] } as const
    const evidence = { claim, equivocation, keyLogs: this.keyLogs() }
    return composeEquivocationBundle(nodePrimitives, evidence, this.exporter(exporter))
  }

  keyLogs() {
    return [...this.merchants.values()].map(({ log }) => log)
  }
}

/** Anna vouches for Ben in private; he and Cleo for Dora, Cleo by way of Ben: two paths and a deal. */
export function smallWorld(): AuditWorld {
  const world = new AuditWorld()
  for (const name of ['Anna', 'Ben', 'Cleo', 'Dora']) world.merchant(name)
  world.endorsePrivately('Anna', 'Ben', 40_000)
  world.endorse('Anna', 'Cleo', 1_000)
  world.endorse('Ben', 'Dora', 5_000)
  world.endorse('Ben', 'Cleo', 20_000)
  world.endorse('Cleo', 'Dora', 10_000)
  return world
}
