import { z } from 'zod'
import type { Database, Table } from '../store/database.ts'

/** What the node remembers for itself between two runs: rows `setting/<name>`. */
const settings = {
  /** Ports that were chosen for listen addresses with port 0, so that remembered addresses hold. */
  ports: z.record(z.string(), z.int().min(1).max(65_535)),
} as const

type SettingName = keyof typeof settings
type Setting<N extends SettingName> = z.output<(typeof settings)[N]>

export class Settings {
  readonly #tables: { readonly [N in SettingName]: Table<Setting<N>> }

  constructor(database: Database) {
    this.#tables = { ports: database.table('setting', settings.ports) }
  }

  get<N extends SettingName>(name: N): Setting<N> | undefined {
    return this.#tables[name].get(name)
  }

  async put<N extends SettingName>(name: N, value: Setting<N>): Promise<void> {
    await this.#tables[name].put(name, value)
  }
}
