import { languagesMax } from '../core/trade/offer.ts'
import type { NoteCode } from './import-event.ts'
import { cleanLine, cleanProse, cutText } from './text/clean.ts'
import { htmlToText } from './text/html.ts'

const noNotes: readonly NoteCode[] = []

/** The notes on one offer, each once. */
export class Notes {
  #codes: NoteCode[] | undefined

  constructor(codes: readonly NoteCode[] | undefined) {
    if (codes !== undefined) for (const code of codes) this.add(code)
  }

  add(code: NoteCode): void {
    if (this.#codes === undefined) this.#codes = [code]
    else if (!this.#codes.includes(code)) this.#codes.push(code)
  }

  get codes(): readonly NoteCode[] {
    return this.#codes ?? noNotes
  }
}

export type TextMap = Record<string, string>

/** A text of one line within its limit. @param html it may hold HTML */
export function lineOf(
  text: string,
  html: boolean,
  lengthMax: number,
  notes: Notes,
  note: NoteCode = 'text-cut',
): string {
  const cleaned = cleanLine(html ? htmlToText(text) : text)
  if (cleaned.length <= lengthMax) return cleaned
  notes.add(note)
  return cutText(cleaned, lengthMax)
}

/** Texts by language, in the order of their codes; undefined if none is left. */
export function byLanguage(
  text: string | undefined,
  language: string,
  others: ReadonlyMap<string, string> | undefined,
  make: (text: string) => string,
): TextMap | undefined {
  const own = text === undefined || text === '' ? '' : make(text)
  if (others === undefined || others.size === 0) return own === '' ? undefined : { [language]: own }
  const made = new Map<string, string>()
  if (own !== '') made.set(language, own)
  for (const [code, other] of others) {
    if (made.has(code) || made.size >= languagesMax) continue
    const cleaned = other === '' ? '' : make(other)
    if (cleaned !== '') made.set(code, cleaned)
  }
  return made.size === 0 ? undefined : sorted(made)
}

/** A text of many lines within its limit. */
export function proseOf(text: string, html: boolean, lengthMax: number, notes: Notes): string {
  const cleaned = cleanProse(html ? htmlToText(text) : text)
  if (cleaned.length <= lengthMax) return cleaned
  notes.add('description-cut')
  return cutText(cleaned, lengthMax)
}

/** Named texts; the first of one name counts; undefined if none is left. */
export function namedTexts(
  pairs: readonly (readonly [name: string, value: string])[],
  html: boolean,
  entriesMax: number,
  notes: Notes,
): TextMap | undefined {
  const made = new Map<string, string>()
  for (const [rawName, rawValue] of pairs) {
    if (rawName === '' || rawValue === '') continue
    const value = lineOf(rawValue, html, 500, notes)
    let name = lineOf(rawName, html, 64, notes)
    if (name === '' || value === '') continue
    // Canonical JSON has no integer-like names, and JavaScript drops __proto__.
    if (/^\d+$|^-[1-9]\d*$|^__proto__$/.test(name)) name = `#${name}`
    if (made.has(name)) continue
    if (made.size >= entriesMax) {
      notes.add('attributes-cut')
      break
    }
    made.set(name, value)
  }
  return made.size === 0 ? undefined : sorted(made)
}

/** In the order of UTF-16 code units, which is that of canonical JSON. */
function sorted(texts: Map<string, string>): TextMap {
  const entries = [...texts]
  if (entries.length > 1) entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries)
}

const goodUrl = /^https?:\/\/[!#-;=?-[\]_a-z~\u00a0-\uffff]+$/
const urlLengthMax = 1_000

/** An absolute http(s) URL in the characters that the schema takes; '' for an empty text; undefined for none. */
export function imageUrl(raw: string, base: string | undefined): string | undefined {
  let text = raw.trim()
  if (text === '') return ''
  if (text.length <= urlLengthMax && goodUrl.test(text) && text.isWellFormed()) return text.normalize('NFC')
  if (text.startsWith('//')) text = `https:${text}`
  if (!/^https?:\/\//i.test(text)) {
    if (base === undefined || /^[a-z][a-z0-9+.-]*:/i.test(text)) return undefined
    text = `${base.replace(/\/$/, '')}/${text.replace(/^\/+/, '')}`
  }
  if (text.length > urlLengthMax) return undefined
  const parsed = URL.parse(text)
  if (parsed === null) return undefined
  const href = parsed.href.replace(/[ "<>\\^`{|}]/g, (character) => encodeURIComponent(character))
  return href.length <= urlLengthMax && goodUrl.test(href) ? href : undefined
}
