import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { MarketPageView, OfferView, ProofView } from '../../node/views.ts'
import { act, type Context, type Frame, several, subcommand } from '../frame.ts'
import { offerFacts, titleOf } from '../offer-text.ts'
import { collect, minorUnits, wholeNumber } from '../parse.ts'
import { table } from '../table.ts'

interface ListOptions {
  readonly text?: string
  readonly gtin?: string
  readonly category?: string
  readonly priceFrom?: string
  readonly priceTo?: string
  readonly currency?: string
  readonly partner?: readonly string[]
  readonly inStock?: boolean
  readonly limit?: number
  readonly after?: string
}

export function offersCommand(frame: Frame, program: Command): void {
  const { offers: texts } = frame.texts
  const offers = subcommand(frame, program, 'offers', texts)
  const list = subcommand(frame, offers, 'list', texts.list, { isDefault: true })
  act(frame, filters(frame, list).option('--text <words>', texts.text), (context, options: ListOptions) =>
    listOffers(context, options),
  )
  const search = subcommand(frame, offers, 'search', texts.search).argument('<words...>', texts.text)
  act(frame, filters(frame, search), (context, options: ListOptions, words) =>
    listOffers(context, { ...options, text: words ?? '' }),
  )
  const show = subcommand(frame, offers, 'show', texts.show)
    .argument('<partner>', texts.partnerArgument)
    .argument('<sku>', texts.sku)
    .option('--assortment <id>', texts.assortment)
    .option('--proof [file]', texts.proof)
  act(frame, show, showOffer)
}

function filters(frame: Frame, command: Command): Command {
  const { offers: texts } = frame.texts
  return command
    .option('--gtin <gtin>', texts.gtin)
    .option('--category <category>', texts.category)
    .option('--price-from <amount>', texts.priceFrom)
    .option('--price-to <amount>', texts.priceTo)
    .option('--currency <code>', texts.currency)
    .option('--partner <partner>', several(frame, texts.partner), collect)
    .option('--in-stock', texts.inStock)
    .option('--limit <count>', texts.limit, wholeNumber(1, 200))
    .option('--after <cursor>', texts.after)
}

async function listOffers(context: Context, options: ListOptions): Promise<void> {
  const { texts, output, format } = context
  const words = texts.offers
  const { category, currency = 'EUR' } = options
  const isId = category !== undefined && /^\d+$/.test(category)
  const priced = options.priceFrom !== undefined || options.priceTo !== undefined
  const query = {
    text: options.text,
    gtin: options.gtin?.replaceAll(/[\s-]/g, ''),
    ...(isId ? { category: Number(category) } : { categoryPath: category }),
    ...((priced || options.currency !== undefined) && { currency }),
    minMinor: minorUnits(options.priceFrom, currency, '--price-from'),
    maxMinor: minorUnits(options.priceTo, currency, '--price-to'),
    partners: options.partner?.join(','),
    inStock: options.inStock,
    limit: options.limit,
    after: options.after,
  }
  const client = await context.client()
  const page = await client.get<MarketPageView>('/offers', query)
  output.result({ ...page }, () => {
    if (page.offers.length === 0) return page.offersHeld === 0 ? words.noneAtAll : words.noneFound
    const columns = table(page.offers, [
      { head: words.columns.partner, cell: ({ merchantName }) => merchantName, widthMax: 24 },
      { head: words.columns.sku, cell: ({ offer }) => offer.sku, widthMax: 20 },
      { head: words.columns.title, cell: ({ offer }) => titleOf(offer, context.language), widthMax: 48 },
      { head: words.columns.price, cell: ({ offer }) => format.price(offer.price), align: 'right' },
      { head: words.columns.stock, cell: ({ offer }) => stockText(context, offer.stock), align: 'right' },
    ])
    const count = words.shown(format.number(page.offers.length), format.number(page.total))
    const more = page.next === undefined ? '' : `\n${words.more(page.next)}`
    const lag = page.behind > 0 ? `\n${words.behind(page.behind)}` : ''
    return `${columns}\n\n${count}${more}${lag}`
  })
}

export function stockText({ texts, format }: Context, stock: number | undefined): string {
  return stock === undefined ? texts.offers.stockUnknown : format.number(stock)
}

async function showOffer(
  context: Context,
  options: { readonly assortment?: string; readonly proof?: string | true },
  partner: string,
  sku: string,
): Promise<void> {
  const { texts, output } = context
  const client = await context.client()
  const path = `/offers/${encodeURIComponent(partner)}/${encodeURIComponent(sku)}`
  const query = { assortment: options.assortment }
  const found = await client.get<OfferView>(path, query)
  const proof = options.proof === undefined ? undefined : await client.get<ProofView>(`${path}/proof`, query)
  if (typeof options.proof === 'string')
    await writeFile(options.proof, `${proof?.proof ?? ''}\n`, { flag: 'wx' })
  output.result({ ...found, ...(proof && { proof }) }, () => {
    const lines = offerFacts(context, found)
    if (proof === undefined) return lines
    return `${lines}\n\n${texts.offers.proven(proof.rev, context.format.dateTime(proof.at), proof.key)}`
  })
}
