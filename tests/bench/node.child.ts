/** Opens a large store and reads from it, in a process of its own. */
import { openDatabase } from '../../src/store/database.ts'
import { nodePrimitives as primitives } from '../../src/store/primitives.ts'
import { RepoStore } from '../../src/store/repo-store.ts'
import { merchantNamed, repoName } from './bench-node.ts'
import { serve } from './bench-process.ts'
import { keyOf, random } from './offers.ts'

const methods = {
  /** @returns peak resident memory in MiB */
  async readStore(args: { directory: string; name: string; count: number; gets: number }): Promise<number> {
    const database = await openDatabase(args.directory)
    const store = new RepoStore(database, primitives)
    const repo = await store.repo(merchantNamed(args.name).keyLog.merchant, repoName)
    const next = random(7)
    for (let n = 0; n < args.gets; n++)
      if (repo.get(keyOf(Math.floor(next() * args.count))) === undefined)
        throw new Error('an offer is missing')
    return process.resourceUsage().maxRSS / 1024
  },
}
export type NodeMethods = typeof methods

serve(methods)
