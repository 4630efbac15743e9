import type { Assumptions, CatalogFormat } from '../import-event.ts'
import type { Intake } from '../intake.ts'
import type { Row } from './rows.ts'

/** How the rows of one system's table are read. Holds state from row to row; used once. */
export interface TableFormat {
  readonly format: CatalogFormat
  /** The language that the header is in, if it says one. */
  readonly language?: string
  /** Beyond what the options say. */
  readonly assumed?: Assumptions
  /**
   * There if rows speak of rows elsewhere in the file: called for every row first, before {@link row} is for any.
   * Keeps what it needs out of memory.
   */
  survey?(row: Row): void
  /** Makes exactly one of offers, ignore and refuse of each row; not necessarily in this call. */
  row(row: Row, intake: Intake): void
  /** After the last row. */
  end?(intake: Intake): void
  close?(): void
}
