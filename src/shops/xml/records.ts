import { SaxesParser, type SaxesTagPlain } from 'saxes'
import type { Utf8Stream } from '../encoding.ts'
import { ImportError } from '../import-error.ts'
import { entities } from '../text/entities.ts'
import { Element } from './element.ts'

/** How deep elements may lie within each other. */
export const xmlDepthMax = 64
/** UTF-16 units of text and attributes that a record may have; a larger one is refused. */
export const recordLengthMax = 1024 * 1024
/** Elements that a record may have. */
export const recordElementsMax = 20_000
/** UTF-16 units without the end of a tag, a text or a comment: then the file is no catalog. */
export const tokenLengthMax = 32 * 1024 * 1024

/** A record, or the beginning of an element that holds records. */
export type XmlRecord =
  | { readonly type: 'record'; readonly element: Element }
  /** Larger than a record may be; the element has nothing but its name and line. */
  | { readonly type: 'too-large'; readonly element: Element }
  | { readonly type: 'opened'; readonly element: Element }

/** Which elements are records, and at whose beginning a word is wanted. Names without prefix. */
export interface RecordNames {
  readonly records: ReadonlySet<string>
  readonly opened: ReadonlySet<string>
}

/**
 * The records of an XML file in batches of one chunk. Memory: one chunk and its records. Entity declarations are
 * refused, so nothing expands; a DOCTYPE without them is fine and never fetched.
 * @throws {ImportError} `xml-malformed`, `xml-entities`, `xml-too-deep`, `xml-too-large`
 */
export async function* readRecords(
  bytes: AsyncIterable<Uint8Array>,
  text: Utf8Stream,
  names: RecordNames,
): AsyncGenerator<readonly XmlRecord[]> {
  const reader = new RecordReader(names)
  const decoder = new TextDecoder()
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; at += chunkBytes) {
      const records = reader.push(
        decoder.decode(text.push(chunk.subarray(at, at + chunkBytes)), { stream: true }),
      )
      if (records.length > 0) yield records
    }
  }
  const records = [...reader.push(decoder.decode(text.end())), ...reader.end()]
  if (records.length > 0) yield records
}

const chunkBytes = 64 * 1024

class RecordReader {
  readonly #names: RecordNames
  readonly #parser = new SaxesParser({ xmlns: false, position: true })
  #found: XmlRecord[] = []
  /** The record and its open elements; empty outside of records. */
  #open: Element[] = []
  #depth = 0
  /** The depth of the record's own element. */
  #recordDepth = 0
  /** The depth at which a record that is too large ends; 0: none. */
  #skipTo = 0
  #length = 0
  #elements = 0
  #lastToken = 0
  #line = 1

  constructor(names: RecordNames) {
    this.#names = names
    const parser = this.#parser
    for (const [name, character] of entities) parser.ENTITIES[name] = character
    parser.on('error', (error) => {
      throw new ImportError(
        'xml-malformed',
        `The XML is not well-formed: ${error.message}`,
        { line: parser.line },
        { cause: error },
      )
    })
    parser.on('doctype', (doctype) => {
      this.#token()
      if (/<!ENTITY/i.test(doctype))
        throw new ImportError(
          'xml-entities',
          'The XML declares entities. They can be made to fill the memory or to read files, so no such file is read.',
          { line: parser.line },
        )
    })
    parser.on('opentagstart', () => {
      this.#line = this.#tagLine()
    })
    parser.on('opentag', (tag) => this.#opened(tag))
    parser.on('closetag', () => this.#closed())
    parser.on('text', (content) => this.#text(content))
    parser.on('cdata', (content) => this.#text(content))
    parser.on('comment', () => this.#token())
    parser.on('processinginstruction', () => this.#token())
  }

  push(text: string): readonly XmlRecord[] {
    this.#parser.write(text)
    if (this.#parser.position - this.#lastToken > tokenLengthMax)
      throw new ImportError(
        'xml-too-large',
        `An element, text or comment that begins before line ${this.#parser.line} has more than ${tokenLengthMax / 1024 ** 2} million characters.`,
        { line: this.#parser.line },
      )
    return this.#taken()
  }

  end(): readonly XmlRecord[] {
    this.#parser.close()
    return this.#taken()
  }

  #taken(): readonly XmlRecord[] {
    const found = this.#found
    if (found.length > 0) this.#found = []
    return found
  }

  #token(): void {
    this.#lastToken = this.#parser.position
  }

  /** The parser has read one character beyond the name: if that ended the line, the tag began above. */
  #tagLine(): number {
    return this.#parser.columnIndex === 0 ? this.#parser.line - 1 : this.#parser.line
  }

  #opened(tag: SaxesTagPlain): void {
    this.#token()
    if (++this.#depth > xmlDepthMax)
      throw new ImportError('xml-too-deep', `Elements lie more than ${xmlDepthMax} deep within each other.`, {
        line: this.#line,
      })
    if (this.#skipTo !== 0) return
    const colon = tag.name.indexOf(':')
    const name = colon === -1 ? tag.name : tag.name.slice(colon + 1)
    const parent = this.#open[this.#open.length - 1]
    if (parent === undefined && !this.#names.records.has(name)) {
      if (this.#names.opened.has(name))
        this.#found.push({ type: 'opened', element: new Element(name, this.#line, tag.attributes) })
      return
    }
    const element = new Element(name, this.#line, tag.attributes)
    if (parent === undefined) {
      this.#recordDepth = this.#depth
      this.#length = 0
      this.#elements = 0
    }
    for (const key in tag.attributes) this.#length += key.length + (tag.attributes[key] as string).length
    if (this.#length > recordLengthMax || ++this.#elements > recordElementsMax) {
      this.#skip(element)
      return
    }
    parent?.children.push(element)
    this.#open.push(element)
  }

  #text(content: string): void {
    this.#token()
    const element = this.#open[this.#open.length - 1]
    if (element === undefined || this.#skipTo !== 0) return
    this.#length += content.length
    if (this.#length > recordLengthMax) {
      this.#skip(element)
      return
    }
    element.text += content
  }

  /** Gives the record up and waits for its end. */
  #skip(last: Element): void {
    const record = this.#open[0] ?? last
    this.#skipTo = this.#recordDepth
    this.#open = []
    this.#found.push({ type: 'too-large', element: new Element(record.name, record.line, {}) })
  }

  #closed(): void {
    this.#token()
    const depth = this.#depth--
    if (this.#skipTo !== 0) {
      if (depth === this.#skipTo) this.#skipTo = 0
      return
    }
    const element = this.#open.pop()
    if (element !== undefined && this.#open.length === 0) this.#found.push({ type: 'record', element })
  }
}
