import type { Facts } from '../facts.ts'
import type { NoteCode } from '../import-event.ts'
import type { ImportOptions } from '../import-options.ts'
import type { Intake } from '../intake.ts'
import { readCount, readGrams } from '../text/units.ts'
import type { Columns } from './columns.ts'
import { label, productAttributes } from './magento-attributes.ts'
import { type Child, MagentoRelations, type Parent } from './magento-relations.ts'
import type { Row } from './rows.ts'
import { priceInForce } from './sale-price.ts'
import type { TableFormat } from './table-format.ts'

const columnNames = [
  'sku',
  'store_view_code',
  'product_type',
  'categories',
  'name',
  'description',
  'short_description',
  'weight',
  'product_online',
  'tax_class_name',
  'price',
  'special_price',
  'special_price_from_date',
  'special_price_to_date',
  'msrp_price',
  'meta_keywords',
  'base_image',
  'additional_images',
  'country_of_manufacture',
  'additional_attributes',
  'qty',
  'is_in_stock',
  'manage_stock',
  'use_config_manage_stock',
  'min_cart_qty',
  'use_config_min_sale_qty',
  'enable_qty_increments',
  'qty_increments',
  'configurable_variations',
  'configurable_variation_labels',
] as const
type ColumnName = (typeof columnNames)[number]

/**
 * Magento 2's product export and import format. Simple products come before the configurable product that they
 * are variants of, often far: hence the survey. Numbers have a dot and no thousands ("52.0000"). Rows with a store
 * view are texts in another language.
 */
export class MagentoFormat implements TableFormat {
  readonly format = 'magento'
  readonly #index: Readonly<Record<ColumnName, number>>
  readonly #options: ImportOptions
  readonly #relations = new MagentoRelations()

  constructor(columns: Columns, options: ImportOptions) {
    columns.need('price')
    columns.need('name')
    this.#index = Object.fromEntries(columnNames.map((name) => [name, columns.find(name)])) as Record<
      ColumnName,
      number
    >
    this.#options = options
  }

  close(): void {
    this.#relations.close()
  }

