import { derivedSku } from '../derived-sku.ts'
import type { Facts } from '../facts.ts'
import type { Assumptions, IgnoredReason, NoteCode } from '../import-event.ts'
import type { ImportOptions } from '../import-options.ts'
import type { Intake } from '../intake.ts'
import { readContent, readCount } from '../text/units.ts'
import type { Columns } from './columns.ts'
import type { Row } from './rows.ts'
import { ShopifyColumns } from './shopify-columns.ts'
import type { TableFormat } from './table-format.ts'

/** Rows of one product that wait for its further images. Shopify has at most 2,048 variants a product. */
const variantsWaitingMax = 4_096
/** More images than an offer takes need not be kept. */
const imagesKept = 40

/** What the first row of a product says for all of them. */
interface Product {
  readonly handle: string
  readonly ignored: IgnoredReason | undefined
  readonly title: string
  readonly facts: Omit<Facts, 'sku' | 'title'>
  readonly optionNames: readonly string[]
  readonly images: { readonly url: string; readonly position: number }[]
  readonly variants: Row[]
}

/**
 * Shopify's product export, with the column names of before and since 2025. The rows of a product stand together
 * under one handle; the first has what they share, rows without variant data are further images.
 * "Compare-at price" is what it cost before, no recommended price; "Cost per item" is nobody's business.
 */
export class ShopifyFormat implements TableFormat {
  readonly format = 'shopify'
  readonly assumed: Assumptions
  readonly #columns: ShopifyColumns
  readonly #options: ImportOptions
  /**
   * Shopify writes 0 where it does not track the stock. A file in which such variants have other numbers too
   * was filled by hand, and its numbers mean something.
   */
  readonly #untrackedCounts: boolean
  #product: Product | undefined

  /** @param sample rows from the file's beginning */
  constructor(columns: Columns, options: ImportOptions, sample: readonly Row[]) {
    this.#columns = new ShopifyColumns(columns)
    this.#options = options
    this.#untrackedCounts = sample.some(
      ({ cells }) =>
        cell(cells, this.#columns.tracker) === '' && /^[1-9]/.test(cell(cells, this.#columns.quantity)),
    )
    this.assumed =
      this.#untrackedCounts && this.#columns.tracker !== -1 ? { untrackedStock: 'as-stated' } : {}
  }

  row(row: Row, intake: Intake): void {
    const { cells, line } = row
    const columns = this.#columns
    const handle = cell(cells, columns.handle)
    const title = cell(cells, columns.title)
    if (this.#product === undefined || this.#product.handle !== handle || handle === '') {
      this.#flush(intake)
      this.#product = this.#begin(handle, title, cells)
      this.#image(cells)
      this.#variant(row, intake)
      return
    }
    this.#image(cells)
    const hasVariant =
      cell(cells, columns.price) !== '' ||
      cell(cells, columns.sku) !== '' ||
      columns.options.some(({ value }) => cell(cells, value) !== '')
    if (hasVariant) this.#variant(row, intake)
    else intake.ignore(line, 'image-row', handle)
  }

  end(intake: Intake): void {
    this.#flush(intake)
  }

