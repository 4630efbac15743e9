import { admitTo } from '../../src/core/admission/kinds.ts'
import { type KeyLog, verifyKeyLog } from '../../src/core/identity/key-log.ts'
import { SyncDriver } from '../../src/network/sync-driver.ts'
import { nodePrimitives as primitives } from '../../src/store/primitives.ts'
import type { RepoStore } from '../../src/store/repo-store.ts'

/** Sync over a store, open to everybody: the node around it is not what is tested here. */
export function driverOver(store: RepoStore, ...own: readonly KeyLog[]): SyncDriver {
  const keyLogs = new Map<string, KeyLog>(own.map((log) => [log.merchant, log]))
  return new SyncDriver({
    primitives,
    mayRead: () => true,
    source: (merchant, repo) => store.repo(merchant, repo),
    sink: (merchant, repo) => store.repo(merchant, repo),
    keyLog: (merchant) => keyLogs.get(merchant),
    learnKeyLog: async (merchant, from, events) => {
      const log = verifyKeyLog(primitives, [
        ...(keyLogs.get(merchant)?.texts.slice(0, from) ?? []),
        ...events,
      ])
      if (log instanceof Error) throw log
      keyLogs.set(merchant, log)
      return log
    },
    admit: admitTo,
    equivocation: () => undefined,
    equivocated: async () => {},
    holdings: async function* () {},
  })
}
