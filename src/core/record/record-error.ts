export type RecordErrorCode =
  | 'key-invalid'
  | 'key-order'
  | 'record-invalid'
  | 'record-too-large'
  | 'text-invalid'
  | 'shape-invalid'
  | 'digest-mismatch'
  | 'root-mismatch'
  | 'commit-invalid'
  | 'history-unlinked'
  | 'proof-invalid'

/** A record, page, commit or proof is malformed or does not fit what was signed; whoever sent it is at fault. */
export class RecordError extends Error {
  override readonly name = 'RecordError'
  readonly code: RecordErrorCode
  constructor(code: RecordErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
