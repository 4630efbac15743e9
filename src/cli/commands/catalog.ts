import { createReadStream } from 'node:fs'
import { access } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import type { Command } from 'commander'
import { ApiError } from '../../api/client.ts'
import type { ImportResult } from '../../node/catalog-import.ts'
import type { NodeEvent } from '../../node/events.ts'
import type { ProductView } from '../../node/views.ts'
import type { ImportSummary } from '../../shops/import-event.ts'
import type { ImportOptions } from '../../shops/import-options.ts'
import { act, type Context, type Frame, subcommand } from '../frame.ts'
import { type ImportFlags, importFlags, importOptionsOf } from '../import-flags.ts'
import { askMapping } from '../mapping.ts'
import { offerFacts, titleOf } from '../offer-text.ts'
import { wholeNumber } from '../parse.ts'
import { table } from '../table.ts'
import { stockText } from './offers.ts'

interface ImportCommandOptions extends ImportFlags {
  readonly dryRun?: boolean
  readonly watch?: boolean
  readonly detach?: boolean
  readonly keepMissing?: boolean
  readonly removeMissing?: boolean
}

const refusedShownMax = 20

export function catalogCommand(frame: Frame, program: Command): void {
  const { catalog: texts } = frame.texts
  const catalog = subcommand(frame, program, 'catalog', texts)
  const command = subcommand(frame, catalog, 'import', texts.import)
    .argument('<file>', texts.file)
    .option('--dry-run', texts.dryRun)
  importFlags(frame, command)
    .option('--keep-missing', texts.keepMissing)
    .option('--remove-missing', texts.removeMissing)
    .option('--watch', texts.watch)
    .option('--detach', texts.detach)
  act(frame, command, importFile)
  const unwatch = subcommand(frame, catalog, 'unwatch', texts.unwatch).argument('<file>', texts.file)
  act(frame, unwatch, unwatchFile)
  const list = subcommand(frame, catalog, 'list', texts.list, { isDefault: true })
    .option('--text <words>', texts.text)
    .option('--limit <count>', texts.limit, wholeNumber(1, 200))
    .option('--after <sku>', texts.after)
  act(frame, list, listProducts)
  act(frame, subcommand(frame, catalog, 'show', texts.show).argument('<sku>', texts.sku), showProduct)
}

async function importFile(context: Context, flags: ImportCommandOptions, given: string): Promise<void> {
  const options = importOptionsOf(flags)
  if (flags.dryRun) await dryRun(context, given, options)
  else await importToNode(context, given, options, flags)
}

/** Reads the file here and now: no node, no data folder. */
async function dryRun(context: Context, file: string, options: ImportOptions): Promise<void> {
  const { output, texts, format } = context
  await access(file)
  const { importCatalog } = await import('../../shops/catalog.ts')
  const open = (): AsyncIterable<Uint8Array> => createReadStream(file, { highWaterMark: 256 * 1024 })
  const summary = await askMapping(context, options, async (withMapping) => {
    for await (const event of importCatalog(open, withMapping)) {
      if (event.type === 'progress') output.progress(texts.catalog.reading(format.number(event.rows)))
      if (event.type === 'end') return event.summary
    }
    throw new Error('an import ends with its summary')
  })
  const { notes, assumed, ignoredBy, refusedBy } = summary
  output.event({ event: 'details', notes, assumed, ignoredBy, refusedBy }, () => '')
  output.result(
    dryRunLine(summary),
    () => `${importText(context, basename(file), summary)}\n${texts.catalog.would}`,
  )
}

/** What a dry run comes to, for programs. */
function dryRunLine(summary: ImportSummary): Readonly<Record<string, unknown>> {
  const { format, rows, products, variants, taken, ignored, refusedCount, offers } = summary
  const refused = summary.refused.map(({ line, sku, reason }) => ({ line, sku, reason }))
  return { format, rows, products, variants, taken, ignored, refusedCount, refused, offers }
}

async function importToNode(
  context: Context,
  given: string,
  options: ImportOptions,
  flags: ImportCommandOptions,
): Promise<void> {
  const { texts, output } = context
  const path = resolve(given)
  await access(path)
  const client = await context.client()
  const missing = flags.removeMissing ? 'remove' : flags.keepMissing ? 'keep' : undefined
  const onProgress = ({ rows }: { rows: number }): void =>
    output.progress(texts.catalog.reading(context.format.number(rows)))
  const result = await askMapping(context, options, async (withMapping) => {
    const body = {
      path,
      name: basename(path),
      options: withMapping,
      follow: flags.watch ?? false,
      ...(missing && { missing }),
    }
    try {
      return await client.run<{ rows: number }, ImportResult>('/catalog/imports', { body }, onProgress)
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'file-unreadable' || flags.watch) throw error
      // The node runs as another user, or elsewhere: it gets the file sent.
      const query = {
        name: basename(path),
        options: JSON.stringify(withMapping),
        ...(missing && { missing }),
      }
      const content = createReadStream(path, { highWaterMark: 256 * 1024 })
      return await client.run<{ rows: number }, ImportResult>(
        '/catalog/imports',
        { query, content },
        onProgress,
      )
    }
  })
  const { offers: _, ...told } = result
  const say = flags.watch && !flags.detach ? output.event : output.result
  say(
    { import: told },
    () => `${importText(context, basename(path), result)}\n${changesText(context, result)}`,
  )
  if (!flags.watch) return
  if (flags.detach) output.note(texts.catalog.followed(path))
  else await followHere(context, path)
}

