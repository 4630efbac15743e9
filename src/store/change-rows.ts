import { type Change, readChanges } from '../core/record/apply.ts'
import type { AdmitValue } from '../core/record/page.ts'
import type { Primitives } from '../core/signature/primitives.ts'
import type { Delta, Packed } from '../core/sync/ports.ts'
import { type Database, endOf, StoreError, type Write } from './database.ts'
import { decodeChange, encodeChange, type RepoKeys } from './repo-rows.ts'

interface ChangeRow {
  readonly from: number
  readonly to: number
  readonly bytes: number
}

/** Trusts what was checked before it was stored. */
export const admitStored: AdmitValue = (text, _keyFrom, _keyTo, valueFrom) => text.indexOf(10, valueFrom)

/** What changed from rev to rev, in rows that follow each other; the last leads to the head. */
export class ChangeRows {
  readonly #primitives: Primitives
  readonly #database: Database
  readonly #keys: RepoKeys
  #rows: readonly ChangeRow[] = []

  constructor(primitives: Primitives, database: Database, keys: RepoKeys) {
    this.#primitives = primitives
    this.#database = database
    this.#keys = keys
  }

  /** Reads which rows there are. @returns the last change of each key after `rev` */
  async load(rev: number): Promise<ReadonlyMap<string, Change>> {
    const rows: ChangeRow[] = []
    const latest = new Map<string, Change>()
    const { changes } = this.#keys
    for await (const [key, row] of this.#database.entries({ gte: changes, lt: endOf(changes) })) {
      const { from, ...packed } = decodeChange(row)
      const to = Number(key.slice(changes.length))
      rows.push({ from, to, bytes: row.length })
      if (to > rev) for (const change of this.#read(packed)) latest.set(change.key, change)
    }
    this.#rows = rows
    return latest
  }

  write(from: number, to: number, packed: Packed): { readonly write: Write; readonly row: ChangeRow } {
    const value = encodeChange(from, packed)
    return { write: { key: this.#keys.change(to), value }, row: { from, to, bytes: value.length } }
  }

  /** The row is written. */
  add(row: ChangeRow): void {
    this.#rows = [...this.#rows, row]
  }

  /**
   * All changes after `rev`.
   * @returns the row itself if one leads from there to the head; else the keys; `undefined` if they are not known
   */
  since(rev: number): { readonly row: Delta } | { readonly keys: ReadonlySet<string> } | undefined {
    const at = this.#rows.findIndex(({ from }) => from === rev)
    if (at < 0) return undefined
    const rows = this.#rows.slice(at).map(({ to }) => this.#rowAt(to))
    const [only] = rows
    if (only !== undefined && rows.length === 1) return { row: only }
    return { keys: new Set(rows.flatMap((row) => this.#read(row).map(({ key }) => key))) }
  }

  /** Keeps the newest rows up to so many bytes, and all after `rev`. @returns writes that delete the others, and what to do when they are done */
  trim(bytesMax: number, rev: number): { readonly writes: Write[]; readonly done: () => void } {
    let room = bytesMax
    const kept: ChangeRow[] = []
    for (const row of this.#rows.toReversed()) {
      room -= row.bytes
      if (room < 0 && row.to <= rev) break
      kept.unshift(row)
    }
    const gone = this.#rows.slice(0, this.#rows.length - kept.length)
    return {
      writes: gone.map(({ to }) => ({ key: this.#keys.change(to), value: undefined })),
      done: () => {
        this.#rows = kept
      },
    }
  }

  #rowAt(to: number): Delta {
    const row = this.#database.get(this.#keys.change(to))
    if (row === undefined)
      throw new StoreError(
        'damaged',
        `The row ${this.#keys.change(to)} is missing. Run "mosaic check", or restore a backup.`,
      )
    return decodeChange(row)
  }

  #read(packed: Packed): Change[] {
    return readChanges(
      this.#primitives,
      this.#primitives.zstdDecompress(packed.bytes, packed.rawBytes),
      admitStored,
    )
  }
}
