import * as z from 'zod'
import { ImportError } from '../import-error.ts'
import { type Columns, columnKey } from './columns.ts'

/** What a column of any table can mean. */
export const mappedFields = [
  'sku',
  'title',
  'description',
  'brand',
  'gtin',
  'mpn',
  'price',
  'grossPrice',
  'salePrice',
  'currency',
  'perQuantity',
  'vat',
  'recommendedPrice',
  'stock',
  'deliveryDays',
  'minQuantity',
  'packSize',
  'category',
  'categoryPath',
  'tags',
  'images',
  'group',
  'weight',
  'length',
  'width',
  'height',
  'origin',
  'hsCode',
  'active',
] as const
export type MappedField = (typeof mappedFields)[number]

const columnName = z.string().min(1).max(200)

/** The meaning of a table's columns, asked once and remembered. Plain JSON. */
export const mappingSchema = z.strictObject({
  columns: z.partialRecord(z.enum(mappedFields), columnName),
  /** Columns that become attributes under their own names. */
  attributes: z.array(columnName).max(60).exactOptional(),
  /** Columns that tell variants of one `group` apart. */
  options: z.array(columnName).max(10).exactOptional(),
})
export type Mapping = z.infer<typeof mappingSchema>

/** Names that columns have in the wild, English and German, as {@link columnKey} makes them. First match counts. */
const usualNames: Readonly<Record<MappedField, readonly string[]>> = {
  sku: 'sku|artikelnummer|artikel-nr.|artikel-nr|artikelnr.|artikelnr|art.-nr.|art-nr|art.nr.|artnr|artnum|bestellnummer|bestellnr|item number|item no.|item no|item_number|itemnumber|product number|product_number|productnumber|product code|product_code|product id|product_id|article number|article_number|articlenumber|article|reference|ref|part number|part_number|model|produktnummer|nummer|nr|id'.split(
    '|',
  ),
  title:
    'title|titel|name|bezeichnung|artikelbezeichnung|produktbezeichnung|artikelname|produktname|product name|product_name|productname|item name|item_name|product title|product_title|produkttitel|artikeltitel|product|produkt|artikel'.split(
      '|',
    ),
  description:
    'description|beschreibung|langbeschreibung|artikelbeschreibung|produktbeschreibung|product description|product_description|long description|long_description|langtext|beschreibungstext|text|short description|kurzbeschreibung'.split(
      '|',
    ),
  brand:
    'brand|marke|hersteller|manufacturer|vendor|herstellername|manufacturer name|manufacturer_name'.split(
      '|',
    ),
  gtin: 'gtin|ean|ean13|ean-13|ean code|ean-code|ean_code|gtin/ean|ean/gtin|upc|barcode|isbn'.split('|'),
  mpn: 'mpn|herstellernummer|hersteller-nr.|hersteller-artikelnummer|herstellerartikelnummer|han|manufacturer part number|manufacturer_part_number|manufacturer number'.split(
    '|',
  ),
  price:
    'price|preis|net price|net_price|price net|price_net|price excl. tax|price excl. vat|price (tax excl.)|price_tax_excl|std. vk netto|nettopreis|netto-preis|netto|preis netto|preis (netto)|preis_netto|vk netto|vk-netto|netto-vk|netto vk|verkaufspreis netto|verkaufspreis|vk|vk-preis|unit price|unit_price|sales price|sales_price|selling price|listenpreis|list price|einzelpreis|händlerpreis|hek|amount|betrag|preis in euro|preis in eur'.split(
      '|',
    ),
  grossPrice:
    'gross price|gross_price|price gross|price_gross|price incl. tax|price incl. vat|price (tax incl.)|price_tax_incl|std. vk brutto|bruttopreis|brutto-preis|brutto|preis brutto|preis (brutto)|preis_brutto|vk brutto|vk-brutto|brutto-vk|brutto vk|verkaufspreis brutto|endkundenpreis'.split(
      '|',
    ),
  salePrice: 'sale price|sale_price|special price|special_price|angebotspreis|aktionspreis|sonderpreis'.split(
    '|',
  ),
  currency: 'currency|währung|waehrung|currency code|currency_code|währungscode'.split('|'),
  perQuantity:
    'per quantity|per_quantity|perquantity|price unit|price_unit|price quantity|price_quantity|price per|preiseinheit|preis pro|preis je|preismenge|pe|pro menge'.split(
      '|',
    ),
  vat: 'vat|vat rate|vat_rate|vat %|tax|tax rate|tax_rate|tax %|mwst|mwst.|mwst %|mwst in %|mwst-satz|mwst.-satz|ust|ust.|ust-satz|ust %|umsatzsteuer|mehrwertsteuer|steuersatz|steuer|steuersatz %'.split(
    '|',
  ),
  recommendedPrice:
    'rrp|msrp|uvp|recommended price|recommended_price|recommended retail price|unverbindliche preisempfehlung|uvp brutto|suggested retail price|retail price'.split(
      '|',
    ),
  stock:
    'stock|bestand|lagerbestand|lagerbestand gesamt|lagermenge|lager|menge|qty|quantity|anzahl|verfügbar|verfuegbar|verfügbare menge|available|inventory|stock quantity|stock_quantity|stock level|in stock|instock|on hand|vorrat'.split(
      '|',
    ),
  deliveryDays:
    'delivery days|delivery_days|delivery time|delivery_time|lieferzeit|lieferzeit (tage)|lieferzeit in tagen|lead time|lead_time|lieferfrist'.split(
      '|',
    ),
  minQuantity:
    'min quantity|min_quantity|minimum quantity|moq|mindestmenge|mindestbestellmenge|mindestabnahme|min. menge'.split(
      '|',
    ),
  packSize:
    'pack size|pack_size|packsize|ve|vpe|verpackungseinheit|packungsgröße|gebinde|case size|staffelmenge'.split(
      '|',
    ),
  category: 'google product category|google_product_category|google produktkategorie'.split('|'),
  categoryPath:
    'category|categories|category path|category_path|kategorie|kategorien|kategoriepfad|warengruppe|produktgruppe|product type|product_type|rubrik|sortiment'.split(
      '|',
    ),
  tags: 'tags|keywords|schlagworte|schlagwörter|stichworte|suchbegriffe'.split('|'),
  images:
    'image|images|image url|image_url|imageurl|image link|image_link|picture|pictures|photo|bild|bilder|bild-url|bild url|bildurl|bild 1|bild1|bildlink|artikelbild|image 1|image1|hauptbild|cover_media_url|bild 1 url'.split(
      '|',
    ),
  group:
    'group|parent|parent sku|parent_sku|group id|group_id|item group id|item_group_id|vaterartikel|hauptartikel|vater-artikelnummer|variantengruppe|parent id|parent_id'.split(
      '|',
    ),
  weight:
    'weight|gewicht|weight (kg)|weight (g)|gewicht (kg)|gewicht (g)|gewicht in kg|gewicht in g|weight kg|weight_kg|weight_g|weight g|gewicht kg|artikelgewicht'.split(
      '|',
    ),
  length:
    'length|länge|laenge|length (cm)|länge (cm)|length (mm)|länge (mm)|depth|tiefe|tiefe (cm)|length_cm|length_mm'.split(
      '|',
    ),
  width: 'width|breite|width (cm)|breite (cm)|width (mm)|breite (mm)|width_cm|width_mm'.split('|'),
  height: 'height|höhe|hoehe|height (cm)|höhe (cm)|height (mm)|höhe (mm)|height_cm|height_mm'.split('|'),
  origin: 'origin|country of origin|country_of_origin|ursprungsland|herkunftsland|herkunft|ursprung'.split(
    '|',
  ),
  hsCode:
    'hs code|hs_code|hscode|zolltarifnummer|taric|taric-code|customs tariff number|warentarifnummer|commodity code'.split(
      '|',
    ),
  active: 'active|aktiv|status|published|veröffentlicht|enabled|online|sichtbar|visible'.split('|'),
}

