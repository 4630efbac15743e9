import { setImmediate as turn } from 'node:timers/promises'
import type { z } from 'zod'
import { grantTermsSchema } from '../core/partner/grant.ts'
import { canonicalText, type JsonObject } from '../core/signature/canonical.ts'
import { type CompiledAssortment, compileAssortment, offerFor } from '../core/trade/assortment.ts'
import { AssortmentPreview, type Preview } from '../core/trade/assortment-preview.ts'
import { type Assortment, assortmentSchema } from '../core/trade/assortment-schema.ts'
import { type Offer, offerBytesMax, offerKey } from '../core/trade/offer.ts'
import type { Database, Table } from '../store/database.ts'
import { Exclusive } from '../store/exclusive.ts'
import type { Catalog } from './catalog.ts'
import { NodeError } from './node-error.ts'
import type { Publish } from './publish.ts'

/** How a merchant's own row keeps an assortment: its definition, and what its grants allow beside reading. */
const definitionSchema = assortmentSchema.safeExtend({ terms: grantTermsSchema })
export type Definition = z.output<typeof definitionSchema>

/** Assortments of one merchant: each is computed anew with every change of the catalog. */
export const assortmentsMax = 256
/** The assortment that everybody may read: its repo is `public`, and it has no grants. */
export const publicId = 'public'
/** Changes of one commit. A large assortment comes in several, so that memory stays bounded. */
const commitChangesMax = 20_000
/** Products between two turns of the event loop: some 5 ms. */
const productsPerTurn = 2_000

export function repoOf(id: string): string {
  return id === publicId ? 'public' : `assortment/${id}`
}

/** Definitions, and what they make of the catalog. */
export class Assortments {
  readonly #table: Table<Definition>
  readonly #catalog: Catalog
  readonly #publish: Publish
  /** One recomputation at a time: two would overwrite each other's result. */
  readonly #exclusive = new Exclusive()

  constructor(database: Database, catalog: Catalog, publish: Publish) {
    this.#table = database.table('assortment', definitionSchema)
    this.#catalog = catalog
    this.#publish = publish
  }

  get(id: string): Definition | undefined {
    return this.#table.get(id)
  }

  /** @throws {NodeError} `assortment-unknown` */
  require(id: string): Definition {
    const definition = this.#table.get(id)
    if (definition !== undefined) return definition
    throw new NodeError(
      'assortment-unknown',
      `There is no assortment "${id}". "mosaic assortments" lists yours.`,
      {
        field: 'assortment',
        params: { assortment: id },
      },
    )
  }

  async all(): Promise<Definition[]> {
    const all: Definition[] = []
    for await (const [, definition] of this.#table.entries()) all.push(definition)
    return all
  }

  /**
   * Keeps a definition and computes what it makes of the catalog.
   * @param replace whether one of the same id may be there
   * @throws {NodeError} `assortment-exists`, `assortments-too-many`, `restore-open`
   */
  async define(definition: Definition, replace: boolean): Promise<void> {
    this.#publish.assertOpen()
    const { id } = definition
    const before = this.get(id)
    if (before !== undefined && !replace)
      throw new NodeError(
        'assortment-exists',
        `There is an assortment "${id}" already. Choose another id, or change that one with --replace.`,
        { field: 'id', params: { assortment: id } },
      )
    if (before === undefined && (await this.all()).length >= assortmentsMax)
      throw new NodeError('assortments-too-many', `A merchant has at most ${assortmentsMax} assortments.`)
    const partners = before?.partners ?? definition.partners
    await this.#table.put(id, { ...definition, partners }, { sync: true })
    await this.#exclusive.run(() => this.#recompute(definition, undefined))
  }

  /** Takes all offers out of the repo, then forgets the definition. The repo's history stays. */
  async remove(id: string): Promise<void> {
    this.require(id)
    this.#publish.assertOpen()
    await this.#exclusive.run(async () => {
      await this.#table.del(id, { sync: true })
      await this.#empty(id)
    })
  }

  /** Follows the catalog; while nothing may be signed, it is left for later. @param skus those that changed; all without */
  async refresh(skus?: ReadonlySet<string>): Promise<void> {
    if (!this.#publish.isOpen) return
    if (skus !== undefined && skus.size === 0 && !this.#catalog.isDirty) return
    await this.#exclusive.run(async () => {
      for (const definition of await this.all()) await this.#recompute(definition, skus)
      await this.#catalog.settled()
    })
  }

  async preview(definition: Pick<Assortment, 'rule' | 'priceRule' | 'stockRule'>): Promise<Preview> {
    const preview = new AssortmentPreview({ id: 'preview', title: 'preview', partners: [], ...definition })
    let count = 0
    for await (const [, text] of this.#catalog.entries()) {
      preview.add(JSON.parse(text) as Offer)
      if (++count % productsPerTurn === 0) await turn()
    }
    return preview.result()
  }

  async #recompute(definition: Definition, skus: ReadonlySet<string> | undefined): Promise<void> {
    const repo = await this.#publish.repo(repoOf(definition.id))
    const compiled = compileAssortment(definition)
    const changes = new Map<string, string | undefined>()
    const add = async (key: string, text: string | undefined): Promise<void> => {
      if (repo.get(key) === text) return
      changes.set(key, text)
      if (changes.size >= commitChangesMax) await commit()
    }
    const commit = async (): Promise<void> => {
      await this.#publish.commit(repo.name, changes)
      changes.clear()
    }
    if (skus === undefined) await this.#walk(repo.entries({ gte: 'offer/', lt: 'offer0' }), compiled, add)
    else for (const sku of skus) await add(offerKey(sku), termsText(compiled, this.#catalog.text(sku)))
    await commit()
  }

  /** The whole catalog beside the whole repo: what the catalog lacks goes. */
  async #walk(
    held: Iterable<readonly [key: string, text: string]>,
    compiled: CompiledAssortment,
    add: (key: string, text: string | undefined) => Promise<void>,
  ): Promise<void> {
    const gone: string[] = []
    for (const [key] of held) if (this.#catalog.text(key.slice('offer/'.length)) === undefined) gone.push(key)
    for (const key of gone) await add(key, undefined)
    let count = 0
    for await (const [sku, text] of this.#catalog.entries()) {
      await add(offerKey(sku), termsText(compiled, text))
      if (++count % productsPerTurn === 0) await turn()
    }
  }

  async #empty(id: string): Promise<void> {
    const repo = await this.#publish.repo(repoOf(id))
    const changes = new Map<string, undefined>()
    for (const [key] of repo.entries()) changes.set(key, undefined)
    await this.#publish.commit(repo.name, changes)
  }
}

/** The offer as the partners of the assortment see it, as canonical text. */
function termsText(compiled: CompiledAssortment, text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const own = JSON.parse(text) as Offer
  const shown = offerFor(compiled, own)
  if (shown === undefined) return undefined
  const changed = shown === own ? text : canonicalText(shown as JsonObject)
  return Buffer.byteLength(changed) > offerBytesMax ? undefined : changed
}
