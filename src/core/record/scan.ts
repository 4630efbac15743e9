import { z } from 'zod'
import { compileString } from './scan-string.ts'

/**
 * Checks canonical JSON against a schema in one pass over its bytes, without building the value: form, order
 * of members, types and limits together. Accepts exactly the texts that `parseCanonical` and the zod schema
 * both accept. Some 1 µs for an offer of 330 bytes, a fifth of parsing, re-writing and checking it.
 * @param at where the value begins
 * @returns the index after the value, or -1
 */
export type Scan = (text: Uint8Array, at: number) => number

/** Where a member's value stood in the text scanned last, quotes included. */
export interface Captured {
  from: number
  to: number
}

/** A rule on single texts that JSON Schema cannot say. */
export interface Check {
  readonly test: (text: string) => boolean
  /**
   * The same for plain ASCII between two offsets, without decoding it. Stands for the field's pattern too,
   * where that is none that can be walked.
   */
  readonly testAscii?: (text: Uint8Array, from: number, to: number) => boolean
}

/** By the name in a field's `.meta({ check })`. */
export type Checks = Readonly<Record<string, Check>>

export interface JsonSchema {
  readonly type?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: JsonSchema | boolean
  readonly propertyNames?: JsonSchema
  readonly minProperties?: number
  readonly maxProperties?: number
  readonly items?: JsonSchema
  readonly minItems?: number
  readonly maxItems?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly allOf?: readonly { readonly pattern?: string }[]
  readonly enum?: readonly string[]
  readonly const?: string | number
  readonly minimum?: number
  readonly maximum?: number
  readonly check?: string
}

const comma = 0x2c
const backslash = 0x5c
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d
const colon = 0x3a
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Compiles a zod schema.
 * @throws {TypeError} at a feature that it does not know: nothing is let through unchecked
 */
export function compileScan(schema: z.ZodType, checks: Checks = {}): Scan {
  return compile(z.toJSONSchema(schema, { reused: 'inline' }) as JsonSchema, checks)
}

/** {@link compileScan} for an object; `captured` tells where the value of one of its members stands. */
export function compileCapturingScan(
  schema: z.ZodType,
  checks: Checks,
  member: string,
): { readonly scan: Scan; readonly captured: Readonly<Captured> } {
  const captured: Captured = { from: 0, to: 0 }
  const json = z.toJSONSchema(schema, { reused: 'inline' }) as JsonSchema
  if (json.required?.includes(member) !== true)
    throw new TypeError(`only a required member can be captured, not ${member}`)
  return { scan: compileObject(json, checks, { member, captured }), captured }
}

function compile(schema: JsonSchema, checks: Checks): Scan {
  if (schema.const !== undefined) return compileLiterals([schema.const])
  if (schema.enum !== undefined) return compileLiterals(schema.enum)
  switch (schema.type) {
    case 'string':
      return compileString(schema, checks)
    case 'integer':
      return compileInteger(
        schema.minimum ?? Number.MIN_SAFE_INTEGER,
        schema.maximum ?? Number.MAX_SAFE_INTEGER,
      )
    case 'boolean':
      return compileLiterals([true, false])
    case 'array':
      return compileArray(schema, checks)
    case 'object':
      return schema.properties === undefined ? compileMap(schema, checks) : compileObject(schema, checks)
    default:
      throw new TypeError(`the scanner does not know the schema ${JSON.stringify(schema)}`)
  }
}

function matches(text: Uint8Array, at: number, bytes: Uint8Array): boolean {
  for (let index = 0; index < bytes.length; index++) if (text[at + index] !== bytes[index]) return false
  return true
}

function compileLiterals(values: readonly (string | number | boolean)[]): Scan {
  const literals = values.map((value) => encoder.encode(JSON.stringify(value)))
  return (text, at) => {
    for (const literal of literals) if (matches(text, at, literal)) return at + literal.length
    return -1
  }
}

function compileInteger(minimum: number, maximum: number): Scan {
  return (text, from) => {
    let at = from
    const negative = text[at] === 0x2d
    if (negative) at++
    const first = at
    let value = 0
    for (let digit = (text[at] as number) - 48; digit >= 0 && digit <= 9; digit = (text[at] as number) - 48) {
      value = value * 10 + digit
      at++
    }
    const digits = at - first
    if (digits === 0 || digits > 16 || (text[first] === 48 && (digits > 1 || negative))) return -1
    if (negative) value = -value
    return value < minimum || value > maximum ? -1 : at
  }
}

function compileArray(schema: JsonSchema, checks: Checks): Scan {
  const item = compile(schema.items ?? {}, checks)
  const { minItems = 0, maxItems = Infinity } = schema
  return (text, from) => {
    if (text[from] !== openBracket) return -1
    if (text[from + 1] === closeBracket) return minItems === 0 ? from + 2 : -1
    let count = 0
    let at = from
    do {
      at = item(text, at + 1)
      if (at < 0 || ++count > maxItems) return -1
    } while (text[at] === comma)
    return text[at] === closeBracket && count >= minItems ? at + 1 : -1
  }
}

