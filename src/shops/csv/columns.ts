import { ImportError } from '../import-error.ts'
import { columnsMax } from './rows.ts'

/** A column name as it is compared: lower case, single spaces. */
export function columnKey(name: string): string {
  return name.normalize('NFC').replace(/\s+/g, ' ').trim().toLowerCase()
}

/** The header of a table: where a column is. */
export class Columns {
  readonly names: readonly string[]
  readonly #index = new Map<string, number>()

  /** @throws {ImportError} `columns-too-many` */
  constructor(header: readonly string[]) {
    if (header.length > columnsMax)
      throw new ImportError('columns-too-many', `The header has more than ${columnsMax} columns.`, {
        line: 1,
      })
    this.names = header.map((name) => name.trim())
    this.names.forEach((name, index) => {
      const key = columnKey(name)
      // Of two columns of one name the first counts, as in the shops.
      if (key !== '' && !this.#index.has(key)) this.#index.set(key, index)
    })
  }

  has(...names: readonly string[]): boolean {
    return names.some((name) => this.#index.has(columnKey(name)))
  }

  /** The first column of one of these names; −1 if there is none. */
  find(...names: readonly string[]): number {
    for (const name of names) {
      const index = this.#index.get(columnKey(name))
      if (index !== undefined) return index
    }
    return -1
  }

  /** @throws {ImportError} `column-missing`, naming the first of the names */
  need(...names: readonly string[]): number {
    const index = this.find(...names)
    if (index === -1)
      throw new ImportError('column-missing', `The column "${names[0]}" is missing.`, {
        line: 1,
        field: names[0] as string,
        columns: this.names.slice(0, 200),
      })
    return index
  }

  /** All columns whose name matches, with the match. */
  matching(pattern: RegExp): { index: number; match: RegExpExecArray }[] {
    return this.names.flatMap((name, index) => {
      const match = pattern.exec(columnKey(name))
      return match === null ? [] : [{ index, match }]
    })
  }
}
