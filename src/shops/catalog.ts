import type { DecimalStyle } from '../core/trade/amount.ts'
import { detectEncoding, type Encoding, Utf8Stream } from './encoding.ts'
import { ImportError } from './import-error.ts'
import type { Assumptions, CatalogFormat, ImportEvent } from './import-event.ts'
import { checkOptions, type ImportOptions } from './import-options.ts'
import { Intake, progressRows } from './intake.ts'
import type { BuildRules } from './offer-builder.ts'
import { type CatalogSource, ReplayableSource } from './source.ts'
import { openTable } from './table.ts'
import { declaredEncoding, openXml } from './xml-file.ts'

/** The port of a file format: how its records are found and what they mean. Used once. */
export interface Catalog<Record> {
  readonly format: CatalogFormat
  /** How its numbers are written. */
  readonly style: DecimalStyle
  /** What the looks of the file say; an option goes before it. */
  readonly language?: string | undefined
  readonly assumed?: Assumptions
  /** Both known after the survey. */
  readonly mode?: 'full' | 'update'
  readonly imageBase?: string | undefined
  /** Its records, in batches. */
  records(bytes: AsyncIterable<Uint8Array>, text: Utf8Stream): AsyncIterable<readonly Record[]>
  /** Only those that the survey wants, where that is less work. */
  surveyed?(bytes: AsyncIterable<Uint8Array>, text: Utf8Stream): AsyncIterable<readonly Record[]>
  /** The language of the file's texts, if the record says it. */
  languageIn?(record: Record): string | undefined
  /** There if records speak of records elsewhere: sees all of them before {@link take} sees any. */
  survey?: ((record: Record) => void) | undefined
  take(record: Record, intake: Intake): void
  end?(intake: Intake): void
  close?(): void
}

/**
 * Reads a catalog file of any known format, in bounded memory, row by row: offers, rows that are none, and rows that
 * are refused with their reason; last the summary. Formats whose rows speak of rows elsewhere are read twice: from
 * `source` if it is a function, else from a copy in the system's temporary folder.
 * Spec: docs/import.md. Nothing is fetched: not images, not DTDs.
 * @throws {ImportError} if the file cannot be read as a catalog, or no further. What came before is then to be dropped.
 */
export async function* importCatalog(
  source: CatalogSource,
  options: ImportOptions = {},
): AsyncGenerator<ImportEvent, void, undefined> {
  checkOptions(options)
  const replayable = new ReplayableSource(source)
  try {
    const { bytes, whole } = await replayable.head()
    if (bytes.length === 0) throw new ImportError('file-empty', 'The file is empty.')
    const encoding = detectEncoding(bytes, options.encoding ?? xmlEncoding(bytes))
    const start = startOf(bytes, encoding)
    const batches = /^\s*</.test(start)
      ? importBatches(openXml(start, options), replayable, encoding, options)
      : importBatches(openTable(bytes, whole, encoding, options), replayable, encoding, options)
    // Generators within generators cost a promise each per event: so batches inside, events outside.
    for await (const batch of batches) for (const event of batch) yield event
  } finally {
    await replayable.close()
  }
}

function startOf(bytes: Uint8Array, encoding: Encoding): string {
  return Buffer.from(new Utf8Stream(encoding).push(bytes)).toString()
}

function xmlEncoding(head: Uint8Array): string | undefined {
  const label = declaredEncoding(head)
  if (label === undefined || /^utf-?(?:8|16)/i.test(label)) return undefined
  try {
    return new TextDecoder(label).encoding
  } catch (cause) {
    throw new ImportError(
      'format-unknown',
      `The XML file is in ${label}, an encoding that is not known.`,
      {},
      { cause },
    )
  }
}

async function* importBatches<R>(
  catalog: Catalog<R>,
  source: ReplayableSource,
  encoding: Encoding,
  options: ImportOptions,
): AsyncGenerator<readonly ImportEvent[], void, undefined> {
  try {
    let language: string | undefined
    if (catalog.survey !== undefined) {
      let rows = 0
      const text = new Utf8Stream(encoding)
      const batches = catalog.surveyed?.(source.read(true), text) ?? catalog.records(source.read(true), text)
      for await (const batch of batches) {
        options.signal?.throwIfAborted()
        for (const record of batch) {
          language ??= catalog.languageIn?.(record)
          catalog.survey(record)
        }
        const before = rows
        rows += batch.length
        if (Math.floor(before / progressRows) < Math.floor(rows / progressRows))
          yield [{ type: 'progress', phase: 'survey', rows }]
      }
    }
    yield [{ type: 'start', format: catalog.format, mode: catalog.mode ?? 'full' }]
    yield* offerBatches(catalog, source, encoding, options, language)
  } finally {
    catalog.close?.()
  }
}

async function* offerBatches<R>(
  catalog: Catalog<R>,
  source: ReplayableSource,
  encoding: Encoding,
  options: ImportOptions,
  surveyed: string | undefined,
): AsyncGenerator<readonly ImportEvent[], void, undefined> {
  const rules = rulesFor(catalog, options, surveyed)
  const intake = new Intake(catalog.format, rules)
  const text = new Utf8Stream(encoding)
  let language = surveyed
  for await (const batch of catalog.records(source.read(false), text)) {
    options.signal?.throwIfAborted()
    for (const record of batch) {
      if (language === undefined && catalog.languageIn !== undefined) {
        language = catalog.languageIn(record)
        if (language !== undefined) rules.language = options.language ?? language
      }
      catalog.take(record, intake)
    }
    yield await settled(intake, options)
  }
  catalog.end?.(intake)
  yield await settled(intake, options)
  const guessed = encoding.guessed || text.label !== encoding.label
  const assumed: Assumptions = {
    ...(options.language === undefined && language === undefined ? { language: rules.language } : {}),
    ...(guessed ? { encoding: text.label } : {}),
    // BMEcat says of each price what it is.
    ...(options.prices === undefined && catalog.format !== 'bmecat'
      ? { prices: rules.gross ? 'gross' : 'net' }
      : {}),
    ...catalog.assumed,
  }
  yield [{ type: 'end', summary: intake.summary(assumed) }]
}

function rulesFor<R>(
  catalog: Catalog<R>,
  options: ImportOptions,
  surveyed: string | undefined,
): { -readonly [K in keyof BuildRules]: BuildRules[K] } {
  return {
    language: options.language ?? surveyed ?? catalog.language ?? 'en',
    currency: options.currency,
    vatRate: options.vatBasisPoints,
    gross: (options.prices ?? (catalog.format === 'google' ? 'gross' : 'net')) === 'gross',
    style: catalog.style,
    imageBase: options.imageBase ?? catalog.imageBase,
  }
}

/** The events since the last call; new prices are applied to the offers that the caller has. */
async function settled(intake: Intake, options: ImportOptions): Promise<readonly ImportEvent[]> {
  const drained = intake.drain()
  if (!drained.some(({ type }) => type === 'price-update')) return drained as readonly ImportEvent[]
  const events: ImportEvent[] = []
  for (const event of drained) {
    if (event.type !== 'price-update') events.push(event)
    else {
      intake.settle(event, await options.existing?.(event.facts.sku))
      for (const made of intake.drain()) if (made.type !== 'price-update') events.push(made)
    }
  }
  return events
}
