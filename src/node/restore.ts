import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { type Invitation, invitationSchema } from '../core/partner/invitation.ts'
import { type Database, openDatabase, type Write } from '../store/database.ts'
import { writeKeystoreFile } from '../store/keystore-file.ts'
import { type BackupHead, backupHeadOf, readBackup } from './backup-file.ts'
import { systemClock } from './clock.ts'
import { assertEmpty, createFolders, dataFolder } from './data-folder.ts'
import { NodeError } from './node-error.ts'
import { restoreKey, restoreRow, restoreTable } from './restoring.ts'

export interface Restored {
  readonly merchant: string
  readonly name: string
  readonly createdAt: number
  readonly rows: number
  readonly invitationsClosed: number
}

/** Rows of one write. */
const batchRows = 1_000
const rowPrefix = 'row/'

/**
 * Makes a data folder from a backup. The keys come last: a restore that broke off has left no identity, and the
 * folder is removed. The node that starts there signs nothing before its partners have said what they hold.
 * @throws {NodeError} `already-initialised`, `folder-not-empty`, `not-a-backup`, `backup-damaged`
 */
export async function restoreBackup(
  file: string,
  path: string,
  onProgress: (bytes: number) => void,
): Promise<Restored> {
  await assertEmpty(path)
  const folder = dataFolder(path)
  await createFolders(folder)
  try {
    const database = await openDatabase(folder.store)
    try {
      const read = await fill(database, counted(file, onProgress))
      const invitationsClosed = await closeInvitations(database)
      const row = { since: systemClock.nowSeconds(), answered: [] }
      await database.table(restoreTable, restoreRow).put(restoreKey, row, { sync: true })
      await writeKeystoreFile(path, read.keys)
      const { merchant, name, createdAt } = read.head
      return { merchant, name, createdAt, rows: read.rows, invitationsClosed }
    } finally {
      await database.close()
    }
  } catch (error) {
    await rm(path, { recursive: true, force: true })
    throw error
  }
}

async function* counted(file: string, onProgress: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of createReadStream(file)) {
    bytes += (chunk as Buffer).length
    onProgress(bytes)
    yield chunk as Buffer
  }
}

async function fill(
  database: Database,
  file: AsyncIterable<Uint8Array>,
): Promise<{ readonly head: BackupHead; readonly keys: string; readonly rows: number }> {
  let head: BackupHead | undefined
  let keys: string | undefined
  let rows = 0
  let writes: Write[] = []
  for await (const item of readBackup(file)) {
    const [key, value] = item
    if (key === 'head') head = backupHeadOf(item)
    else if (key === 'keys') keys = Buffer.from(value).toString()
    else if (key.startsWith(rowPrefix))
      writes.push({ key: key.slice(rowPrefix.length), value: Uint8Array.from(value) })
    rows = head === undefined ? 0 : rows + (key.startsWith(rowPrefix) ? 1 : 0)
    if (writes.length < batchRows) continue
    await database.batch(writes, { sync: false })
    writes = []
  }
  await database.batch(writes, { sync: true })
  if (head === undefined || keys === undefined)
    throw new NodeError('backup-damaged', 'The backup holds no keys. Take another copy.')
  return { head, keys, rows }
}

/** A code that is out there may have been used since the backup: nobody can use it any more. */
async function closeInvitations(database: Database): Promise<number> {
  const table = database.table<Invitation>('invitation', invitationSchema)
  const open: Invitation[] = []
  for await (const [, invitation] of table.entries())
    if (invitation.state === 'open' || invitation.state === 'claimed') open.push(invitation)
  const changedAt = systemClock.nowSeconds()
  for (const invitation of open)
    await table.put(invitation.id, { ...invitation, state: 'revoked', changedAt }, { sync: true })
  return open.length
}
