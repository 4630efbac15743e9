import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { Leaf, PageNode } from '../core/record/page.ts'
import { pageNodeOf } from '../core/record/page.ts'
import { zeroBitsOfKey } from '../core/record/shape.ts'
import type { Digest } from '../core/signature/digest.ts'
import type { Primitives } from '../core/signature/primitives.ts'
import type { Packed } from '../core/sync/ports.ts'

/**
 * The rows of a repo:
 * `head/<merchant>/<repo>` the newest commit;
 * `contents/<merchant>/<repo>` the pages as stored, at a rev;
 * `page/<merchant>/<repo>/<digest>` a page's text, packed;
 * `change/<merchant>/<repo>/<rev>` what changed up to a rev, packed: applied over the contents when newer,
 *   and kept for a while to serve others;
 * `commit/<merchant>/<repo>/<rev>` commits, for links;
 * `staged/<merchant>/<repo>` there: pages of a sync that has not ended lie among the repo's.
 */
export interface RepoKeys {
  readonly head: string
  readonly contents: string
  readonly staged: string
  readonly pages: string
  readonly changes: string
  readonly commits: string
  page(digest: Digest): string
  change(rev: number): string
  commit(rev: number): string
}

export const headPrefix = 'head/'

/** Sixteen digits hold every safe integer, so that byte order is number order. */
export const revKey = (rev: number): string => String(rev).padStart(16, '0')

export function repoKeys(merchant: string, repo: string): RepoKeys {
  const id = `${merchant}/${repo}`
  return {
    head: `${headPrefix}${id}`,
    contents: `contents/${id}`,
    staged: `staged/${id}`,
    pages: `page/${id}/`,
    changes: `change/${id}/`,
    commits: `commit/${id}/`,
    page: (digest) => `page/${id}/${digest}`,
    change: (rev) => `change/${id}/${revKey(rev)}`,
    commit: (rev) => `commit/${id}/${revKey(rev)}`,
  }
}

/** A packed text with its length before it: four bytes, little endian. */
export function encodePacked({ rawBytes, bytes }: Packed): Uint8Array {
  const row = Buffer.allocUnsafe(4 + bytes.length)
  row.writeUInt32LE(rawBytes)
  row.set(bytes, 4)
  return row
}

export function decodePacked(row: Uint8Array): Packed {
  return { rawBytes: Buffer.from(row.buffer, row.byteOffset, 4).readUInt32LE(), bytes: row.subarray(4) }
}

/** A change row: the rev it starts from (eight bytes), then the packed text. */
export function encodeChange(from: number, packed: Packed): Uint8Array {
  const head = Buffer.allocUnsafe(8)
  head.writeDoubleLE(from)
  return Buffer.concat([head, encodePacked(packed)])
}

export function decodeChange(row: Uint8Array): Packed & { readonly from: number } {
  return { from: Buffer.from(row.buffer, row.byteOffset, 8).readDoubleLE(), ...decodePacked(row.subarray(8)) }
}

export interface Contents {
  /** The rev whose tree the pages are. */
  readonly rev: number
  readonly pages: readonly PageNode[]
}

type PageRow = readonly [lastKey: string, leaves: readonly LeafRow[]]
type LeafRow = readonly [firstKey: string, digest: Digest, bytes: number, firstBytes: number, count: number]

export function encodeContents({ rev, pages }: Contents): Uint8Array {
  const rows = pages.map(
    ({ lastKey, leaves }): PageRow => [
      lastKey,
      leaves.map((leaf): LeafRow => [leaf.firstKey, leaf.digest, leaf.bytes, leaf.firstBytes, leaf.count]),
    ],
  )
  return zstdCompressSync(JSON.stringify([rev, rows]))
}

export function decodeContents(primitives: Primitives, row: Uint8Array): Contents {
  const [rev, rows] = JSON.parse(zstdDecompressSync(row).toString()) as [number, PageRow[]]
  const pages = rows.map(([lastKey, leaves]) =>
    pageNodeOf(
      primitives,
      leaves.map(
        ([firstKey, digest, bytes, firstBytes, count]): Leaf => ({
          firstKey,
          zeroBits: zeroBitsOfKey(firstKey),
          digest,
          bytes,
          firstBytes,
          count,
        }),
      ),
      lastKey,
    ),
  )
  return { rev, pages }
}
