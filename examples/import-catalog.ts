import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import type { ApiClient } from '../src/api/client.ts'
import type { ImportResult } from '../src/node/catalog-import.ts'
import type { ImportOptions } from '../src/shops/import-options.ts'

/** A file of this machine by its path, or a text that is sent as a file. */
type CatalogFile = string | { readonly name: string; readonly text: string }

export interface ImportReport extends ImportResult {
  /** From the first byte sent until the assortments had followed. */
  readonly ms: number
}

/**
 * Sends a catalog to a node. What is not in it is no longer offered.
 * @param options what the file does not say itself: currency, language, VAT, the meaning of columns
 * @throws {ApiError} if the file is no catalog
 */
export async function importCatalog(
  client: ApiClient,
  file: CatalogFile,
  options: Omit<ImportOptions, 'existing' | 'signal' | 'now'> = {},
): Promise<ImportReport> {
  const started = performance.now()
  const { name, content } =
    typeof file === 'string'
      ? { name: basename(file), content: createReadStream(file) }
      : { name: file.name, content: bytesOf(file.text) }
  const query = { name, options: JSON.stringify(options) }
  const result = await client.run<unknown, ImportResult>('/catalog/imports', { query, content }, () => {})
  return { ...result, ms: Math.round(performance.now() - started) }
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}
