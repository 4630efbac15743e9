/** Why a file cannot be read as a catalog at all, or no further. Spec: docs/import.md. */
export type ImportErrorCode =
  | 'file-empty'
  | 'format-unknown'
  | 'compressed'
  | 'mapping-needed'
  | 'column-missing'
  | 'column-twice'
  | 'columns-too-many'
  | 'option-invalid'
  | 'quote-unclosed'
  | 'row-too-large'
  | 'xml-malformed'
  | 'xml-entities'
  | 'xml-too-deep'
  | 'xml-too-large'
  | 'file-too-large'
  | 'source-failed'
  | 'spool-failed'

export interface ImportErrorDetails {
  /** Where it happened, from 1. */
  readonly line?: number
  /** The column, element or option at fault. */
  readonly field?: string
  /** The header of a table that needs a mapping. */
  readonly columns?: readonly string[]
  /** What each column seems to mean, to be confirmed by a person. */
  readonly suggestion?: object
}

/**
 * The import ends here. What was taken before is no whole catalog: whoever collects the offers drops them.
 * A row that is refused is no error, it is an event.
 */
export class ImportError extends Error {
  override readonly name = 'ImportError'
  readonly code: ImportErrorCode
  readonly details: ImportErrorDetails
  constructor(
    code: ImportErrorCode,
    message: string,
    details: ImportErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options)
    this.code = code
    this.details = details
  }
}
