import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { formatPrice } from '../../src/core/trade/money.ts'
import type {
  AssortmentPreviewView,
  AssortmentView,
  MarketPageView,
  NewInvitationView,
  OfferView,
  PartnerView,
  ProofView,
} from '../../src/node/views.ts'
import { type ImportReport, importCatalog } from '../import-catalog.ts'
import { type LocalNode, type LocalNodes, until } from '../local-nodes.ts'
import { bothPartners, Cast, held, join, type Merchant, mustFail, refusal } from './cast.ts'
import { withCell } from './catalog-file.ts'
import type { Story } from './story.ts'

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
  await trade(story, cast)
  await refusals(story, cast, () => code)
}

const rule = { include: [{ categoryPaths: [category] }], exclude: [] }
const forMorgenrot = {
  rule,
  priceRule: { kind: 'discount', basisPoints: 2000 },
  stockRule: { safetyStock: 2 },
}
const forBankhaken = {
  rule,
  priceRule: { kind: 'discount', basisPoints: 800 },
  stockRule: { safetyStock: 2 },
}

async function trade(story: Story, cast: Cast): Promise<void> {
  let offers = 0
  let releasedAt = 0
  await story.step('assortment', `Fernpfad releases "${category}" to Morgenrot, 20 % off`, async (say) => {
    const { client } = cast.merchant('Fernpfad')
    const preview = await client.post<AssortmentPreviewView>('/assortments/preview', forMorgenrot)
    offers = preview.included
    say(
      `Preview: ${offers} of ${preview.offers} offers would be shown, ${preview.outOfStock} of them sold out.`,
    )
    releasedAt = performance.now()
    const partners = [cast.merchant('Morgenrot').merchant]
    await client.post<AssortmentView>('/assortments', { id: 'cafes', ...forMorgenrot, partners })
    say('Released. Two pieces of each product stay back: safety stock.')
    return { offers, ofProducts: preview.offers }
  })
  await story.step('first-sync', 'Morgenrot receives what was released, and nothing else', async (say) => {
    const morgenrot = cast.merchant('Morgenrot')
    await until('the first offers', async () => ((await held(morgenrot)) === offers ? true : undefined))
    const ms = Math.round(performance.now() - releasedAt)
    const price = await priceOf(morgenrot, stove)
    say(`${offers} offers, ${ms} ms after the release began. The stove ${stove} costs ${price}.`)
    await mustFail('offer-unknown', () => morgenrot.client.get('/offers/Fernpfad/ZE-EINMANN'))
    say('A tent of the same shop, not released: unknown.')
    return { offers, ms, price }
  })
  await changes(story, cast)
}

async function changes(story: Story, cast: Cast): Promise<void> {
  const csv = await readFile(outdoorFile, 'utf8')
  const cheaper = withCell(csv, stove, 'Regulärer Preis', '39,90')
  await story.step('price-change', 'The stove gets cheaper in the shop of Fernpfad', async (say) => {
    const { ms, changed, rows } = await changeArrives(cast, cheaper)
    const price = await priceOf(cast.merchant('Morgenrot'), stove)
    say(`The shop exports its ${rows} rows again; ${changed} offer differs, and only that travels.`)
    say(`${ms} ms after the export was handed to Fernpfad's node it costs ${price} at Morgenrot.`)
    return { rows, changed, ms, price }
  })
  await story.step('stock-out', 'The stove sells out', async (say) => {
    const soldOut = withCell(withCell(cheaper, stove, 'Bestand', '0'), stove, 'Vorrätig?', '0')
    const { ms } = await changeArrives(cast, soldOut)
    const { client } = cast.merchant('Morgenrot')
    const query = { text: 'gaskocher funkenflug' }
    const all = await client.get<MarketPageView>('/offers', query)
    const inStock = await client.get<MarketPageView>('/offers', { ...query, inStock: true })
    say(`${ms} ms later Morgenrot reads stock 0. A search finds it, a search for what is in stock does not.`)
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
  await story.step(
    'invitation-reused',
    'Bankhaken got hold of the used code, and tries it twice',
    async (say) => {
      const bankhaken = cast.merchant('Bankhaken')
      const fernpfad = cast.merchant('Fernpfad')
      const since = performance.now()
      const refusals = [
        await refusal(() => join(bankhaken, code())),
        await refusal(() => join(bankhaken, code())),
      ]
      for (const { message } of refusals) say(`Bankhaken is told: ${message}`)
      const { event } = await fernpfad.heard.heard('invitation-claimed-twice', since)
      say(`And Fernpfad learns that "${event.name}" has the code, too.`)
      const { partners } = await fernpfad.client.get<{ partners: readonly PartnerView[] }>('/partners')
      if (partners.length !== 1) throw new Error('A used invitation made a partner.')
      return { refused: refusals.length, code: refusals[0]?.code ?? '', inviterTold: true }
    },
  )
  await story.step(
    'second-partner',
    'So Fernpfad gives Bankhaken a code of its own, and its own terms',
    async (say) => {
      const [fernpfad, bankhaken] = [cast.merchant('Fernpfad'), cast.merchant('Bankhaken')]
      const { code: second } = await fernpfad.client.post<NewInvitationView>('/invitations', { auto: true })
      await join(bankhaken, second)
      await bothPartners(fernpfad, bankhaken)
      const partners = [bankhaken.merchant]
      await fernpfad.client.post<AssortmentView>('/assortments', {
        id: 'workshops',
        ...forBankhaken,
        partners,
      })
      await until('the offers', async () => ((await held(bankhaken)) > 0 ? true : undefined))
      const prices = [
        await priceOf(cast.merchant('Morgenrot'), stove),
        await priceOf(bankhaken, stove),
      ] as const
      say(`8 % off: the stove costs Bankhaken ${prices[1]}, and Morgenrot ${prices[0]}.`)
      say("Neither can see the other's terms, nor that there are any.")
      return { priceAtMorgenrot: prices[0], priceAtBankhaken: prices[1] }
    },
  )
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

async function priceOf({ client }: Merchant, sku: string): Promise<string> {
  const { offer } = await client.get<OfferView>(`/offers/Fernpfad/${sku}`)
  return formatPrice(offer.price)
}

/** The shop exports again; done when Morgenrot can search for what changed. `ms`: from one to the other. */
async function changeArrives(
  cast: Cast,
  csv: string,
): Promise<{ readonly ms: number; readonly changed: number; readonly rows: number }> {
  const since = performance.now()
  const arriving = cast.merchant('Morgenrot').heard.heard('offers-changed', since)
  const { changed, rows } = await importCatalog(
    cast.merchant('Fernpfad').client,
    { name: 'export.csv', text: csv },
    { currency: 'EUR', vatBasisPoints: 1900 },
  )
  const { at } = await arriving
  return { ms: Math.round(at - since), changed, rows }
}
