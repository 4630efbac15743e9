import { type KeyLog, KeyLogError, verifyKeyLog } from '../core/identity/key-log.ts'
import type { MerchantId } from '../core/identity/merchant-id.ts'
import { readCommit } from '../core/record/commit.ts'
import { offerSchema } from '../core/trade/offer.ts'
import { openDatabase } from '../store/database.ts'
import { KeystoreError } from '../store/keystore-error.ts'
import { decodeKeystore, readKeystoreFile } from '../store/keystore-file.ts'
import { nodePrimitives } from '../store/primitives.ts'
import { RepoStore } from '../store/repo-store.ts'
import { Catalog } from './catalog.ts'
import { assertInitialised, dataFolder } from './data-folder.ts'
import type { Local } from './local.ts'
import { Merchants } from './merchants.ts'
import type { CheckView } from './views.ts'

export type CheckStep = { readonly progress: { readonly what: string } } | { readonly result: CheckView }

interface Checked {
  readonly store: RepoStore
  readonly merchants: Merchants
  readonly catalog: Catalog
  readonly ownLog: KeyLog | undefined
}

/** Of a running node. */
export async function* checkLocal(local: Local): AsyncGenerator<CheckStep> {
  const { store, merchants, catalog, identity } = local
  yield* check({ store, merchants, catalog, ownLog: identity.keyLog }, [])
}

/**
 * Of a data folder whose node is not running.
 * @throws {NodeError} `not-initialised` @throws {StoreError} `in-use`, `too-new`
 */
export async function checkDataFolder(
  path: string,
  onProgress: (progress: { readonly what: string }) => void,
): Promise<CheckView> {
  const folder = dataFolder(path)
  await assertInitialised(folder)
  const problems: CheckView['problems'][number][] = []
  const ownLog = await ownLogIn(path, problems)
  const database = await openDatabase(folder.store, { mustExist: true })
  try {
    const store = new RepoStore(database, nodePrimitives)
    const parts = {
      store,
      merchants: new Merchants(database, () => false),
      catalog: new Catalog(database),
      ownLog,
    }
    for await (const step of check(parts, problems)) {
      if ('result' in step) return step.result
      onProgress(step.progress)
    }
    throw new Error('a check ends with a result')
  } finally {
    await database.close()
  }
}

/** The key file is looked at as far as that goes without its passphrase. */
async function ownLogIn(
  path: string,
  problems: CheckView['problems'][number][],
): Promise<KeyLog | undefined> {
  try {
    const text = await readKeystoreFile(path)
    const events = await decodeKeystore(text, undefined)
      .then((content) => content.events)
      .catch((error: unknown) => {
        if (error instanceof KeystoreError && error.code === 'passphrase-needed')
          return (JSON.parse(text) as { events: string[] }).events
        throw error
      })
    const log = verifyKeyLog(nodePrimitives, events)
    if (log instanceof KeyLogError) throw log
    return log
  } catch (error) {
    problems.push({ where: 'keys', message: messageOf(error) })
    return undefined
  }
}

async function* check(
  { store, merchants, catalog, ownLog }: Checked,
  found: readonly CheckView['problems'][number][],
): AsyncGenerator<CheckStep> {
  const problems = [...found]
  const counts = { repos: 0, records: 0 }
  const logOf = (merchant: MerchantId): KeyLog | undefined =>
    merchant === ownLog?.merchant ? ownLog : merchants.keyLogOf(merchant)
  const repos: { merchant: MerchantId; repo: string }[] = []
  for await (const { merchant, repo } of store.repos()) repos.push({ merchant, repo })
  for (const { merchant, repo: name } of repos) {
    const where = `${merchant} ${name}`
    yield { progress: { what: where } }
    try {
      const repo = await store.repo(merchant, name)
      for (const message of await repo.check()) problems.push({ where, message })
      const log = logOf(merchant)
      if (log === undefined) problems.push({ where, message: 'the key log of its merchant is missing' })
      else if (repo.head !== undefined) readCommit(nodePrimitives, repo.head.text, log)
      counts.repos++
      counts.records += repo.count
    } catch (error) {
      problems.push({ where, message: messageOf(error) })
    }
  }
  yield { progress: { what: 'catalog' } }
  for await (const [sku, text] of catalog.entries()) {
    const offer = offerSchema.safeParse(jsonOf(text))
    if (!offer.success || offer.data.sku !== sku)
      problems.push({ where: `catalog ${sku}`, message: offer.error?.issues[0]?.message ?? 'another SKU' })
  }
  yield { result: { ok: problems.length === 0, ...counts, problems } }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
