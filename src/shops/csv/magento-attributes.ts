/** Attributes that say something about the shop, not about the product. */
const shopOnly = new Set([
  'has_options',
  'required_options',
  'options_container',
  'custom_layout',
  'page_layout',
  'gift_message_available',
  'gift_wrapping_available',
  'gift_wrapping_price',
  'is_returnable',
  'msrp_display_actual_price_type',
  'links_exist',
  'links_purchased_separately',
  'links_title',
  'samples_title',
  'shipment_type',
  'price_type',
  'price_view',
  'sku_type',
  'weight_type',
  'swatch_image',
  'quantity_and_stock_status',
  'tax_class_id',
  'status',
  'visibility',
  'cost',
])

/** A value may hold commas: a pair begins only where a code and "=" follow. */
const pairStart = /,(?="?[a-zA-Z][a-zA-Z0-9_]*=)/

/** `a=1,b=x,y|z` → a: 1; b: x,y|z. With Magento's field enclosure, pairs or values stand in quotes. */
export function readPairs(text: string): [name: string, value: string][] {
  if (text === '') return []
  return text.split(pairStart).flatMap((pair) => {
    const plain = pair.startsWith('"') ? unquote(pair) : pair
    const at = plain.indexOf('=')
    if (at < 1) return []
    return [[plain.slice(0, at).trim(), unquote(plain.slice(at + 1).trim())]]
  })
}

function unquote(text: string): string {
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"')
    ? text.slice(1, -1).replaceAll('""', '"')
    : text
}

/** What `additional_attributes` says of the product; several values of one attribute stand between "|". */
export function productAttributes(text: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const [name, value] of readPairs(text)) {
    if (!shopOnly.has(name) && value !== '') found.set(name, value.replaceAll('|', ', '))
  }
  return found
}

/** `sku=A,size=S|sku=B,size=M` → by variant, its options. */
export function readVariations(text: string): { sku: string; options: [string, string][] }[] {
  if (text === '') return []
  return text.split(/\|(?="?sku=)/).flatMap((variation) => {
    const pairs = readPairs(variation)
    const sku = pairs.find(([name]) => name === 'sku')?.[1] ?? ''
    return sku === ''
      ? []
      : [{ sku, options: pairs.filter(([name]) => name !== 'sku' && name !== 'display') }]
  })
}

/** "eco_collection" → "Eco collection" */
export function label(code: string): string {
  const words = code.replaceAll('_', ' ').trim()
  return words.charAt(0).toUpperCase() + words.slice(1)
}
