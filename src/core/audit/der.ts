/** One element of DER (X.690), its contents unread. */
export interface Der {
  readonly tag: number
  readonly bytes: Uint8Array
}

const objectIdentifier = 0x06
const constructed = 0x20

/** The one element that the bytes are. @throws {RangeError} */
export function derOf(bytes: Uint8Array): Der {
  const { element, end } = readAt(bytes, 0)
  if (end !== bytes.length) throw new RangeError('bytes after the element')
  return element
}

/** The elements within a sequence, a set or an explicit tag. @throws {RangeError} */
export function derParts(element: Der | undefined): Der[] {
  if (element === undefined || (element.tag & constructed) === 0) throw new RangeError('no sequence')
  const parts: Der[] = []
  for (let at = 0; at < element.bytes.length; ) {
    const { element: part, end } = readAt(element.bytes, at)
    parts.push(part)
    at = end
  }
  return parts
}

/** An object identifier in dots. @throws {RangeError} */
export function derOid(element: Der | undefined): string {
  if (element?.tag !== objectIdentifier) throw new RangeError('no object identifier')
  const numbers: number[] = []
  let number = 0
  for (const byte of element.bytes) {
    number = number * 128 + (byte & 0x7f)
    if (!Number.isSafeInteger(number)) throw new RangeError('a number too large')
    if (byte >= 0x80) continue
    numbers.push(number)
    number = 0
  }
  const [first = 0, ...rest] = numbers
  const top = Math.min(2, Math.floor(first / 40))
  return [top, first - 40 * top, ...rest].join('.')
}

function readAt(bytes: Uint8Array, at: number): { readonly element: Der; readonly end: number } {
  const [tag, short] = [bytes[at], bytes[at + 1]]
  if (tag === undefined || short === undefined || (tag & 0x1f) === 0x1f) throw new RangeError('no element')
  let from = at + 2
  let length = short
  if (short >= 0x80) {
    const count = short & 0x7f
    if (count === 0 || count > 3) throw new RangeError('a length of another form')
    length = 0
    for (const byte of bytes.subarray(from, from + count)) length = length * 256 + byte
    from += count
  }
  if (from + length > bytes.length) throw new RangeError('cut off')
  return { element: { tag, bytes: bytes.subarray(from, from + length) }, end: from + length }
}