  #cell(row: Row, name: ColumnName): string {
    const index = this.#index[name]
    const text = index === -1 ? '' : (row.cells[index] ?? '').trim()
    return text === '__EMPTY__VALUE__' ? '' : text
  }

  survey(row: Row): void {
    const sku = this.#cell(row, 'sku')
    const view = this.#cell(row, 'store_view_code')
    if (sku === '') return
    if (view !== '') {
      this.#relations.addView(sku, view, this.#cell(row, 'name'), this.#description(row))
      return
    }
    this.#relations.hasPlainRows = true
    if (this.#cell(row, 'product_type') !== 'configurable') return
    const parent = {
      sku,
      title: this.#cell(row, 'name'),
      description: this.#description(row),
      categories: this.#cell(row, 'categories'),
      images: this.#images(row),
      online: this.#isOnline(row),
      attributes: [...productAttributes(this.#cell(row, 'additional_attributes'))],
    }
    this.#relations.addParent(
      parent,
      this.#cell(row, 'configurable_variations'),
      this.#cell(row, 'configurable_variation_labels'),
    )
  }

  row(row: Row, intake: Intake): void {
    const { line } = row
    const sku = this.#cell(row, 'sku')
    if (this.#cell(row, 'store_view_code') !== '' && this.#relations.hasPlainRows) {
      intake.ignore(line, 'store-view', sku)
      return
    }
    const type = this.#cell(row, 'product_type').toLowerCase()
    if (type === 'configurable') {
      intake.ignore(line, 'parent-of-variants', sku)
      return
    }
    if (type === 'grouped' || type === 'bundle') {
      intake.ignore(line, type, sku)
      return
    }
    if (type.includes('giftcard')) {
      intake.ignore(line, 'gift-card', sku)
      return
    }
    if (!['simple', 'virtual', 'downloadable', ''].includes(type)) {
      intake.ignore(line, 'type-unsupported', sku)
      return
    }
    const { child, parent } = this.#relations.of(sku)
    if (!this.#isOnline(row) || parent?.online === false) {
      intake.ignore(line, 'not-published', sku)
      return
    }
    intake.offer(line, this.#facts(row, sku, child, parent))
  }

  /** 1 enabled, 2 disabled; older files 0. */
  #isOnline(row: Row): boolean {
    const online = this.#cell(row, 'product_online')
    return online === '' || online === '1' || /^(?:enabled|yes)$/i.test(online)
  }

  #facts(row: Row, sku: string, child: Child | undefined, parent: Parent | undefined): Facts {
    const notes: NoteCode[] = []
    const inForce = priceInForce(
      {
        regular: this.#cell(row, 'price'),
        sale: this.#cell(row, 'special_price'),
        from: this.#cell(row, 'special_price_from_date'),
        to: this.#cell(row, 'special_price_to_date'),
      },
      this.#options.now,
    )
    if (inForce.note !== undefined) notes.push(inForce.note)
    const found = this.#attributes(row, child, parent)
    const take = (...codes: string[]): string | undefined => {
      for (const code of codes) {
        const value = found.get(code)
        if (value === undefined) continue
        found.delete(code)
        return value
      }
      return undefined
    }
    const brand = take('brand', 'manufacturer')
    const gtin = take('gtin', 'ean', 'ean13', 'barcode', 'upc')
    const mpn = take('mpn')
    const view = this.#relations.viewOf(sku)
    const images = this.#images(row)
    const recommended = this.#cell(row, 'msrp_price')
    return {
      sku,
      html: true,
      title: this.#cell(row, 'name') || parent?.title,
      description: this.#description(row) || parent?.description,
      ...(view === undefined
        ? {}
        : { titles: new Map(view.titles), descriptions: new Map(view.descriptions) }),
      brand,
      gtin,
      mpn,
      price: { text: inForce.price },
      nextPrice:
        inForce.next === undefined
          ? undefined
          : { price: { text: inForce.next.price }, validFrom: inForce.next.validFrom },
      recommendedPrice: recommended === '' ? undefined : { text: recommended },
      vatRate: this.#vatRate(row),
      stock: this.#stock(row, notes),
      minQuantity: this.#ownSetting(row, 'use_config_min_sale_qty', 'min_cart_qty'),
      packSize:
        this.#cell(row, 'enable_qty_increments') === '1' ? this.#count(row, 'qty_increments') : undefined,
      categoryPath: deepest(this.#cell(row, 'categories') || (parent?.categories ?? '')),
      tags: this.#cell(row, 'meta_keywords').split(',').slice(0, 100),
      images: images.length > 0 ? images : (parent?.images ?? []),
      attributes: [...found].map(([code, value]) => [label(code), value]),
      group: child === undefined ? undefined : { id: child.parent, options: child.options },
      weightGrams: readGrams(this.#cell(row, 'weight'), this.#options.weightUnit, 'ungrouped'),
      origin: this.#cell(row, 'country_of_manufacture'),
      notes,
    }
  }

  /** By code: its own and its parent's, without those that tell the variants apart. */
  #attributes(row: Row, child: Child | undefined, parent: Parent | undefined): Map<string, string> {
    const found = productAttributes(this.#cell(row, 'additional_attributes'))
    for (const [code, value] of parent?.attributes ?? []) if (!found.has(code)) found.set(code, value)
    for (const code of child?.codes ?? []) found.delete(code)
    return found
  }

  #description(row: Row): string {
    return this.#cell(row, 'description') || this.#cell(row, 'short_description')
  }

  #images(row: Row): string[] {
    const base = this.#cell(row, 'base_image')
    const images = [base === 'no_selection' ? '' : base, ...this.#cell(row, 'additional_images').split(',')]
    return images
      .map((image) => image.trim())
      .filter((image) => image !== '')
      .slice(0, 40)
  }

  #vatRate(row: Row): number | 'unknown' | undefined {
    const taxClass = this.#cell(row, 'tax_class_name')
    const stated = this.#options.vatClasses?.[taxClass]
    if (stated !== undefined) return stated
    return taxClass === '' || /^(?:taxable goods|default|standard|regul)/i.test(taxClass)
      ? undefined
      : 'unknown'
  }

  #count(row: Row, name: ColumnName): number | undefined {
    const count = readCount(this.#cell(row, name), 'ungrouped')
    return typeof count === 'number' ? count : undefined
  }

  #ownSetting(row: Row, useConfig: ColumnName, name: ColumnName): number | undefined {
    return this.#cell(row, useConfig) === '0' ? this.#count(row, name) : undefined
  }

  /** A product whose stock is not managed has none that is known, unless the shop says that there is none. */
  #stock(row: Row, notes: NoteCode[]): number | undefined {
    const text = this.#cell(row, 'qty')
    const count = text === '' ? undefined : readCount(text, 'ungrouped')
    if (text !== '' && count === undefined) notes.push('stock-unreadable')
    if (count === 'negative') notes.push('stock-negative')
    const number = count === 'negative' ? 0 : count
    if (this.#cell(row, 'is_in_stock') === '0') {
      if (number !== undefined && number > 0) notes.push('stock-contradiction')
      return 0
    }
    const unmanaged =
      this.#cell(row, 'manage_stock') === '0' && this.#cell(row, 'use_config_manage_stock') === '0'
    return unmanaged ? undefined : number
  }
}

/** Whether a header is Magento 2's product format. */
export function isMagento(columns: Columns): boolean {
  return (
    columns.has('sku') &&
    columns.has('product_type') &&
    columns.has('attribute_set_code', 'store_view_code', 'product_websites', 'additional_attributes')
  )
}

/** "Default Category/Men/Tops,Default Category/Sale": the path with the most levels, without the shop's root. */
function deepest(categories: string): string | undefined {
  let best: string[] = []
  for (const path of categories.split(',')) {
    const parts = path
      .split('/')
      .map((part) => part.trim())
      .filter((part) => part !== '')
    if (/^default category$/i.test(parts[0] ?? '')) parts.shift()
    if (parts.length > best.length) best = parts
  }
  return best.length === 0 ? undefined : best.join(' > ')
}
