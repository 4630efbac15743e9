import { BmecatFormat } from './bmecat/catalog.ts'
import type { Catalog } from './catalog.ts'
import { GoogleFeedFormat } from './google/feed.ts'
import { ImportError } from './import-error.ts'
import type { ImportOptions } from './import-options.ts'
import { readRecords, type XmlRecord } from './xml/records.ts'

/** An XML file as a {@link Catalog}, by the name of its root element. */
export function openXml(head: string, options: ImportOptions): Catalog<XmlRecord> {
  const root = rootName(head)
  if (root === 'BMECAT') {
    const format = new BmecatFormat(options)
    return {
      format: 'bmecat',
      style: 'dot',
      get assumed() {
        return format.assumed
      },
      get mode() {
        return format.mode
      },
      get imageBase() {
        return format.imageBase
      },
      records: (bytes, utf8) => readRecords(bytes, utf8, format.names),
      surveyed: (bytes, utf8) => readRecords(bytes, utf8, format.surveyNames),
      languageIn: (record) => format.languageIn(record),
      survey: (record) => format.survey(record),
      take: (record, intake) => format.record(record, intake),
      close: () => format.close(),
    }
  }
  if (root === 'rss' || root === 'feed' || root === 'channel' || root === 'RDF') {
    const format = new GoogleFeedFormat(options)
    return {
      format: 'google',
      style: 'dot',
      languageIn: (record) => format.languageIn(record),
      records: (bytes, utf8) => readRecords(bytes, utf8, format.names),
      take: (record, intake) => format.record(record, intake),
    }
  }
  throw new ImportError(
    'format-unknown',
    `The XML file is neither BMEcat nor a Google Merchant feed (RSS or Atom)${root === undefined ? '' : `: it begins with <${root}>`}.`,
  )
}

/** The encoding that an XML declaration names. */
export function declaredEncoding(head: Uint8Array): string | undefined {
  const start = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 200)).toString('latin1')
  return /^(?:ï»¿)?\s*<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']/.exec(start)?.[1]
}

/** The first element's name without its prefix; comments, declarations and the DOCTYPE are passed over. */
function rootName(head: string): string | undefined {
  let at = 0
  for (;;) {
    at = head.indexOf('<', at)
    if (at === -1) return undefined
    if (head.startsWith('<!--', at)) at = after(head, '-->', at)
    else if (head.startsWith('<?', at)) at = after(head, '?>', at)
    else if (head.startsWith('<!', at)) at = afterDoctype(head, at)
    else return /^<(?:[\w.-]+:)?([\w.-]+)/.exec(head.slice(at, at + 200))?.[1]
  }
}

function after(text: string, mark: string, at: number): number {
  const end = text.indexOf(mark, at)
  return end === -1 ? text.length : end + mark.length
}

function afterDoctype(head: string, at: number): number {
  const bracket = head.indexOf('[', at)
  const end = head.indexOf('>', at)
  if (bracket === -1 || (end !== -1 && end < bracket)) return end === -1 ? head.length : end + 1
  const closed = /\]\s*>/.exec(head.slice(bracket))
  return closed === null ? head.length : bracket + closed.index + closed[0].length
}
