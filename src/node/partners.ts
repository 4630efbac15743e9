import type { MerchantId } from '../core/identity/merchant-id.ts'
import {
  admitRelation,
  changeOf,
  ownWord,
  type Relation,
  type RelationView,
  viewOf,
  withStatement,
} from '../core/partner/relation.ts'
import {
  type RelationStatement,
  type RelationWord,
  verifyRelation,
} from '../core/partner/relation-statement.ts'
import type { Receipt } from '../network/message-frame.ts'
import { Exclusive } from '../store/exclusive.ts'
import { nodePrimitives } from '../store/primitives.ts'
import type { Clock } from './clock.ts'
import type { Identity } from './identity.ts'
import type { Merchants } from './merchants.ts'
import { NodeError } from './node-error.ts'
import type { Publish } from './publish.ts'
import { refusedOf } from './receipt.ts'
import type { Relations } from './relations.ts'
import type { Statements } from './statements.ts'
import type { PartnerState } from './views.ts'

/** Who has been a partner, or wants to be. */
const known: ReadonlySet<string> = new Set<PartnerState>(['invited', 'partner', 'paused', 'ended'])

export interface PartnerParts {
  readonly relations: Relations
  readonly identity: Identity
  readonly merchants: Merchants
  readonly statements: Statements
  readonly publish: Publish
  readonly clock: Clock
}

/** The merchants that this one deals with, and how that changes. */
export class Partners {
  readonly #parts: PartnerParts
  readonly #onState: (merchant: MerchantId, state: PartnerState, by: 'me' | 'them') => void
  /** One change of a relation at a time: each reads what is stored, signs and stores. */
  readonly exclusive = new Exclusive()

  /** @param onState the relation to a merchant is another now, durably */
  constructor(
    parts: PartnerParts,
    onState: (merchant: MerchantId, state: PartnerState, by: 'me' | 'them') => void,
  ) {
    this.#parts = parts
    this.#onState = onState
  }

  /** By name; those whose partnership has ended come last. */
  all(): MerchantId[] {
    const { relations, merchants } = this.#parts
    const rank = (merchant: MerchantId): string =>
      `${relations.viewOf(merchant).state === 'ended' ? 1 : 0}${merchants.nameOf(merchant)}`
    return relations
      .all()
      .map(({ other }) => other)
      .filter((merchant) => known.has(relations.viewOf(merchant).state))
      .sort((a, b) => rank(a).localeCompare(rank(b)))
  }

  /** Those to be connected with: a partnership that is, was paused, or waits for the other's word. */
  wanted(): MerchantId[] {
    return this.all().filter((merchant) => this.#parts.relations.viewOf(merchant).state !== 'ended')
  }

  /**
   * The partner that a person means.
   * @param text a merchant id or at least 8 characters of its beginning, or a name or the beginning of one
   * @throws {NodeError} `partner-unknown`, `partner-ambiguous`
   */
  find(text: string): MerchantId {
    const { merchants } = this.#parts
    const wanted = text.trim().toLocaleLowerCase()
    const all = this.all().map((merchant) => ({
      merchant,
      name: merchants.nameOf(merchant).toLocaleLowerCase(),
    }))
    const tiers = [
      all.filter(({ merchant, name }) => merchant === wanted || name === wanted),
      all.filter(
        ({ merchant, name }) =>
          name.startsWith(wanted) || (wanted.length >= 8 && merchant.startsWith(wanted)),
      ),
    ]
    const found = tiers.find((tier) => tier.length > 0) ?? []
    const [only] = found
    if (only !== undefined && found.length === 1) return only.merchant
    const params = { partner: text }
    if (only === undefined)
      throw new NodeError('partner-unknown', `You have no partner "${text}". "mosaic partners" lists them.`, {
        field: 'partner',
        params,
      })
    throw new NodeError(
      'partner-ambiguous',
      `"${text}" fits ${found.length} of your partners. Say more of the name, or the merchant id.`,
      { field: 'partner', params: { ...params, count: String(found.length) } },
    )
  }

  viewOf(merchant: MerchantId): RelationView {
    return this.#parts.relations.viewOf(merchant)
  }

  /**
   * Pauses, resumes or ends a partnership; the other learns of it by the message stream.
   * @throws {NodeError} `partner-not-active`, `restore-open`
   */
  change(merchant: MerchantId, state: RelationWord): Promise<void> {
    return this.exclusive.run(async () => {
      const { relations, identity, merchants, publish, clock } = this.#parts
      publish.assertOpen()
      const relation = relations.of(merchant)
      const at = { time: clock.nowSeconds(), keyEvent: identity.keyEvent }
      const before = viewOf(relation).state
      const body = before === 'ended' ? undefined : changeOf(nodePrimitives, relation, state, at)
      if (body === undefined) {
        const name = merchants.nameOf(merchant)
        throw new NodeError(
          'partner-not-active',
          `The relation to ${name} is "${before}"; it cannot become "${state}". A partnership that ended begins anew with an invitation.`,
          { field: 'partner', params: { name } },
        )
      }
      await this.#say(relation, identity.sign(body) as RelationStatement)
      this.#onState(merchant, relations.viewOf(merchant).state as PartnerState, 'me')
    })
  }

  async #say(relation: Relation, statement: RelationStatement): Promise<void> {
    const { relations, statements } = this.#parts
    const staged = relations.stage(withStatement(relation, statement))
    await statements.send(relation.other, statement, [staged])
  }

  /** After a rotation: the words that hold are said again with the new key. */
  renew(): Promise<void> {
    return this.exclusive.run(async () => {
      const { relations, identity, clock } = this.#parts
      for (const relation of relations.all()) {
        const own = ownWord(relation)
        const { state } = relations.viewOf(relation.other)
        if (own === undefined || own.keyEvent === identity.keyEvent || state === 'ended') continue
        const at = { time: clock.nowSeconds(), keyEvent: identity.keyEvent }
        const body = changeOf(nodePrimitives, relation, own.state, at)
        if (body !== undefined) await this.#say(relation, identity.sign(body) as RelationStatement)
      }
    })
  }

  /** A relation statement came by the message stream. */
  receive(from: MerchantId, text: string): Promise<Receipt> {
    return this.exclusive.run(async () => {
      const { relations, identity, merchants, statements } = this.#parts
      const log = merchants.keyLogOf(from)
      if (log === undefined) return { receipt: 'later', seconds: 60 }
      const verified = verifyRelation(nodePrimitives, text, { log, to: identity.merchant })
      if (!verified.ok) return refusedOf(verified)
      const before = relations.viewOf(from).state
      const admission = admitRelation(relations.of(from), verified.statement)
      if (admission.verdict === 'reject')
        return {
          receipt: 'refused',
          code: 'not-partners',
          message: 'A partnership begins with an invitation.',
        }
      if (admission.verdict === 'new') {
        await statements.keep([relations.stage(admission.relation)])
        const { state } = relations.viewOf(from)
        if (state !== before && known.has(state)) this.#onState(from, state as PartnerState, 'them')
      }
      return { receipt: 'stored' }
    })
  }
}
