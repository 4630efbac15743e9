export type InvitationCodeErrorCode =
  | 'not-a-code' // neither form
  | 'too-long'
  | 'mistyped' // a character of no code, the wrong number of them, or a checksum that is wrong
  | 'version' // made by a newer program
  | 'malformed' // the checksum is right, the content is not: no program of ours made it

/** What was typed or pasted is no invitation code. Returned, not thrown; holds nothing of the code. */
export class InvitationCodeError extends Error {
  override readonly name = 'InvitationCodeError'
  readonly code: InvitationCodeErrorCode
  constructor(code: InvitationCodeErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
