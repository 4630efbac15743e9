import { parse } from 'csv-parse'
import type { Utf8Stream } from '../encoding.ts'
import { ImportError } from '../import-error.ts'
import type { Dialect } from './dialect.ts'

/** Bytes that a row may have before the import ends: a quote that never closes would take the whole file. */
export const rowLengthMax = 32 * 1024 * 1024
/** UTF-16 units that a cell may have; a row with a longer one is refused. */
export const cellLengthMax = 1024 * 1024
export const columnsMax = 2_000

/** A data record of a table. */
export interface Row {
  /** Where it begins, from 1; the header is line 1. */
  readonly line: number
  readonly cells: readonly string[]
  /** Why its cells are not to be used. */
  readonly fault?: 'cell-too-large' | 'encoding-invalid'
}

/**
 * The rows of a table, the header first, in batches of one chunk. Memory: one chunk and its rows.
 * @throws {ImportError} `quote-unclosed`, `row-too-large`
 */
export async function* readRows(
  bytes: AsyncIterable<Uint8Array>,
  text: Utf8Stream,
  dialect: Dialect,
): AsyncGenerator<readonly Row[]> {
  const reader = new RowReader(text, dialect)
  for await (const chunk of bytes) {
    // Chunks of a file are large; those of other sources may not be.
    for (let at = 0; at < chunk.length; at += chunkBytes) {
      const rows = await reader.push(text.push(chunk.subarray(at, at + chunkBytes)))
      if (rows.length > 0) yield rows
    }
  }
  const rows = [...(await reader.push(text.end())), ...(await reader.end())]
  if (rows.length > 0) yield rows
}

const chunkBytes = 64 * 1024

class RowReader {
  readonly #text: Utf8Stream
  readonly #parser: ReturnType<typeof parse>
  #rows: Row[] = []
  #error: Error | undefined
  /** The line after the last row; the parser's own count is off where quoted cells hold CR LF. */
  #line: number
  #parserLines = 0
  #emptyLines = 0
  /** Bytes since the last row; the parser's own limit of a row costs as much as half of its work. */
  #pendingBytes = 0

  constructor(text: Utf8Stream, dialect: Dialect) {
    this.#text = text
    this.#line = 1 + dialect.skipLines
    this.#parserLines = dialect.skipLines
    this.#parser = parse({
      delimiter: dialect.delimiter,
      record_delimiter: [...dialect.lineEnds],
      from_line: 1 + dialect.skipLines,
      relax_quotes: true, // 5" pipe
      relax_column_count: true,
      skip_empty_lines: true,
      on_record: (cells: string[], info) => {
        this.#take(cells, info.lines, info.empty_lines)
        return null
      },
    })
    this.#parser.on('error', (error) => {
      this.#error = error
    })
    this.#parser.resume()
  }

  #take(cells: string[], parserLines: number, emptyLines: number): void {
    this.#pendingBytes = 0
    mendLineEnd(cells)
    const skipped = emptyLines - this.#emptyLines
    const line = this.#line + skipped
    let lines = 1
    if (parserLines - this.#parserLines > 1 + skipped)
      for (const cell of cells) if (cell.includes('\n') || cell.includes('\r')) lines += lineEnds(cell)
    this.#line = line + lines
    this.#parserLines = parserLines
    this.#emptyLines = emptyLines
    const fault = this.#faultOf(cells)
    this.#rows.push(fault === undefined ? { line, cells } : { line, cells, fault })
  }

  #faultOf(cells: readonly string[]): Row['fault'] {
    for (const cell of cells) {
      if (cell.length > cellLengthMax) return 'cell-too-large'
      if (this.#text.damaged && cell.includes('\ufffd')) return 'encoding-invalid'
    }
    return undefined
  }

  async push(bytes: Uint8Array): Promise<readonly Row[]> {
    if (bytes.length > 0) {
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
      this.#pendingBytes += bytes.length
      await new Promise<void>((resolve) => this.#parser.write(buffer, () => resolve()))
    }
    return this.#taken()
  }

  async end(): Promise<readonly Row[]> {
    await new Promise<void>((resolve) => {
      this.#parser.once('close', resolve)
      this.#parser.end()
    })
    return this.#taken()
  }

  #taken(): readonly Row[] {
    if (this.#error !== undefined) throw this.#explain(this.#error)
    if (this.#pendingBytes > rowLengthMax)
      throw new ImportError(
        'row-too-large',
        `The row that begins in line ${this.#line} has more than ${rowLengthMax / 1024 ** 2} MiB; most likely a quote in it never closes.`,
        { line: this.#line },
      )
    const rows = this.#rows
    this.#rows = []
    return rows
  }

  #explain(error: Error): ImportError {
    const line = this.#line
    return new ImportError(
      'quote-unclosed',
      `A quote that opens in or after line ${line} is never closed.`,
      { line },
      { cause: error },
    )
  }
}

/** A row that ends with CR LF where all before ended with LF: the last cell has what is not its own. */
function mendLineEnd(cells: string[]): void {
  const last = cells[cells.length - 1]
  if (last === undefined || last.charCodeAt(last.length - 1) !== 13) return
  const text = last.slice(0, -1)
  cells[cells.length - 1] =
    text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text
}

function lineEnds(cell: string): number {
  let count = 0
  for (let index = 0; index < cell.length; index++) {
    const code = cell.charCodeAt(index)
    if (code === 10 || (code === 13 && cell.charCodeAt(index + 1) !== 10)) count++
  }
  return count
}
