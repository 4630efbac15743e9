/** How a table's text is cut into rows and cells. */
export interface Dialect {
  readonly delimiter: string
  /** Excel's first line "sep=;" is no row. */
  readonly skipLines: 0 | 1
  /** What ends a row. One alone where the beginning shows no other: a second costs a third of the parsing time. */
  readonly lineEnds: readonly string[]
}

const delimiters = [',', ';', '\t', '|']
/** Rows that are looked at. */
const sampleRowsMax = 30

/**
 * Tells the delimiter from a file's beginning: the one that cuts the most rows into as many cells as the header,
 * then the one with the most cells. Quoted delimiters and line ends do not count.
 * @param sample the beginning of the text; its last row may be incomplete
 */
export function detectDialect(sample: string, stated: string | undefined): Dialect {
  const separator = /^sep=(.)\r?\n/i.exec(sample)?.[1]
  const skipLines = separator === undefined ? 0 : 1
  const lineEnds = !sample.includes('\r') ? ['\n'] : sample.includes('\n') ? ['\r\n', '\n'] : ['\r']
  const known = stated ?? (separator !== undefined && delimiters.includes(separator) ? separator : undefined)
  if (known !== undefined) return { delimiter: known, skipLines, lineEnds }
  const text = skipLines === 1 ? sample.slice(sample.indexOf('\n') + 1) : sample
  let best = { delimiter: ',', agreeing: -1, cells: 0 }
  for (const delimiter of delimiters) {
    const counts = cellCounts(text, delimiter)
    const cells = counts[0] ?? 0
    if (cells < 2) continue
    const agreeing = counts.filter((count) => count === cells).length / counts.length
    if (agreeing > best.agreeing + 0.2 || (agreeing > best.agreeing - 0.2 && cells > best.cells))
      best = { delimiter, agreeing, cells }
  }
  return { delimiter: best.delimiter, skipLines, lineEnds }
}

/** Cells per row of the first rows, by a delimiter; a quote opens at the beginning of a cell only. */
function cellCounts(text: string, delimiter: string): number[] {
  const counts: number[] = []
  const wanted = delimiter.charCodeAt(0)
  let cells = 1
  let quoted = false
  let cellStart = true
  for (let index = 0; index < text.length && counts.length < sampleRowsMax; index++) {
    const code = text.charCodeAt(index)
    if (quoted) {
      if (code === 34) {
        if (text.charCodeAt(index + 1) === 34) index++
        else quoted = false
      }
    } else if (code === 34 && cellStart) quoted = true
    else if (code === wanted) {
      cells++
      cellStart = true
      continue
    } else if (code === 10 || code === 13) {
      if (cells > 1 || !cellStart) counts.push(cells)
      cells = 1
      cellStart = true
      continue
    }
    cellStart = false
  }
  if (counts.length === 0) counts.push(cells)
  return counts
}
