import { scrypt } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { InvitationCodeError } from '../../src/core/partner/code-error.ts'
import { parseInvitationCode } from '../../src/core/partner/invitation-code.ts'
import { phoneKeys, type Scrypt } from '../../src/core/partner/invitation-keys.ts'
import { phoneCode } from '../../src/core/partner/phone-code.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { bytesOfHex, readVectors } from './vectors.ts'

interface Vectors {
  readonly codes: readonly {
    comment: string
    secret: string
    code: string
    macKey: string
    id: string
    topic: string
  }[]
  readonly typed: readonly { comment: string; typed: string; secret: string }[]
  readonly refused: readonly { comment: string; typed: string; code: string }[]
}

const { codes, typed, refused } = readVectors<Vectors>('phone-code')

const nodeScrypt: Scrypt = (password, salt, { N, r, p, length }) =>
  new Promise((resolve, reject) =>
    scrypt(password, salt, length, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
      error === null ? resolve(new Uint8Array(key)) : reject(error),
    ),
  )

describe('phone-code', () => {
  test.each(codes)('written: $comment', async ({ secret, code, macKey, id, topic }) => {
    expect(phoneCode(bytesOfHex(secret))).toBe(code)
    const keys = await phoneKeys(nodePrimitives, nodeScrypt, bytesOfHex(secret))
    expect(keys).toEqual({ id, macKey: bytesOfHex(macKey), topic: bytesOfHex(topic) })
  })

  test.each([...codes.map(({ comment, code, secret }) => ({ comment, typed: code, secret })), ...typed])(
    'typed: $comment',
    ({ typed, secret }) => {
      expect(parseInvitationCode(typed)).toEqual({ form: 'phone', secret: bytesOfHex(secret) })
    },
  )

  test.each(refused)('refused: $comment', ({ typed, code }) => {
    const read = parseInvitationCode(typed)
    expect(read instanceof InvitationCodeError ? read.code : 'taken').toBe(code)
  })
})
