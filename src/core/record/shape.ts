/**
 * Where leaves and nodes begin. The shape of a tree follows from its entries alone, so that equal repos have
 * equal roots; each rule looks at the first key of a run, which is what the node above names, so that a
 * receiver checks the shape from what it holds. Spec: protocol/records/tree.md §2.
 */

/** A leaf holds at most so many entries … */
export const leafEntriesMax = 64
/** … and at most so many bytes of text. */
export const leafBytesMax = 14_000
/** A node names at most so many children. */
export const nodeChildrenMax = 16
/** UTF-8 bytes of a record's canonical JSON, at most. */
export const recordBytesMax = 12_000
/** UTF-8 bytes of a record's key, at most. */
export const keyBytesMax = 256
/** UTF-8 bytes of a page's text, at most: 16 full leaves. */
export const pageBytesMax = nodeChildrenMax * leafBytesMax

/**
 * Whether a run of `level` begins at a key with so many zero bits at the low end of its CRC-32, whatever
 * stands before it. Level 0 is a leaf (16 entries on average), 1 a page (8 leaves), and so on.
 */
export const beginsAt = (level: number, zeroBits: number): boolean => zeroBits >= 4 + 3 * level

const table = new Uint32Array(256)
for (let byte = 0; byte < 256; byte++) {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  table[byte] = crc
}

/** CRC-32 (ISO 3309, as zip and PNG) of the bytes `from` ≤ i < `to`. */
export function crc32(bytes: Uint8Array, from: number, to: number): number {
  let crc = -1
  for (let at = from; at < to; at++)
    crc = (crc >>> 8) ^ (table[(crc ^ (bytes[at] as number)) & 0xff] as number)
  return ~crc >>> 0
}

/** Zero bits at the low end of a CRC-32: 0 to 32. */
export const zeroBitsOf = (crc: number): number => (crc === 0 ? 32 : 31 - Math.clz32(crc & -crc))

const encoder = new TextEncoder()

/** {@link zeroBitsOf} a key's UTF-8 bytes. */
export function zeroBitsOfKey(key: string): number {
  const bytes = encoder.encode(key)
  return zeroBitsOf(crc32(bytes, 0, bytes.length))
}
