import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inceptKeyLog } from '../../src/core/identity/key-event-author.ts'
import type { KeyLog } from '../../src/core/identity/key-log.ts'
import { publicKeyToMultibase } from '../../src/core/signature/base.ts'
import { canonicalText } from '../../src/core/signature/canonical.ts'
import { digestOf } from '../../src/core/signature/digest.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { nodePrimitives as primitives } from '../../src/store/primitives.ts'
import type { Repo } from '../../src/store/repo.ts'
import { RepoStore } from '../../src/store/repo-store.ts'

/** A merchant with a store of its own in a temporary folder. */
export interface TestMerchant {
  readonly directory: string
  readonly keyLog: KeyLog
  readonly seed: Uint8Array
  database: Database
  store: RepoStore
  commit(
    repo: Repo,
    changes: ReadonlyMap<string, string | undefined>,
    time?: number,
  ): ReturnType<Repo['commit']>
  /** Closes and opens the store, as a restart does. */
  reopen(): Promise<void>
  close(): Promise<void>
}

export function keyLogOf(name: string): { keyLog: KeyLog; seed: Uint8Array } {
  const key = (part: string) => primitives.sha256(`${name} ${part}`)
  const seed = key('signing')
  const keyLog = inceptKeyLog(primitives, {
    key: publicKeyToMultibase(primitives.ed25519PublicKey(seed)),
    eventSeed: key('event'),
    next: digestOf(primitives, primitives.ed25519PublicKey(key('next'))),
    time: 1_767_225_600,
  })
  return { keyLog, seed }
}

export async function testMerchant(name: string): Promise<TestMerchant> {
  const directory = mkdtempSync(join(tmpdir(), `mosaic-${name}-`))
  const { keyLog, seed } = keyLogOf(name)
  const merchant: TestMerchant = {
    directory,
    keyLog,
    seed,
    database: undefined as unknown as Database,
    store: undefined as unknown as RepoStore,
    commit: (repo, changes, time = 1_767_225_600) =>
      repo.commit(changes, { signer: { seed }, keyEvent: keyLog.head.digest, time }),
    async reopen() {
      await merchant.database?.close()
      merchant.database = await openDatabase(directory)
      merchant.store = new RepoStore(merchant.database, primitives)
    },
    async close() {
      await merchant.database.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
  await merchant.reopen()
  return merchant
}

/** The text of an offer under its key. */
export function offerEntry(n: number, stock = 5): [string, string] {
  const sku = `SKU-${String(n).padStart(6, '0')}`
  return [
    `offer/${sku}`,
    canonicalText({
      sku,
      title: { de: `Ware Nr. ${n}` },
      price: { minor: 1000 + n, currency: 'EUR' },
      stock,
    }),
  ]
}
