import type { Columns } from './columns.ts'

/** Plug-ins that keep the GTIN and MPN in fields of their own, from before WooCommerce 9.2 had one. */
const gtinFields = [
  '_global_unique_id',
  '_ts_gtin',
  '_wpm_gtin_code',
  '_alg_ean',
  '_ean',
  '_gtin',
  'gtin',
  'ean',
]

/** Where WooCommerce's columns are: its export names them in the shop's language; English and German are known. */
export class WooCommerceColumns {
  readonly id: number
  readonly type: number
  readonly sku: number
  readonly gtin: number
  readonly mpn: number
  readonly name: number
  readonly published: number
  readonly shortDescription: number
  readonly description: number
  readonly saleFrom: number
  readonly saleTo: number
  readonly taxStatus: number
  readonly taxClass: number
  readonly inStock: number
  readonly stock: number
  readonly salePrice: number
  readonly regularPrice: number
  readonly categories: number
  readonly tags: number
  readonly images: number
  readonly parent: number
  readonly brands: number
  readonly weight: Measured
  readonly length: Measured
  readonly width: Measured
  readonly height: Measured
  readonly attributes: readonly { readonly name: number; readonly value: number }[]
  readonly german: boolean

  constructor(columns: Columns) {
    this.id = columns.find('ID')
    this.type = columns.need('Type', 'Typ')
    this.sku = columns.need('SKU', 'Artikelnummer')
    this.gtin = columns.find(
      'GTIN, UPC, EAN, or ISBN',
      'GTIN, UPC, EAN oder ISBN',
      'GTIN',
      ...gtinFields.flatMap((field) => [`Meta: ${field}`, `Meta:${field}`]),
    )
    this.mpn = columns.find('MPN', 'Meta: _ts_mpn', 'Meta: _mpn')
    this.name = columns.need('Name')
    this.published = columns.find('Published', 'Veröffentlicht')
    this.shortDescription = columns.find('Short description', 'Kurzbeschreibung')
    this.description = columns.find('Description', 'Beschreibung')
    this.saleFrom = columns.find('Date sale price starts', 'Datum, an dem Angebotspreis beginnt')
    this.saleTo = columns.find('Date sale price ends', 'Datum, an dem Angebotspreis endet')
    this.taxStatus = columns.find('Tax status', 'Steuerstatus')
    this.taxClass = columns.find('Tax class', 'Steuerklasse')
    this.inStock = columns.find('In stock?', 'Vorrätig?', 'Auf Lager?')
    this.stock = columns.find('Stock', 'Bestand', 'Lagerbestand', 'Lager')
    this.salePrice = columns.find('Sale price', 'Angebotspreis')
    this.regularPrice = columns.need('Regular price', 'Regulärer Preis', 'Normaler Preis')
    this.categories = columns.find('Categories', 'Kategorien')
    this.tags = columns.find('Tags', 'Schlagwörter')
    this.images = columns.find('Images', 'Bilder')
    this.parent = columns.find('Parent', 'Übergeordnetes Produkt', 'Übergeordnet')
    this.brands = columns.find('Brands', 'Marken', 'Brand', 'Marke')
    this.weight = measured(columns, /^(?:weight|gewicht) \((\w+)\)$/)
    this.length = measured(columns, /^(?:length|länge) \((\w+)\)$/)
    this.width = measured(columns, /^(?:width|breite) \((\w+)\)$/)
    this.height = measured(columns, /^(?:height|höhe) \((\w+)\)$/)
    const values = new Map(
      columns
        .matching(/^attribut[e]? (\d+) (?:value\(s\)|wert\(e\))$/)
        .map(({ index, match }) => [match[1], index]),
    )
    this.attributes = columns.matching(/^attribut[e]? (\d+) name$/).flatMap(({ index, match }) => {
      const value = values.get(match[1])
      return value === undefined ? [] : [{ name: index, value }]
    })
    this.german = columns.has('Regulärer Preis', 'Veröffentlicht')
  }
}

export interface Measured {
  readonly index: number
  readonly unit: string
}

function measured(columns: Columns, pattern: RegExp): Measured {
  const found = columns.matching(pattern)[0]
  return { index: found?.index ?? -1, unit: found?.match[1] ?? '' }
}

/** Whether a header is WooCommerce's product export, also one that lacks a column that is needed. */
export function isWooCommerce(columns: Columns): boolean {
  return (
    columns.has('Name') &&
    columns.has('Type', 'Typ') &&
    columns.has('SKU', 'Artikelnummer') &&
    [
      columns.has('Published', 'Veröffentlicht'),
      columns.has('Regular price', 'Regulärer Preis'),
      columns.has('In stock?', 'Vorrätig?', 'Auf Lager?'),
      columns.has('Tax status', 'Steuerstatus'),
    ].filter(Boolean).length >= 2
  )
}
