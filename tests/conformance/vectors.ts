import { readFileSync } from 'node:fs'

/** The vectors of one noun: protocol/vectors/<noun>.json, the shape being that of the page they belong to. */
export function readVectors<T>(noun: string): T {
  const file = new URL(`../../protocol/vectors/${noun}.json`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')) as T
}

export function bytesOfHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'))
}
