import { Shelf } from '../shelf.ts'
import { languageOf } from '../text/language.ts'
import { label, readPairs, readVariations } from './magento-attributes.ts'

/** A configurable product's row, for its variants. */
export interface Parent {
  readonly sku: string
  readonly title: string
  readonly description: string
  readonly categories: string
  readonly images: readonly string[]
  readonly online: boolean
  readonly attributes: readonly (readonly [string, string])[]
}
/** Which parent a simple product is a variant of, and by what. */
export interface Child {
  readonly parent: string
  /** The attributes that tell the variants apart: those are no attributes of theirs. */
  readonly codes: readonly string[]
  readonly options: readonly (readonly [string, string])[]
}
/** A product's texts in a store view. */
export interface View {
  readonly titles: readonly (readonly [language: string, text: string])[]
  readonly descriptions: readonly (readonly [language: string, text: string])[]
}

/** UTF-16 units of a text that are kept. */
const keptTextMax = 20_000

/** What the rows of a Magento file say of each other: variants of their parent, store views of their product. */
export class MagentoRelations {
  readonly #parents = new Shelf<Parent>()
  readonly #children = new Shelf<Child>()
  readonly #views = new Shelf<View>()
  /** There are rows of no store view, so those of a store view are texts only. */
  hasPlainRows = false

  /** @param variations @param labels the cells `configurable_variations` and `configurable_variation_labels` */
  addParent(parent: Parent, variations: string, labels: string): void {
    const kept = {
      ...parent,
      description: parent.description.slice(0, keptTextMax),
      categories: parent.categories.slice(0, keptTextMax),
    }
    this.#parents.put(kept, parent.sku)
    const names = new Map(readPairs(labels))
    for (const { sku, options } of readVariations(variations))
      this.#children.put(
        {
          parent: parent.sku,
          codes: options.map(([code]) => code),
          options: options.map(([code, value]) => [names.get(code) || label(code), value]),
        },
        sku,
      )
  }

  /** @param code the store view's; only those that name a language have texts for us */
  addView(sku: string, code: string, title: string, description: string): void {
    const language = languageOf(code)
    if (language === undefined) return
    const known = this.#views.get(sku) ?? { titles: [], descriptions: [] }
    const text = description.slice(0, keptTextMax)
    const view: View = {
      titles: title === '' ? known.titles : [...known.titles, [language, title]],
      descriptions: text === '' ? known.descriptions : [...known.descriptions, [language, text]],
    }
    this.#views.put(view, sku)
  }

  of(sku: string): { readonly child: Child | undefined; readonly parent: Parent | undefined } {
    const child = this.#children.size === 0 ? undefined : this.#children.get(sku)
    return { child, parent: child === undefined ? undefined : this.#parents.get(child.parent) }
  }

  viewOf(sku: string): View | undefined {
    return this.#views.size === 0 ? undefined : this.#views.get(sku)
  }

  close(): void {
    this.#parents.close()
    this.#children.close()
    this.#views.close()
  }
}
