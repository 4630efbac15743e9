import type { MerchantId } from '../core/identity/merchant-id.ts'
import {
  admitGrant,
  type Grant,
  type GrantTerms,
  grantBody,
  grantCovers,
  renewalDue,
  revocationBody,
  verifyGrant,
} from '../core/partner/grant.ts'
import { mayReadAssortment } from '../core/partner/reading.ts'
import type { Receipt } from '../network/message-frame.ts'
import { Exclusive } from '../store/exclusive.ts'
import { nodePrimitives } from '../store/primitives.ts'
import { assortmentsMax } from './assortments.ts'
import type { Clock } from './clock.ts'
import type { GrantRows } from './grant-rows.ts'
import type { Identity } from './identity.ts'
import type { Merchants } from './merchants.ts'
import { NodeError } from './node-error.ts'
import type { Publish } from './publish.ts'
import { refusedOf } from './receipt.ts'
import type { Relations } from './relations.ts'
import type { Statements } from './statements.ts'
import { type GrantView, timeText } from './views.ts'

/** Assortments that one partner's grants may name, taken back or not: as many as it may have. */
export const grantsOfPartnerMax = assortmentsMax

export interface GrantParts {
  readonly rows: GrantRows
  readonly relations: Relations
  readonly identity: Identity
  readonly merchants: Merchants
  readonly statements: Statements
  readonly publish: Publish
  readonly clock: Clock
}

export interface GrantEvents {
  /** What `partner` may read of this merchant's has changed: what is served to it has to be looked at again. */
  onGiven(partner: MerchantId): void
  /** A grant of `partner` came, was renewed or taken back. */
  onReceived(partner: MerchantId, assortment: string): void
}

/** Who may read which assortment, both ways. A change counts from the moment it is on the disk. */
export class Grants {
  readonly #parts: GrantParts
  readonly #events: GrantEvents
  readonly #exclusive = new Exclusive()

  constructor(parts: GrantParts, events: GrantEvents) {
    this.#parts = parts
    this.#events = events
  }

