import type { MerchantId } from '../core/identity/merchant-id.ts'
import type { Change as RecordChange } from '../core/record/apply.ts'
import type { MarketView, Change as ViewChange } from '../store/market-view.ts'
import type { Repo, RepoChange } from '../store/repo.ts'
import type { RepoStore } from '../store/repo-store.ts'
import type { NodeEvents } from './events.ts'
import type { Merchants } from './merchants.ts'
import { profileIn } from './profile.ts'

/** More changes than this are folded in slices, so that nothing waits for them; some 50 ms in one go. */
const foldAtOnceMax = 500
/** SKUs that an event names; of more it says only how many. */
const skusToldMax = 20
const offerPrefix = 'offer/'
const decoder = new TextDecoder()

/** What arrives in partners' repos, and what follows from it: the search, names and addresses, events. */
export class Ingest {
  readonly #store: RepoStore
  readonly #view: MarketView
  readonly #merchants: Merchants
  readonly #events: NodeEvents
  readonly #self: MerchantId
  /** The rev of each repo that the store had before the next change. */
  readonly #revs = new Map<string, number>()
  readonly #building = new Map<string, Promise<void>>()
  #unsubscribe: () => void = () => {}
  #stopped = false

  constructor(
    store: RepoStore,
    view: MarketView,
    deps: { readonly merchants: Merchants; readonly events: NodeEvents; readonly self: MerchantId },
  ) {
    this.#store = store
    this.#view = view
    this.#merchants = deps.merchants
    this.#events = deps.events
    this.#self = deps.self
  }

  /** Listens, and brings the search to where the store is; that goes on in the background. */
  async start(): Promise<void> {
    const repos: { merchant: MerchantId; repo: string; rev: number }[] = []
    for await (const { merchant, repo, rev } of this.#store.repos()) {
      if (merchant === this.#self || !holdsOffers(repo)) continue
      repos.push({ merchant, repo, rev })
      this.#revs.set(idOf(merchant, repo), rev)
    }
    this.#unsubscribe = this.#store.onChange((change) => this.#changed(change))
    for (const { merchant, repo, rev } of this.#view.behind(repos))
      if (rev === 0) this.#view.reset(merchant, repo)
      else this.#build(merchant as MerchantId, repo)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#unsubscribe()
    await Promise.allSettled(this.#building.values())
  }

  /** Repos that the search has not caught up with. */
  get behind(): number {
    return this.#building.size
  }

  /** The search no longer knows the repo; for one that was dropped from the store. */
  forget(merchant: MerchantId, repo: string): void {
    this.#revs.delete(idOf(merchant, repo))
    this.#view.reset(merchant, repo)
  }

  #changed({ merchant, repo, head, changes }: RepoChange): void {
    if (merchant === this.#self) return
    if (repo === 'trust') void this.#learnProfile(merchant)
    if (!holdsOffers(repo)) return
    const id = idOf(merchant, repo)
    const before = this.#revs.get(id) ?? 0
    const { rev } = head.commit
    this.#revs.set(id, rev)
    const folds =
      changes !== undefined &&
      changes.length <= foldAtOnceMax &&
      (this.#building.has(id) || this.#view.folded(merchant, repo) === before)
    if (folds && this.#fold(merchant, repo, rev, changes)) this.#tell(merchant, repo, rev, changes)
    else this.#build(merchant, repo)
  }

  /** The search may fail, on a full disk say; what is stored stands all the same. @returns whether it worked */
  #fold(merchant: MerchantId, repo: string, rev: number, changes: readonly RecordChange[]): boolean {
    try {
      this.#view.fold(merchant, repo, rev, changes.map(viewChange))
      return true
    } catch (error) {
      this.#warn(error)
      return false
    }
  }

  #warn(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error)
    this.#events.emit({ type: 'warning', code: 'search-behind', message })
  }

  #tell(merchant: MerchantId, repo: string, rev: number, changes: readonly RecordChange[]): void {
    const skus = changes.flatMap(({ key }) =>
      key.startsWith(offerPrefix) ? [key.slice(offerPrefix.length)] : [],
    )
    this.#events.emit({
      type: 'offers-changed',
      merchant,
      name: this.#merchants.nameOf(merchant),
      repo,
      rev,
      changed: skus.length,
      ...(skus.length <= skusToldMax && { skus }),
    })
  }

  /** Takes the whole repo in, slice by slice. One that changes meanwhile begins again. */
  #build(merchant: MerchantId, repo: string): void {
    const id = idOf(merchant, repo)
    if (this.#building.has(id)) return
    const work = this.#buildUntilDone(merchant, repo).finally(() => this.#building.delete(id))
    this.#building.set(id, work)
    work.catch((error: unknown) => {
      if (!this.#stopped) this.#warn(error)
    })
  }

  async #buildUntilDone(merchant: MerchantId, repo: string): Promise<void> {
    while (!this.#stopped) {
      const held = await this.#store.repo(merchant, repo)
      const rev = held.head?.commit.rev
      if (rev === undefined) return
      const whole = await this.#view.build(
        merchant,
        repo,
        rev,
        offersOf(held, () => this.#stopped),
      )
      if (!whole) return
      // Small changes that came meanwhile are in it; if the repo was replaced, all begins again.
      if (this.#view.folded(merchant, repo) !== this.#revs.get(idOf(merchant, repo))) continue
      const name = this.#merchants.nameOf(merchant)
      this.#events.emit({ type: 'offers-changed', merchant, name, repo, rev, changed: held.count })
      return
    }
  }

  async #learnProfile(merchant: MerchantId): Promise<void> {
    const repo = await this.#store.repo(merchant, 'trust')
    await this.#merchants.remember(merchant, profileIn(repo))
  }
}

const idOf = (merchant: string, repo: string): string => `${merchant}/${repo}`

function holdsOffers(repo: string): boolean {
  return repo !== 'trust'
}

function* offersOf(repo: Repo, stopped: () => boolean): Generator<ViewChange> {
  for (const entry of repo.entries({ gte: offerPrefix, lt: 'offer0' })) {
    // Thrown, not returned: what is read so far is not the whole repo.
    if (stopped()) throw new Error('The node stops.')
    yield entry
  }
}

function viewChange({ key, line }: RecordChange): ViewChange {
  if (line === undefined) return [key, undefined]
  const text = decoder.decode(line)
  return [key, text.slice(text.indexOf('\t') + 1, -1)]
}
