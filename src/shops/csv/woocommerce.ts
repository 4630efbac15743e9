import type { Facts } from '../facts.ts'
import type { IgnoredReason, NoteCode } from '../import-event.ts'
import type { ImportOptions } from '../import-options.ts'
import type { Intake } from '../intake.ts'
import { Shelf } from '../shelf.ts'
import { readCount, readGrams, readMillimetres } from '../text/units.ts'
import type { Columns } from './columns.ts'
import type { Row } from './rows.ts'
import { priceInForce } from './sale-price.ts'
import type { TableFormat } from './table-format.ts'
import { type Measured, WooCommerceColumns } from './woocommerce-columns.ts'

/** What a variable product's row says for its variations. */
interface Parent {
  readonly title: string
  readonly description: string
  readonly published: boolean
  readonly brand: string
  readonly categories: string
  readonly tags: string
  readonly images: string
  readonly taxStatus: string
  readonly taxClass: string
  readonly stock: string
  readonly inStock: string
  readonly weight: string
  readonly length: string
  readonly width: string
  readonly height: string
  readonly attributes: readonly (readonly [string, string])[]
}

/** UTF-16 units of a parent's description that are kept. */
const parentTextMax = 20_000

/**
 * WooCommerce's product export. Source: class-wc-product-csv-exporter.php: prices with the shop's decimal separator
 * and no thousands, lists with ", " ("\," within), line ends of descriptions as "\n", "'" before a cell that a
 * spreadsheet would run, parents by SKU or "id:<ID>".
 */
export class WooCommerceFormat implements TableFormat {
  readonly format = 'woocommerce'
  readonly language?: string
  readonly #columns: WooCommerceColumns
  readonly #options: ImportOptions
  readonly #parents = new Shelf<Parent>()

