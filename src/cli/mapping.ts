import { z } from 'zod'
import { ApiError } from '../api/client.ts'
import { type mappedFields, mappingSchema } from '../shops/csv/mapping.ts'
import { ImportError } from '../shops/import-error.ts'
import type { ImportOptions } from '../shops/import-options.ts'
import type { Context } from './frame.ts'

/** What an import that lacks a mapping says of the table. */
const needed = z.object({ columns: z.array(z.string()), suggestion: mappingSchema.optional() })

/** What a person is asked for; everything else can be said with --map. */
const fieldsAsked = ['sku', 'title', 'price', 'stock', 'gtin', 'brand', 'categoryPath'] as const
const required: ReadonlySet<string> = new Set(['sku', 'title', 'price'])

/**
 * Runs an import; if it lacks the meaning of a table's columns, asks for it at the terminal and runs it again.
 * @throws {ApiError | ImportError} `mapping-needed` if nobody is there to ask
 */
export async function askMapping<T>(
  context: Context,
  options: ImportOptions,
  run: (options: ImportOptions) => Promise<T>,
): Promise<T> {
  try {
    return await run(options)
  } catch (error) {
    const isNeeded =
      (error instanceof ApiError || error instanceof ImportError) && error.code === 'mapping-needed'
    if (!isNeeded || !context.ask.possible) throw error
    const { columns, suggestion } = needed.parse(error.details)
    const asked = await columnsOf(context, columns, suggestion?.columns ?? {})
    return await run({
      ...options,
      mapping: { ...suggestion, columns: { ...suggestion?.columns, ...asked } },
    })
  }
}

async function columnsOf(
  { texts, ask }: Context,
  columns: readonly string[],
  suggested: Readonly<Partial<Record<(typeof mappedFields)[number], string>>>,
): Promise<Partial<Record<(typeof mappedFields)[number], string>>> {
  const words = texts.catalog
  const asked: Partial<Record<(typeof mappedFields)[number], string>> = {}
  for (const field of fieldsAsked) {
    if (suggested[field] !== undefined) continue
    const none = required.has(field) ? [] : [{ value: '', label: words.mapNone }]
    const choices = [...none, ...columns.map((column) => ({ value: column, label: column }))]
    const column = await ask.choose(
      words.mapQuestion(words.mapFields[field]),
      `--map ${field}=COLUMN`,
      choices,
    )
    if (column !== '') asked[field] = column
  }
  return asked
}
