import type { InvitationCodeErrorCode } from '../core/partner/code-error.ts'
import type { PairingRefusal } from '../core/partner/pairing-message.ts'

export type NodeErrorCode =
  // the data folder
  | 'not-initialised'
  | 'already-initialised'
  | 'folder-not-empty'
  | 'passphrase-needed'
  | 'words-wrong'
  | 'not-a-backup'
  | 'backup-damaged'
  // something asked for is not there
  | 'invitation-unknown'
  | 'partner-unknown'
  | 'partner-ambiguous'
  | 'assortment-unknown'
  | 'product-unknown'
  | 'offer-unknown'
  | 'repo-unknown'
  | 'grant-unknown'
  | 'source-unknown'
  // it is there, but not in that state
  | 'partner-not-active'
  | 'assortment-exists'
  | 'assortments-too-many'
  | 'import-running'
  | 'mapping-needed'
  | 'file-unreadable'
  | 'restore-open'
  | 'identity-frozen'
  // invitations
  | `code-${InvitationCodeErrorCode}`
  | `invitation-${Exclude<PairingRefusal, 'unknown'>}`
  | 'invitation-unknown-code'
  | 'invitation-not-claimed'
  | 'invitation-over'
  | 'invitations-too-many'
  | 'inviter-unreachable'
  | 'inviter-not-found'
  | 'cannot-meet'
  | 'pairing-failed'
  // limits
  | 'sources-too-many'
  | 'assortment-public'

/** The node cannot do what was asked; nothing was changed. */
export class NodeError extends Error {
  override readonly name = 'NodeError'
  readonly code: NodeErrorCode
  /** The member of the request that is at fault. */
  readonly field: string | undefined
  /** What the message speaks of, so that it can be said in another language. */
  readonly params: Readonly<Record<string, string>>
  constructor(
    code: NodeErrorCode,
    message: string,
    options: {
      readonly field?: string
      readonly params?: Readonly<Record<string, string>>
      readonly cause?: unknown
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.field = options.field
    this.params = options.params ?? {}
  }
}
