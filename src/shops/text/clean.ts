/** Invisible marks that turn the direction of text around: a title with them shows something else than it says. */
const directionMarks = /[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g
const controls = /[^ -~\u00a0-\uffff]+/g
const controlsButLines = /[^\t\n -~\u00a0-\uffff]+/g

/** A text of one line: NFC, well-formed, no control characters, single spaces, trimmed. */
export function cleanLine(text: string): string {
  if (isCleanLine(text)) return text
  return normal(text).replace(controls, ' ').replace(/\s+/g, ' ').trim()
}

/**
 * Whether there is nothing to do, which is the common case: single inner spaces, and only characters that are
 * printable and in NFC whatever stands around them (ASCII, Latin, dashes and quotes, currency signs).
 */
function isCleanLine(text: string): boolean {
  let before = 32
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === 32) {
      if (before === 32) return false
    } else if (code < 32 || (code > 126 && !isPlain(code))) return false
    before = code
  }
  return before !== 32 || text.length === 0
}

function isPlain(code: number): boolean {
  return (code > 0xa0 && code < 0x300) || (code > 0x200f && code < 0x2028) || (code > 0x209f && code < 0x20c0)
}

/** A text of many lines: as {@link cleanLine}, with line feeds, at most one empty line in a row. */
export function cleanProse(text: string): string {
  if (isCleanLine(text)) return text
  return normal(text)
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(controlsButLines, ' ')
    .split('\n')
    .map((line) => line.replace(/\s+/g, ' ').trim())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

function normal(text: string): string {
  return text.toWellFormed().replace(directionMarks, '').normalize('NFC')
}

/** At most `lengthMax` UTF-16 units, cut at a word with an ellipsis. */
export function cutText(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text
  let end = lengthMax - 1
  const word = text.lastIndexOf(' ', end)
  if (word > lengthMax / 2) end = word
  else if ((text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end--
  return `${text.slice(0, end).trimEnd()}…`
}

/**
 * Whether a spreadsheet would run the text: "=…", or a sign or @ before a call or a pipe ("+SUM(1)", "-2+3+cmd|…").
 * Titles such as "-20 % on hammers" or "@home" are none.
 */
export function isFormula(text: string): boolean {
  return /^=|^[+\-@][\w.+\-*/]*[(|]/.test(text)
}
