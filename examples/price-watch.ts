/**
 * Keeps an eye on a partner's prices: what does it mean for mine when theirs change?
 *
 *   node examples/price-watch.ts
 *
 * The part to take along is `watch`: it needs the client of a running node and nothing else. The rest starts two
 * merchants on this machine and lets one of them change prices.
 */
import type { ApiClient } from '../src/api/client.ts'
import { lineAmount } from '../src/core/trade/money.ts'
import type { NodeEvent } from '../src/node/events.ts'
import type { MarketPageView, NewInvitationView, OfferView } from '../src/node/views.ts'
import { importCatalog } from './import-catalog.ts'
import { type LocalNode, LocalNodes, until } from './local-nodes.ts'

/** What my shop asks for a product, net, in cents. */
type OwnPrices = ReadonlyMap<string, number>

/** Below this part of my price that is left to me, I want to know. In basis points. */
const marginMin = 2_500

/**
 * Says what each change of a partner's offers means, until the signal.
 * @param tell gets the SKU and a line for each offer that changed
 */
async function watch(
  client: ApiClient,
  ownPrices: OwnPrices,
  tell: (sku: string, line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const event of client.events<NodeEvent>({ signal })) {
      if (event.type !== 'offers-changed') continue
      // Few changes come with their SKUs; after many, one would page through all offers instead.
      for (const sku of event.skus ?? []) {
        const { offer } = await client.get<OfferView>(`/offers/${event.merchant}/${encodeURIComponent(sku)}`)
        tell(sku, meaning(offer, ownPrices.get(sku)))
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

function meaning(offer: OfferView['offer'], own: number | undefined): string {
  const name = offer.title.en ?? offer.sku
  if (offer.stock === 0) return `${name}: sold out. Take it out of the shop.`
  if (own === undefined) return `${name}: not in my shop.`
  const cost = lineAmount(offer.price, 1)
  const margin = Math.floor(((own - cost) * 10_000) / own)
  const percent = `${(margin / 100).toFixed(1)} %`
  return margin < marginMin
    ? `${name}: costs ${cost} now, I ask ${own}: only ${percent} left. Raise it.`
    : `${name}: costs ${cost} now, I ask ${own}: ${percent} left. Fine.`
}

const columns = { sku: 'sku', title: 'title', price: 'price', stock: 'stock' }
const export1 = 'sku,title,price,stock\nTENT,Tent,100.00,5\nLAMP,Lamp,20.00,9\nSTOVE,Stove,30.00,2\n'
const export2 = 'sku,title,price,stock\nTENT,Tent,130.00,5\nLAMP,Lamp,18.00,9\nSTOVE,Stove,30.00,0\n'

async function supply(supplier: LocalNode, text: string): Promise<void> {
  await importCatalog(
    supplier.client,
    { name: 'export.csv', text },
    { currency: 'EUR', language: 'en', mapping: { columns } },
  )
}

const nodes = await LocalNodes.create()
const stop = new AbortController()
try {
  const [supplier, shop] = await Promise.all([nodes.start('Supplier'), nodes.start('Shop')])
  const meanings = new Map<string, string>()
  const ownPrices = new Map([
    ['TENT', 15_900],
    ['LAMP', 2_990],
    ['STOVE', 4_490],
  ])
  const watching = watch(shop.client, ownPrices, (sku, line) => meanings.set(sku, line), stop.signal)
  await supply(supplier, export1)
  const { code } = await supplier.client.post<NewInvitationView>('/invitations', { auto: true })
  await shop.client.run('/partners/join', { body: { code, waitSeconds: 30 } }, () => {})
  await supplier.client.post('/assortments', { id: 'all', partners: [shop.merchant] })
  await until('the first offers', async () => {
    const { total } = await shop.client.get<MarketPageView>('/offers')
    return total === 3 ? total : undefined
  })
  await supply(supplier, export2)
  await until('what the changes mean', async () =>
    meanings.get('STOVE')?.includes('sold out') ? true : undefined,
  )
  stop.abort()
  await watching
  for (const sku of ['LAMP', 'STOVE', 'TENT']) console.log(meanings.get(sku))
} finally {
  stop.abort()
  await nodes.stop()
}
