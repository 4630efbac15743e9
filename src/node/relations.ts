import type { MerchantId } from '../core/identity/merchant-id.ts'
import {
  noRelation,
  type Relation,
  type RelationView,
  relationRowSchema,
  viewOf,
} from '../core/partner/relation.ts'
import type { Database, Table } from '../store/database.ts'
import type { Staged } from './staged.ts'

/** The merchant's relation to each other one, as signed by both: rows `relation/<merchant>`. */
export class Relations {
  readonly #table: Table<Relation>
  readonly #self: MerchantId
  /** Asked for with every read that a peer wants: kept in memory, some hundreds of small rows. */
  readonly #cache = new Map<MerchantId, Relation>()
  readonly #views = new WeakMap<Relation, RelationView>()

  private constructor(table: Table<Relation>, self: MerchantId) {
    this.#table = table
    this.#self = self
  }

  static async load(database: Database, self: MerchantId): Promise<Relations> {
    const relations = new Relations(database.table('relation', relationRowSchema), self)
    for await (const [, relation] of relations.#table.entries())
      relations.#cache.set(relation.other, relation)
    return relations
  }

  of(other: MerchantId): Relation {
    return this.#cache.get(other) ?? noRelation(this.#self, other)
  }

  viewOf(other: MerchantId): RelationView {
    const relation = this.of(other)
    let view = this.#views.get(relation)
    if (view === undefined) {
      view = viewOf(relation)
      this.#views.set(relation, view)
    }
    return view
  }

  /** A partner stays one while the partnership is paused. */
  isPartner(other: MerchantId): boolean {
    const { state } = this.viewOf(other)
    return state === 'partner' || state === 'paused'
  }

  /** Everybody with whom there is or was anything. */
  all(): Relation[] {
    return [...this.#cache.values()]
  }

  /** From now on in memory; durable once the staged writes are. */
  stage(relation: Relation): Staged {
    const { other } = relation
    const before = this.#cache.get(other)
    this.#cache.set(other, relation)
    return {
      writes: [this.#table.write(other, relation)],
      undo: () => {
        if (before === undefined) this.#cache.delete(other)
        else this.#cache.set(other, before)
      },
    }
  }
}
