import { parse } from 'csv-parse/sync'

const skuColumn = 'Artikelnummer'

/**
 * A WooCommerce export with one cell changed, as if the shop had exported again.
 * @throws {Error} if there is no such row or column
 */
export function withCell(csv: string, sku: string, column: string, value: string): string {
  const rows: string[][] = parse(csv)
  const [header = []] = rows
  const index = header.indexOf(column)
  const row = rows.find((cells) => cells[header.indexOf(skuColumn)] === sku)
  if (row === undefined || index === -1) throw new Error(`The catalog has no ${column} of ${sku}.`)
  row[index] = value
  return rows.map((cells) => `${cells.map(quoted).join(',')}\n`).join('')
}

const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`
