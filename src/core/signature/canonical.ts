import canonicalize from 'canonicalize'

/** What the profile can say. No null: an absent value is an absent member. */
export type JsonValue = boolean | number | string | readonly JsonValue[] | JsonObject
export interface JsonObject {
  readonly [name: string]: JsonValue
}

/** How many arrays and objects may lie within each other; `[]` counts 1. */
export const canonicalDepthMax = 16

export type CanonicalErrorCode =
  | 'too-large'
  | 'not-json'
  | 'not-canonical'
  | 'too-deep'
  | 'null'
  | 'number'
  | 'lone-surrogate'
  | 'not-nfc'
  | 'name'
  | 'type'

/** The value or text is outside the profile of protocol/signatures.md §1; whoever made it is at fault. */
export class CanonicalError extends Error {
  override readonly name = 'CanonicalError'
  readonly code: CanonicalErrorCode
  constructor(code: CanonicalErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/**
 * The one text of a value: RFC 8785 within the profile of protocol/signatures.md §1.
 * Takes any object type, since interfaces are no {@link JsonObject}; what is in it is checked here.
 * @throws {CanonicalError} if the value is outside the profile
 */
export function canonicalText(value: JsonValue | object): string {
  checkValue(value, 0, { nfc: true, wellFormed: true, sorted: false })
  return canonicalize(value) as string
}

/**
 * Reads a text that must be canonical already. Costs one `JSON.parse`, one `JSON.stringify` and a walk.
 * The members of the value's objects are in canonical order, so `JSON.stringify` of any part of it is canonical.
 * @param bytesMax the limit for the text in bytes of UTF-8
 * @throws {CanonicalError} if the text is too large, no JSON, or not the canonical text of its value
 */
export function parseCanonical(text: string, bytesMax: number): JsonValue {
  if (isLongerThan(text, bytesMax)) {
    throw new CanonicalError('too-large', `The text is larger than ${bytesMax} bytes.`)
  }
  let value: JsonValue
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new CanonicalError('not-json', 'The text is not JSON.', { cause })
  }
  checkValue(value, 0, {
    // NFC of the whole text implies NFC of every string in it, and below U+0300 everything is NFC.
    nfc: beyondQuickNfc.test(text) && text.normalize('NFC') !== text,
    // A raw lone surrogate fails the comparison below; an escaped one would pass it.
    wellFormed: text.includes('\\ud'),
    sorted: true,
  })
  if (JSON.stringify(value) !== text) {
    throw new CanonicalError(
      'not-canonical',
      'The text is not canonical JSON (RFC 8785): spaces, escapes, number forms or a member given twice.',
    )
  }
  return value
}

interface Checks {
  /** Strings have to be checked for NFC one by one. */
  readonly nfc: boolean
  /** Strings have to be checked for lone surrogates one by one. */
  readonly wellFormed: boolean
  /** Members have to be in order already. */
  readonly sorted: boolean
}

const beyondQuickNfc = /[\u0300-\uffff]/
const integerLike = /^-?(?:0|[1-9][0-9]*)$/

function checkValue(value: unknown, depth: number, checks: Checks): void {
  switch (typeof value) {
    case 'string':
      checkString(value, checks)
      return
    case 'number':
      if (!Number.isSafeInteger(value)) {
        throw new CanonicalError('number', `${value} is not an integer between -(2^53 - 1) and 2^53 - 1.`)
      }
      return
    case 'boolean':
      return
    case 'object':
      if (value === null) throw new CanonicalError('null', 'null is not allowed: leave the member out.')
      if (depth === canonicalDepthMax) {
        throw new CanonicalError('too-deep', `More than ${canonicalDepthMax} arrays and objects deep.`)
      }
      if (Array.isArray(value)) for (const element of value) checkValue(element, depth + 1, checks)
      else checkMembers(value, depth, checks)
      return
    default:
      throw new CanonicalError('type', `A value of type ${typeof value} has no JSON text.`)
  }
}

function checkMembers(value: object, depth: number, checks: Checks): void {
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    throw new CanonicalError('type', 'Only plain objects and arrays have a canonical text.')
  }
  let before: string | undefined
  for (const name of Object.keys(value)) {
    checkName(name, checks)
    if (checks.sorted) {
      if (before !== undefined && before > name) {
        throw new CanonicalError('not-canonical', `Member ${JSON.stringify(name)} is out of order.`)
      }
      before = name
    }
    checkValue((value as Record<string, unknown>)[name], depth + 1, checks)
  }
}

function checkName(name: string, checks: Checks): void {
  // JavaScript and PHP reorder or retype integer-like names; `__proto__` is no plain member in JavaScript.
  const first = name.charCodeAt(0)
  if ((first === 0x2d || (first >= 0x30 && first <= 0x39)) && integerLike.test(name)) {
    throw new CanonicalError('name', `Member name ${JSON.stringify(name)} looks like an integer.`)
  }
  if (name === '__proto__') throw new CanonicalError('name', 'Member name "__proto__" is not allowed.')
  checkString(name, checks)
}

function checkString(value: string, checks: Checks): void {
  if (checks.wellFormed && !value.isWellFormed()) {
    throw new CanonicalError('lone-surrogate', 'A string holds half of a surrogate pair.')
  }
  if (checks.nfc && beyondQuickNfc.test(value) && value.normalize('NFC') !== value) {
    throw new CanonicalError('not-nfc', 'A string is not in Unicode normalisation form C.')
  }
}

/** Whether the UTF-8 form is longer than `bytesMax`. Looks at the characters only where their number leaves it open. */
function isLongerThan(text: string, bytesMax: number): boolean {
  if (text.length > bytesMax) return true
  if (text.length * 3 <= bytesMax) return false
  let bytes = text.length
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) continue
    // Two bytes below U+0800; a surrogate pair makes four bytes of its two units.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2
  }
  return bytes > bytesMax
}
