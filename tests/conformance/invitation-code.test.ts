import { describe, expect, test } from 'vitest'
import { InvitationCodeError } from '../../src/core/partner/code-error.ts'
import {
  type InvitationRole,
  invitationCode,
  type LinkInvitation,
  parseInvitationCode,
} from '../../src/core/partner/invitation-code.ts'
import { linkKeys } from '../../src/core/partner/invitation-keys.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { bytesOfHex, readVectors } from './vectors.ts'

interface Shown {
  readonly nodeKey: string
  readonly secret: string
  readonly expiresAt: number
  readonly role: InvitationRole
  readonly addresses: readonly string[]
  readonly relays: readonly string[]
}

interface Vectors {
  readonly codes: readonly {
    comment: string
    invitation: Shown
    code: string
    macKey: string
    id: string
  }[]
  readonly typed: readonly { comment: string; typed: string; invitation: Shown }[]
  readonly refused: readonly { comment: string; typed: string; code: string }[]
}

const { codes, typed, refused } = readVectors<Vectors>('invitation-code')
const invitationOf = (shown: Shown): LinkInvitation => ({
  ...shown,
  nodeKey: bytesOfHex(shown.nodeKey),
  secret: bytesOfHex(shown.secret),
})

describe('invitation-code', () => {
  test.each(codes)('written: $comment', ({ invitation, code, macKey, id }) => {
    expect(invitationCode(invitationOf(invitation))).toBe(code)
    const keys = linkKeys(nodePrimitives, bytesOfHex(invitation.secret))
    expect(keys).toEqual({ id, macKey: bytesOfHex(macKey) })
  })

  test.each(codes)('read: $comment', ({ invitation, code }) => {
    expect(parseInvitationCode(code)).toEqual({ form: 'link', invitation: invitationOf(invitation) })
  })

  test.each(typed)('typed: $comment', ({ typed, invitation }) => {
    expect(parseInvitationCode(typed)).toEqual({ form: 'link', invitation: invitationOf(invitation) })
  })

  test.each(refused)('refused: $comment', ({ typed, code }) => {
    const read = parseInvitationCode(typed)
    expect(read instanceof InvitationCodeError ? read.code : 'taken').toBe(code)
  })
})