/** Tells of every import of the file until Ctrl-C; then the node follows it no longer. */
async function followHere(context: Context, path: string): Promise<void> {
  const { texts, output } = context
  const client = await context.client()
  output.note(texts.catalog.watching(path))
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  try {
    for await (const event of client.events<NodeEvent>({ signal: stop.signal }))
      if (
        (event.type === 'catalog-imported' || event.type === 'catalog-import-failed') &&
        event.file === basename(path)
      )
        output.event(event, () => eventText(context, event))
  } catch (error) {
    if (!stop.signal.aborted) throw error
  }
  await client.post('/catalog/sources/unfollow', { path })
  output.result({ unfollowed: path }, () => texts.catalog.unfollowed(path))
}

function eventText({ texts, format }: Context, event: NodeEvent): string {
  const words: Readonly<Record<string, (event: never) => string>> = texts.events
  return `${format.dateTime(event.at)}  ${words[event.type]?.(event as never) ?? event.type}`
}

async function unwatchFile(context: Context, _: object, given: string): Promise<void> {
  const client = await context.client()
  const path = resolve(given)
  await client.post('/catalog/sources/unfollow', { path })
  context.output.result({ unfollowed: path }, () => context.texts.catalog.unfollowed(path))
}

function importText({ texts, format }: Context, file: string, summary: ImportSummary): string {
  const words = texts.catalog
  const { rows, taken, ignored, refusedCount, refused, products, variants } = summary
  const [r, t, i, f] = [rows, taken, ignored, refusedCount].map((count) => format.number(count))
  const lines = [
    words.recognised(file, summary.format),
    words.counts(r ?? '', t ?? '', i ?? '', f ?? ''),
    words.products(format.number(products), format.number(variants)),
  ]
  if (refused.length === 0) return lines.join('\n')
  const shown = refused.slice(0, refusedShownMax)
  const reasons = table(shown, [
    { head: words.refusedHead.line, cell: ({ line }) => String(line), align: 'right' },
    { head: words.refusedHead.sku, cell: ({ sku }) => sku, widthMax: 24 },
    {
      head: words.refusedHead.reason,
      cell: ({ reason, message }) => `${texts.refusals[reason] ?? message} (${reason})`,
      widthMax: 90,
    },
  ])
  const more =
    refusedCount > shown.length ? [words.refusedMore(format.number(refusedCount - shown.length))] : []
  return [...lines, '', reasons, ...more].join('\n')
}

function changesText({ texts, format }: Context, result: ImportResult): string {
  const words = texts.catalog
  const [added, changed, removed, unchanged] = [
    result.added,
    result.changed,
    result.removed,
    result.unchanged,
  ].map((count) => format.number(count))
  const changes = words.changes(added ?? '', changed ?? '', removed ?? '', unchanged ?? '')
  return result.kept > 0 ? `${changes}\n${words.kept(format.number(result.kept))}` : changes
}

async function listProducts(
  context: Context,
  options: { readonly text?: string; readonly limit?: number; readonly after?: string },
): Promise<void> {
  const { texts, output, format, language } = context
  const client = await context.client()
  const page = await client.get<{ products: readonly ProductView[]; total: number; next?: string }>(
    '/catalog/products',
    { text: options.text, limit: options.limit, after: options.after },
  )
  const words = texts.catalog
  output.result({ ...page }, () => {
    if (page.products.length === 0) return page.total === 0 ? words.none : words.noneFound
    const rows = table(page.products, [
      { head: words.columns.sku, cell: ({ offer }) => offer.sku, widthMax: 24 },
      { head: words.columns.title, cell: ({ offer }) => titleOf(offer, language), widthMax: 50 },
      { head: words.columns.price, cell: ({ offer }) => format.price(offer.price), align: 'right' },
      { head: words.columns.stock, cell: ({ offer }) => stockText(context, offer.stock), align: 'right' },
      { head: words.columns.gtin, cell: ({ offer }) => offer.gtin ?? '' },
    ])
    const count = words.shown(format.number(page.products.length), format.number(page.total))
    return `${rows}\n\n${count}${page.next === undefined ? '' : ` ${texts.offers.more(page.next)}`}`
  })
}

async function showProduct(context: Context, _: object, sku: string): Promise<void> {
  const client = await context.client()
  const { offer } = await client.get<ProductView>(`/catalog/products/${encodeURIComponent(sku)}`)
  context.output.result({ offer }, () => offerFacts(context, { offer }))
}
