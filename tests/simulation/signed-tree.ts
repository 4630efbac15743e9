import { buildPages, lineOf } from '../../src/core/record/apply.ts'
import { type Head, signCommit } from '../../src/core/record/commit.ts'
import { proveInclusion } from '../../src/core/record/inclusion.ts'
import { compareKeys } from '../../src/core/record/key.ts'
import { type ReadBase, type Tree, treeOf } from '../../src/core/record/tree.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { firstCommitTime } from './history.ts'
import { seedOf, type TestMerchant } from './merchants.ts'

export const readText: ReadBase = (page) => page.text as Uint8Array

/** The tree over entries, by the rules of its shape and nothing else. */
export function treeOfEntries(entries: ReadonlyMap<string, string>): Tree {
  const lines = [...entries].sort(([a], [b]) => compareKeys(a, b)).map(([key, value]) => lineOf(key, value))
  return treeOf(
    nodePrimitives,
    buildPages(nodePrimitives, lines).map(({ node, text }) => ({ node, base: node, text })),
  )
}

/** A repo's first commit. */
export function signedTree(
  merchant: TestMerchant,
  tree: Tree,
  repo = 'public',
): { readonly head: Head; readonly prove: (key: string) => string } {
  const draft = {
    merchant: merchant.id,
    repo,
    root: tree.upper.root,
    count: tree.count,
    time: firstCommitTime,
    keyEvent: merchant.log.current.digest,
  }
  const signer = { seed: seedOf(`${merchant.name} signing ${merchant.log.current.seq}`) }
  const head = signCommit(nodePrimitives, draft, undefined, () => draft.root, signer)
  return { head, prove: (key) => proveInclusion(tree, head, key, readText) }
}
