import type { DecimalStyle } from '../../core/trade/amount.ts'
import { GoogleTableFormat, isGoogleTable } from '../google/table.ts'
import type { Assumptions } from '../import-event.ts'
import type { ImportOptions } from '../import-options.ts'
import { Columns } from './columns.ts'
import { detectDecimalStyle } from './decimal-style.ts'
import { isMagento, MagentoFormat } from './magento.ts'
import { MappedFormat } from './mapped.ts'
import { checkMapping, isComplete, type Mapping, mappingNeeded, suggestMapping } from './mapping.ts'
import type { Row } from './rows.ts'
import { ShopifyFormat } from './shopify.ts'
import { isShopify } from './shopify-columns.ts'
import type { TableFormat } from './table-format.ts'
import { WooCommerceFormat } from './woocommerce.ts'
import { isWooCommerce } from './woocommerce-columns.ts'

/** A table whose meaning is known. */
export interface RecognisedTable {
  readonly format: TableFormat
  readonly style: DecimalStyle
  readonly assumed: Assumptions
}

/**
 * Which system wrote a table, by its header. A mapping in the options decides by itself.
 * @param sample the header and the rows of the file's beginning
 * @throws {ImportError} `mapping-needed`, `column-missing`
 */
export function recogniseTable(sample: readonly Row[], options: ImportOptions): RecognisedTable {
  const [header, ...rows] = sample
  const columns = new Columns(header?.cells ?? [])
  if (options.mapping !== undefined)
    return mapped(columns, checkMapping(options.mapping as Mapping, columns), false, rows, options)
  // WooCommerce writes the shop's decimal separator and no thousands; Magento always a dot and no thousands.
  if (isWooCommerce(columns))
    return { format: new WooCommerceFormat(columns, options), style: 'ungrouped', assumed: {} }
  if (isShopify(columns))
    return { format: new ShopifyFormat(columns, options, rows), style: 'dot', assumed: {} }
  if (isMagento(columns))
    return { format: new MagentoFormat(columns, options), style: 'ungrouped', assumed: {} }
  if (isGoogleTable(columns))
    return { format: new GoogleTableFormat(columns, options), style: 'dot', assumed: {} }
  const suggestion = suggestMapping(columns)
  if (!isComplete(suggestion)) throw mappingNeeded(columns, suggestion)
  return mapped(columns, suggestion, true, rows, options)
}

function mapped(
  columns: Columns,
  mapping: Mapping,
  suggested: boolean,
  rows: readonly Row[],
  options: ImportOptions,
): RecognisedTable {
  const prices = (['price', 'grossPrice', 'salePrice', 'recommendedPrice'] as const).flatMap((field) => {
    const name = mapping.columns[field]
    return name === undefined ? [] : [columns.find(name)]
  })
  const style = options.decimals ?? detectDecimalStyle(rows, prices)
  const seen = options.decimals === undefined && (style === 'dot' || style === 'comma')
  return {
    format: new MappedFormat(columns, mapping, suggested, style),
    style,
    assumed: seen ? { decimals: style } : {},
  }
}
