import type { Facts } from '../facts.ts'
import type { Assumptions } from '../import-event.ts'
import type { ImportOptions } from '../import-options.ts'
import type { Intake } from '../intake.ts'
import { Shelf } from '../shelf.ts'
import type { Element } from '../xml/element.ts'
import type { RecordNames, XmlRecord } from '../xml/records.ts'
import type { XmlFormat } from '../xml/xml-format.ts'
import { articleFacts, articleSku, articleVariants, articleVariantsMax } from './article.ts'
import { emptyHeader, type Header, readHeader } from './header.ts'
import { readPrices } from './price.ts'

const transactions = ['T_NEW_CATALOG', 'T_UPDATE_PRODUCTS', 'T_UPDATE_PRICES', 'T_NEW_PRODUCTDATA']
const articles = ['ARTICLE', 'PRODUCT']
const categoryLevelsMax = 16

/** A group of the catalog's own system. */
interface Group {
  readonly name: string
  readonly parent: string
  readonly root: boolean
}

/**
 * BMEcat 1.2 and 2005. Source: the specifications of the BME. Groups and the articles in them may come after the
 * articles, hence the survey. Net prices, one per order unit (or PRICE_QUANTITY of them).
 */
export class BmecatFormat implements XmlFormat {
  readonly format = 'bmecat'
  readonly names: RecordNames = { records: new Set(['HEADER', ...articles]), opened: new Set(transactions) }
  /** What all articles need to know: the articles themselves wait for the second reading. */
  readonly surveyNames: RecordNames = {
    records: new Set([
      'HEADER',
      'CATALOG_STRUCTURE',
      'ARTICLE_TO_CATALOGGROUP_MAP',
      'PRODUCT_TO_CATALOGGROUP_MAP',
    ]),
    opened: new Set(transactions),
  }
  assumed: Assumptions = {}
  mode: 'full' | 'update' = 'full'
  readonly #options: ImportOptions
  #header: Header = emptyHeader
  #language = 'en'
  #pricesOnly = false
  readonly #groups = new Shelf<Group>()
  readonly #groupOf = new Shelf<{ readonly group: string }>()

  constructor(options: ImportOptions) {
    this.#options = options
  }

  close(): void {
    this.#groups.close()
    this.#groupOf.close()
  }

  get imageBase(): string | undefined {
    return this.#header.imageBase
  }

  languageIn(record: XmlRecord): string | undefined {
    return record.type === 'record' && record.element.name === 'HEADER'
      ? readHeader(record.element).language
      : undefined
  }

  survey(record: XmlRecord): void {
    const { element } = record
    if (record.type === 'opened') {
      if (element.name.startsWith('T_UPDATE')) this.mode = 'update'
      this.#pricesOnly = element.name === 'T_UPDATE_PRICES'
      return
    }
    if (record.type === 'too-large') return
    if (element.name === 'HEADER') this.#surveyHeader(element)
    else if (element.name === 'CATALOG_STRUCTURE')
      this.#groups.put(
        {
          name: element.textOf('GROUP_NAME').slice(0, 200),
          parent: element.textOf('PARENT_ID'),
          root: element.attributes.type === 'root',
        },
        element.textOf('GROUP_ID'),
      )
    else if (element.name.endsWith('_MAP')) {
      const sku = element.textOf(['PROD_ID', 'ART_ID', 'SUPPLIER_PID', 'SUPPLIER_AID'])
      if (!this.#groupOf.has(sku)) this.#groupOf.put({ group: element.textOf('CATALOG_GROUP_ID') }, sku)
    }
  }

  #surveyHeader(element: Element): void {
    this.#header = readHeader(element)
    this.#language = this.#header.language ?? this.#options.language ?? 'en'
    const first = this.#header.territories[0]
    if (this.#options.territory === undefined && this.#header.territories.length > 1 && first !== undefined)
      this.assumed = { territory: first }
  }

  record(record: XmlRecord, intake: Intake): void {
    const { element } = record
    if (record.type === 'opened' || !articles.includes(element.name)) return
    const { line } = element
    if (record.type === 'too-large') {
      intake.refuse(line, 'element-too-large', '', 'The article has more than a million characters.')
      return
    }
    const sku = articleSku(element)
    if (element.attributes.mode === 'delete') {
      if (sku === '') {
        intake.refuse(line, 'sku-missing', '', 'The article to delete has no SKU.')
        return
      }
      intake.remove(line, sku)
      return
    }
    const prices = readPrices(element, {
      territory: this.#options.territory ?? this.#header.territories[0],
      currency: this.#header.currency,
      now: this.#options.now,
    })
    if ('refused' in prices) {
      intake.refuse(
        line,
        prices.refused,
        sku,
        prices.refused === 'price-missing'
          ? 'The article has no price.'
          : 'PRICE_QUANTITY is no whole number.',
      )
      return
    }
    const { fromQuantity, territories, notes, ...priced } = prices
    if (this.#pricesOnly) {
      intake.updatePrice(line, { sku, ...priced, notes })
      return
    }
    const about = articleFacts(element, this.#language)
    this.#offer(line, element, intake, {
      ...about,
      ...priced,
      minQuantity: Math.max(about.minQuantity ?? 1, fromQuantity),
      shipTo: territories.length > 0 ? territories : this.#header.territories,
      categoryPath: this.#categoryPath(sku),
      notes,
    })
  }

  #offer(line: number, element: Element, intake: Intake, facts: Facts): void {
    const variants = articleVariants(element, this.#language)
    if (variants === 'too-many') {
      intake.refuse(
        line,
        'variants-too-many',
        facts.sku,
        `The article stands for more than ${articleVariantsMax} variants.`,
      )
      return
    }
    if (variants.length === 0) {
      intake.offer(line, facts)
      return
    }
    intake.offers(
      line,
      variants.map(({ sku, options }) => ({
        ...facts,
        sku,
        gtin: undefined,
        group: { id: facts.sku, options },
      })),
    )
  }

  #categoryPath(sku: string): string | undefined {
    if (this.#groupOf.size === 0) return undefined
    const names: string[] = []
    let id = this.#groupOf.get(sku)?.group
    for (let level = 0; id !== undefined && level < categoryLevelsMax; level++) {
      const group = this.#groups.get(id)
      if (group === undefined || group.root) break
      names.unshift(group.name)
      id = group.parent
    }
    return names.length === 0 ? undefined : names.join(' > ')
  }
}
