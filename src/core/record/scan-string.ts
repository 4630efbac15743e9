import { compilePattern, compileText, walkPlain } from './pattern.ts'
import type { Checks, JsonSchema, Scan } from './scan.ts'

const quote = 0x22
const backslash = 0x5c
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * A JSON string: plain ASCII is walked over byte by byte and tested on the way; anything else, and anything
 * that the walk does not like, is decoded and tested as a text.
 */
export function compileString(schema: JsonSchema, checks: Checks): Scan {
  const { minLength = 0, maxLength = Infinity } = schema
  const patterns = [schema, ...(schema.allOf ?? [])].flatMap(({ pattern }) =>
    pattern === undefined ? [] : [pattern],
  )
  const expressions = patterns.map((pattern) => new RegExp(pattern))
  const check = schema.check === undefined ? undefined : checks[schema.check]
  if (schema.check !== undefined && check === undefined)
    throw new TypeError(`no check of the name ${schema.check}`)

  const scanText = (text: Uint8Array, from: number): number => {
    const to = endOfString(text, from)
    if (to < 0 || to - from - 2 > maxLength * 6) return -1 // no character takes more bytes than an escape
    const raw = decoder.decode(text.subarray(from, to))
    let value: string
    try {
      value = JSON.parse(raw)
    } catch {
      return -1
    }
    const length = codePoints(value)
    if (length < minLength || length > maxLength) return -1
    if (!expressions.every((expression) => expression.test(value)) || check?.test(value) === false) return -1
    if (!value.isWellFormed() || value.normalize('NFC') !== value) return -1
    return JSON.stringify(value) === raw ? to : -1
  }

  const scanSlowly: Scan = (text, from) => (text[from] === quote ? scanText(text, from) : -1)
  if (patterns.length > 1) return scanSlowly
  const [pattern] = patterns
  if (check !== undefined) {
    const { testAscii } = check
    if (testAscii === undefined) return scanSlowly
    return (text, from) => {
      const to = walkPlain(text, from + 1)
      const length = to - from - 1
      if (text[to] !== quote || length < minLength || length > maxLength) return scanSlowly(text, from)
      return text[from] === quote && testAscii(text, from + 1, to) ? to + 1 : -1
    }
  }
  const walkText = compileText(pattern)
  const walk = walkText ?? compilePattern(pattern as string)
  if (walk === undefined) return scanSlowly
  // Of so many bytes at least half are characters.
  const bytesMin = walkText === undefined || minLength < 2 ? minLength : minLength * 2
  return (text, from) => {
    const to = walk(text, from + 1)
    const length = to - from - 1
    if (text[from] === quote && text[to] === quote && length >= bytesMin && length <= maxLength) return to + 1
    return scanSlowly(text, from)
  }
}

/** Lengths of texts count code points, as in zod and JSON Schema. */
function codePoints(value: string): number {
  let count = value.length
  for (let at = 0; at < value.length; at++) if ((value.charCodeAt(at) & 0xfc00) === 0xdc00) count--
  return count
}

/** The index after the closing quote, or -1. */
function endOfString(text: Uint8Array, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === quote) return at + 1
    if (text[at] === backslash) at++
  }
  return -1
}
