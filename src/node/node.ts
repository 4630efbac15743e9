import { warmUpAdmission } from '../core/admission/warm-up.ts'
import type { MerchantId } from '../core/identity/merchant-id.ts'
import {
  parseRecoveryWords,
  type RecoveryWords,
  RecoveryWordsError,
} from '../core/identity/recovery-words.ts'
import type { RepoHead } from '../core/identity/repo-head.ts'
import { nodePrimitives } from '../store/primitives.ts'
import { type BackupItem, writeBackup } from './backup-file.ts'
import { type CheckStep, checkLocal } from './check.ts'
import { type Clock, every, systemClock } from './clock.ts'
import type { NodeConfig } from './config.ts'
import { dataFolder } from './data-folder.ts'
import { closeLocal, type Local, openLocal } from './local.ts'
import { NodeError } from './node-error.ts'
import { Online } from './online.ts'
import { assortmentView, partnerView, statusView } from './tell.ts'
import type { AssortmentView, PartnerView, ProductView, StatusView } from './views.ts'

export interface NodeOptions {
  /** Asked for only if the keys have one. */
  readonly passphrase?: () => Promise<string>
  readonly clock?: Clock
}

export interface RotationRequest {
  readonly words: string
  readonly newWords?: string | undefined
  readonly reason: 'scheduled' | 'retired' | 'compromised'
  readonly lastGood?: readonly RepoHead[] | undefined
  readonly repairs?: readonly RepoHead[] | undefined
}

/** Addresses, leases, keys, and the sign of life in `trust` are looked after this often. */
const careMs = 60_000
const warmUpPauseMs = 5

/** One merchant's node, running. */
export class MosaicNode {
  readonly #local: Local
  readonly #config: NodeConfig
  #online: Online
  readonly #care: { stop(): Promise<void> }
  readonly startedAt: number

