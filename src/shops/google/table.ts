import { type Columns, columnKey } from '../csv/columns.ts'
import type { Row } from '../csv/rows.ts'
import type { TableFormat } from '../csv/table-format.ts'
import type { ImportOptions } from '../import-options.ts'
import type { Intake } from '../intake.ts'
import { ignoredItem, itemFacts } from './item.ts'

/** The German names that Google takes beside the English ones. */
const german: Readonly<Record<string, string>> = {
  titel: 'title',
  beschreibung: 'description',
  bildlink: 'image_link',
  zusätzlicher_bildlink: 'additional_image_link',
  preis: 'price',
  sonderangebotspreis: 'sale_price',
  sonderangebotszeitraum: 'sale_price_effective_date',
  verfügbarkeit: 'availability',
  zustand: 'condition',
  marke: 'brand',
  google_produktkategorie: 'google_product_category',
  produkttyp: 'product_type',
  artikelgruppennummer: 'item_group_id',
  farbe: 'color',
  größe: 'size',
  material: 'material',
  muster: 'pattern',
  geschlecht: 'gender',
  altersgruppe: 'age_group',
  versandgewicht: 'shipping_weight',
  versand: 'shipping',
  maß_für_grundpreis: 'unit_pricing_measure',
}

/** "Image Link", "g:image_link", "image_link [URL]" → image_link */
function attributeName(column: string): string {
  const name = columnKey(column)
    .replace(/^g:/, '')
    .replace(/\s*\[.*\]$/, '')
    .replaceAll(' ', '_')
  return german[name] ?? name
}

/** Whether a header is a Google Merchant feed's. */
export function isGoogleTable(columns: Columns): boolean {
  const names = new Set(columns.names.map(attributeName))
  return (
    names.has('id') &&
    names.has('title') &&
    ['price', 'availability', 'image_link', 'link', 'condition', 'google_product_category'].filter((name) =>
      names.has(name),
    ).length >= 2
  )
}

/** A Google Merchant feed as a table, mostly separated by tabs. */
export class GoogleTableFormat implements TableFormat {
  readonly format = 'google'
  readonly language?: string
  readonly #options: ImportOptions
  readonly #indexes = new Map<string, number[]>()

  constructor(columns: Columns, options: ImportOptions) {
    this.#options = options
    columns.names.forEach((column, index) => {
      const name = attributeName(column)
      this.#indexes.set(name, [...(this.#indexes.get(name) ?? []), index])
    })
    if (!this.#indexes.has('price')) columns.need('price')
    if (columns.has('Titel', 'Preis')) this.language = 'de'
  }

  row({ cells, line }: Row, intake: Intake): void {
    const values = (name: string): readonly string[] => {
      const indexes = this.#indexes.get(name)
      return indexes === undefined ? none : indexes.map((index) => cells[index] ?? '')
    }
    const ignored = ignoredItem(values)
    if (ignored !== undefined) intake.ignore(line, ignored, values('id')[0] ?? '')
    else intake.offer(line, itemFacts(values, this.#options))
  }
}

const none: readonly string[] = []