  constructor(columns: Columns, options: ImportOptions) {
    this.#columns = new WooCommerceColumns(columns)
    this.#options = options
    if (this.#columns.german) this.language = 'de'
  }

  close(): void {
    this.#parents.close()
  }

  survey(row: Row): void {
    if (row.fault !== undefined) return
    const { cells } = row
    if (kindOf(cell(cells, this.#columns.type)) !== 'parent') return
    const parent = this.#parentOf(cells)
    const sku = cell(cells, this.#columns.sku)
    const id = cell(cells, this.#columns.id)
    this.#parents.put(parent, sku, id === '' ? '' : `id:${id}`)
  }

  #parentOf(cells: readonly string[]): Parent {
    const columns = this.#columns
    return {
      title: cell(cells, columns.name),
      description: this.#description(cells).slice(0, parentTextMax),
      published: isPublished(cell(cells, columns.published)),
      brand: cell(cells, columns.brands),
      categories: cell(cells, columns.categories),
      tags: cell(cells, columns.tags),
      images: cell(cells, columns.images).slice(0, parentTextMax),
      taxStatus: cell(cells, columns.taxStatus),
      taxClass: cell(cells, columns.taxClass),
      stock: cell(cells, columns.stock),
      inStock: cell(cells, columns.inStock),
      weight: cell(cells, columns.weight.index),
      length: cell(cells, columns.length.index),
      width: cell(cells, columns.width.index),
      height: cell(cells, columns.height.index),
      attributes: this.#attributes(cells),
    }
  }

  row(row: Row, intake: Intake): void {
    const { cells, line } = row
    const columns = this.#columns
    const sku = cell(cells, columns.sku)
    const kind = kindOf(cell(cells, columns.type))
    if (kind === 'parent') {
      intake.ignore(line, 'parent-of-variants', sku)
      return
    }
    if (kind !== 'single' && kind !== 'variation') {
      intake.ignore(line, kind, sku)
      return
    }
    const parentKey = kind === 'variation' ? cell(cells, columns.parent) : ''
    const parent = parentKey === '' ? undefined : this.#parents.get(parentKey)
    if (!isPublished(cell(cells, columns.published)) || parent?.published === false) {
      intake.ignore(line, 'not-published', sku)
      return
    }
    intake.offer(line, this.#facts(cells, parentKey, parent))
  }

  #facts(cells: readonly string[], parentKey: string, parent: Parent | undefined): Facts {
    const columns = this.#columns
    const sku = cell(cells, columns.sku)
    const id = cell(cells, columns.id)
    const notes: NoteCode[] = sku === '' && id !== '' ? ['sku-derived'] : []
    const inForce = priceInForce(
      {
        regular: cell(cells, columns.regularPrice),
        sale: cell(cells, columns.salePrice),
        from: cell(cells, columns.saleFrom),
        to: cell(cells, columns.saleTo),
      },
      this.#options.now,
    )
    if (inForce.note !== undefined) notes.push(inForce.note)
    const own = this.#attributes(cells)
    const options = parentKey === '' ? [] : own
    const images = list(cell(cells, columns.images))
    const description = this.#description(cells)
    const measure = (column: Measured, inherited: string | undefined): number | undefined =>
      readMillimetres(cell(cells, column.index) || (inherited ?? ''), column.unit, 'ungrouped')
    return {
      sku: sku === '' && id !== '' ? `id:${id}` : sku,
      html: true,
      title: cell(cells, columns.name) || parent?.title,
      description: description || parent?.description,
      brand: list(cell(cells, columns.brands) || (parent?.brand ?? ''))[0],
      gtin: cell(cells, columns.gtin),
      mpn: cell(cells, columns.mpn),
      price: { text: inForce.price },
      nextPrice:
        inForce.next === undefined
          ? undefined
          : { price: { text: inForce.next.price }, validFrom: inForce.next.validFrom },
      vatRate: this.#vatRate(cells, parent),
      stock: this.#stock(cells, parent, notes),
      categoryPath: deepest(list(cell(cells, columns.categories) || (parent?.categories ?? ''))),
      tags: list(cell(cells, columns.tags) || (parent?.tags ?? '')),
      images: images.length > 0 ? images : list(parent?.images ?? ''),
      attributes:
        parentKey === ''
          ? own
          : (parent?.attributes ?? []).filter(([name]) => !own.some(([n]) => n === name)),
      group: parentKey === '' ? undefined : { id: parentKey, options },
      weightGrams: readGrams(
        cell(cells, columns.weight.index) || (parent?.weight ?? ''),
        columns.weight.unit,
        'ungrouped',
      ),
      lengthMm: measure(columns.length, parent?.length),
      widthMm: measure(columns.width, parent?.width),
      heightMm: measure(columns.height, parent?.height),
      notes,
    }
  }

  #description(cells: readonly string[]): string {
    const text = cell(cells, this.#columns.description) || cell(cells, this.#columns.shortDescription)
    return text.includes('\\n') ? text.replace(/\\\\n|\\n/g, (mark) => (mark === '\\n' ? '\n' : '\\n')) : text
  }

  #attributes(cells: readonly string[]): (readonly [string, string])[] {
    const found: (readonly [string, string])[] = []
    for (const { name, value } of this.#columns.attributes) {
      const title = cell(cells, name)
      const values = title === '' ? '' : cell(cells, value)
      if (values !== '') found.push([title, list(values).join(', ')])
    }
    return found
  }

  #vatRate(cells: readonly string[], parent: Parent | undefined): number | 'unknown' | undefined {
    const status = cell(cells, this.#columns.taxStatus) || parent?.taxStatus
    let taxClass = cell(cells, this.#columns.taxClass)
    if (taxClass === 'parent') taxClass = parent?.taxClass ?? ''
    if (status === 'none') return 'unknown'
    if (taxClass === '' || taxClass === 'standard') return undefined
    return this.#options.vatClasses?.[taxClass] ?? (taxClass === 'zero-rate' ? 0 : 'unknown')
  }

  /** "In stock?" 0: none, whatever the number says. No number: unknown. */
  #stock(cells: readonly string[], parent: Parent | undefined, notes: NoteCode[]): number | undefined {
    let text = cell(cells, this.#columns.stock)
    if (text === 'parent') text = parent?.stock ?? ''
    const word = cell(cells, this.#columns.inStock)
    const count = text === '' ? undefined : readCount(text, 'ungrouped')
    if (text !== '' && count === undefined) notes.push('stock-unreadable')
    if (count === 'negative') notes.push('stock-negative')
    const number = count === 'negative' ? 0 : count
    if (word === '0' || word === 'backorder') {
      if (number !== undefined && number > 0) notes.push('stock-contradiction')
      return 0
    }
    return number
  }
}

type Kind = 'parent' | 'single' | 'variation' | IgnoredReason

/** The type cell is a list: "simple, downloadable, virtual". */
function kindOf(type: string): Kind {
  const kinds = type.toLowerCase().split(/\s*,\s*/)
  if (kinds.includes('variation')) return 'variation'
  if (kinds.includes('variable')) return 'parent'
  if (kinds.includes('simple') || type === '') return 'single'
  if (kinds.includes('grouped')) return 'grouped'
  if (kinds.includes('external')) return 'external'
  if (kinds.some((kind) => /^(?:bundle|composite|mix-and-match|woosb)$/.test(kind))) return 'bundle'
  if (kinds.some((kind) => /gift/.test(kind))) return 'gift-card'
  if (kinds.every((kind) => kind === 'virtual' || kind === 'downloadable')) return 'single'
  return 'type-unsupported'
}

/** 1: published, 0: private, −1: draft, 2: pending. A table without the column holds what is sold. */
function isPublished(text: string): boolean {
  return text === '' || text === '1' || /^(?:yes|true|ja)$/i.test(text)
}

/** A cell's text; "'=…" is what the export makes of "=…". */
function cell(cells: readonly string[], index: number): string {
  const text = index === -1 ? '' : (cells[index] ?? '').trim()
  return text.charCodeAt(0) === 39 && /^'[=+\-@\t\r]/.test(text) ? text.slice(1) : text
}

/** "a, b\, c" → a | b, c */
function list(text: string): string[] {
  if (text === '') return []
  if (!text.includes(',')) return [text]
  return text
    .split(/(?<!\\),/)
    .map((item) => item.replaceAll('\\,', ',').trim())
    .filter((item) => item !== '')
}

/** The category that says most: the one with the most levels, the first of them. */
function deepest(paths: readonly string[]): string | undefined {
  let best: string | undefined
  let levels = 0
  for (const path of paths) {
    const parts = path.split('>').map((part) => part.trim())
    if (parts.length > levels) {
      levels = parts.length
      best = parts.join(' > ')
    }
  }
  return best
}
