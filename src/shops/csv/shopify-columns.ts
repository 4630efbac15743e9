import type { Columns } from './columns.ts'

/** Where Shopify's columns are, by the names of before and since 2025. */
export class ShopifyColumns {
  readonly handle: number
  readonly title: number
  readonly body: number
  readonly vendor: number
  readonly productCategory: number
  readonly type: number
  readonly tags: number
  readonly published: number
  readonly status: number
  readonly giftCard: number
  readonly options: readonly { readonly name: number; readonly value: number }[]
  readonly sku: number
  readonly barcode: number
  readonly price: number
  readonly compareAtPrice: number
  readonly taxable: number
  readonly tracker: number
  readonly quantity: number
  readonly grams: number
  readonly image: number
  readonly imagePosition: number
  readonly variantImage: number
  readonly googleCategory: number
  readonly mpn: number
  readonly contentQuantity: number
  readonly contentUnit: number
  readonly attributes: readonly { readonly index: number; readonly name: string }[]

  constructor(columns: Columns) {
    this.handle = columns.need('Handle', 'URL handle')
    this.title = columns.need('Title')
    this.body = columns.find('Body (HTML)', 'Body HTML', 'Description')
    this.vendor = columns.find('Vendor')
    this.productCategory = columns.find('Product Category', 'Standard Product Type')
    this.type = columns.find('Type', 'Custom Product Type')
    this.tags = columns.find('Tags')
    this.published = columns.find('Published', 'Published on online store')
    this.status = columns.find('Status')
    this.giftCard = columns.find('Gift Card')
    this.options = [1, 2, 3].map((number) => ({
      name: columns.find(`Option${number} Name`),
      value: columns.find(`Option${number} Value`),
    }))
    this.sku = columns.find('Variant SKU', 'SKU')
    this.barcode = columns.find('Variant Barcode', 'Barcode', 'Barcodes')
    this.price = columns.need('Variant Price', 'Price')
    this.compareAtPrice = columns.find('Variant Compare At Price', 'Compare-at price')
    this.taxable = columns.find('Variant Taxable', 'Charge tax')
    this.tracker = columns.find('Variant Inventory Tracker', 'Inventory tracker')
    this.quantity = columns.find('Variant Inventory Qty', 'Inventory quantity')
    this.grams = columns.find('Variant Grams', 'Weight value (grams)')
    this.image = columns.find('Image Src', 'Product image URL')
    this.imagePosition = columns.find('Image Position')
    this.variantImage = columns.find('Variant Image', 'Variant image URL')
    this.googleCategory = columns.find('Google Shopping / Google Product Category')
    this.mpn = columns.find('Google Shopping / MPN')
    this.contentQuantity = columns.find('Unit price total measure')
    this.contentUnit = columns.find('Unit price total measure unit')
    this.attributes = [
      ...['Gender', 'Age Group', 'Condition'].flatMap((name) => {
        const index = columns.find(`Google Shopping / ${name}`)
        return index === -1 ? [] : [{ index, name }]
      }),
      ...columns.names.flatMap((name, index) => {
        const title = /^(.+) \(product\.metafields\.[\w-]+\.[\w-]+\)$/.exec(name)?.[1]
        return title === undefined ? [] : [{ index, name: title }]
      }),
    ]
  }
}

/** Whether a header is Shopify's product export, also one that lacks a column that is needed. */
export function isShopify(columns: Columns): boolean {
  return (
    columns.has('URL handle') ||
    (columns.has('Handle') &&
      columns.has(
        'Variant Price',
        'Variant SKU',
        'Option1 Name',
        'Option1 Value',
        'Body (HTML)',
        'Variant Grams',
      ))
  )
}
