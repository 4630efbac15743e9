import { readEntity } from './entities.ts'

/** Elements that end a line. */
const blocks = new Set(
  'address article aside blockquote br center dd details dialog dir div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li main menu nav ol p pre section summary table tbody tfoot thead tr ul'.split(
    ' ',
  ),
)
/** Elements whose content is no text. */
const hidden = new Set(
  'script style template noscript iframe object svg math head title textarea select'.split(' '),
)
const inline = new Set(
  'a abbr acronym area audio b base basefont bdi bdo big body button canvas caption cite code col colgroup data datalist del dfn em embed font html i img input ins kbd label legend link map mark meta meter optgroup option output param picture progress q rp rt ruby s samp small source span strike strong sub sup td th time track tt u var video wbr'.split(
    ' ',
  ),
)

/**
 * HTML to plain text: entities decoded, blocks on lines of their own, list items behind "• ", scripts and styles
 * dropped. What is no known tag stays as it stands ("Schraube <M6>"). One pass over the text, linear in its length.
 * The result is text, not safe HTML: whoever shows it in a page escapes it.
 */
export function htmlToText(html: string): string {
  if (!html.includes('<') && !html.includes('&')) return html
  return new Converter(html).run()
}

class Converter {
  readonly #html: string
  #out = ''
  #at = 0
  /** Nothing after here closes a tag: every further "<" is text. Keeps the scan linear. */
  #tagsEnd = false
  #quotesMatch = true
  /** With blocks, line ends of the source are spaces, as in a browser; without, they are the author's lines. */
  readonly #sourceLines: boolean

  constructor(html: string) {
    this.#html = html
    this.#sourceLines = !/<(?:p|div|br|li|ul|ol|table|h[1-6])[\s/>]/i.test(html)
  }

  run(): string {
    const html = this.#html
    while (this.#at < html.length) {
      const code = html.charCodeAt(this.#at)
      if (code === 60) this.#tag()
      else if (code === 38) this.#entity()
      else this.#text()
    }
    return this.#out
  }

  #text(): void {
    const html = this.#html
    let end = this.#at + 1
    for (; end < html.length; end++) {
      const code = html.charCodeAt(end)
      if (code === 60 || code === 38) break
    }
    const text = html.slice(this.#at, end)
    this.#out += this.#sourceLines ? text : text.replace(/[\r\n]+/g, ' ')
    this.#at = end
  }

  #entity(): void {
    const found = readEntity(this.#html, this.#at)
    this.#out += found?.text ?? '&'
    this.#at += found?.length ?? 1
  }

  #literal(): void {
    this.#out += '<'
    this.#at++
  }

  #tag(): void {
    const html = this.#html
    if (this.#tagsEnd) {
      this.#literal()
      return
    }
    if (html.startsWith('<!--', this.#at)) {
      this.#skipTo('-->')
      return
    }
    if (html.startsWith('<![CDATA[', this.#at)) {
      this.#at += 9
      return
    }
    const closing = html[this.#at + 1] === '/'
    const name = tagName(html, this.#at + (closing ? 2 : 1))
    const known = blocks.has(name) || inline.has(name) || hidden.has(name)
    if (!known && !name.includes('-') && !/[!?]/.test(html[this.#at + 1] ?? '')) {
      this.#literal()
      return
    }
    const end = this.#tagEnd()
    if (end === -1) {
      this.#tagsEnd = true
      this.#literal()
      return
    }
    const selfClosing = html[end - 1] === '/'
    this.#at = end + 1
    if (hidden.has(name) && !closing && !selfClosing) this.#skipElement(name)
    if (blocks.has(name)) this.#out += name === 'li' && !closing ? '\n• ' : '\n'
    else if (name === 'td' || name === 'th') this.#out += ' '
  }

  /** The index of the tag's ">", not one within a quoted attribute unless the quotes do not match. */
  #tagEnd(): number {
    const html = this.#html
    for (let at = this.#at + 1, quote = 0; this.#quotesMatch && at < html.length; at++) {
      const code = html.charCodeAt(at)
      if (quote !== 0) quote = code === quote ? 0 : quote
      else if (code === 62) return at
      else if ((code === 34 || code === 39) && html.charCodeAt(at - 1) === 61) quote = code
    }
    this.#quotesMatch = false
    return html.indexOf('>', this.#at)
  }

  #skipTo(mark: string): void {
    const end = this.#html.indexOf(mark, this.#at)
    this.#at = end === -1 ? this.#html.length : end + mark.length
  }

  #skipElement(name: string): void {
    const html = this.#html
    for (let at = html.indexOf('</', this.#at); at !== -1; at = html.indexOf('</', at + 2)) {
      if (tagName(html, at + 2) !== name) continue
      const end = html.indexOf('>', at)
      this.#at = end === -1 ? html.length : end + 1
      return
    }
    this.#at = html.length
  }
}

/** The tag's name in lower case, or '' if none starts at `at` or nothing ends it. */
function tagName(html: string, at: number): string {
  let end = at
  for (; end < html.length && end - at < 32; end++) {
    const code = html.charCodeAt(end) | 32
    const letter = code >= 97 && code <= 122
    const later =
      end > at && ((html.charCodeAt(end) >= 48 && html.charCodeAt(end) <= 57) || html[end] === '-')
    if (!letter && !later) break
  }
  const next = html[end]
  return next === undefined || next === '>' || next === '/' || /\s/.test(next)
    ? html.slice(at, end).toLowerCase()
    : ''
}
