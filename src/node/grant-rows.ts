import type { MerchantId } from '../core/identity/merchant-id.ts'
import { type Grant, grantSchema } from '../core/partner/grant.ts'
import type { Database, Table } from '../store/database.ts'
import type { Staged } from './staged.ts'

/**
 * The newest grant of each pair and assortment: rows `grant/<from>/<to>/<assortment id>`. All in memory, since
 * everything that sends bytes asks for them.
 */
export class GrantRows {
  readonly #table: Table<Grant>
  readonly #cache = new Map<string, Grant>()

  private constructor(table: Table<Grant>) {
    this.#table = table
  }

  static async load(database: Database): Promise<GrantRows> {
    const rows = new GrantRows(database.table('grant', grantSchema))
    for await (const [key, grant] of rows.#table.entries()) rows.#cache.set(key, grant)
    return rows
  }

  /** @param assortment the repo, `assortment/<id>` */
  get(from: MerchantId, to: MerchantId, assortment: string): Grant | undefined {
    return this.#cache.get(keyOf({ from, to, assortment }))
  }

  /** Grants by one merchant, revoked ones too. */
  by(from: MerchantId): Grant[] {
    return [...this.#cache.values()].filter((grant) => grant.from === from)
  }

  to(to: MerchantId): Grant[] {
    return [...this.#cache.values()].filter((grant) => grant.to === to)
  }

  /** From now on in memory; durable once the staged writes are. */
  stage(grant: Grant): Staged {
    const key = keyOf(grant)
    const before = this.#cache.get(key)
    this.#cache.set(key, grant)
    return {
      writes: [this.#table.write(key, grant)],
      undo: () => {
        if (before === undefined) this.#cache.delete(key)
        else this.#cache.set(key, before)
      },
    }
  }
}

function keyOf({ from, to, assortment }: Pick<Grant, 'from' | 'to' | 'assortment'>): string {
  return `${from}/${to}/${assortment.slice('assortment/'.length)}`
}
