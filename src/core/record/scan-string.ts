import { compilePattern, type TextClass, textClassOf } from './pattern.ts'
import type { Checks, JsonSchema, Scan } from './scan.ts'
import type { ScanCode } from './scan-code.ts'

const quote = 0x22
const backslash = 0x5c
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Adds a scan of a JSON string: what is plain ASCII, Latin-1 or a short escape is walked over byte by byte and
 * tested on the way; anything else, and anything that the walk does not like, is decoded and tested as a text.
 */
export function addString(code: ScanCode, schema: JsonSchema, checks: Checks): string {
  const { minLength = 0, maxLength = Infinity } = schema
  const patterns = [schema, ...(schema.allOf ?? [])].flatMap(({ pattern }) =>
    pattern === undefined ? [] : [pattern],
  )
  const check = schema.check === undefined ? undefined : checks[schema.check]
  if (schema.check !== undefined && check === undefined)
    throw new TypeError(`no check of the name ${schema.check}`)
  const decode = code.constant(
    decodingScan(minLength, maxLength, [
      ...patterns.map((pattern) => {
        const expression = new RegExp(pattern)
        return (value: string): boolean => expression.test(value)
      }),
      ...(check === undefined ? [] : [check.test]),
    ]),
  )
  const walked = (walk: string, bytesMin: number, then = 'to + 1'): string =>
    code.scan(`
      if (text[at] !== ${quote}) return -1
      let to = at + 1
      ${walk}
      const length = to - at - 1
      if (text[to] !== ${quote} || length < ${bytesMin} || length > ${maxLength}) return ${decode}(text, at)
      return ${then}`)

  const [pattern, ...others] = patterns
  if (check?.testAscii !== undefined && patterns.length <= 1) {
    const test = code.constant(check.testAscii)
    return walked(walkOf(code, plainText), minLength, `${test}(text, at + 1, to) ? to + 1 : -1`)
  }
  if (check === undefined && others.length === 0) {
    const characters = textClassOf(pattern)
    // Of so many bytes at least half are characters.
    if (characters !== undefined)
      return walked(walkOf(code, characters), minLength < 2 ? minLength : minLength * 2)
    const walk = compilePattern(pattern as string)
    if (walk !== undefined) return walked(`to = ${code.constant(walk)}(text, to)`, minLength)
  }
  return code.scan(`return text[at] === ${quote} ? ${decode}(text, at) : -1`)
}

const anyText = textClassOf() as TextClass
const plainText: TextClass = { plain: anyText.plain, escapes: new Uint8Array(256), latin: false }

/** Moves `to` over the characters of a class. */
function walkOf(code: ScanCode, { plain, escapes, latin }: TextClass): string {
  const isPlain = code.constant(plain)
  const step = `while (${isPlain}[text[to]] === 1) to++`
  if (!latin && !escapes.includes(1)) return step
  return `
      for (;;) {
        ${step}
        const byte = text[to]
        if (byte === ${backslash} && ${code.constant(escapes)}[text[to + 1]] === 1) to += 2
        ${latin ? 'else if (byte === 0xc3 || (byte === 0xc2 && text[to + 1] >= 0xa0)) to += 2' : ''}
        else break
      }`
}

/** Decodes a string and tests it as a text. */
function decodingScan(
  minLength: number,
  maxLength: number,
  tests: readonly ((value: string) => boolean)[],
): Scan {
  return (text, from) => {
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
    if (!tests.every((test) => test(value))) return -1
    if (!value.isWellFormed() || value.normalize('NFC') !== value) return -1
    return JSON.stringify(value) === raw ? to : -1
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
