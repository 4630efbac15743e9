import { z } from 'zod'
import type { KeyLog } from '../identity/key-log.ts'
import type { RepoHead } from '../identity/repo-head.ts'
import { standingOf } from '../identity/standing.ts'
import { canonicalText, type JsonValue, parseCanonical } from '../signature/canonical.ts'
import { type Digest, digestSchema } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'
import { schemaMessage } from '../signature/schema-message.ts'
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
 * down to the page, and the one leaf that would hold the key. Spec: protocol/records/inclusion.md.
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
const encoder = new TextEncoder()

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
  /** Commits that the one proven has to be an ancestor of, by the key log: the caller follows `prev` and `skip`. Empty: it stands. */
  readonly underHeads: readonly RepoHead[]
}

/**
 * Verifies a proof against the merchant's key log.
 * @throws {RecordError} `proof-invalid` or `commit-invalid`, naming what does not hold
 */
export function verifyInclusion(primitives: Primitives, text: string, keyLog: KeyLog): ProvenRecord {
  const proof = readProof(text)
  const head = readCommit(primitives, canonicalText(proof.commit), keyLog)
  const underHeads = headsAbove(keyLog, head)
  const { count } = head.commit
  if ((count === 0) !== (proof.path.length === 0) || proof.leaf.length > count)
    fail('The path is missing, or there is more than the commit counts.')
  let run: Run = { digest: head.commit.root, firstKey: undefined, below: undefined }
  for (const entries of proof.path) {
    const children = entries.map(([firstKey, digest]) => ({ firstKey, digest }))
    if (primitives.sha256Base64url(nodeText(children)) !== run.digest)
      fail('A node does not have the digest that is named above it.')
    expectKeys(entries, run)
    const index = Math.max(0, indexOfKey(children, proof.key))
    const child = children[index] as (typeof children)[number]
    run = { ...child, below: children[index + 1]?.firstKey ?? run.below }
  }
  const leafText = proof.leaf.map(([key, value]) => `${key}\t${canonicalText(value)}\n`).join('')
  if (encoder.encode(leafText).length > leafBytesMax || primitives.sha256Base64url(leafText) !== run.digest)
    fail('The leaf does not have the digest that is named above it.')
  expectKeys(proof.leaf, run)
  const entry = proof.leaf.find(([key]) => key === proof.key)
  return { key: proof.key, head, value: entry && canonicalText(entry[1]), underHeads }
}

/** What the run above names, and the first key of the run after it, wherever that is named. */
interface Run {
  readonly digest: Digest
  readonly firstKey: string | undefined
  readonly below: string | undefined
}

function headsAbove(keyLog: KeyLog, { commit, digest }: Head): readonly RepoHead[] {
  const place = { repo: commit.repo, rev: commit.rev, digest }
  const standing = standingOf(keyLog, commit.keyEvent, place)
  if (standing.standing === 'void')
    fail('The commit is signed with a key that was declared compromised, and not under the last good commit.')
  return standing.standing === 'good-if-under' ? standing.heads : []
}

function readProof(text: string): z.infer<typeof inclusionSchema> {
  let value: JsonValue
  try {
    value = parseCanonical(text, inclusionBytesMax)
  } catch (cause) {
    throw new RecordError('proof-invalid', `The proof is malformed: ${(cause as Error).message}`, { cause })
  }
  const parsed = inclusionSchema.safeParse(value)
  return parsed.success ? parsed.data : fail(`The proof is malformed: ${schemaMessage(parsed.error)}`)
}

function expectKeys(entries: readonly (readonly [string, unknown])[], { firstKey, below }: Run): void {
  if (firstKey !== undefined && entries[0]?.[0] !== firstKey)
    fail('A run does not begin with the key that is named above it.')
  entries.forEach(([key], at) => {
    if (!isRecordKey(key)) fail('A key is malformed.')
    const next = entries[at + 1]?.[0] ?? below
    if (next !== undefined && compareKeys(key, next) >= 0) fail('Keys are out of order.')
  })
}

function fail(message: string): never {
  throw new RecordError('proof-invalid', message)
}
