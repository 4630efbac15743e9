import { bech32m } from '@scure/base'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodePrimitives } from '../../store/primitives.ts'
import { isMerchantId, merchantIdOf, merchantIdSchema } from './merchant-id.ts'

/** The library's answer, slower by a factor of ten. */
function isMerchantIdByLibrary(text: string): boolean {
  try {
    const { prefix, words } = bech32m.decode(text as `${string}1${string}`)
    return prefix === 'mer' && text === text.toLowerCase() && bech32m.fromWords(words).length === 32
  } catch {
    return false
  }
}

const id = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => bech32m.encode('mer', bech32m.toWords(bytes)) as string)

test('every id is one, and none with a letter changed', () => {
  fc.assert(
    fc.property(
      id,
      fc.nat(57),
      fc.constantFrom(...'qpzry9x8gf2tvdw0s3jn54khce6mua7l1bioB'),
      (id, at, letter) => {
        expect(isMerchantId(id)).toBe(true)
        const changed = id.slice(0, at + 4) + letter + id.slice(at + 5)
        expect(isMerchantId(changed)).toBe(changed === id)
      },
    ),
    { numRuns: 1000 },
  )
})

test('arbitrary text gets the answer of the library', () => {
  const words = fc.array(fc.nat(31), { minLength: 51, maxLength: 53 })
  const text = fc.oneof(
    fc.string(),
    id.map((id) => id.toUpperCase()),
    words.map((words) => bech32m.encode('mer', words) as string),
    words.map((words) => bech32m.encode('mar', words) as string),
  )
  fc.assert(
    fc.property(text, (text) => {
      expect(isMerchantId(text)).toBe(isMerchantIdByLibrary(text))
      expect(merchantIdSchema.safeParse(text).success).toBe(isMerchantIdByLibrary(text))
    }),
    { numRuns: 1000 },
  )
})

test('an id comes from the canonical text', () => {
  expect(merchantIdOf(nodePrimitives, { b: 1, a: 2 })).toBe(merchantIdOf(nodePrimitives, { a: 2, b: 1 }))
  expect(merchantIdOf(nodePrimitives, { a: 2, b: 1 })).not.toBe(merchantIdOf(nodePrimitives, { a: 1, b: 2 }))
  expect(merchantIdSchema.safeParse(7).success).toBe(false)
})
