import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TestMerchant } from '../../../tests/simulation/merchants.ts'
import { nodePrimitives as primitives } from '../../store/primitives.ts'
import { publicKeyToPeerId } from '../identity/peer-id.ts'
import { readPage } from '../record/page.ts'
import { RecordError } from '../record/record-error.ts'
import { keyBytesMax, recordBytesMax } from '../record/shape.ts'
import { canonicalText } from '../signature/canonical.ts'
import { admitTo } from './kinds.ts'

const encoder = new TextEncoder()
const peerId = publicKeyToPeerId(new TestMerchant('Anna').nodeKey)
const offer = { sku: 'A-1', title: { de: 'Kaffee' }, price: { minor: 990, currency: 'EUR' } }

/** What the gate says of one record; '' if it lets it in. */
function admitted(repo: string, key: string, value: object | string): string {
  const text = typeof value === 'string' ? value : canonicalText(value)
  try {
    readPage(primitives, encoder.encode(`${key}\t${text}\n`), admitTo(repo))
    return ''
  } catch (error) {
    expect(error).toBeInstanceOf(RecordError)
    return `${(error as RecordError).code}: ${(error as Error).message}`
  }
}

describe('the gate', () => {
  test.each([
    ['public', 'offer/A-1', offer],
    ['assortment/wine', 'offer/A-1', offer],
    ['assortment/wine', 'offer/"\\', { ...offer, sku: '"\\' }],
    ['assortment/wine', 'offer/Ä ü', { ...offer, sku: 'Ä ü' }],
    ['trust', 'profile', { name: 'Käserei Zürich' }],
    [
      'trust',
      'profile',
      { name: '茶 🍵', country: 'CH', languages: ['de'], website: 'https://shop.example' },
    ],
    ['trust', `node/${peerId}`, { peerId, addresses: ['/ip4/192.0.2.1/tcp/4001'] }],
    ['trust', `node/${peerId}`, { peerId, addresses: [] }],
  ])('of %s lets in %s', (repo, key, value) => {
    expect(admitted(repo, key, value)).toBe('')
  })

  test.each([
    ['trust', 'offer/A-1', offer, 'key-invalid'],
    ['public', 'profile', { name: 'Anna' }, 'key-invalid'],
    ['assortment/wine', `node/${peerId}`, { peerId, addresses: [] }, 'key-invalid'],
    ['trust', 'profile/2', { name: 'Anna' }, 'key-invalid'],
    ['public', 'offer/', { ...offer, sku: '' }, 'key-invalid'],
    ['public', 'offer/A-2', offer, 'key-invalid'],
    ['public', 'Offer/A-1', offer, 'key-invalid'],
    ['public', 'question/1', {}, 'key-invalid'],
    ['private', 'offer/A-1', offer, 'key-invalid'],
    ['public', 'offer/\u0041\u0308', { ...offer, sku: '\u00c4' }, 'key-invalid'],
    ['public', 'offer/🍵', { ...offer, sku: '🍵' }, 'key-invalid'],
    ['public', `offer/${'a'.repeat(keyBytesMax - 5)}`, offer, 'key-invalid'],
    ['public', 'offer/A-1', { ...offer, stock: -1 }, 'stock'],
    ['public', 'offer/A-1', { ...offer, extra: 1 }, 'extra'],
    ['public', 'offer/A-1', { ...offer, gtin: '4006381333932' }, 'gtin'],
    [
      'public',
      'offer/A-1',
      { ...offer, description: { de: 'x'.repeat(recordBytesMax) } },
      'record-too-large',
    ],
    ['public', 'offer/A-1', ' {}', 'record-invalid'],
    ['public', 'offer/A-1', '', 'record-invalid'],
    ['public', 'offer/A-1', JSON.stringify({ title: offer.title, sku: 'A-1', price: offer.price }), 'order'],
    ['trust', 'profile', { name: 'Anna\u202eannA' }, 'name'],
    ['trust', 'profile', { name: 'Anna\u200b' }, 'name'],
    ['trust', 'profile', { name: ' \u00a0\u3000' }, 'name'],
    ['trust', 'profile', { name: '\u{e0041}' }, 'name'],
    ['trust', 'profile', { name: 'a'.repeat(101) }, 'name'],
    ['trust', 'profile', { name: 'Anna', website: 'javascript:alert(1)' }, 'website'],
    ['trust', 'profile', { name: 'Anna', website: 'https://x"onload=' }, 'website'],
    ['trust', `node/${peerId}`, { peerId, addresses: Array(17).fill('/ip4/192.0.2.1/tcp/1') }, 'addresses'],
    ['trust', 'node/12D3', { peerId: '12D3', addresses: [] }, 'peerId'],
  ])('of %s refuses %s: %o', (repo, key, value, named) => {
    expect(admitted(repo, key, value)).toContain(named)
  })

  test('says of arbitrary bytes what is wrong with them', () => {
    const line = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(fc.constantFrom('offer/A-1', 'profile', `node/${peerId}`), fc.json()).map(([key, json]) => {
        return encoder.encode(`${key}\t${json}\n`)
      }),
    )
    fc.assert(
      fc.property(fc.constantFrom('trust', 'public', 'assortment/a'), line, (repo, bytes) => {
        try {
          readPage(primitives, bytes, admitTo(repo))
        } catch (error) {
          expect(error).toBeInstanceOf(RecordError)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