/** A unit, a currency or a note behind a name: "Preis (EUR)", "Price [USD]", "Gewicht in kg". */
const nameTail = /\s*(?:[([][^)\]]*[)\]]|in (?:€|eur|euro|kg|g|cm|mm|%))$/

/** A price whose note says that it holds VAT keeps that: "Preis (inkl. MwSt.)" is "preis brutto". */
function withoutTail(key: string): string {
  const tail = nameTail.exec(key)?.[0] ?? ''
  const head = key.slice(0, key.length - tail.length)
  return /brutto|gross|incl|inkl/.test(tail) ? `${head} ${/preis|vk/.test(head) ? 'brutto' : 'gross'}` : head
}

/** What the columns seem to mean. A person confirms it, or it is used as it is when it names what an offer needs. */
export function suggestMapping(columns: Columns): Mapping {
  const found: Partial<Record<MappedField, string>> = {}
  const taken = new Set<string>()
  for (const cut of [false, true]) {
    const byKey = new Map<string, string>()
    for (const name of columns.names) {
      const key = cut ? withoutTail(columnKey(name)) : columnKey(name)
      if (key !== '' && !byKey.has(key) && !taken.has(name)) byKey.set(key, name)
    }
    for (const field of mappedFields) {
      if (found[field] !== undefined) continue
      const name = usualNames[field]
        .map((usual) => byKey.get(usual))
        .find((there) => there !== undefined && !taken.has(there))
      if (name === undefined) continue
      found[field] = name
      taken.add(name)
    }
  }
  return { columns: found }
}

/** Whether a mapping names what an offer needs: SKU, title and a price. */
export function isComplete(mapping: Mapping): boolean {
  const { sku, title, price, grossPrice } = mapping.columns
  return sku !== undefined && title !== undefined && (price ?? grossPrice) !== undefined
}

/** @throws {ImportError} `column-missing` if the table has not a column that the mapping names */
export function checkMapping(mapping: Mapping, columns: Columns): Mapping {
  if (!isComplete(mapping))
    throw new ImportError('option-invalid', 'A mapping names a column for sku, title and price.', {
      field: 'mapping',
    })
  const named = [...Object.values(mapping.columns), ...(mapping.attributes ?? []), ...(mapping.options ?? [])]
  for (const name of named) columns.need(name)
  return mapping
}

export function mappingNeeded(columns: Columns, suggestion: Mapping): ImportError {
  const missing = (['sku', 'title', 'price'] as const).filter((field) =>
    field === 'price'
      ? (suggestion.columns.price ?? suggestion.columns.grossPrice) === undefined
      : suggestion.columns[field] === undefined,
  )
  return new ImportError(
    'mapping-needed',
    `The table is no export of WooCommerce, Shopify, Magento or Google, and none of its columns is plainly the ${missing.join(' or the ')}. Its columns: ${columns.names.slice(0, 30).join(', ')}. Say which column is what with a mapping.`,
    { line: 1, field: missing[0] ?? 'sku', columns: columns.names.slice(0, 200), suggestion },
  )
}