function compileObject(
  schema: JsonSchema,
  checks: Checks,
  capture?: { readonly member: string; readonly captured: Captured },
): Scan {
  if (schema.additionalProperties !== false) throw new TypeError('the scanner wants strict objects')
  const required = new Set(schema.required ?? [])
  const members = Object.entries(schema.properties ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1)) // the order of RFC 8785: UTF-16 code units
    .map(
      ([name, member], place): Member => ({
        place,
        name: encoder.encode(`${JSON.stringify(name)}:`),
        scan:
          capture?.member === name
            ? capturing(compile(member, checks), capture.captured)
            : compile(member, checks),
        required: required.has(name),
      }),
    )
  const byFirstByte: (Member[] | undefined)[] = new Array(256)
  for (const member of members) {
    const list = byFirstByte[member.name[1] as number]
    if (list === undefined) byFirstByte[member.name[1] as number] = [member]
    else list.push(member)
  }
  const requiredCount = members.filter((member) => member.required).length
  return (text, from) => {
    if (text[from] !== openBrace) return -1
    if (text[from + 1] === closeBrace) return requiredCount === 0 ? from + 2 : -1
    let at = from
    let place = -1
    let requiredSeen = 0
    do {
      const member = memberAt(byFirstByte, text, at + 1)
      if (member === undefined || member.place <= place) return -1 // unknown, doubled or out of order
      place = member.place
      if (member.required) requiredSeen++
      at = member.scan(text, at + 1 + member.name.length)
      if (at < 0) return -1
    } while (text[at] === comma)
    return text[at] === closeBrace && requiredSeen === requiredCount ? at + 1 : -1
  }
}

interface Member {
  /** `"name":` */
  readonly name: Uint8Array
  /** In the order of RFC 8785. */
  readonly place: number
  readonly required: boolean
  readonly scan: Scan
}

function memberAt(
  byFirstByte: readonly (readonly Member[] | undefined)[],
  text: Uint8Array,
  at: number,
): Member | undefined {
  const candidates = byFirstByte[text[at + 1] ?? 0]
  if (candidates === undefined) return undefined
  for (let index = 0; index < candidates.length; index++) {
    const candidate = candidates[index] as Member
    if (matches(text, at, candidate.name)) return candidate
  }
  return undefined
}

function capturing(scan: Scan, captured: Captured): Scan {
  return (text, at) => {
    captured.from = at
    captured.to = scan(text, at)
    return captured.to
  }
}

function compileMap(schema: JsonSchema, checks: Checks): Scan {
  if (schema.propertyNames === undefined || typeof schema.additionalProperties !== 'object')
    throw new TypeError(`the scanner wants maps with a schema for keys and values: ${JSON.stringify(schema)}`)
  const key = compileString(schema.propertyNames, checks)
  const value = compile(schema.additionalProperties, checks)
  const { minProperties = 0, maxProperties = Infinity } = schema
  return (text, from) => {
    if (text[from] !== openBrace) return -1
    if (text[from + 1] === closeBrace) return minProperties === 0 ? from + 2 : -1
    let count = 0
    let at = from
    let previousFrom = -1
    let previousTo = -1
    do {
      const keyFrom = at + 1
      const keyTo = key(text, keyFrom)
      if (keyTo < 0 || text[keyTo] !== colon || ++count > maxProperties) return -1
      if (text[keyFrom + 1] === undefined || !isMemberName(text, keyFrom, keyTo)) return -1
      if (previousFrom >= 0 && !standsBefore(text, previousFrom, previousTo, keyFrom, keyTo)) return -1
      previousFrom = keyFrom
      previousTo = keyTo
      at = value(text, keyTo + 1)
      if (at < 0) return -1
    } while (text[at] === comma)
    return text[at] === closeBrace && count >= minProperties ? at + 1 : -1
  }
}

const integerLike = /^(?:0|-?[1-9][0-9]*)$/
const parseString = (text: Uint8Array, from: number, to: number): string =>
  JSON.parse(decoder.decode(text.subarray(from, to)))

/** Not like an integer, not `__proto__`: protocol/signatures.md §1. */
function isMemberName(text: Uint8Array, from: number, to: number): boolean {
  const first = text[from + 1] as number
  if (first !== 0x5f && first !== 0x2d && (first < 0x30 || first > 0x39)) return true
  const name = parseString(text, from, to)
  return name !== '__proto__' && !integerLike.test(name)
}

/** Whether one member name comes before another, both in quotes, by UTF-16 code units. */
function standsBefore(text: Uint8Array, aFrom: number, aTo: number, bFrom: number, bTo: number): boolean {
  if (isPlain(text, aFrom, aTo) && isPlain(text, bFrom, bTo)) {
    const length = Math.min(aTo - aFrom, bTo - bFrom) - 1
    for (let at = 1; at < length; at++) {
      const difference = (text[aFrom + at] as number) - (text[bFrom + at] as number)
      if (difference !== 0) return difference < 0
    }
    return aTo - aFrom < bTo - bFrom
  }
  return parseString(text, aFrom, aTo) < parseString(text, bFrom, bTo)
}

function isPlain(text: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if ((text[at] as number) >= 0x80 || text[at] === backslash) return false
  return true
}
