import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { ApiError } from '../../src/api/client.ts'
import { formatPrice } from '../../src/core/trade/money.ts'
import type {
  AssortmentPreviewView,
  AssortmentView,
  InvitationView,
  MarketPageView,
  NewInvitationView,
  OfferView,
  PartnerView,
  ProofView,
} from '../../src/node/views.ts'
import { type ImportReport, importCatalog } from '../import-catalog.ts'
import { Listening } from '../listening.ts'
import { type LocalNode, type LocalNodes, until } from '../local-nodes.ts'
import { withCell } from './catalog-file.ts'
import type { Story } from './story.ts'

/** A merchant of the story: its node, and what the node has told. */
interface Merchant extends LocalNode {
  readonly heard: Listening
}

const file = (name: string): string => fileURLToPath(new URL(`../catalogs/${name}`, import.meta.url))
const outdoorFile = file('fernpfad-outdoor.woocommerce.csv')
const coffeeFile = file('morgenrot-kaffee.magento.csv')
const toolsFile = file('bankhaken-werkstatt.bmecat.xml')

const stove = 'KU-GASKOCHER'
const category = 'Camping > Kochen'

/** The story of three merchants. Each chapter needs what the ones before it did. */
export async function tell(story: Story, nodes: LocalNodes): Promise<readonly LocalNode[]> {
  const cast = new Cast(nodes)
  await story.step('start', 'Three merchants start their nodes', async (say) => {
    const started = await cast.start()
    for (const { name, merchant, readyMs } of started)
      say(`${name} is ${merchant.slice(0, 16)}…, ready after ${readyMs} ms.`)
    return { nodes: started.length, readyMsMax: Math.max(...started.map(({ readyMs }) => readyMs)) }
  })
  await chapters(story, cast)
  cast.close()
  return cast.all()
}

class Cast {
  readonly #nodes: LocalNodes
  readonly #merchants = new Map<string, Merchant>()

  constructor(nodes: LocalNodes) {
    this.#nodes = nodes
  }

