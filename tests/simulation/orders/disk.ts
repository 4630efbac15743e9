/** The power went, or the process was killed. Whoever runs a node catches it. */
export class Crash extends Error {
  override readonly name = 'Crash'
}

/** The port through which a node keeps things: rows of text, written in batches that are whole or not at all. */
export class Disk {
  readonly rows = new Map<string, string>()
  writes = 0
  /** The next write is the last one before a crash: it happens, or it does not. */
  crash: 'before' | 'after' | undefined

  write(changes: ReadonlyMap<string, string | undefined>): void {
    const { crash } = this
    this.crash = undefined
    if (crash === 'before') throw new Crash()
    this.writes++
    for (const [key, text] of changes) {
      if (text === undefined) this.rows.delete(key)
      else this.rows.set(key, text)
    }
    if (crash === 'after') throw new Crash()
  }

  *entries(prefix: string): Iterable<readonly [key: string, text: string]> {
    for (const [key, text] of this.rows) if (key.startsWith(prefix)) yield [key.slice(prefix.length), text]
  }

  backup(): ReadonlyMap<string, string> {
    return new Map(this.rows)
  }

  restore(rows: ReadonlyMap<string, string>): void {
    this.rows.clear()
    for (const [key, text] of rows) this.rows.set(key, text)
  }
}
