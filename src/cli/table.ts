export interface Column<Row> {
  readonly head: string
  readonly cell: (row: Row) => string
  /** @default 'left' */
  readonly align?: 'left' | 'right'
  /** Longer cells are cut with an ellipsis. @default no limit */
  readonly widthMax?: number
}

const segmenter = new Intl.Segmenter()
const wide =
  /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Emoji_Presentation}/u
// Control characters and bidirectional marks from a partner's texts must not move the cursor or turn lines round.
const unprintable = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** One line of text that is safe to print, whoever wrote it. */
export function printable(text: string): string {
  return text.replaceAll(unprintable, ' ')
}

/** Columns that a text takes on a terminal. */
function widthOf(text: string): number {
  let width = 0
  for (const { segment } of segmenter.segment(text)) width += wide.test(segment) ? 2 : 1
  return width
}

function cut(text: string, widthMax: number): string {
  if (widthOf(text) <= widthMax) return text
  let out = ''
  let width = 1 // of the ellipsis
  for (const { segment } of segmenter.segment(text)) {
    width += wide.test(segment) ? 2 : 1
    if (width > widthMax) break
    out += segment
  }
  return `${out}…`
}

/** A plain table: a head, two spaces between columns, no lines to get in the way of `cut` and `awk`. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const cells = [
    columns.map(({ head }) => head),
    ...rows.map((row) =>
      columns.map(({ cell, widthMax }) => {
        const text = printable(cell(row))
        return widthMax === undefined ? text : cut(text, widthMax)
      }),
    ),
  ]
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => widthOf(line[index] ?? ''))))
  const lines = cells.map((line) =>
    line
      .map((text, index) => {
        const pad = ' '.repeat((widths[index] ?? 0) - widthOf(text))
        return columns[index]?.align === 'right' ? pad + text : text + pad
      })
      .join('  ')
      .trimEnd(),
  )
  return lines.join('\n')
}

/** Names and values, one a line, the values in one column. */
export function facts(rows: readonly (readonly [name: string, value: string | undefined])[]): string {
  const shown = rows.filter((row): row is readonly [string, string] => row[1] !== undefined)
  const width = Math.max(0, ...shown.map(([name]) => widthOf(name)))
  return shown
    .map(([name, value]) => `${name}${' '.repeat(width - widthOf(name))}  ${printable(value)}`)
    .join('\n')
}
