import { z } from 'zod'
import {
  type Duplicity,
  type KeyLog,
  KeyLogError,
  keyEventsMax,
  verifyKeyLog,
} from '../core/identity/key-log.ts'
import { type MerchantId, merchantIdSchema } from '../core/identity/merchant-id.ts'
import { type Database, StoreError, type Table } from '../store/database.ts'
import { nodePrimitives } from '../store/primitives.ts'

const addressesMax = 16

/** What this node remembers of another merchant, whatever the relation. */
const merchantRow = z.strictObject({
  merchant: merchantIdSchema,
  /** The texts of the key log as far as it was seen, oldest first. */
  keyLog: z.array(z.string()).min(1).max(keyEventsMax),
  /** Two events with one seq: the identity is frozen until a person decides. */
  duplicity: z.strictObject({ seq: z.int(), events: z.tuple([z.string(), z.string()]) }).optional(),
  /** Where its nodes said they can be dialled, newest first, each with `/p2p/…`. */
  addresses: z.array(z.string()).max(addressesMax).default([]),
  /** UTC seconds. */
  lastSeenAt: z.int().optional(),
  /** As it names itself. */
  name: z.string().optional(),
})
export type MerchantRow = z.output<typeof merchantRow>

/** The merchants that this node knows: key logs, names, addresses. Verified logs are kept in memory. */
export class Merchants {
  readonly #table: Table<MerchantRow>
  readonly #logs = new Map<MerchantId, KeyLog>()

  constructor(database: Database) {
    this.#table = database.table('merchant', merchantRow)
  }

  get(merchant: MerchantId): MerchantRow | undefined {
    return this.#table.get(merchant)
  }

  all(): AsyncIterable<readonly [string, MerchantRow]> {
    return this.#table.entries()
  }

  /** The name that the merchant gave itself; else the beginning of its id. */
  nameOf(merchant: MerchantId): string {
    return this.#table.get(merchant)?.name ?? `${merchant.slice(0, 12)}…`
  }

  /** The log as it was verified when it came. */
  keyLogOf(merchant: MerchantId): KeyLog | undefined {
    const known = this.#logs.get(merchant)
    if (known !== undefined) return known
    const texts = this.#table.get(merchant)?.keyLog
    if (texts === undefined) return undefined
    const log = verifyKeyLog(nodePrimitives, texts)
    if (log instanceof KeyLogError)
      throw new StoreError(
        'damaged',
        `The key log of ${merchant} in the store is damaged. Run "mosaic check".`,
      )
    this.#logs.set(merchant, log)
    return log
  }

  isFrozen(merchant: MerchantId): boolean {
    return this.#table.get(merchant)?.duplicity !== undefined
  }

  /** Durable when it resolves. A shorter log than the one held changes nothing. */
  async keepKeyLog(log: KeyLog): Promise<void> {
    const held = this.keyLogOf(log.merchant)
    if (held !== undefined && !log.extends(held)) return
    await this.#change(log.merchant, { keyLog: [...log.texts] })
    this.#logs.set(log.merchant, log)
  }

  async keepDuplicity({ merchant, seq, events }: Duplicity): Promise<void> {
    await this.#change(merchant, { duplicity: { seq, events: [...events] } })
  }

  /** What a session, a pairing or a `trust` repo said. Nothing hangs on it: it is not synced to the disk. */
  async remember(
    merchant: MerchantId,
    said: { readonly name?: string; readonly addresses?: readonly string[]; readonly lastSeenAt?: number },
  ): Promise<void> {
    const row = this.#table.get(merchant)
    if (row === undefined) return
    const { addresses, ...rest } = said
    const known = addresses === undefined ? row.addresses : [...new Set([...addresses, ...row.addresses])]
    await this.#table.put(merchant, { ...row, ...rest, addresses: known.slice(0, addressesMax) })
  }

  async #change(merchant: MerchantId, change: Partial<MerchantRow>): Promise<void> {
    const row = this.#table.get(merchant) ?? { merchant, keyLog: [], addresses: [] }
    await this.#table.put(merchant, { ...row, ...change }, { sync: true })
  }
}
