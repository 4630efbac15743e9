import { ApiError } from '../../src/api/client.ts'
import type { MarketPageView, PartnerView } from '../../src/node/views.ts'
import { Listening } from '../listening.ts'
import { type LocalNode, type LocalNodes, until } from '../local-nodes.ts'

/** A merchant of the story: its node, and what the node has told. */
export interface Merchant extends LocalNode {
  readonly heard: Listening
}

/** The three merchants of the story. */
export class Cast {
  readonly #nodes: LocalNodes
  readonly #merchants = new Map<string, Merchant>()

  constructor(nodes: LocalNodes) {
    this.#nodes = nodes
  }

  async start(): Promise<readonly LocalNode[]> {
    const names = ['Fernpfad Outdoor', 'Morgenrot Kaffee', 'Bankhaken Werkstatt']
    const started = await Promise.all(names.map((name) => this.#nodes.start(name)))
    for (const node of started)
      this.#merchants.set(node.name.split(' ')[0] ?? '', { ...node, heard: new Listening(node.client) })
    return started
  }

  merchant(name: 'Fernpfad' | 'Morgenrot' | 'Bankhaken'): Merchant {
    const found = this.#merchants.get(name)
    if (found === undefined) throw new Error(`${name} has not started.`)
    return found
  }

  all(): readonly LocalNode[] {
    return [...this.#merchants.values()]
  }

  close(): void {
    for (const { heard } of this.#merchants.values()) heard.close()
  }
}

/** Uses an invitation; resolves when it is claimed. @throws {ApiError} if it is refused */
export async function join(merchant: Merchant, code: string): Promise<void> {
  await merchant.client.run('/partners/join', { body: { code, waitSeconds: 0 } }, () => {})
}

/** Resolves when each sees the other as partner, connected. */
export async function bothPartners(one: Merchant, other: Merchant): Promise<void> {
  for (const [own, wanted] of [
    [one, other],
    [other, one],
  ] as const)
    await until(`${own.name} to be partner of ${wanted.name}`, async () => {
      const { partners } = await own.client.get<{ partners: readonly PartnerView[] }>('/partners')
      const found = partners.find(({ merchant }) => merchant === wanted.merchant)
      return found?.state === 'partner' && found.connected ? found : undefined
    })
}

/** Offers of partners that can be searched; -1 while the search is behind. */
export async function held({ client }: Merchant): Promise<number> {
  const { total, behind } = await client.get<MarketPageView>('/offers', { limit: 1 })
  return behind > 0 ? -1 : total
}

/** The refusal of what must not work. @throws {Error} if it worked */
export async function refusal(attempt: () => Promise<unknown>): Promise<ApiError> {
  try {
    await attempt()
  } catch (error) {
    if (error instanceof ApiError) return error
    throw error
  }
  throw new Error('What should have been refused was done.')
}

export async function mustFail(code: string, attempt: () => Promise<unknown>): Promise<void> {
  const error = await refusal(attempt)
  if (error.code !== code) throw error
}
