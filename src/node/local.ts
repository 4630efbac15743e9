import { join } from 'node:path'
import type { MerchantId } from '../core/identity/merchant-id.ts'
import type { Prospects } from '../network/rendezvous.ts'
import { type Database, openDatabase } from '../store/database.ts'
import { type Keystore, openKeystore } from '../store/keystore.ts'
import { KeystoreError } from '../store/keystore-error.ts'
import { type MarketView, openMarketView } from '../store/market-view.ts'
import { nodePrimitives } from '../store/primitives.ts'
import { RepoStore } from '../store/repo-store.ts'
import { Assortments } from './assortments.ts'
import { Catalog } from './catalog.ts'
import { CatalogImport } from './catalog-import.ts'
import type { Clock } from './clock.ts'
import { assertInitialised, createFolders, type DataFolder } from './data-folder.ts'
import { Equivocations } from './equivocations.ts'
import { NodeEvents } from './events.ts'
import { GrantRows } from './grant-rows.ts'
import { Grants } from './grants.ts'
import { Identity } from './identity.ts'
import { Ingest } from './ingest.ts'
import { Invitations } from './invitations.ts'
import { Market } from './market.ts'
import { Merchants } from './merchants.ts'
import { NodeOutbox } from './outbox.ts'
import { Partners } from './partners.ts'
import { OwnProfile } from './profile.ts'
import { Publish } from './publish.ts'
import { RecentWarnings } from './recent-warnings.ts'
import { Relations } from './relations.ts'
import { Repos } from './repos.ts'
import { Restoring } from './restoring.ts'
import { Settings } from './settings.ts'
import type { Staged } from './staged.ts'
import { Statements } from './statements.ts'
import type { PartnerState } from './views.ts'

/** What the network part has to do when something changes here. Without a network: nothing. */
export interface Hooks {
  /** What a partner may read has changed. */
  onGiven(partner: MerchantId): void
  /** What I may read of a partner's has changed. */
  onReceived(partner: MerchantId, assortment: string): void
  onState(partner: MerchantId, state: PartnerState, by: 'me' | 'them'): void
  onDecided(): void
  /** A phone code was made: who has it must be able to find this node. */
  announce(topic: string): Promise<Prospects>
  onMessage(to: MerchantId): void
  addresses(): readonly string[]
}

/** All of a node but the network: what is on its disk, and the jobs that work on it. */
export interface Local {
  readonly folder: DataFolder
  readonly clock: Clock
  readonly hooks: Hooks
  readonly events: NodeEvents
  readonly keystore: Keystore
  readonly database: Database
  readonly store: RepoStore
  readonly view: MarketView
  readonly identity: Identity
  readonly settings: Settings
  readonly merchants: Merchants
  readonly relations: Relations
  readonly equivocations: Equivocations
  readonly outbox: NodeOutbox
  /** Puts changes on the disk that came from outside: a pairing. */
  keepStaged(staged: readonly Staged[]): Promise<void>
  readonly publish: Publish
  readonly profile: OwnProfile
  readonly partners: Partners
  readonly grants: Grants
  readonly invitations: Invitations
  readonly catalog: Catalog
  readonly assortments: Assortments
  readonly imports: CatalogImport
  readonly ingest: Ingest
  readonly market: Market
  readonly repos: Repos
  readonly restoring: Restoring
  readonly warnings: RecentWarnings
}

/**
 * Opens a data folder.
 * @param passphrase asked for only if the keys have one
 * @throws {NodeError} `not-initialised` @throws {StoreError} `in-use`, `damaged`, `too-new`
 * @throws {KeystoreError} `passphrase-wrong`, `mode-too-open`, `damaged`
 */
export async function openLocal(
  folder: DataFolder,
  clock: Clock,
  passphrase: () => Promise<string>,
): Promise<Local> {
  await assertInitialised(folder)
  const keystore = await unlock(folder, passphrase)
  const database = await openDatabase(folder.store, { mustExist: true })
  try {
    await createFolders(folder)
    return await compose(folder, clock, keystore, database)
  } catch (error) {
    await database.close()
    throw error
  }
}

async function unlock(folder: DataFolder, passphrase: () => Promise<string>): Promise<Keystore> {
  try {
    return await openKeystore(folder.path)
  } catch (error) {
    if (!(error instanceof KeystoreError) || error.code !== 'passphrase-needed') throw error
    return await openKeystore(folder.path, { passphrase: await passphrase() })
  }
}

async function compose(
  folder: DataFolder,
  clock: Clock,
  keystore: Keystore,
  database: Database,
): Promise<Local> {
  const hooks = noHooks()
  const events = new NodeEvents()
  const store = new RepoStore(database, nodePrimitives)
  const view = openMarketView(join(folder.views, 'market.sqlite'))
  const identity = new Identity(keystore, clock)
  const self = identity.merchant
  const merchants = new Merchants(database, (merchant) => relations.viewOf(merchant).state !== 'none')
  const relations = await Relations.load(database, self)
  const outbox = await NodeOutbox.load(database)
  const statements = new Statements(database, outbox)
  statements.onNew((to) => hooks.onMessage(to))
  const publish = new Publish(store, identity, clock)
  const profile = new OwnProfile(publish, identity)
  identity.rename((await profile.profile())?.name ?? '')

  const shared = { identity, merchants, relations, statements, publish, clock }
  const partners = new Partners(shared, (merchant, state, by) => hooks.onState(merchant, state, by))
  const grants = new Grants({ ...shared, rows: await GrantRows.load(database) }, hooks)
  const invitations = await Invitations.load(
    { ...shared, database, addresses: () => hooks.addresses() },
    {
      onDecided: () => hooks.onDecided(),
      announce: (topic) => hooks.announce(topic),
      onPartner: (merchant) => hooks.onState(merchant, 'partner', 'me'),
    },
  )
  const catalog = new Catalog(database)
  await catalog.recover()
  const assortments = new Assortments(database, catalog, publish)
  const imports = new CatalogImport({ database, catalog, assortments, events, clock })
  const ingest = new Ingest(store, view, { merchants, events, self })
  const market = new Market(store, view, { ingest, merchants })
  const repos = new Repos(store, identity, merchants)
  const wanted = (): MerchantId[] => partners.wanted()
  const isPartner = (merchant: MerchantId): boolean => relations.isPartner(merchant)
  const restoring = new Restoring({
    ...{ database, store, identity, merchants, events, clock, isPartner },
    partners: wanted,
  })
  publish.closeWhile(() => restoring.problem())
  return {
    ...{ folder, clock, hooks, events, keystore, database, store, view, identity, merchants, relations },
    ...{ settings: new Settings(database), equivocations: new Equivocations(database), outbox, publish },
    ...{ profile, partners, grants, invitations, catalog, assortments, imports, ingest, market, repos },
    ...{
      restoring,
      warnings: new RecentWarnings(events, clock),
      keepStaged: (staged) => statements.keep(staged),
    },
  }
}

function noHooks(): Hooks {
  const nothing = (): void => undefined
  return {
    onGiven: nothing,
    onReceived: nothing,
    onState: nothing,
    onDecided: nothing,
    announce: async () => ({ lan: 'off', dht: 'off', canMeet: false }),
    onMessage: nothing,
    addresses: () => [],
  }
}

export async function closeLocal(local: Local): Promise<void> {
  await local.imports.stop()
  await local.ingest.stop()
  local.view.close()
  await local.database.close()
}