  /**
   * Lets a partner read an assortment; again for one that may already, with the terms as they are now.
   * @throws {NodeError} `partner-not-active`, `restore-open`
   */
  release(assortment: string, partner: MerchantId, terms: GrantTerms): Promise<Grant> {
    return this.#exclusive.run(async () => {
      const { relations, merchants, publish } = this.#parts
      publish.assertOpen()
      if (relations.viewOf(partner).state !== 'partner') {
        const name = merchants.nameOf(partner)
        throw new NodeError(
          'partner-not-active',
          `${name} is not your partner right now, so nothing can be released. "mosaic partners" shows the state.`,
          { field: 'partner', params: { name } },
        )
      }
      return await this.#grant(`assortment/${assortment}`, partner, terms)
    })
  }

  async #grant(assortment: string, to: MerchantId, terms: GrantTerms): Promise<Grant> {
    const { rows, relations, identity, clock } = this.#parts
    const { generation } = relations.viewOf(to)
    const held = rows.get(identity.merchant, to, assortment)
    const move = {
      from: identity.merchant,
      to,
      generation,
      assortment,
      time: clock.nowSeconds(),
      keyEvent: identity.keyEvent,
    }
    return await this.#send(identity.sign(grantBody(held, move, terms)) as Grant)
  }

  /**
   * Takes a grant back. What is served stops before this resolves.
   * @throws {NodeError} `grant-unknown`, `restore-open`
   */
  revoke(assortment: string, partner: MerchantId): Promise<void> {
    return this.#exclusive.run(async () => {
      const { rows, identity, merchants, publish } = this.#parts
      publish.assertOpen()
      const held = rows.get(identity.merchant, partner, `assortment/${assortment}`)
      if (held === undefined || held.state === 'revoked') {
        const name = merchants.nameOf(partner)
        throw new NodeError('grant-unknown', `${assortment} is not released to ${name}.`, {
          field: 'partner',
          params: { name, assortment },
        })
      }
      await this.#revoke(held)
    })
  }

  /** Tells those who may read an assortment of its new terms. */
  changeTerms(assortment: string, terms: GrantTerms): Promise<void> {
    return this.#exclusive.run(async () => {
      for (const grant of this.given())
        if (grant.assortment === `assortment/${assortment}` && !hasTerms(grant, terms))
          await this.#grant(grant.assortment, grant.to, terms)
    })
  }

  /** Takes back all grants of an assortment. */
  revokeAll(assortment: string): Promise<void> {
    return this.#exclusive.run(async () => {
      for (const grant of this.given())
        if (grant.assortment === `assortment/${assortment}`) await this.#revoke(grant)
    })
  }

  async #revoke(held: Grant): Promise<void> {
    const { identity, clock } = this.#parts
    const at = { time: clock.nowSeconds(), keyEvent: identity.keyEvent }
    await this.#send(identity.sign(revocationBody(held, at)) as Grant)
  }

  async #send(grant: Grant): Promise<Grant> {
    const { rows, statements } = this.#parts
    const staged = rows.stage(grant)
    this.#events.onGiven(grant.to)
    await statements.send(grant.to, grant, [staged])
    return grant
  }

  /** Renews the leases that are half over, and those signed with a key that is no longer in force. Call daily. */
  renew(): Promise<void> {
    return this.#exclusive.run(async () => {
      const { relations, identity, clock } = this.#parts
      for (const grant of this.given()) {
        const { state, generation } = relations.viewOf(grant.to)
        if ((state !== 'partner' && state !== 'paused') || generation !== grant.generation) continue
        if (grant.state !== 'granted') continue
        if (!renewalDue(grant, clock.nowSeconds()) && grant.keyEvent === identity.keyEvent) continue
        const { licence, channels, neutralDelivery } = grant
        await this.#grant(grant.assortment, grant.to, { licence, channels, neutralDelivery })
      }
    })
  }

  /** A grant came by the message stream. */
  async receive(from: MerchantId, text: string): Promise<Receipt> {
    const { rows, relations, identity, merchants, statements, clock } = this.#parts
    const log = merchants.keyLogOf(from)
    if (log === undefined) return { receipt: 'later', seconds: 60 }
    const verified = verifyGrant(nodePrimitives, text, { log, to: identity.merchant })
    if (!verified.ok) return refusedOf(verified)
    const grant = verified.statement
    const held = rows.get(from, identity.merchant, grant.assortment)
    const admission = admitGrant(held, grant, relations.viewOf(from), clock.nowSeconds())
    if (admission.verdict === 'reject') {
      const code = admission.reason === 'not-partner' ? 'not-partners' : 'contradicts'
      return { receipt: 'refused', code, message: `The grant was not taken: ${admission.reason}.` }
    }
    if (admission.verdict === 'new') {
      if (held === undefined && this.all(from, identity.merchant).length >= grantsOfPartnerMax)
        return {
          receipt: 'refused',
          code: 'contradicts',
          message: `The grant was not taken: grants for more than ${grantsOfPartnerMax} assortments (grantsOfPartnerMax).`,
        }
      await statements.keep([rows.stage(grant)])
      this.#events.onReceived(from, grant.assortment)
    }
    return { receipt: 'stored' }
  }

  /** Grants in force that this merchant gave. */
  given(): Grant[] {
    const { rows, identity } = this.#parts
    return rows.by(identity.merchant).filter(({ state }) => state === 'granted')
  }

  /** Whether `reader` may read `repo` of `author` now, as far as grants go. */
  mayRead(author: MerchantId, reader: MerchantId, repo: string): boolean {
    const { rows, relations, identity, clock } = this.#parts
    const other = author === identity.merchant ? reader : author
    const held = { relation: relations.viewOf(other), grant: rows.get(author, reader, repo) }
    return mayReadAssortment(author, reader, repo, held, clock.nowSeconds())
  }

  /** The newest grant that this merchant gave the peer for a repo. */
  grantTo(peer: MerchantId, repo: string): Grant | undefined {
    const { rows, identity } = this.#parts
    return rows.get(identity.merchant, peer, repo)
  }

  /** What I may read: repos to follow. */
  readable(): { readonly merchant: MerchantId; readonly repo: string }[] {
    const { rows, identity } = this.#parts
    return rows
      .to(identity.merchant)
      .filter(({ from, assortment }) => this.mayRead(from, identity.merchant, assortment))
      .map(({ from, assortment }) => ({ merchant: from, repo: assortment }))
  }

  /** Why a grant no longer lets read: its author took it back, its lease is over, or the partnership rests. */
  whyEnded(from: MerchantId, to: MerchantId, assortment: string): 'revoked' | 'expired' | 'partner' {
    const grant = this.#parts.rows.get(from, to, assortment)
    if (grant === undefined || grant.state === 'revoked') return 'revoked'
    return grantCovers(grant, this.#parts.clock.nowSeconds()) ? 'partner' : 'expired'
  }

  /** When a grant's lease ends, UTC seconds; 0 if there is none in force. */
  leaseOf(from: MerchantId, to: MerchantId, assortment: string): number {
    const grant = this.#parts.rows.get(from, to, assortment)
    return grant?.state === 'granted' ? grant.leaseUntil : 0
  }

  /** Grants from one to the other, revoked ones too. */
  all(from: MerchantId, to: MerchantId): Grant[] {
    return this.#parts.rows.by(from).filter((grant) => grant.to === to)
  }

  viewsOf(from: MerchantId, to: MerchantId, titleOf: (id: string) => string | undefined): GrantView[] {
    const { rows, clock } = this.#parts
    return rows
      .by(from)
      .filter((grant) => grant.to === to && grantCovers(grant, clock.nowSeconds()))
      .map((grant) => viewOfGrant(grant, titleOf))
  }
}

function hasTerms(grant: Grant, terms: GrantTerms): boolean {
  if (grant.state === 'revoked') return true
  const { licence, channels, neutralDelivery } = grant
  return (
    JSON.stringify([licence, channels, neutralDelivery]) ===
    JSON.stringify([terms.licence, terms.channels, terms.neutralDelivery])
  )
}

export function viewOfGrant(grant: Grant, titleOf: (id: string) => string | undefined): GrantView {
  const assortment = grant.assortment.slice('assortment/'.length)
  return {
    assortment,
    title: titleOf(assortment) ?? assortment,
    since: timeText(grant.time),
    expiresAt: timeText(grant.state === 'granted' ? grant.leaseUntil : grant.time),
  }
}