  #begin(handle: string, title: string, cells: readonly string[]): Product {
    const columns = this.#columns
    const googleCategory = cell(cells, columns.googleCategory)
    const isId = /^\d{1,7}$/.test(googleCategory)
    return {
      handle,
      ignored: this.#ignoredReason(cells),
      title,
      optionNames: columns.options.map(({ name }) => cell(cells, name)),
      images: [],
      variants: [],
      facts: {
        html: true,
        description: cell(cells, columns.body),
        brand: cell(cells, columns.vendor),
        category: isId ? Number(googleCategory) : undefined,
        categoryPath:
          cell(cells, columns.productCategory) || (isId ? '' : googleCategory) || cell(cells, columns.type),
        tags: cell(cells, columns.tags).split(',').slice(0, 100),
        mpn: cell(cells, columns.mpn),
        attributes: columns.attributes.map(({ index, name }) => [
          name,
          cell(cells, index).replace(/\s*[\n;]\s*/g, ', '),
        ]),
      },
    }
  }

  #ignoredReason(cells: readonly string[]): IgnoredReason | undefined {
    const columns = this.#columns
    if (/^true$/i.test(cell(cells, columns.giftCard))) return 'gift-card'
    const status = cell(cells, columns.status).toLowerCase()
    if (/^false$/i.test(cell(cells, columns.published)) || status === 'draft' || status === 'archived')
      return 'not-published'
    return undefined
  }

  #image(cells: readonly string[]): void {
    const url = cell(cells, this.#columns.image)
    const { images } = this.#product as Product
    if (url === '' || images.length >= imagesKept) return
    const position = Number(cell(cells, this.#columns.imagePosition)) || 1_000
    images.push({ url, position })
  }

  #variant(row: Row, intake: Intake): void {
    const product = this.#product as Product
    if (product.ignored !== undefined) {
      intake.ignore(row.line, product.ignored, this.#sku(row.cells, product))
      return
    }
    product.variants.push(row)
    if (product.variants.length >= variantsWaitingMax) this.#emit(product, intake)
  }

  #flush(intake: Intake): void {
    if (this.#product !== undefined) this.#emit(this.#product, intake)
    this.#product = undefined
  }

  #emit(product: Product, intake: Intake): void {
    const images = product.images.sort((a, b) => a.position - b.position).map(({ url }) => url)
    for (const { line, cells } of product.variants.splice(0)) {
      if (product.title === '')
        intake.refuse(
          line,
          'title-missing',
          this.#sku(cells, product),
          `The row with the title of "${product.handle}" is not above this one: sort the file by handle.`,
        )
      else intake.offer(line, this.#facts(cells, product, images))
    }
  }

  #optionsOf(cells: readonly string[], product: Product): (readonly [string, string])[] {
    const found: (readonly [string, string])[] = []
    this.#columns.options.forEach(({ value }, index) => {
      const text = cell(cells, value)
      const name = product.optionNames[index] || `Option ${index + 1}`
      if (text !== '' && !(text === 'Default Title' && found.length === 0)) found.push([name, text])
    })
    return found
  }

  #sku(cells: readonly string[], product: Product): string {
    const sku = cell(cells, this.#columns.sku).replace(/^'/, '')
    if (sku !== '' || product.handle === '') return sku
    return derivedSku([product.handle, ...this.#optionsOf(cells, product).map(([, value]) => value)])
  }

  #facts(cells: readonly string[], product: Product, images: readonly string[]): Facts {
    const columns = this.#columns
    const options = this.#optionsOf(cells, product)
    const notes: NoteCode[] = cell(cells, columns.sku) === '' ? ['sku-derived'] : []
    const variantImage = cell(cells, columns.variantImage)
    const content = cell(cells, columns.contentQuantity)
    return {
      ...product.facts,
      sku: this.#sku(cells, product),
      title: product.title,
      gtin: cell(cells, columns.barcode),
      price: { text: cell(cells, columns.price) },
      vatRate: /^false$/i.test(cell(cells, columns.taxable)) ? 'unknown' : undefined,
      stock: this.#stock(cells, notes),
      weightGrams: positive(readCount(cell(cells, columns.grams), 'dot')),
      images: variantImage === '' ? images : [variantImage, ...images],
      group: options.length === 0 ? undefined : { id: product.handle, options },
      content: content === '' ? undefined : readContent(content + cell(cells, columns.contentUnit), 'dot'),
      notes,
    }
  }

  #stock(cells: readonly string[], notes: NoteCode[]): number | undefined {
    const text = cell(cells, this.#columns.quantity)
    if (text === '') return undefined
    const tracked = this.#columns.tracker === -1 || cell(cells, this.#columns.tracker) !== ''
    if (!tracked && !this.#untrackedCounts) return undefined
    const count = readCount(text, 'dot')
    if (count === undefined) notes.push('stock-unreadable')
    if (count !== 'negative') return count
    notes.push('stock-negative')
    return 0
  }
}

function positive(count: number | 'negative' | undefined): number | undefined {
  return typeof count === 'number' && count > 0 ? count : undefined
}

function cell(cells: readonly string[], index: number): string {
  return index === -1 ? '' : (cells[index] ?? '').trim()
}
