import { bech32m } from '@scure/base'
import { InvitationCodeError } from './code-error.ts'

export const phoneSecretBytes = 10
const prefix = 'm'
const letters = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
/** `m1`, 16 characters of secret, 6 of checksum. */
const codeLength = 24

/**
 * A code to say over the phone: Bech32m with prefix `m`, in groups of four, `m1ab cdef …`. Its checksum finds up to
 * four wrong characters and every swap of two neighbours for certain, anything else but once in 10^9.
 * @param secret 10 random bytes
 * @see protocol/records/invitation.md §3
 */
export function phoneCode(secret: Uint8Array): string {
  if (secret.length !== phoneSecretBytes) throw new RangeError(`a phone code holds ${phoneSecretBytes} bytes`)
  const code = bech32m.encode(prefix, bech32m.toWords(secret))
  return code.replace(/.{4}(?=.)/g, '$& ')
}

/**
 * The secret in a code as a person types it: any case, any grouping; O is read as 0, I and 1 as L, since the code has
 * no letter o, no i and, behind the prefix, no 1.
 */
export function parsePhoneCode(typed: string): Uint8Array | InvitationCodeError {
  const compact = typed.toLowerCase().replace(/[\s.-]/g, '')
  if (!/^m[1il]/.test(compact))
    return new InvitationCodeError('not-a-code', 'An invitation code begins with "minv1" or with "m1".')
  const body = compact.slice(2).replaceAll('o', '0').replaceAll(/[i1]/g, 'l')
  const wrong = [...body].findIndex((letter) => !letters.includes(letter))
  if (wrong !== -1) return mistyped(`character ${wrong + 3}, "${[...body][wrong]}", is in no invitation code`)
  if (body.length + 2 !== codeLength)
    return mistyped(`it has ${body.length + 2} characters without spaces, not ${codeLength}`)
  try {
    return bech32m.fromWords(bech32m.decode(`${prefix}1${body}`).words)
  } catch {
    return mistyped('one or more characters are wrong or swapped')
  }
}

function mistyped(what: string): InvitationCodeError {
  return new InvitationCodeError('mistyped', `The invitation code is mistyped: ${what}.`)
}
