import {
  type NodeAddress,
  nodeAddressesMax,
  nodeAddressSchema,
  type Profile,
  profileSchema,
} from '../core/identity/profile.ts'
import type { Head } from '../core/record/commit.ts'
import { canonicalText } from '../core/signature/canonical.ts'
import type { Repo } from '../store/repo.ts'
import type { Identity } from './identity.ts'
import type { Publish } from './publish.ts'

/** A sign of life: heads older than 7 days show as stale, older than 30 carry nothing (design §9). */
export const trustCommitSeconds = 86_400

/** Keeps the merchant's profile and its node's addresses in the repo `trust`, for all who follow it. */
export class OwnProfile {
  readonly #publish: Publish
  readonly #identity: Identity

  constructor(publish: Publish, identity: Identity) {
    this.#publish = publish
    this.#identity = identity
  }

  async profile(): Promise<Profile | undefined> {
    const text = (await this.#publish.repo('trust')).get('profile')
    return text === undefined ? undefined : profileSchema.parse(JSON.parse(text))
  }

  /** @throws {NodeError} `restore-open`, `identity-frozen` */
  async setProfile(profile: Profile): Promise<void> {
    await this.#publish.commit('trust', new Map([['profile', canonicalText({ ...profile })]]))
  }

  /**
   * Commits the addresses if they changed, and `trust` at least every 24 hours.
   * @param addresses with or without `/p2p/…`; loopback and link-local ones are of no use to others, but do no harm
   * @param now UTC seconds
   */
  async renew(addresses: readonly string[], now: number): Promise<Head | undefined> {
    const repo = await this.#publish.repo('trust')
    const { peerId } = this.#identity
    const own: NodeAddress = { peerId, addresses: addresses.slice(0, nodeAddressesMax) }
    const due = now - (repo.head?.commit.time ?? 0) >= trustCommitSeconds
    const changes = new Map<string, string | undefined>([[`node/${peerId}`, canonicalText({ ...own })]])
    // A restored or moved data folder has a new node key: one writing node per merchant in version 1.
    for (const [key] of repo.entries({ gte: 'node/', lt: 'node0' }))
      if (key !== `node/${peerId}`) changes.set(key, undefined)
    return await this.#publish.commit('trust', changes, { force: due })
  }
}

/** What a merchant's `trust` repo says of its name and of where its nodes can be dialled. */
export function profileIn(repo: Repo): { readonly name?: string; readonly addresses?: readonly string[] } {
  const text = repo.get('profile')
  const profile = text === undefined ? undefined : profileSchema.safeParse(JSON.parse(text))
  const addresses: string[] = []
  for (const [, value] of repo.entries({ gte: 'node/', lt: 'node0', limit: nodeAddressesMax })) {
    const node = nodeAddressSchema.safeParse(JSON.parse(value))
    if (!node.success) continue
    const { peerId } = node.data
    for (const address of node.data.addresses)
      addresses.push(address.includes('/p2p/') ? address : `${address}/p2p/${peerId}`)
  }
  return {
    ...(profile?.success && { name: profile.data.name }),
    ...(addresses.length > 0 && { addresses }),
  }
}
