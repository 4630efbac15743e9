import type { Offer } from '../../src/core/trade/offer.ts'
import { importCatalog } from '../../src/shops/catalog.ts'
import type { ImportEvent, ImportSummary } from '../../src/shops/import-event.ts'
import type { ImportOptions } from '../../src/shops/import-options.ts'

export interface Collected {
  readonly events: readonly ImportEvent[]
  readonly offers: readonly Offer[]
  readonly summary: ImportSummary
  /** The offer of a SKU; fails if there is none. */
  readonly offer: (sku: string) => Offer
  /** Line and reason of each refused row. */
  readonly refused: readonly (readonly [line: number, reason: string])[]
  readonly ignored: readonly (readonly [line: number, reason: string])[]
}

export async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** Everything that an import says. @param chunkBytes the source comes in pieces of this size */
export async function collect(
  file: string | Uint8Array,
  options: ImportOptions = {},
  chunkBytes = 1_000_000,
): Promise<Collected> {
  const bytes = typeof file === 'string' ? Buffer.from(file) : file
  const events: ImportEvent[] = []
  for await (const event of importCatalog(chunks(bytes, chunkBytes), options)) events.push(event)
  const last = events.at(-1)
  if (last?.type !== 'end') throw new Error('an import ends with its summary')
  const offers = events.flatMap((event) => (event.type === 'offer' ? [event.offer] : []))
  return {
    events,
    offers,
    summary: last.summary,
    offer: (sku) => {
      const found = offers.find((offer) => offer.sku === sku)
      if (found === undefined)
        throw new Error(`no offer ${sku}: ${offers.map((offer) => offer.sku).join(', ')}`)
      return found
    },
    refused: events.flatMap((event) =>
      event.type === 'refused' ? [[event.line, event.reason] as const] : [],
    ),
    ignored: events.flatMap((event) =>
      event.type === 'ignored' ? [[event.line, event.reason] as const] : [],
    ),
  }
}

/** The code of the error that the import of a file ends with; its line and field if it has any. */
export async function failure(
  file: string | Uint8Array,
  options: ImportOptions = {},
): Promise<{ code: string; line?: number; field?: string }> {
  try {
    await collect(file, options)
  } catch (error) {
    const { name, code, details } = error as {
      name: string
      code: string
      details: { line?: number; field?: string }
    }
    if (name !== 'ImportError') throw error
    return {
      code,
      ...(details.line === undefined ? {} : { line: details.line }),
      ...(details.field === undefined ? {} : { field: details.field }),
    }
  }
  return { code: 'none' }
}

/** Rows as a table. */
export function table(rows: readonly (readonly string[])[], delimiter = ',', lineEnd = '\n'): string {
  const cell = (text: string): string =>
    /[",;\t|\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  return rows.map((row) => row.map(cell).join(delimiter) + lineEnd).join('')
}

/** Rows given by column name as a table with all columns that occur. */
export function tableOf(
  rows: readonly Readonly<Record<string, string>>[],
  columns: readonly string[] = [],
): string {
  const names = [...new Set([...columns, ...rows.flatMap((row) => Object.keys(row))])]
  return table([names, ...rows.map((row) => names.map((name) => row[name] ?? ''))])
}