  async start(): Promise<readonly LocalNode[]> {
    const names = ['Fernpfad Outdoor', 'Morgenrot Kaffee', 'Bankhaken Werkstatt']
    const started = await Promise.all(names.map((name) => this.#nodes.start(name)))
    for (const node of started)
      this.#merchants.set(node.name.split(' ')[0] ?? '', { ...node, heard: new Listening(node.client) })
    return started
  }

  merchant(name: 'Fernpfad' | 'Morgenrot' | 'Bankhaken'): Merchant {
    const found = this.#merchants.get(name)
    if (found === undefined) throw new Error(`${name} has not started.`)
    return found
  }

  all(): readonly LocalNode[] {
    return [...this.#merchants.values()]
  }

  close(): void {
    for (const { heard } of this.#merchants.values()) heard.close()
  }
}

async function chapters(story: Story, cast: Cast): Promise<void> {
  let code = ''
  await story.step('catalogs', 'Each imports its catalog', async (say) => {
    const reports = await Promise.all([
      importCatalog(cast.merchant('Fernpfad').client, outdoorFile, { currency: 'EUR', vatBasisPoints: 1900 }),
      importCatalog(cast.merchant('Morgenrot').client, coffeeFile, {
        currency: 'EUR',
        language: 'de',
        vatBasisPoints: 1900,
        vatClasses: { 'Reduced Rate': 700 },
        weightUnit: 'kg',
      }),
      importCatalog(cast.merchant('Bankhaken').client, toolsFile),
    ])
    say(`Fernpfad Outdoor, a WooCommerce export: ${taken(reports[0])}.`)
    say(`Morgenrot Kaffee, a Magento export in German and English: ${taken(reports[1])}.`)
    say(`Bankhaken Werkstatt, a BMEcat file with prices per 100 and 1,000: ${taken(reports[2])}.`)
    const sum = (count: (report: ImportReport) => number): number => reports.reduce((n, r) => n + count(r), 0)
    return {
      products: sum(({ products }) => products),
      offers: sum(({ variants }) => variants),
      refused: sum(({ refusedCount }) => refusedCount),
    }
  })
  await story.step(
    'invitation',
    'Fernpfad invites Morgenrot, and looks who came before it confirms',
    async (say) => {
      const since = performance.now()
      const fernpfad = cast.merchant('Fernpfad')
      const morgenrot = cast.merchant('Morgenrot')
      const invitation = await fernpfad.client.post<NewInvitationView>('/invitations', { form: 'link' })
      code = invitation.code
      say(`The code has ${code.length} characters and holds until ${invitation.expiresAt}.`)
      await join(morgenrot, code)
      const { event } = await fernpfad.heard.heard('invitation-claimed', since)
      say(`Fernpfad sees: "${event.name}" (${event.merchant.slice(0, 16)}…) used it.`)
      await fernpfad.client.post(`/invitations/${encodeURIComponent(event.invitation)}/confirm`)
      await bothPartners(fernpfad, morgenrot)
      say('Confirmed: they are partners, on both sides.')
      return { codeCharacters: code.length, partners: true }
    },
  )
  await story.step('second-partner', 'Fernpfad also meets Bankhaken, confirmed by itself', async (say) => {
    const fernpfad = cast.merchant('Fernpfad')
    const bankhaken = cast.merchant('Bankhaken')
    const { code: second } = await fernpfad.client.post<NewInvitationView>('/invitations', { auto: true })
    await join(bankhaken, second)
    await bothPartners(fernpfad, bankhaken)
    say('An invitation made with "auto" takes the first who comes. It is for a code told in person.')
    return { partners: true }
  })
  await trade(story, cast)
  await refusals(story, cast, () => code)
}

async function trade(story: Story, cast: Cast): Promise<void> {
  let offers = 0
  let releasedAt = 0
  await story.step(
    'assortments',
    `Fernpfad releases "${category}" to both, each at its own terms`,
    async (say) => {
      const fernpfad = cast.merchant('Fernpfad')
      const rule = { include: [{ categoryPaths: [category] }], exclude: [] }
      const stockRule = { safetyStock: 2 }
      const forMorgenrot = { rule, stockRule, priceRule: { kind: 'discount', basisPoints: 2000 } }
      const forBankhaken = { rule, stockRule, priceRule: { kind: 'discount', basisPoints: 800 } }
      const preview = await fernpfad.client.post<AssortmentPreviewView>('/assortments/preview', forMorgenrot)
      say(`Preview: ${preview.included} of ${preview.offers} offers would be shown.`)
      offers = preview.included
      releasedAt = performance.now()
      for (const [id, terms, partner] of [
        ['cafes', forMorgenrot, cast.merchant('Morgenrot')],
        ['workshops', forBankhaken, cast.merchant('Bankhaken')],
      ] as const)
        await fernpfad.client.post<AssortmentView>('/assortments', {
          id,
          ...terms,
          partners: [partner.merchant],
        })
      say(
        '"cafes": 20 % off, for Morgenrot. "workshops": 8 % off, for Bankhaken. Two pieces of each stay back.',
      )
      return { offers, assortments: 2 }
    },
  )
  await story.step(
    'first-sync',
    'The partners receive what was released to them, and nothing else',
    async (say) => {
      const [morgenrot, bankhaken] = [cast.merchant('Morgenrot'), cast.merchant('Bankhaken')]
      for (const partner of [morgenrot, bankhaken])
        await until('the first offers', async () => ((await held(partner)) === offers ? true : undefined))
      const ms = Math.round(performance.now() - releasedAt)
      const prices = [await priceOf(morgenrot, stove), await priceOf(bankhaken, stove)] as const
      say(
        `${offers} offers each, ${ms} ms after the release began. The stove ${stove} costs Morgenrot ${prices[0]}`,
      )
      say(`and Bankhaken ${prices[1]}. Neither can see the other's terms, nor that there are any.`)
      await mustFail('partner-unknown', () => morgenrot.client.get(`/offers/Bankhaken/${stove}`))
      return { offers, ms, priceAtMorgenrot: prices[0], priceAtBankhaken: prices[1] }
    },
  )
  await changes(story, cast)
}

async function changes(story: Story, cast: Cast): Promise<void> {
  const csv = await readFile(outdoorFile, 'utf8')
  const cheaper = withCell(csv, stove, 'Regulärer Preis', '39,90')
  await story.step('price-change', 'The stove gets cheaper in the shop of Fernpfad', async (say) => {
    const { ms, changed, rows } = await changeArrives(cast, cheaper)
    const price = await priceOf(cast.merchant('Morgenrot'), stove)
    say(`The shop's export has ${rows} rows; ${changed} offer differs, and only that travels.`)
    say(`At Morgenrot it costs ${price} now, ${ms} ms after Fernpfad published it.`)
    return { rows, changed, ms, price }
  })
  await story.step('stock-out', 'The stove sells out', async (say) => {
    const soldOut = withCell(withCell(cheaper, stove, 'Bestand', '0'), stove, 'Vorrätig?', '0')
    const { ms } = await changeArrives(cast, soldOut)
    const { client } = cast.merchant('Morgenrot')
    const query = { text: 'gaskocher funkenflug' }
    const all = await client.get<MarketPageView>('/offers', query)
    const inStock = await client.get<MarketPageView>('/offers', { ...query, inStock: true })
    say(`${ms} ms later Morgenrot reads stock 0. A search finds it (${all.total}), a search for what is in`)
    say(`stock does not (${inStock.total}). Stock 0 and stock unknown are two things.`)
    if (all.total !== 1 || inStock.total !== 0)
      throw new Error('The search shows another stock than was sent.')
    return { ms, found: all.total, foundInStock: inStock.total }
  })
  await story.step('proof', 'Morgenrot has proof of what was offered', async (say) => {
    const { client } = cast.merchant('Morgenrot')
    const proof = await client.get<ProofView>(`/offers/Fernpfad/${stove}/proof`)
    say(
      `${proof.proof.length} bytes show that the offer is in what Fernpfad signed as revision ${proof.rev}.`,
    )
    return { rev: proof.rev, bytes: proof.proof.length }
  })
}

async function refusals(story: Story, cast: Cast, code: () => string): Promise<void> {
  await story.step('invitation-reused', 'Somebody tries the used invitation, twice', async (say) => {
    const bankhaken = cast.merchant('Bankhaken')
    const since = performance.now()
    const refusals = [
      await refusal(() => join(bankhaken, code())),
      await refusal(() => join(bankhaken, code())),
    ]
    for (const { message } of refusals) say(`Bankhaken is told: ${message}`)
    const { event } = await cast.merchant('Fernpfad').heard.heard('invitation-refused', since)
    say(`And Fernpfad learns that ${event.merchant.slice(0, 16)}… tried (${event.reason}).`)
    const { invitations } = await cast
      .merchant('Fernpfad')
      .client.get<{ invitations: readonly InvitationView[] }>('/invitations')
    if (invitations.some(({ state }) => state === 'open')) throw new Error('An invitation is still open.')
    return { refused: refusals.length, code: refusals[0]?.code ?? '', inviterTold: true }
  })
  await story.step('revocation', 'Fernpfad revokes what it had released to Morgenrot', async (say) => {
    const morgenrot = cast.merchant('Morgenrot')
    const since = performance.now()
    await cast.merchant('Fernpfad').client.delete(`/assortments/cafes/grants/${morgenrot.merchant}`)
    await morgenrot.heard.heard('grant-ended', since)
    await until('the offers to be gone', async () => ((await held(morgenrot)) === 0 ? true : undefined))
    const ms = Math.round(performance.now() - since)
    const others = await held(cast.merchant('Bankhaken'))
    say(`${ms} ms later Morgenrot holds no offer of it any more. Bankhaken still has its ${others}.`)
    await mustFail('offer-unknown', () => morgenrot.client.get(`/offers/Fernpfad/${stove}`))
    return { ms, offersLeft: 0, offersOfTheOther: others }
  })
}

const taken = ({ products, variants, refusedCount, ms }: ImportReport): string =>
  `${products} products, ${variants} offers, ${refusedCount} refused, in ${ms} ms`

async function join(merchant: Merchant, code: string): Promise<void> {
  await merchant.client.run('/partners/join', { body: { code, waitSeconds: 0 } }, () => {})
}

async function bothPartners(one: Merchant, other: Merchant): Promise<void> {
  for (const [own, wanted] of [
    [one, other],
    [other, one],
  ] as const)
    await until(`${own.name} to be partner of ${wanted.name}`, async () => {
      const { partners } = await own.client.get<{ partners: readonly PartnerView[] }>('/partners')
      const found = partners.find(({ merchant }) => merchant === wanted.merchant)
      return found?.state === 'partner' && found.connected ? found : undefined
    })
}

async function held({ client }: Merchant): Promise<number> {
  const { total, behind } = await client.get<MarketPageView>('/offers', { limit: 1 })
  return behind > 0 ? -1 : total
}

async function priceOf({ client }: Merchant, sku: string): Promise<string> {
  const { offer } = await client.get<OfferView>(`/offers/Fernpfad/${sku}`)
  return formatPrice(offer.price)
}

/** The shop exports again; done when Morgenrot can search for what changed. */
async function changeArrives(
  cast: Cast,
  csv: string,
): Promise<{ readonly ms: number; readonly changed: number; readonly rows: number }> {
  const { client, heard } = cast.merchant('Fernpfad')
  const since = performance.now()
  const arriving = cast.merchant('Morgenrot').heard.heard('offers-changed', since)
  const report = await importCatalog(
    client,
    { name: 'export.csv', text: csv },
    { currency: 'EUR', vatBasisPoints: 1900 },
  )
  const published = await heard.heard(
    'assortment-published',
    since,
    ({ assortment }) => assortment === 'cafes',
  )
  const arrived = await arriving
  return {
    ms: Math.max(1, Math.round(arrived.at - published.at)),
    changed: report.changed,
    rows: report.rows,
  }
}

async function refusal(attempt: () => Promise<unknown>): Promise<ApiError> {
  try {
    await attempt()
  } catch (error) {
    if (error instanceof ApiError) return error
    throw error
  }
  throw new Error('What should have been refused was done.')
}

async function mustFail(code: string, attempt: () => Promise<unknown>): Promise<void> {
  const error = await refusal(attempt)
  if (error.code !== code) throw error
}
