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
import { Strangers } from './strangers.ts'

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

/**
 * The merchants that this node knows: key logs, names, addresses. Verified logs are kept in memory. Whoever only said
 * hello leaves nothing on the disk: see {@link keep}.
 */
export class Merchants {
  readonly #table: Table<MerchantRow>
  readonly #logs = new Map<MerchantId, KeyLog>()
  readonly #strangers = new Strangers()
  readonly #isKnown: (merchant: MerchantId) => boolean

  /** @param isKnown whether there is or was a relation to the merchant */
  constructor(database: Database, isKnown: (merchant: MerchantId) => boolean) {
    this.#table = database.table('merchant', merchantRow)
    this.#isKnown = isKnown
  }

  get(merchant: MerchantId): MerchantRow | undefined {
    return this.#table.get(merchant) ?? this.#strangers.get(merchant)?.row
  }

  /** Those that are kept. */
  all(): AsyncIterable<readonly [string, MerchantRow]> {
    return this.#table.entries()
  }

  /** The name that the merchant gave itself; else the beginning of its id. */
  nameOf(merchant: MerchantId): string {
    return this.get(merchant)?.name ?? `${merchant.slice(0, 12)}…`
  }

  /** The log as it was verified when it came. */
  keyLogOf(merchant: MerchantId): KeyLog | undefined {
    const known = this.#logs.get(merchant) ?? this.#strangers.get(merchant)?.log
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
    return this.get(merchant)?.duplicity !== undefined
  }

  /** Durable when it resolves, unless it is a stranger's. A shorter log than the one held changes nothing. */
  async keepKeyLog(log: KeyLog): Promise<void> {
    const { merchant } = log
    const held = this.keyLogOf(merchant)
    if (held !== undefined && !log.extends(held)) return
    const row = this.get(merchant) ?? { merchant, keyLog: [], addresses: [] }
    await this.#put({ ...row, keyLog: [...log.texts] }, log, { sync: true })
  }

  /** Of a merchant whose key log is held. Durable when it resolves, unless it is a stranger's. */
  async keepDuplicity({ merchant, seq, events }: Duplicity): Promise<void> {
    const [row, log] = [this.get(merchant), this.keyLogOf(merchant)]
    if (row === undefined || log === undefined) return
    await this.#put({ ...row, duplicity: { seq, events: [...events] } }, log, { sync: true })
  }

  /** From now on what is known of the merchant is on the disk: it is to be a partner, or is followed. */
  async keep(merchant: MerchantId): Promise<void> {
    const stranger = this.#strangers.get(merchant)
    if (stranger !== undefined) await this.#write(stranger.row, stranger.log, { sync: true })
  }

  /** What a session, a pairing or a `trust` repo said. Nothing hangs on it: it is not synced to the disk. */
  async remember(
    merchant: MerchantId,
    said: { readonly name?: string; readonly addresses?: readonly string[]; readonly lastSeenAt?: number },
  ): Promise<void> {
    const [row, log] = [this.get(merchant), this.keyLogOf(merchant)]
    if (row === undefined || log === undefined) return
    const { addresses, ...rest } = said
    const known = addresses === undefined ? row.addresses : [...new Set([...addresses, ...row.addresses])]
    await this.#put({ ...row, ...rest, addresses: known.slice(0, addressesMax) }, log, { sync: false })
  }

  async #put(row: MerchantRow, log: KeyLog, options: { readonly sync: boolean }): Promise<void> {
    const isKept = this.#table.get(row.merchant) !== undefined || this.#isKnown(row.merchant)
    if (isKept) await this.#write(row, log, options)
    else this.#strangers.set(row, log)
  }

  async #write(row: MerchantRow, log: KeyLog, options: { readonly sync: boolean }): Promise<void> {
    await this.#table.put(row.merchant, row, options)
    this.#logs.set(row.merchant, log)
    this.#strangers.delete(row.merchant)
  }
}