  private constructor(local: Local, online: Online, config: NodeConfig) {
    this.#config = config
    this.#local = local
    this.#online = online
    this.startedAt = local.clock.nowSeconds()
    this.#care = every(
      careMs,
      () => this.#tend(),
      (error) => this.#warn('care-failed', error),
    )
  }

  /**
   * Opens the data folder and goes online.
   * @throws {NodeError} `not-initialised` @throws {StoreError} `in-use` and others @throws {KeystoreError}
   */
  static async start(config: NodeConfig, options: NodeOptions = {}): Promise<MosaicNode> {
    const { clock = systemClock, passphrase = noPassphrase } = options
    const local = await openLocal(dataFolder(config.dataFolder), clock, passphrase)
    try {
      await local.restoring.start()
      await local.ingest.start()
      const online = await Online.open(local, config)
      await local.imports.sources.start()
      return new MosaicNode(local, online, config)
    } catch (error) {
      await closeLocal(local)
      throw error
    }
  }

  /** Closes connections, then files. A commit under way is finished first. */
  async stop(): Promise<void> {
    await this.#care.stop()
    await this.#online.stop()
    await closeLocal(this.#local)
  }

  get folder() {
    return this.#local.folder
  }

  get events() {
    return this.#local.events
  }

  get identity() {
    return this.#local.identity
  }

  get merchants() {
    return this.#local.merchants
  }

  get partners() {
    return this.#local.partners
  }

  get grants() {
    return this.#local.grants
  }

  get invitations() {
    return this.#local.invitations
  }

  get imports() {
    return this.#local.imports
  }

  get assortments() {
    return this.#local.assortments
  }

  get market() {
    return this.#local.market
  }

  get repos() {
    return this.#local.repos
  }

  get restoring() {
    return this.#local.restoring
  }

  async status(): Promise<StatusView> {
    return await statusView(this.#local, this.#online, this.startedAt)
  }

  /** @throws {NodeError} what {@link Joining.join} throws */
  async *join(
    code: string,
    waitSeconds: number,
  ): AsyncGenerator<{ progress: unknown } | { result: PartnerView }> {
    for await (const step of this.#online.joining.join(code, waitSeconds))
      yield 'joined' in step ? { result: await this.#joined(step.joined) } : step
  }

  /** The inviter's name comes with its `trust` repo, moments after the claim. */
  async #joined(merchant: MerchantId): Promise<PartnerView> {
    this.#online.want(merchant)
    for (let tries = 0; tries < 20 && this.merchants.get(merchant)?.name === undefined; tries++)
      await new Promise((resolve) => setTimeout(resolve, 25))
    return await this.partnerView(merchant)
  }

  async partnerView(merchant: MerchantId): Promise<PartnerView> {
    return await partnerView(this.#local, this.#online, merchant)
  }

  /** @throws {NodeError} `assortment-unknown` */
  async assortmentView(id: string): Promise<AssortmentView> {
    return await assortmentView(this.#local, id)
  }

  /** This node's merchant for `me`, else a partner. @throws {NodeError} `partner-unknown`, `partner-ambiguous` */
  merchantOf(text: string): MerchantId {
    const { merchant } = this.identity
    return text === 'me' || text === merchant ? merchant : this.partners.find(text)
  }

  /** The merchant's own products, by SKU. @param query `text`: in title, SKU or GTIN */
  async products(query: {
    readonly text?: string | undefined
    readonly limit: number
    readonly after?: string | undefined
  }): Promise<{ products: ProductView[]; total: number; next?: string }> {
    const { catalog } = this.#local
    const wanted = query.text?.toLocaleLowerCase()
    const products: ProductView[] = []
    for await (const [sku, text] of catalog.entries(query.after)) {
      if (wanted !== undefined && !text.toLocaleLowerCase().includes(wanted)) continue
      if (products.length === query.limit) {
        const next = products.at(-1)?.offer.sku ?? sku
        return { products, total: catalog.count, next }
      }
      products.push({ offer: JSON.parse(text) })
    }
    return { products, total: catalog.count }
  }

  /** @throws {NodeError} `product-unknown` */
  product(sku: string): ProductView {
    const offer = this.#local.catalog.get(sku)
    if (offer !== undefined) return { offer }
    throw new NodeError('product-unknown', `There is no product "${sku}" in your catalog.`, {
      field: 'sku',
      params: { sku },
    })
  }

  /**
   * A new signing key. Partners follow by themselves: those connected at once, the others with their next hello.
   * @throws {NodeError} `words-wrong` @throws {KeystoreError}
   */
  async rotate(request: RotationRequest): Promise<void> {
    const words = wordsOf(request.words)
    const newWords = request.newWords === undefined ? undefined : wordsOf(request.newWords)
    const repairs = request.repairs === undefined ? {} : { repairs: request.repairs }
    const { reason } = request
    const cause =
      reason === 'compromised'
        ? { reason, lastGood: request.lastGood ?? (await this.repos.heads()), ...repairs }
        : { reason, ...repairs }
    await this.identity.rotate({ words, ...(newWords !== undefined && { newWords }), cause })
    const { merchant, name, keyLog } = this.identity
    this.events.emit({ type: 'identity-rotated', merchant, name, seq: keyLog.current.seq })
    // After a theft the node key is new as well: the node comes back as another peer.
    if (reason === 'compromised') await this.#reopen()
    else await this.#online.renew()
    // What partners hold was signed with the old key: it is said again with the new one.
    await this.partners.renew()
    await this.grants.renew()
    await this.#commitTrust()
    if (reason === 'compromised' || request.repairs !== undefined) await this.#commitAnew()
  }

  /** Followers that were led astray need a commit of the new key to come back: they do not wait for the next change. */
  async #commitAnew(): Promise<void> {
    for (const { repo } of await this.repos.heads())
      await this.#local.publish.commit(repo, new Map(), { force: true })
  }

  async #reopen(): Promise<void> {
    await this.#online.stop()
    this.#online = await Online.open(this.#local, this.#config)
  }

  /** All that the node holds, consistent although it goes on. */
  backup(): AsyncIterable<Uint8Array> {
    const { merchant, name } = this.identity
    const head = {
      type: 'mosaic/backup',
      v: 1,
      merchant,
      name,
      createdAt: this.#local.clock.nowSeconds(),
    } as const
    return writeBackup(head, backupItems(this.#local))
  }

  check(): AsyncGenerator<CheckStep> {
    return checkLocal(this.#local)
  }

  /** Lets the engine compile what the first sync runs through: some 150 ms of work, in steps beside all else. */
  async warmUp(): Promise<void> {
    for (const _ of warmUpAdmission(nodePrimitives))
      await new Promise((resolve) => setTimeout(resolve, warmUpPauseMs))
  }

  async #tend(): Promise<void> {
    const { restoring, invitations, grants } = this.#local
    if (await this.identity.tendSealingKeys()) await this.#online.renew()
    await invitations.forgetOld()
    if (restoring.problem() !== undefined || this.identity.problem() !== undefined) return
    await this.#commitTrust()
    await grants.renew()
    if (this.#local.catalog.isDirty) await this.assortments.refresh()
    if (this.identity.bindingIsDue) await this.#online.renew()
    await this.#online.publishLocation()
    await this.#online.withdrawTopics()
  }

  async #commitTrust(): Promise<void> {
    await this.#local.profile.renew(this.#online.addresses(), this.#local.clock.nowSeconds())
  }

  #warn(code: string, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error)
    this.events.emit({ type: 'warning', code, message })
  }
}

/** The rows of the store as they are in one moment, and the keys. */
async function* backupItems({ database, keystore }: Local): AsyncGenerator<BackupItem> {
  const { readKeystoreFile } = await import('../store/keystore-file.ts')
  // The iterator sees the rows as of its first step; nothing is written between that and the keys.
  const rows = database.entries()[Symbol.asyncIterator]()
  const first = rows.next()
  yield ['keys', Buffer.from(await readKeystoreFile(keystore.folder))]
  for (let next = await first; next.done !== true; next = await rows.next()) {
    const [key, value] = next.value
    yield [`row/${key}`, value]
  }
}

function wordsOf(typed: string): RecoveryWords {
  const words = parseRecoveryWords(typed)
  if (!(words instanceof RecoveryWordsError)) return words
  throw new NodeError('words-wrong', words.message, { field: 'words' })
}

async function noPassphrase(): Promise<string> {
  throw new NodeError('passphrase-needed', 'The keys are protected by a passphrase: give it.', {
    field: '--passphrase-file',
  })
}
