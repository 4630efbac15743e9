/** The command was called wrongly: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code: UsageErrorCode
  /** The flag or argument at fault, e.g. `--name`. */
  readonly field: string | undefined
  constructor(code: UsageErrorCode, message: string, field?: string) {
    super(message)
    this.code = code
    this.field = field
  }
}

export type UsageErrorCode = 'flag-missing' | 'flag-invalid' | 'usage'

/** The person at the terminal broke off a question. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled'
}
