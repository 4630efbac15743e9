import type { ImportOptions } from '../import-options.ts'
import type { Intake } from '../intake.ts'
import { languageOf } from '../text/language.ts'
import type { Element } from '../xml/element.ts'
import type { RecordNames, XmlRecord } from '../xml/records.ts'
import type { XmlFormat } from '../xml/xml-format.ts'
import { ignoredItem, itemFacts } from './item.ts'

/** RSS 2.0 has items, Atom has entries. */
export const googleNames: RecordNames = {
  records: new Set(['item', 'entry', 'language']),
  opened: new Set(['channel', 'feed']),
}

/** A Google Merchant feed as RSS 2.0 or Atom. */
export class GoogleFeedFormat implements XmlFormat {
  readonly format = 'google'
  readonly names = googleNames
  readonly #options: ImportOptions

  constructor(options: ImportOptions) {
    this.#options = options
  }

  /** RSS: `<language>de-DE</language>`; Atom: `xml:lang`. */
  languageIn(record: XmlRecord): string | undefined {
    if (record.type === 'opened') return languageOf(record.element.attributes['xml:lang'] ?? '')
    return record.element.name === 'language' ? languageOf(record.element.text) : undefined
  }

  record(record: XmlRecord, intake: Intake): void {
    const { element } = record
    if (record.type === 'opened' || element.name === 'language') return
    if (record.type === 'too-large') {
      intake.refuse(element.line, 'element-too-large', '', 'The item has more than a million characters.')
      return
    }
    const values = valuesOf(element)
    const ignored = ignoredItem(values)
    if (ignored !== undefined) intake.ignore(element.line, ignored, values('id')[0] ?? '')
    else intake.offer(element.line, itemFacts(values, this.#options))
  }
}

function valuesOf(item: Element): (name: string) => readonly string[] {
  const byName = new Map<string, string[]>()
  for (const child of item.children) {
    const values = byName.get(child.name)
    const value = textOfChild(child)
    if (values === undefined) byName.set(child.name, [value])
    else values.push(value)
  }
  return (name) => byName.get(name) ?? none
}

/** `shipping` and `product_detail` are elements of their own: in the form that tables have for them. */
function textOfChild(child: Element): string {
  if (child.children.length === 0)
    return child.name === 'link' ? (child.attributes.href ?? child.text) : child.text
  if (child.name === 'shipping') return child.textOf('country')
  if (child.name === 'product_detail')
    return `${child.textOf('attribute_name')}:${child.textOf('attribute_value')}`
  if (child.name === 'structured_title' || child.name === 'structured_description')
    return child.textOf('content')
  return child.text
}

const none: readonly string[] = []
