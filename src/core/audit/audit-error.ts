export type AuditFailure =
  | 'too-large'
  | 'encoding' // not one line of UTF-8 with one LF at its end
  | 'not-canonical'
  | 'version-unknown'
  | 'malformed'
  | 'raw-signature' // the form for openssl is not that of the statement
  | 'key-log'
  | 'head' // a commit, or a proof under it
  | 'endorsement'
  | 'deal'
  | 'flow' // a path goes where nothing is vouched for, or carries too much
  | 'limit' // another than the statements give
  | 'claim' // what is claimed is not what is shown
  | 'missing'
  | 'extra' // something that the claim does not need
  | 'timestamp'
  | 'exporter' // the signature over the whole

/** A bundle does not hold. Thrown within this folder; {@link verifyBundle} returns it as a value. */
export class AuditError extends Error {
  override readonly name = 'AuditError'
  readonly code: AuditFailure
  /** The member at fault, such as `endorsements[3]`; empty: the file as such. */
  readonly where: string
  constructor(code: AuditFailure, where: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.where = where
  }
}

export function fail(code: AuditFailure, where: string, message: string): never {
  throw new AuditError(code, where, message)
}
