import { Readable } from 'node:stream'
import { zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { merchantIdOf } from '../core/identity/merchant-id.ts'
import { nodePrimitives } from '../store/primitives.ts'
import { type BackupItem, backupHeadOf, readBackup, writeBackup } from './backup-file.ts'
import { NodeError } from './node-error.ts'

const merchant = merchantIdOf(nodePrimitives, { test: 'backup' })
const head = { type: 'mosaic/backup', v: 1, merchant, name: 'Anna', createdAt: 1_800_000_000 } as const

async function bytesOf(items: readonly BackupItem[]): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of writeBackup(head, Readable.from(items, { objectMode: true }))) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function read(file: Uint8Array): Promise<BackupItem[]> {
  const items: BackupItem[] = []
  for await (const [key, value] of readBackup(Readable.from([file])))
    items.push([key, Uint8Array.from(value)])
  return items
}

const item = fc.tuple(
  fc.string({ maxLength: 40 }).map((key) => `row/${key}`),
  fc.uint8Array({ maxLength: 400 }),
)

describe('a backup file', () => {
  test('gives back what was put in, after its head', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(item, { maxLength: 20 }), async (items) => {
        const [first, ...rest] = await read(await bytesOf(items))
        expect(backupHeadOf(first as BackupItem)).toEqual(head)
        expect(rest).toEqual(items)
      }),
      { numRuns: 40 },
    )
  })

  test('with one changed byte, or cut off, is refused before it ends', async () => {
    const items: BackupItem[] = [
      ['keys', new Uint8Array([1, 2, 3])],
      ['row/a', new Uint8Array([4])],
    ]
    const whole = await bytesOf(items)
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const changed = Buffer.from(whole)
        changed[at] = (changed[at] ?? 0) ^ flip
        await expect(read(whole.subarray(0, at))).rejects.toBeInstanceOf(NodeError)
        // Some bits of a zstd frame mean nothing for what it holds.
        const outcome = await read(changed).catch((error: unknown) => error)
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(NodeError)
        else expect((outcome as BackupItem[]).slice(1)).toEqual(items)
      }),
      { numRuns: 100 },
    )
  })

  test('of arbitrary bytes, packed or not, is an error of its own and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        for (const file of [bytes, zstdCompressSync(bytes)])
          await expect(read(file)).rejects.toMatchObject({ name: 'NodeError' })
      }),
      { numRuns: 100 },
    )
  })
})
