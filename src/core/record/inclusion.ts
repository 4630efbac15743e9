import { z } from 'zod'
import type { KeyLog } from '../identity/key-log.ts'
import { canonicalText, type JsonObject, parseCanonical } from '../signature/canonical.ts'
import { type Digest, digestSchema } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'
import { commitSchema, type Head, readCommit } from './commit.ts'
import { compareKeys, indexOfKey, isRecordKey } from './key.ts'
import { nodeText } from './page.ts'
import { RecordError } from './record-error.ts'
import { leafBytesMax, leafEntriesMax, nodeChildrenMax } from './shape.ts'
import { type Child, linesOf, type Node, pageIndexOf, type ReadBase, type Tree } from './tree.ts'

/** Bytes of a proof's text, at most; some 7 kB is usual. */
export const inclusionBytesMax = 65_536
const levelsMax = 24

/**
 * Shows what a repo holds under a key at a commit, or that it holds nothing there: the nodes from the root
 * down to the page, and the one leaf that would hold the key. Spec: protocol/records/proof.md.
 */
const inclusionSchema = z.strictObject({
  type: z.literal('mosaic/inclusion'),
  v: z.literal(1),
  key: z.string().refine(isRecordKey),
  commit: commitSchema,
  path: z
    .array(
      z
        .array(z.tuple([z.string(), digestSchema]))
        .min(1)
        .max(nodeChildrenMax),
    )
    .max(levelsMax),
  leaf: z.array(z.tuple([z.string(), z.record(z.string(), z.unknown())])).max(leafEntriesMax),
})

const decoder = new TextDecoder()

/** The proof for a key, as canonical text. */
export function proveInclusion(tree: Tree, head: Head, key: string, read: ReadBase): string {
  const path: [string, Digest][][] = []
  const entriesOf = (children: readonly Child[]): [string, Digest][] =>
    children.map(({ firstKey, digest }) => [firstKey, digest])
  let leaf: [string, unknown][] = []
  const page = tree.pages[Math.max(0, pageIndexOf(tree.pages, key))]
  if (page !== undefined) {
    let node = tree.upper.levels.at(-1)?.[0] as Node | undefined
    while (node !== undefined) {
      path.push(entriesOf(node.children))
      const child: Child | Node | undefined = node.children[Math.max(0, indexOfKey(node.children, key))]
      node = child !== undefined && 'children' in child ? child : undefined
    }
    path.push(entriesOf(page.node.leaves))
    leaf = leafEntries(page, Math.max(0, indexOfKey(page.node.leaves, key)), read)
  }
  return canonicalText({ type: 'mosaic/inclusion', v: 1, key, commit: head.commit, path, leaf } as never)
}

function leafEntries(page: Tree['pages'][number], index: number, read: ReadBase): [string, unknown][] {
  const before = page.node.leaves.slice(0, index).reduce((sum, { count }) => sum + count, 0)
  const count = page.node.leaves[index]?.count ?? 0
  return [...linesOf(page, read)].slice(before, before + count).map((line) => {
    const [key, value] = decoder.decode(line).split('\t') as [string, string]
    return [key, JSON.parse(value)]
  })
}

export interface ProvenRecord {
  readonly key: string
  readonly head: Head
  /** Canonical text; `undefined`: the repo holds nothing under the key. */
  readonly value: string | undefined
}

/**
 * Verifies a proof against the merchant's key log.
 * @throws {RecordError} `proof-invalid` or `commit-invalid`, naming what does not hold
 */
export function verifyInclusion(primitives: Primitives, text: string, keyLog: KeyLog): ProvenRecord {
  const proof = readProof(text)
  const head = readCommit(primitives, canonicalText(proof.commit as unknown as JsonObject), keyLog)
  let expected: Digest = head.commit.root
  let firstKey: string | undefined
  for (const entries of proof.path) {
    const children = entries.map(([first, digest]) => ({ firstKey: first, digest }))
    if (primitives.sha256Base64url(nodeText(children)) !== expected)
      fail('A node does not have the digest that is named above it.')
    expectOrder(entries, firstKey)
    const child = children[Math.max(0, indexOfKey(children, proof.key))] as (typeof children)[number]
    expected = child.digest
    firstKey = child.firstKey
  }
  const leafText = proof.leaf
    .map(([key, value]) => `${key}\t${canonicalText(value as JsonObject)}\n`)
    .join('')
  if (leafText.length > leafBytesMax || primitives.sha256Base64url(leafText) !== expected)
    fail('The leaf does not have the digest that is named above it.')
  expectOrder(proof.leaf, firstKey)
  if (proof.path.length === 0 && head.commit.count !== 0) fail('The path is missing.')
  const entry = proof.leaf.find(([key]) => key === proof.key)
  return {
    key: proof.key,
    head,
    value: entry === undefined ? undefined : canonicalText(entry[1] as JsonObject),
  }
}

function readProof(text: string): z.infer<typeof inclusionSchema> {
  try {
    return inclusionSchema.parse(parseCanonical(text, inclusionBytesMax))
  } catch (cause) {
    throw new RecordError('proof-invalid', 'The proof is malformed.', { cause })
  }
}

function expectOrder(entries: readonly (readonly [string, unknown])[], firstKey: string | undefined): void {
  if (firstKey !== undefined && entries[0]?.[0] !== firstKey)
    fail('A run does not begin with the key that is named above it.')
  entries.forEach(([key], at) => {
    const before = entries[at - 1]?.[0]
    if (before !== undefined && compareKeys(before, key) >= 0) fail('Keys are out of order.')
  })
  if (entries.some(([key]) => !isRecordKey(key))) fail('A key is malformed.')
}

function fail(message: string): never {
  throw new RecordError('proof-invalid', message)
}
