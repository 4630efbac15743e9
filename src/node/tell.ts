import type { MerchantId } from '../core/identity/merchant-id.ts'
import { publicId, repoOf } from './assortments.ts'
import type { Local } from './local.ts'
import type { Online } from './online.ts'
import { version } from './version.ts'
import {
  type AssortmentView,
  type GrantView,
  type PartnerState,
  type PartnerView,
  type StatusView,
  timeText,
  type WarningView,
} from './views.ts'

/** What the node tells of itself and its partners, put together from its jobs. */

export async function statusView(local: Local, online: Online, startedAt: number): Promise<StatusView> {
  const { identity, partners, catalog, assortments, market, invitations } = local
  const all = partners.all()
  const inState = (state: PartnerState): MerchantId[] =>
    all.filter((one) => partners.viewOf(one).state === state)
  return {
    merchant: identity.merchant,
    name: identity.name,
    peerId: identity.peerId,
    addresses: online.addresses(),
    version,
    startedAt: timeText(startedAt),
    products: catalog.count,
    assortments: (await assortments.all()).length,
    partners: {
      total: inState('partner').length + inState('paused').length,
      connected: all.filter((one) => online.isConnected(one)).length,
      waiting: inState('invited').length,
    },
    offers: market.count(),
    invitations: { open: invitations.count('open'), claimed: invitations.count('claimed') },
    warnings: await warnings(local),
  }
}

/** What needs the merchant, most urgent first. */
async function warnings(local: Local): Promise<WarningView[]> {
  const { identity, restoring, invitations, outbox, merchants, equivocations } = local
  const found: WarningView[] = []
  for (const error of [identity.problem(), restoring.problem()])
    if (error !== undefined) found.push({ code: error.code, message: error.message, params: error.params })
  const claimed = invitations.count('claimed')
  if (claimed > 0) {
    const params = { count: String(claimed) }
    const message = `${claimed} merchant(s) used an invitation and wait for you: mosaic invite confirm`
    found.push({ code: 'invitation-claimed', message, params })
  }
  for await (const { merchant, repo } of equivocations.all()) {
    const params = { name: merchants.nameOf(merchant), repo }
    const message = `${params.name} signed two versions of ${repo}. The proof is kept; nothing newer of it is taken.`
    found.push({ code: 'equivocation', message, params })
  }
  for (const failed of (await outbox.failed()).slice(-10)) {
    const name = merchants.nameOf(failed.to)
    const params = { name, reason: failed.reason }
    found.push({
      code: 'message-failed',
      message: `${name} did not take a message: ${failed.message}`,
      params,
    })
  }
  return [...found, ...local.warnings.all()]
}

export async function partnerView(local: Local, online: Online, merchant: MerchantId): Promise<PartnerView> {
  const { identity, merchants, partners } = local
  const { state, since = 0, invitedBy, pausedBy, endedBy } = partners.viewOf(merchant)
  const row = merchants.get(merchant)
  const stoppedBy = state === 'paused' ? pausedBy : state === 'ended' ? endedBy : []
  const problem = online.problemOf(merchant)
  return {
    merchant,
    name: merchants.nameOf(merchant),
    state: state as PartnerState,
    ...(stoppedBy.length > 0 && { stateBy: stoppedBy.includes(identity.merchant) ? 'me' : 'them' }),
    connected: online.isConnected(merchant),
    ...(problem !== undefined && { problem }),
    invitedBy: invitedBy === identity.merchant ? 'me' : 'them',
    since: timeText(since),
    ...(row?.lastSeenAt !== undefined && { lastSeenAt: timeText(row.lastSeenAt) }),
    addresses: row?.addresses ?? [],
    grantsGiven: grantsGiven(local, merchant),
    grantsReceived: await grantsReceived(local, merchant),
  }
}

function grantsGiven({ grants, identity, assortments }: Local, to: MerchantId): GrantView[] {
  return grants.viewsOf(identity.merchant, to, (id) => assortments.get(id)?.title)
}

async function grantsReceived({ grants, identity, market }: Local, from: MerchantId): Promise<GrantView[]> {
  const views = grants.viewsOf(from, identity.merchant, () => undefined)
  return await Promise.all(
    views.map(async (grant) => ({ ...grant, offers: await market.countIn(from, repoOf(grant.assortment)) })),
  )
}

/** @throws {NodeError} `assortment-unknown` */
export async function assortmentView(local: Local, id: string): Promise<AssortmentView> {
  const { assortments, publish, grants, merchants } = local
  const definition = assortments.require(id)
  const repo = await publish.repo(repoOf(id))
  const partners = grants
    .given()
    .filter(({ assortment }) => id !== publicId && assortment === `assortment/${id}`)
    .map((grant) => ({
      merchant: grant.to,
      name: merchants.nameOf(grant.to),
      expiresAt: timeText(grant.state === 'granted' ? grant.leaseUntil : 0),
    }))
  return {
    id,
    title: definition.title,
    definition,
    offers: repo.count,
    rev: repo.head?.commit.rev ?? 0,
    partners,
  }
}
