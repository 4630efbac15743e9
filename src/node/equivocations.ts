import { z } from 'zod'
import type { MerchantId } from '../core/identity/merchant-id.ts'
import { commitBytesMax } from '../core/record/commit.ts'
import { type Equivocation, linksMax } from '../core/record/history.ts'
import type { Database, Table } from '../store/database.ts'

const chain = z
  .array(z.string().max(commitBytesMax))
  .min(1)
  .max(linksMax + 1)
const equivocationRow = z.strictObject({ rev: z.int().min(1), chains: z.tuple([chain, chain]) })

/** Proofs that a merchant signed two commits of one rev: rows `equivocation/<merchant>/<repo>`. Kept for good. */
export class Equivocations {
  readonly #table: Table<z.output<typeof equivocationRow>>

  constructor(database: Database) {
    this.#table = database.table('equivocation', equivocationRow)
  }

  get(merchant: MerchantId, repo: string): Equivocation | undefined {
    return this.#table.get(`${merchant}/${repo}`)
  }

  /** All that are kept. */
  async *all(): AsyncIterable<{ readonly merchant: MerchantId; readonly repo: string }> {
    for await (const [key] of this.#table.entries()) {
      const at = key.indexOf('/')
      yield { merchant: key.slice(0, at) as MerchantId, repo: key.slice(at + 1) }
    }
  }

  /** The first proof stands. @returns whether it is the first */
  async keep(merchant: MerchantId, repo: string, { rev, chains }: Equivocation): Promise<boolean> {
    const key = `${merchant}/${repo}`
    if (this.#table.get(key) !== undefined) return false
    const [one, other] = chains
    await this.#table.put(key, { rev, chains: [[...one], [...other]] }, { sync: true })
    return true
  }
}
