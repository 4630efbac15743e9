import type { Assumptions, CatalogFormat } from '../import-event.ts'
import type { Intake } from '../intake.ts'
import type { RecordNames, XmlRecord } from './records.ts'

/** How the records of one kind of XML file are read. Holds state from record to record; used once. */
export interface XmlFormat {
  readonly format: CatalogFormat
  readonly names: RecordNames
  readonly assumed?: Assumptions
  /** `update`: what is not in the file stays as it is. Known after the survey, else `full`. */
  readonly mode?: 'full' | 'update'
  /** The language of texts without one, as far as the record says it. */
  languageIn?(record: XmlRecord): string | undefined
  /** As for tables: there if records speak of records elsewhere. */
  survey?(record: XmlRecord): void
  /** Makes exactly one of offers, update, remove, ignore and refuse of each record that is a row. */
  record(record: XmlRecord, intake: Intake): void
  close?(): void
}
