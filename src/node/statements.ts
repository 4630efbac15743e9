import type { MerchantId } from '../core/identity/merchant-id.ts'
import { canonicalText, type JsonObject } from '../core/signature/canonical.ts'
import type { Database } from '../store/database.ts'
import type { NodeOutbox } from './outbox.ts'
import { commitStaged, type Staged } from './staged.ts'

/** Puts own statements on the disk together with what they change, then on their way. */
export class Statements {
  readonly #database: Database
  readonly #outbox: NodeOutbox
  #wake: (to: MerchantId) => void = () => {}

  constructor(database: Database, outbox: NodeOutbox) {
    this.#database = database
    this.#outbox = outbox
  }

  /** What sends is told of each new message. */
  onNew(wake: (to: MerchantId) => void): void {
    this.#wake = wake
  }

  /**
   * One transaction, synced: a power cut afterwards loses neither the statement nor what it changed.
   * @param staged what the statement changes
   */
  async send(
    to: MerchantId,
    statement: object,
    staged: readonly Staged[],
    options: { readonly notAfter?: number } = {},
  ): Promise<void> {
    const text = canonicalText(statement as JsonObject)
    const { writes, placed } = this.#outbox.add(to, text, options.notAfter)
    await commitStaged(this.#database, staged, writes)
    placed()
    this.#wake(to)
  }

  /** Puts a change on the disk that nobody has to be told of. */
  async keep(staged: readonly Staged[]): Promise<void> {
    await commitStaged(this.#database, staged)
  }
}
