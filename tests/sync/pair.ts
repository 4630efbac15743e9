import { admitTo } from '../../src/core/admission/kinds.ts'
import type { Duplicity, KeyLog } from '../../src/core/identity/key-log.ts'
import { verifyKeyLog } from '../../src/core/identity/key-log.ts'
import type { Equivocation } from '../../src/core/record/history.ts'
import type { FollowProgress } from '../../src/core/sync/follow.ts'
import type { FollowingPorts, ServingPorts } from '../../src/core/sync/ports.ts'
import { SyncSession } from '../../src/core/sync/session.ts'
import { nodePrimitives as primitives } from '../../src/store/primitives.ts'
import type { TestMerchant } from './merchant.ts'

export interface Side {
  readonly node: TestMerchant
  readonly session: SyncSession
  readonly progress: FollowProgress[]
  readonly errors: unknown[]
  /** Proofs of equivocation as they came, and what is held of them by merchant and repo. */
  readonly forks: Equivocation[]
  readonly held: Map<string, Equivocation>
  readonly duplicities: Duplicity[]
  readonly refusedAgain: string[]
  readonly keyLogs: Map<string, KeyLog>
  readonly forbidden: Set<string>
  /** Frames that left this side. */
  readonly sent: Uint8Array[]
  heard: { merchant: string; repo: string; rev: number }[]
  /** UTC seconds. */
  now: number
  /** May change, drop (`[]`) or add frames on their way out. */
  tamper: (frame: Uint8Array) => Uint8Array[]
}

/** Two sessions that are joined in memory, each over a real store. */
export function joined(a: TestMerchant, b: TestMerchant): readonly [Side, Side] {
  const sides: Side[] = []
  for (const [at, node] of [a, b].entries()) {
    const side = {
      node,
      progress: [],
      errors: [],
      forks: [],
      held: new Map(),
      duplicities: [],
      refusedAgain: [],
      now: 1_767_225_600,
      keyLogs: new Map([[node.keyLog.merchant, node.keyLog]]),
      forbidden: new Set<string>(),
      sent: [],
      heard: [],
      tamper: (frame: Uint8Array) => [frame],
    } as unknown as Side & { session: SyncSession }
    const send = async (parts: readonly Uint8Array[]): Promise<void> => {
      const frame = new Uint8Array(Buffer.concat(parts as Uint8Array[]))
      side.sent.push(frame)
      await new Promise((resolve) => setImmediate(resolve))
      const other = sides[1 - at] as Side
      for (const out of side.tamper(frame)) {
        try {
          await other.session.receive(out)
        } catch (error) {
          other.errors.push(error)
        }
      }
    }
    side.session = new SyncSession(portsOf(side), send, {
      onHave: (repos) => {
        side.heard.push(...repos)
      },
      onProgress: (progress) => side.progress.push(progress),
      onError: (error) => side.errors.push(error),
      onRefusedAgain: (merchant, repo) => side.refusedAgain.push(`${merchant}/${repo}`),
    })
    node.store.onChange(({ merchant, repo, head }) => {
      void side.session.changed({ merchant, repo, rev: head.commit.rev, head: head.digest })
    })
    sides.push(side)
  }
  return sides as unknown as readonly [Side, Side]
}

function portsOf(side: Side): ServingPorts & FollowingPorts {
  const { node } = side
  return {
    primitives,
    mayRead: (merchant, repo) => !side.forbidden.has(`${merchant}/${repo}`),
    source: (merchant, repo) => node.store.repo(merchant, repo),
    sink: (merchant, repo) => node.store.repo(merchant, repo),
    keyLog: (merchant) => side.keyLogs.get(merchant),
    learnKeyLog: async (merchant, from, events) => {
      const held = side.keyLogs.get(merchant)
      const log = verifyKeyLog(primitives, [...(held?.texts.slice(0, from) ?? []), ...events])
      if (log instanceof Error) throw log
      if (held !== undefined && !log.extends(held)) return held
      side.keyLogs.set(log.merchant, log)
      return log
    },
    duplicity: async (proof) => {
      side.duplicities.push(proof)
    },
    now: () => side.now,
    admit: admitTo,
    equivocation: (merchant, repo) => side.held.get(`${merchant}/${repo}`),
    equivocated: async (merchant, repo, proof) => {
      side.forks.push(proof)
      side.held.set(`${merchant}/${repo}`, proof)
    },
  }
}

/** Waits until `until` holds, for some ten seconds of turns. */
export async function eventually(until: () => boolean): Promise<void> {
  for (let turn = 0; !until(); turn++) {
    if (turn > 8_000) throw new Error('It never came about.')
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}
