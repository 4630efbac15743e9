import type { DecimalStyle } from '../../core/trade/amount.ts'
import type { Facts } from '../facts.ts'
import type { Assumptions, NoteCode } from '../import-event.ts'
import type { Intake } from '../intake.ts'
import { readCount, readGrams, readMillimetres, readVatRate } from '../text/units.ts'
import { type Columns, columnKey } from './columns.ts'
import { type MappedField, type Mapping, mappedFields } from './mapping.ts'
import type { Row } from './rows.ts'
import { priceInForce } from './sale-price.ts'
import type { TableFormat } from './table-format.ts'

const nowhere = Object.fromEntries(mappedFields.map((field) => [field, -1])) as Record<MappedField, number>

/** Any table, by a mapping. */
export class MappedFormat implements TableFormat {
  readonly format = 'csv'
  readonly language?: string
  readonly assumed: Assumptions
  /** Where each field's column is; −1: nowhere. All fields are there, so that reading one is one load. */
  readonly #at: Readonly<Record<MappedField, number>>
  readonly #attributes: readonly { readonly name: string; readonly index: number }[]
  readonly #options: readonly { readonly name: string; readonly index: number }[]
  readonly #images: readonly number[]
  readonly #units: Readonly<Partial<Record<MappedField, string>>>
  readonly #currency: string | undefined
  readonly #style: DecimalStyle

