import { languageOf } from '../text/language.ts'
import type { Element } from '../xml/element.ts'

/** What a BMEcat file's head says of all its articles. */
export interface Header {
  /** ISO 639-1. */
  readonly language: string | undefined
  readonly currency: string | undefined
  readonly imageBase: string | undefined
  readonly territories: readonly string[]
}

export const emptyHeader: Header = {
  language: undefined,
  currency: undefined,
  imageBase: undefined,
  territories: [],
}

export function readHeader(element: Element): Header {
  const catalog = element.find('CATALOG') ?? element
  const languages = catalog.all('LANGUAGE')
  const main = languages.find(({ attributes }) => attributes.default === 'true') ?? languages[0]
  const root = catalog.find('MIME_ROOT')?.text.trim() ?? ''
  return {
    language: main === undefined ? undefined : languageOf(main.text),
    currency: catalog.textOf('CURRENCY').toUpperCase() || undefined,
    imageBase: /^https?:\/\//.test(root) ? root : undefined,
    territories: catalog.all('TERRITORY').map(({ text }) => text.trim().toUpperCase()),
  }
}
