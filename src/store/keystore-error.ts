export type KeystoreErrorCode =
  | 'exists'
  | 'missing'
  | 'unreadable'
  | 'damaged'
  | 'too-new'
  | 'mode-too-open'
  | 'passphrase-needed'
  | 'passphrase-wrong'
  | 'words-wrong'
  | 'rotation-refused'
  | 'not-written'

/** The keys cannot be had or changed; what was on the disk stays. No message holds a secret. */
export class KeystoreError extends Error {
  override readonly name = 'KeystoreError'
  readonly code: KeystoreErrorCode
  constructor(code: KeystoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
