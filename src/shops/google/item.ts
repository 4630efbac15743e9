import { priceInForce } from '../csv/sale-price.ts'
import type { Facts } from '../facts.ts'
import type { IgnoredReason, NoteCode } from '../import-event.ts'
import type { ImportOptions } from '../import-options.ts'
import { readPrice } from '../price-text.ts'
import { readContent, readCount, readGrams, readMillimetres } from '../text/units.ts'

/** What an item says under an attribute's name ("image_link"), in the file's order. */
export type ItemValues = (name: string) => readonly string[]

/** Attributes that tell the items of one group apart. */
const variantAttributes = ['color', 'size', 'pattern', 'material'] as const
const plainAttributes = [
  'gender',
  'age_group',
  'condition',
  'size_system',
  'size_type',
  'energy_efficiency_class',
  'multipack',
] as const

/** Currencies of countries where Google wants prices without tax. Elsewhere they hold VAT. */
const netCurrencies = new Set(['USD', 'CAD', 'INR'])

/** What of an item is no offer. */
export function ignoredItem(values: ItemValues): IgnoredReason | undefined {
  return first(values, 'pause').toLowerCase() === 'all' ? 'not-published' : undefined
}

/**
 * An item of a Google Merchant feed as facts. Source: support.google.com/merchants/answer/7052112. Prices have a
 * dot, a currency and, but for some countries, VAT. "in_stock" says that there is some, not how much.
 */
export function itemFacts(values: ItemValues, options: ImportOptions): Facts {
  const notes: NoteCode[] = []
  const group = first(values, 'item_group_id')
  const price = saleOf(values, options, notes)
  const category = first(values, 'google_product_category')
  const categoryId = /^\d{1,7}$/.test(category) ? Number(category) : undefined
  const length = (name: string): number | undefined => readMillimetres(first(values, name), undefined, 'dot')
  const shown = [...plainAttributes, ...(group === '' ? variantAttributes : [])]
  return {
    sku: first(values, 'id'),
    html: true,
    title: first(values, 'title') || first(values, 'structured_title'),
    description: first(values, 'description'),
    brand: first(values, 'brand'),
    gtin: first(values, 'gtin'),
    mpn: first(values, 'mpn'),
    price: grossOf(price.price, options),
    nextPrice:
      price.next === undefined
        ? undefined
        : { price: grossOf(price.next.price, options), validFrom: price.next.validFrom },
    stock: stockOf(values, notes),
    deliveryDays: countOf(first(values, 'max_handling_time')),
    packSize: undefined,
    category: categoryId,
    categoryPath: first(values, 'product_type') || (categoryId === undefined ? category : ''),
    images: [...values('image_link'), ...values('additional_image_link').flatMap(splitLinks)],
    attributes: [...shown.map((name) => [label(name), first(values, name)] as const), ...details(values)],
    group:
      group === ''
        ? undefined
        : {
            id: group,
            options: variantAttributes.map((name) => [label(name), first(values, name)] as const),
          },
    weightGrams: readGrams(
      first(values, 'product_weight') || first(values, 'shipping_weight'),
      undefined,
      'dot',
    ),
    lengthMm: length('product_length'),
    widthMm: length('product_width'),
    heightMm: length('product_height'),
    shipTo: [...values('shipping'), ...values('shipping(country)')].map(shippingCountry),
    content: readContent(first(values, 'unit_pricing_measure'), 'dot'),
    notes,
  }
}

function first(values: ItemValues, name: string): string {
  for (const value of values(name)) {
    const text = value.trim()
    if (text !== '') return text
  }
  return ''
}

function saleOf(
  values: ItemValues,
  options: ImportOptions,
  notes: NoteCode[],
): ReturnType<typeof priceInForce> {
  const period = first(values, 'sale_price_effective_date')
  const [from = '', to = ''] = period === '' ? [] : period.split('/')
  const sale = first(values, 'sale_price')
  const made = priceInForce({ regular: first(values, 'price'), sale, from, to }, options.now)
  if (made.note !== undefined) notes.push(made.note)
  return made
}

function grossOf(text: string, options: ImportOptions): NonNullable<Facts['price']> {
  if (options.prices !== undefined) return { text }
  const read = readPrice(text, 'dot')
  const currency = typeof read === 'string' ? undefined : (read.currency ?? options.currency)
  return { text, gross: currency === undefined || !netCurrencies.has(currency) }
}

function stockOf(values: ItemValues, notes: NoteCode[]): number | undefined {
  const availability = first(values, 'availability').toLowerCase().replaceAll(' ', '_')
  const text =
    first(values, 'quantity') || first(values, 'sell_on_google_quantity') || first(values, 'inventory')
  const count = text === '' ? undefined : readCount(text, 'dot')
  if (text !== '' && count === undefined) notes.push('stock-unreadable')
  const number = count === 'negative' ? 0 : count
  if (
    /^(?:out_of_stock|preorder|backorder|nicht_auf_lager|ausverkauft|vorbestellt|vorbestellung)$/.test(
      availability,
    )
  ) {
    if (number !== undefined && number > 0) notes.push('stock-contradiction')
    return 0
  }
  return number
}

function countOf(text: string): number | undefined {
  const count = text === '' ? undefined : readCount(text, 'dot')
  return typeof count === 'number' ? count : undefined
}

/** "DE:::4.95 EUR" or "DE". */
function shippingCountry(text: string): string {
  return /^\s*([A-Z]{2})\s*(?::|$)/.exec(text)?.[1] ?? ''
}

/** "section:name:value" or "name:value", several in one cell between commas. */
function details(values: ItemValues): (readonly [string, string])[] {
  return values('product_detail').flatMap((detail) => {
    const parts = detail.split(':').map((part) => part.trim())
    const value = parts.pop()
    const name = parts.pop()
    return value === undefined || name === undefined ? [] : [[name, value] as const]
  })
}

function splitLinks(text: string): string[] {
  return text.split(/,(?=\s*https?:\/\/)/)
}

function label(name: string): string {
  const words = name.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