  /** @param suggested the mapping is no person's: it is reported as assumed */
  constructor(columns: Columns, mapping: Mapping, suggested: boolean, style: DecimalStyle) {
    const find = (name: string): { name: string; index: number } => ({ name, index: columns.need(name) })
    const fields = Object.entries(mapping.columns) as [MappedField, string][]
    this.#at = {
      ...nowhere,
      ...Object.fromEntries(fields.map(([field, name]) => [field, columns.need(name)])),
    }
    this.#attributes = (mapping.attributes ?? []).map(find)
    this.#options = (mapping.options ?? []).map(find)
    this.#images = imageColumns(columns, this.#at.images)
    this.#units = Object.fromEntries(
      fields.flatMap(([field, name]) => {
        const unit = /(?:[([_ ]|in )(kg|g|lbs?|oz|mm|cm|m|in)[)\]]?$/i.exec(columnKey(name))?.[1]
        return unit === undefined ? [] : [[field, unit]]
      }),
    )
    this.#currency = currencyInName(mapping.columns.price ?? mapping.columns.grossPrice ?? '')
    this.#style = style
    this.assumed = suggested ? { mapping } : {}
    if (columns.has('Artikelnummer', 'Bezeichnung', 'Preis', 'Titel', 'Beschreibung', 'Bestand'))
      this.language = 'de'
  }

  row(row: Row, intake: Intake): void {
    const { cells, line } = row
    if (isInactive(cell(cells, this.#at.active))) {
      intake.ignore(line, 'not-published', code(cells, this.#at.sku))
      return
    }
    const notes: NoteCode[] = []
    const vatText = cell(cells, this.#at.vat)
    const vatRate = vatText === '' ? undefined : readVatRate(vatText, this.#style)
    const sku = code(cells, this.#at.sku)
    if (vatText !== '' && vatRate === undefined) {
      intake.refuse(line, 'vat-malformed', sku, `"${vatText.slice(0, 40)}" is no VAT rate.`)
      return
    }
    intake.offer(line, this.#facts(cells, sku, vatRate, notes))
  }

  #facts(cells: readonly string[], sku: string, vatRate: number | undefined, notes: NoteCode[]): Facts {
    const group = cell(cells, this.#at.group)
    const options = this.#named(cells, this.#options)
    const recommended = cell(cells, this.#at.recommendedPrice)
    const category = cell(cells, this.#at.category)
    const categoryId = /^\d{1,7}$/.test(category) ? Number(category) : undefined
    return {
      sku,
      title: cell(cells, this.#at.title),
      description: cell(cells, this.#at.description),
      brand: cell(cells, this.#at.brand),
      gtin: code(cells, this.#at.gtin),
      mpn: code(cells, this.#at.mpn),
      price: this.#price(cells),
      recommendedPrice:
        recommended === '' ? undefined : { text: recommended, currency: this.#currencyOf(cells) },
      vatRate,
      stock: this.#stock(cells, notes),
      deliveryDays: this.#count(cells, this.#at.deliveryDays, notes),
      minQuantity: this.#count(cells, this.#at.minQuantity, notes),
      packSize: this.#count(cells, this.#at.packSize, notes),
      category: categoryId,
      categoryPath: cell(cells, this.#at.categoryPath) || (categoryId === undefined ? category : ''),
      tags: splitList(cell(cells, this.#at.tags)),
      images: this.#images.flatMap((index) => splitUrls((cells[index] ?? '').trim())),
      attributes: this.#named(cells, this.#attributes),
      group: group === '' ? undefined : { id: group, options },
      weightGrams: readGrams(cell(cells, this.#at.weight), this.#units.weight, this.#style),
      lengthMm: this.#size(cells, 'length'),
      widthMm: this.#size(cells, 'width'),
      heightMm: this.#size(cells, 'height'),
      origin: cell(cells, this.#at.origin).toUpperCase(),
      hsCode: code(cells, this.#at.hsCode),
      notes,
    }
  }

  #named(
    cells: readonly string[],
    columns: readonly { readonly name: string; readonly index: number }[],
  ): (readonly [string, string])[] {
    return columns.map(({ name, index }) => [name, cells[index] ?? ''] as const)
  }

  #currencyOf(cells: readonly string[]): string | undefined {
    const text = cell(cells, this.#at.currency).toUpperCase()
    return { '€': 'EUR', EURO: 'EUR', '£': 'GBP' }[text] ?? (text || this.#currency)
  }

  #price(cells: readonly string[]): Facts['price'] {
    const net = cell(cells, this.#at.price)
    const regular = net || cell(cells, this.#at.grossPrice)
    const { price } = priceInForce(
      { regular, sale: cell(cells, this.#at.salePrice), from: '', to: '' },
      undefined,
    )
    const per = cell(cells, this.#at.perQuantity)
    const perQuantity = per === '' ? 1 : readCount(per, this.#style)
    return {
      text: price,
      currency: this.#currencyOf(cells),
      perQuantity: typeof perQuantity === 'number' ? perQuantity : 0,
      gross: net === '' && regular !== '' ? true : undefined,
    }
  }

  #stock(cells: readonly string[], notes: NoteCode[]): number | undefined {
    const text = cell(cells, this.#at.stock)
    if (text === '') return undefined
    if (
      /^(?:no|nein|false|out of stock|out_of_stock|ausverkauft|nicht auf lager|nicht verfügbar)$/i.test(text)
    )
      return 0
    // "In stock" says that there is some, not how much.
    if (/^(?:yes|ja|true|in stock|in_stock|auf lager|lagernd|verfügbar|available)$/i.test(text))
      return undefined
    const count = readCount(text, this.#style)
    if (count === 'negative') notes.push('stock-negative')
    else if (count === undefined) notes.push('stock-unreadable')
    return count === 'negative' ? 0 : count
  }

  #count(cells: readonly string[], index: number, notes: NoteCode[]): number | undefined {
    const text = cell(cells, index)
    if (text === '') return undefined
    const count = readCount(text, this.#style)
    if (typeof count === 'number') return count
    notes.push('value-unreadable')
    return undefined
  }

  #size(cells: readonly string[], field: 'length' | 'width' | 'height'): number | undefined {
    return readMillimetres(cell(cells, this.#at[field]), this.#units[field], this.#style)
  }
}

function cell(cells: readonly string[], index: number): string {
  return index === -1 ? '' : (cells[index] ?? '').trim()
}

/** A number that is a name. Spreadsheets keep its zeros as ="00123" or '00123. */
function code(cells: readonly string[], index: number): string {
  const text = cell(cells, index)
  const first = text.charCodeAt(0)
  if (first === 61) return /^="([^"]*)"$/.exec(text)?.[1] ?? text
  return first === 39 ? text.slice(1) : text
}

function isInactive(text: string): boolean {
  return /^(?:0|no|nein|n|false|inactive|inaktiv|draft|entwurf|archived|disabled|deaktiviert|offline|hidden)$/i.test(
    text,
  )
}

/** "Preis (EUR)", "Price USD", "price_chf", "Preis in €" */
function currencyInName(name: string): string | undefined {
  if (name.includes('€')) return 'EUR'
  if (name.includes('£')) return 'GBP'
  return /(?:^|[^A-Za-z])(EUR|USD|GBP|CHF|PLN|CZK|SEK|NOK|DKK|HUF|RON|JPY|CNY|CAD|AUD|TRY)(?:$|[^A-Za-z])/i
    .exec(name)?.[1]
    ?.toUpperCase()
}

/** The mapped column and those that go on from it: "Bild 1", "Bild 2", … */
function imageColumns(columns: Columns, first: number): readonly number[] {
  if (first === -1) return []
  const stem = columnKey(columns.names[first] ?? '').replace(/[\s_-]*1$/, '')
  const escaped = stem.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const further = columns.matching(new RegExp(`^${escaped}[\\s_-]*\\d{1,2}$`)).map(({ index }) => index)
  return [first, ...further.filter((index) => index !== first)]
}

function splitList(text: string): string[] {
  return text === ''
    ? []
    : text.split(text.includes(';') ? ';' : text.includes('|') ? '|' : ',').slice(0, 100)
}

function splitUrls(text: string): string[] {
  return text === '' ? [] : text.split(/[|;\s]+|,(?=\s*(?:https?:)?\/\/)/).filter((url) => url !== '')
}
