/**
 * From nothing to a partner's offer, in the fewest calls of the local API.
 *
 *   node examples/first-partner.ts
 *
 * Two nodes are started for it on this machine; with your own you would begin at `connectToNode(dataFolder)`.
 */
import type { MarketPageView, NewInvitationView } from '../src/node/views.ts'
import { importCatalog } from './import-catalog.ts'
import { LocalNodes, until } from './local-nodes.ts'

const catalog = `sku,title,price,stock
SEED-1,Sunflower seeds 500 g,4.90,120
SEED-2,Wildflower mix 100 g,6.50,40
POT-1,Clay pot 14 cm,3.20,0
`

const nodes = await LocalNodes.create()
try {
  const [anna, bert] = await Promise.all([nodes.start('Anna'), nodes.start('Bert')])

  // Anna has products.
  const { taken } = await importCatalog(
    anna.client,
    { name: 'products.csv', text: catalog },
    {
      currency: 'EUR',
      language: 'en',
      mapping: { columns: { sku: 'sku', title: 'title', price: 'price', stock: 'stock' } },
    },
  )
  console.log(`Anna imported ${taken} products.`)

  // They meet. The code goes from Anna to Bert by mail, by phone, on paper: outside of Mosaic.
  const { code } = await anna.client.post<NewInvitationView>('/invitations', { auto: true })
  await bert.client.run('/partners/join', { body: { code, waitSeconds: 30 } }, () => {})
  console.log('Anna and Bert are partners.')

  // Anna releases what is in stock or comes again, 15 % off. Bert is told, and fetches it.
  await anna.client.post('/assortments', {
    id: 'garden',
    rule: { include: [], exclude: [{ skus: ['POT-1'] }] },
    priceRule: { kind: 'discount', basisPoints: 1500 },
    partners: [bert.merchant],
  })
  const page = await until('the offers', async () => {
    const found = await bert.client.get<MarketPageView>('/offers', { text: 'seeds' })
    return found.total > 0 ? found : undefined
  })
  for (const { merchantName, offer } of page.offers)
    console.log(
      `Bert sees: ${offer.title.en}, ${offer.price.minor} cents, ${offer.stock} in stock, from ${merchantName}.`,
    )
} finally {
  await nodes.stop()
}
