import { type DecimalStyle, parseDecimal } from '../../core/trade/amount.ts'
import type { Row } from './rows.ts'

/**
 * Which decimal separator a table's prices show: the one in amounts that can be read in one way only ("4,95",
 * "1.234,50"). `unknown` if there are none, or some of both: then "1.234" stays ambiguous.
 */
export function detectDecimalStyle(rows: readonly Row[], columns: readonly number[]): DecimalStyle {
  let dots = 0
  let commas = 0
  for (const { cells } of rows) {
    for (const column of columns) {
      const number = /[\d.,'’\s\u00a0\u202f]*\d/.exec((cells[column] ?? '').slice(0, 80))?.[0].trim() ?? ''
      if (!/[.,]/.test(number) || typeof parseDecimal(number, 'unknown') === 'string') continue
      // Read alike in every style, so the last separator separates decimals, unless there are only groups.
      const last = number[Math.max(number.lastIndexOf('.'), number.lastIndexOf(','))] as string
      const isGroup = number.indexOf(last) !== number.lastIndexOf(last)
      if ((last === '.') !== isGroup) dots++
      else commas++
    }
  }
  return dots > 0 && commas === 0 ? 'dot' : commas > 0 && dots === 0 ? 'comma' : 'unknown'
}
