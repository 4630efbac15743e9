import { parse } from 'csv-parse/sync'
import type { Catalog } from './catalog.ts'
import { type Dialect, detectDialect } from './csv/dialect.ts'
import { recogniseTable } from './csv/recognise.ts'
import { type Row, readRows } from './csv/rows.ts'
import type { Encoding } from './encoding.ts'
import { Utf8Stream } from './encoding.ts'
import { ImportError } from './import-error.ts'
import type { ImportOptions } from './import-options.ts'
import type { Intake } from './intake.ts'

/** Rows of the beginning that decimals and the like are told from. */
const sampleRowsMax = 1_000

/** A table as a {@link Catalog}: what its beginning says of all of it. */
export function openTable(
  head: Uint8Array,
  whole: boolean,
  encoding: Encoding,
  options: ImportOptions,
): Catalog<Row> {
  const stream = new Utf8Stream(encoding)
  const text = Buffer.concat([stream.push(head), whole ? stream.end() : new Uint8Array(0)]).toString()
  if (text.trim() === '') throw new ImportError('file-empty', 'The file is empty.')
  const dialect = detectDialect(text, options.delimiter)
  const sample = sampleRows(text, dialect, whole)
  const { format, style, assumed } = recogniseTable(sample, options)
  const width = sample[0]?.cells.length ?? 0
  const reader = new TableReader(format, width)
  return {
    format: format.format,
    style,
    language: format.language,
    assumed: { ...format.assumed, ...assumed },
    records: (bytes, utf8) => withoutHeader(readRows(bytes, utf8, dialect)),
    survey: format.survey === undefined ? undefined : (row) => reader.survey(row),
    take: (row, intake) => reader.take(row, intake),
    end: (intake) => format.end?.(intake),
    close: () => format.close?.(),
  }
}

class TableReader {
  readonly #format: ReturnType<typeof recogniseTable>['format']
  readonly #width: number

  constructor(format: ReturnType<typeof recogniseTable>['format'], width: number) {
    this.#format = format
    this.#width = width
  }

  survey(row: Row): void {
    if (row.fault === undefined && row.cells.length >= this.#width) this.#format.survey?.(row)
  }

  take(row: Row, intake: Intake): void {
    const { cells, line } = row
    if (row.fault === 'cell-too-large') {
      intake.refuse(line, row.fault, '', 'A cell of the row has more than a million characters.')
      return
    }
    if (row.fault === 'encoding-invalid') {
      intake.refuse(
        line,
        row.fault,
        '',
        'The row has bytes that are no text in the encoding of the rest of the file.',
      )
      return
    }
    if (cells.length !== this.#width) {
      if (cells.every((cell) => cell.trim() === '')) {
        intake.ignore(line, 'row-empty')
        return
      }
      if (cells.length < this.#width || cells.slice(this.#width).some((cell) => cell.trim() !== '')) {
        intake.refuse(
          line,
          'cells-count',
          '',
          `The row has ${cells.length} cells, the header ${this.#width}.`,
        )
        return
      }
    } else if (isEmpty(cells)) {
      intake.ignore(line, 'row-empty')
      return
    }
    this.#format.row(row, intake)
  }
}

function isEmpty(cells: readonly string[]): boolean {
  for (const cell of cells) if (cell !== '' && cell.trim() !== '') return false
  return true
}

async function* withoutHeader(batches: AsyncIterable<readonly Row[]>): AsyncGenerator<readonly Row[]> {
  let first = true
  for await (const batch of batches) {
    yield first ? batch.slice(1) : batch
    first = false
  }
}

/** The header and the first whole rows. */
function sampleRows(text: string, dialect: Dialect, whole: boolean): Row[] {
  const rows: Row[] = []
  try {
    parse(text, {
      delimiter: dialect.delimiter,
      record_delimiter: [...dialect.lineEnds],
      from_line: 1 + dialect.skipLines,
      to: sampleRowsMax,
      relax_quotes: true,
      relax_column_count: true,
      skip_empty_lines: true,
      on_record: (cells: string[]) => {
        rows.push({ line: 0, cells })
        return null
      },
    })
  } catch {
    // A quote that the end of the sample cuts open; one that never closes is found when the rows are read.
  }
  return whole || rows.length < 2 ? rows : rows.slice(0, -1)
}
