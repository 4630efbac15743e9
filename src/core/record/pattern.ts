/**
 * Walks over bytes of a text as far as they match.
 * @returns the index after the last byte that matches, or -1 if something is missing
 */
export type Walk = (text: Uint8Array, from: number) => number

interface Atom {
  /** 1 for each byte that the atom takes: only plain ones, see {@link isPlainByte}. */
  readonly set: Uint8Array
  readonly min: number
  readonly max: number
}

/** A byte that stands for itself in a JSON string: ASCII, no control character, no quote, no backslash. */
export const isPlainByte = (byte: number): boolean =>
  byte >= 0x20 && byte < 0x80 && byte !== 0x22 && byte !== 0x5c

/**
 * Compiles a pattern that is a row of characters and classes with repeats (`^[A-Z]{2}$`, `^https?://…+$`),
 * each of which can be matched greedily without going back, into a walk over the bytes of a JSON string: one
 * pass finds its end and tests it. What is not a plain byte ends the walk.
 * @returns `undefined` for any other pattern
 */
export function compilePattern(source: string): Walk | undefined {
  const atoms = parseAtoms(source)
  if (atoms === undefined) return undefined
  for (let at = 0; at + 1 < atoms.length; at++) {
    const { set, min, max } = atoms[at] as Atom
    // A greedy repeat must not take what the atoms after it need.
    if (min !== max && startsOf(atoms, at + 1).some((byte) => set[byte] === 1)) return undefined
  }
  return (text, from) => {
    let at = from
    for (const { set, min, max } of atoms) {
      const last = at + max
      const start = at
      while (at < last && set[text[at] as number] === 1) at++
      if (at - start < min) return -1
    }
    return at
  }
}

/** The short escapes of JSON, which canonical text uses for these characters. */
const shortEscapes: readonly (readonly [letter: string, character: string])[] = [
  ['"', '"'],
  ['\\', '\\'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]
const latinFirst = 0xa0
const latinLast = 0xff

/** How the characters of a class stand in a JSON string. Each table holds 1 for what is in the class. */
export interface TextClass {
  /** By plain byte, see {@link isPlainByte}. */
  readonly plain: Uint8Array
  /** By the letter after a backslash. */
  readonly escapes: Uint8Array
  /** Whether all of U+00A0 to U+00FF are in the class: two bytes each, and each is NFC by itself. */
  readonly latin: boolean
}

/**
 * The class of a pattern for texts as people write them, `^[…]*$`.
 * @param source the pattern; without one, any character
 * @returns `undefined` for any other pattern
 */
export function textClassOf(source = '^[^]*$'): TextClass | undefined {
  if (!/^\^\[(?:\\.|[^\]\\])*\]\*\$$/.test(source)) return undefined
  const expression = new RegExp(source)
  const takes = (code: number): boolean => expression.test(String.fromCharCode(code))
  const plain = Uint8Array.from({ length: 256 }, (_, byte) => (isPlainByte(byte) && takes(byte) ? 1 : 0))
  const escapes = new Uint8Array(256)
  for (const [letter, character] of shortEscapes)
    if (expression.test(character)) escapes[letter.charCodeAt(0)] = 1
  let latin = true
  for (let code = latinFirst; code <= latinLast; code++) if (!takes(code)) latin = false
  return { plain, escapes, latin }
}

/** Bytes that the rest of the pattern can begin with. */
function startsOf(atoms: readonly Atom[], from: number): number[] {
  const starts: number[] = []
  for (let at = from; at < atoms.length; at++) {
    const { set, min } = atoms[at] as Atom
    set.forEach((taken, byte) => {
      if (taken === 1) starts.push(byte)
    })
    if (min > 0) break
  }
  return starts
}

const classToken = /\[(?!\^)((?:\\.|[^\]\\])*)\]/y
const literalToken = /\\([./:@-])|([A-Za-z0-9/:@ _-])/y
const repeatToken = /\{(\d+)(?:,(\d*))?\}|([*+?])/y

function parseAtoms(source: string): Atom[] | undefined {
  if (!source.startsWith('^') || !source.endsWith('$') || source.endsWith('\\$')) return undefined
  const atoms: Atom[] = []
  let at = 1
  const token = (expression: RegExp): RegExpExecArray | null => {
    expression.lastIndex = at
    const match = expression.exec(source)
    if (match !== null) at = expression.lastIndex
    return match
  }
  while (at < source.length - 1) {
    const bytes = token(classToken)
    const literal = bytes === null ? token(literalToken) : null
    if (bytes === null && literal === null) return undefined
    const set = bytes === null ? new Uint8Array(256) : setOf(bytes[0])
    if (literal !== null) set[(literal[1] ?? literal[2] ?? '').charCodeAt(0)] = 1 // never a quote or backslash
    const repeat = token(repeatToken)
    atoms.push({ set, ...repeatOf(repeat) })
  }
  return atoms
}

function setOf(characterClass: string): Uint8Array {
  const expression = new RegExp(`^${characterClass}$`)
  return Uint8Array.from({ length: 256 }, (_, byte) =>
    isPlainByte(byte) && expression.test(String.fromCharCode(byte)) ? 1 : 0,
  )
}

function repeatOf(match: RegExpExecArray | null): { min: number; max: number } {
  if (match === null) return { min: 1, max: 1 }
  const [, least, most, sign] = match
  if (sign === '*') return { min: 0, max: Infinity }
  if (sign === '+') return { min: 1, max: Infinity }
  if (sign === '?') return { min: 0, max: 1 }
  return {
    min: Number(least),
    max: most === undefined ? Number(least) : most === '' ? Infinity : Number(most),
  }
}
