import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seedOf, TestMerchant } from '../../../tests/simulation/merchants.ts'
import { InvitationCodeError } from './code-error.ts'
import {
  addressBytesMax,
  codeCharsMax,
  invitationCode,
  invitationLink,
  invitationPayloadBytesMax,
  invitationRoles,
  type LinkInvitation,
  parseInvitationCode,
} from './invitation-code.ts'
import { parsePhoneCode, phoneCode } from './phone-code.ts'

const nodeKeys = ['Anna', 'Ben'].map((name) => new TestMerchant(name).nodeKey)
const addresses = (maxLength: number): fc.Arbitrary<string[]> =>
  fc.array(
    fc.constantFrom(
      '/ip4/192.0.2.1/tcp/4001',
      '/dns4/shop.example/tcp/443/wss',
      '/ip6/2001:db8::1/tcp/4001/p2p/12D3KooWQLb',
    ),
    { maxLength },
  )
const invitations: fc.Arbitrary<LinkInvitation> = fc.record({
  nodeKey: fc.constantFrom(...nodeKeys),
  secret: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  expiresAt: fc.integer({ min: 0, max: 0xffff_ffff }),
  role: fc.constantFrom(...invitationRoles),
  addresses: addresses(8),
  relays: addresses(4),
})
const one: LinkInvitation = {
  nodeKey: nodeKeys[0] as Uint8Array,
  secret: seedOf('secret').slice(0, 16),
  expiresAt: 1_800_000_000,
  role: 'partner',
  addresses: ['/ip4/192.0.2.1/tcp/4001'],
  relays: [],
}
const codeOf = (typed: string): string => {
  const read = parseInvitationCode(typed)
  return read instanceof InvitationCodeError ? read.code : read.form
}

describe('a link code', () => {
  test('reads back as it was made, bare, as a link, in capitals, broken into lines and quoted', () => {
    fc.assert(
      fc.property(invitations, fc.integer({ min: 5, max: 60 }), (invitation, width) => {
        const code = invitationCode(invitation)
        const lines = invitationLink(code).replaceAll(new RegExp(`.{${width}}`, 'g'), '$&\r\n> ')
        for (const typed of [
          code,
          invitationLink(code),
          code.toUpperCase(),
          lines,
          `"<${code}>".`,
          `${code}=\n`,
        ]) {
          expect(parseInvitationCode(typed)).toEqual({ form: 'link', invitation })
        }
      }),
    )
  })

  test('with one character wrong or two swapped is mistyped', () => {
    const code = invitationCode(one)
    fc.assert(
      fc.property(
        fc.integer({ min: 5, max: code.length - 2 }),
        fc.constantFrom(...'qpzry9x8'),
        (at, letter) => {
          const wrong = code.slice(0, at) + letter + code.slice(at + 1)
          expect(codeOf(wrong)).toBe(wrong === code ? 'link' : 'mistyped')
          const swapped = code.slice(0, at) + code[at + 1] + code[at] + code.slice(at + 2)
          expect(codeOf(swapped)).toBe(swapped === code ? 'link' : 'mistyped')
        },
      ),
      { numRuns: 500 },
    )
  })

  test('holds no more than the limits', () => {
    const long = `/dns4/${'a'.repeat(addressBytesMax - 6)}`
    expect(() => invitationCode({ ...one, addresses: [`${long}a`] })).toThrow(RangeError)
    expect(() => invitationCode({ ...one, addresses: Array(9).fill('/a') })).toThrow(RangeError)
    expect(() => invitationCode({ ...one, relays: Array(5).fill('/a') })).toThrow(RangeError)
    expect(() => invitationCode({ ...one, addresses: ['no multiaddr'] })).toThrow(RangeError)
    const full = {
      ...one,
      addresses: [long, long, long, long],
      relays: ['/a'.padEnd(149, 'b')],
    }
    expect(codeOf(invitationCode(full))).toBe('link')
    expect(() => invitationCode({ ...full, relays: ['/a'.padEnd(150, 'b')] })).toThrow(
      String(invitationPayloadBytesMax),
    )
    expect(codeOf('m'.repeat(codeCharsMax + 1))).toBe('too-long')
  })
})

describe('a phone code', () => {
  const secrets = fc.uint8Array({ minLength: 10, maxLength: 10 })

  test('reads back in any case and grouping, with O for 0 and I or 1 for L', () => {
    fc.assert(
      fc.property(secrets, (secret) => {
        const code = phoneCode(secret)
        expect(code).toMatch(/^m1[a-z0-9]{2}( [a-z0-9]{4}){5}$/)
        const body = code.slice(2)
        const typed = [
          code,
          code.toUpperCase(),
          code.replaceAll(' ', ''),
          code.replaceAll(' ', '-'),
          `m1${body.replaceAll('0', 'O').replaceAll('l', 'I')}`,
          `Ml${body.replaceAll('l', '1')}`,
        ]
        for (const text of typed) expect(parseInvitationCode(text)).toEqual({ form: 'phone', secret })
      }),
    )
  })

  test('with any one character wrong, or any two neighbours swapped, is mistyped', () => {
    const letters = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
    for (const name of ['a', 'b', 'c']) {
      const code = phoneCode(seedOf(name).slice(0, 10)).replaceAll(' ', '')
      for (let at = 2; at < code.length; at++) {
        for (const letter of letters) {
          const typed = code.slice(0, at) + letter + code.slice(at + 1)
          expect(parsePhoneCode(typed) instanceof InvitationCodeError).toBe(typed !== code)
        }
        const swapped = code.slice(0, at) + (code[at + 1] ?? '') + code[at] + code.slice(at + 2)
        expect(parsePhoneCode(swapped) instanceof InvitationCodeError).toBe(swapped !== code)
      }
    }
  })

  test('with characters missing, too many or of no code says which', () => {
    const code = phoneCode(seedOf('a').slice(0, 10))
    expect(parseInvitationCode(code.slice(0, -1))).toMatchObject({
      code: 'mistyped',
      message: /23 characters/,
    })
    expect(parseInvitationCode(`${code}q`)).toMatchObject({ code: 'mistyped', message: /25 characters/ })
    const wrong = `${code.slice(0, 7)}b${code.slice(8)}`
    expect(parseInvitationCode(wrong)).toMatchObject({ code: 'mistyped', message: /character 7, "b"/ })
    expect(codeOf('hello')).toBe('not-a-code')
    expect(codeOf('')).toBe('not-a-code')
  })
})

test('whatever is typed, the answer is a code or an error that does not repeat it', () => {
  const code = invitationCode(one)
  const damaged = fc
    .tuple(fc.nat(code.length), fc.string({ unit: 'grapheme', maxLength: 8 }))
    .map(([at, text]) => code.slice(0, at) + text + code.slice(at + text.length))
  const typed = fc.oneof(
    fc.string({ unit: 'binary' }),
    damaged,
    fc.string().map((text) => `minv1${text}`),
  )
  fc.assert(
    fc.property(typed, (text) => {
      const read = parseInvitationCode(text)
      if (!(read instanceof InvitationCodeError)) return
      expect(text.length > 30 && read.message.includes(text)).toBe(false)
    }),
    { numRuns: 2_000 },
  )
})
