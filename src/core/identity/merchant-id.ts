import { bech32m } from '@scure/base'
import { z } from 'zod'
import { canonicalText } from '../signature/canonical.ts'
import type { Primitives } from '../signature/primitives.ts'

declare const merchantIdBrand: unique symbol
/** Names an identity for ever: bech32m, prefix `mer`, of 32 bytes. Spec: protocol/records/key-event.md §2. */
export type MerchantId = string & { readonly [merchantIdBrand]: true }

const prefix = 'mer'
const pattern = /^mer1[02-9ac-hj-np-z]{58}$/

/** Lower case only, checksum right: one merchant, one spelling. Costs 1 µs; the library's decoder 20. */
export function isMerchantId(text: string): text is MerchantId {
  if (!pattern.test(text)) return false
  let checksum = prefixChecksum
  for (let index = prefix.length + 1; index < text.length; index++) {
    checksum = nextChecksum(checksum, letters.indexOf(text.charAt(index)))
  }
  // 32 bytes leave four bits over in the last of their 52 letters.
  const lastLetter = letters.indexOf(text.charAt(prefix.length + dataLetters))
  return checksum === bech32mConstant && (lastLetter & 0b1111) === 0
}

// Bech32m's checksum. Source: BIP 173 "Checksum", BIP 350 for the constant.
const letters = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const dataLetters = 52
const bech32mConstant = 0x2bc830a3
const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3] as const

function nextChecksum(checksum: number, value: number): number {
  const top = checksum >>> 25
  let next = ((checksum & 0x1ffffff) << 5) ^ value
  for (let bit = 0; bit < 5; bit++) if ((top >>> bit) & 1) next ^= generator[bit] ?? 0
  return next
}

const codes = [...prefix].map((letter) => letter.charCodeAt(0))
const prefixChecksum = [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)].reduce(
  nextChecksum,
  1,
)

export const merchantIdSchema = z.custom<MerchantId>(
  (value) => typeof value === 'string' && isMerchantId(value),
  { error: 'not a merchant id (mer1 and 58 more characters, with a checksum)' },
)

/** The id that an inception makes. @param inception the event without `merchant` and `proof` */
export function merchantIdOf(primitives: Primitives, inception: object): MerchantId {
  const digest = primitives.sha256(canonicalText(inception))
  return bech32m.encode(prefix, bech32m.toWords(digest)) as MerchantId
}
