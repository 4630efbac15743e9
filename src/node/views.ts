import type { MerchantId } from '../core/identity/merchant-id.ts'
import type { InvitationState } from '../core/partner/invitation.ts'
import type { InvitationRole } from '../core/partner/invitation-code.ts'
import type { Preview } from '../core/trade/assortment-preview.ts'
import type { Offer } from '../core/trade/offer.ts'
import type { Prospects } from '../network/rendezvous.ts'
import type { Definition } from './assortments.ts'

/** What the node tells the API, the CLI and the page. Times are RFC 3339, UTC. */

export interface StatusView {
  readonly merchant: MerchantId
  readonly name: string
  readonly peerId: string
  readonly addresses: readonly string[]
  readonly version: string
  readonly startedAt: string
  readonly products: number
  readonly assortments: number
  readonly partners: { readonly total: number; readonly connected: number; readonly waiting: number }
  readonly offers: number
  readonly invitations: { readonly open: number; readonly claimed: number }
  /** What needs the merchant, most urgent first. */
  readonly warnings: readonly WarningView[]
}

export interface WarningView {
  readonly code: string
  readonly message: string
  readonly params: Readonly<Record<string, string>>
}

export interface IdentityView {
  readonly merchant: MerchantId
  readonly name: string
  readonly key: string
  readonly keyEvents: number
  readonly keyEventDigest: string
  readonly peerId: string
  readonly frozen: boolean
  readonly encrypted: boolean
  /** The key log, oldest first: what partners hold of this identity. */
  readonly keyLog: readonly string[]
}

export interface InvitationView {
  readonly id: string
  readonly form: 'link' | 'phone'
  readonly state: InvitationState
  readonly role: InvitationRole
  readonly note?: string
  readonly auto: boolean
  readonly createdAt: string
  readonly expiresAt: string
  readonly claimedBy?: { readonly merchant: MerchantId; readonly name: string; readonly at: string }
}

/** Told once, when it is made: the node keeps no code. */
export interface NewInvitationView extends InvitationView {
  readonly code: string
  /** The same as a link, for a form that has one. */
  readonly link?: string
  /** Whether who has a phone code can find this node, as things are now. */
  readonly meeting?: Prospects
}

export type PartnerState = 'invited' | 'partner' | 'paused' | 'ended'

export interface PartnerView {
  readonly merchant: MerchantId
  readonly name: string
  readonly state: PartnerState
  /** Who paused or ended it. */
  readonly stateBy?: 'me' | 'them'
  readonly connected: boolean
  /** Why they are not connected, if the last try said so. */
  readonly problem?: string
  readonly invitedBy: 'me' | 'them'
  readonly since: string
  readonly lastSeenAt?: string
  readonly addresses: readonly string[]
  /** What I released to them. */
  readonly grantsGiven: readonly GrantView[]
  /** What they released to me. */
  readonly grantsReceived: readonly GrantView[]
}

export interface GrantView {
  readonly assortment: string
  readonly title: string
  readonly since: string
  /** The lease: renewed by itself while both sides live. */
  readonly expiresAt: string
  readonly offers?: number
}

export interface AssortmentView {
  readonly id: string
  readonly title: string
  readonly definition: Definition
  readonly offers: number
  readonly rev: number
  readonly partners: readonly {
    readonly merchant: MerchantId
    readonly name: string
    readonly expiresAt: string
  }[]
}

export interface ProductView {
  readonly offer: Offer
  readonly changedAt?: string
}

export interface OfferView {
  readonly merchant: MerchantId
  readonly merchantName: string
  readonly repo: string
  readonly offer: Offer
}

export interface MarketPageView {
  readonly offers: readonly OfferView[]
  /** Of all pages. */
  readonly total: number
  /** Ask with it as `after` for more. */
  readonly next?: string
  /** Offers of all partners together, whatever was asked. */
  readonly offersHeld: number
  /** Repos that the search has not caught up with yet. */
  readonly behind: number
}

/** That an offer is in a partner's repo, for those who have the partner's key log. */
export interface ProofView {
  readonly proof: string
  readonly rev: number
  readonly at: string
  readonly root: string
  readonly key: string
}

export interface RepoView {
  readonly merchant: MerchantId
  readonly merchantName: string
  readonly repo: string
  readonly own: boolean
  readonly rev: number
  readonly records: number
  readonly at: string
}

export interface CommitView {
  readonly rev: number
  readonly digest: string
  readonly root: string
  readonly records: number
  readonly at: string
}

export interface RepoVerification {
  readonly ok: boolean
  readonly merchant: MerchantId
  readonly merchantName: string
  readonly repo: string
  readonly rev: number
  readonly records: number
  readonly root: string
  readonly problems: readonly string[]
}

export type AssortmentPreviewView = Preview

export interface RestoreView {
  /** Whether the node may write again. */
  readonly open: boolean
  /** Partners that have not answered yet what they hold of this merchant. */
  readonly waitingFor: readonly string[]
}

export interface CheckView {
  readonly ok: boolean
  readonly repos: number
  readonly records: number
  readonly problems: readonly { readonly where: string; readonly message: string }[]
}

/** RFC 3339 of UTC seconds. */
export function timeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}
