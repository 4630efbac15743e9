import { chmod, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { keystoreName } from '../store/keystore-file.ts'
import { NodeError } from './node-error.ts'

/** What lies where in a data folder. Only the user may read it: mode 0700. */
export interface DataFolder {
  readonly path: string
  /** The secret keys, mode 0600; encrypted if there is a passphrase. */
  readonly keys: string
  /** The level database. */
  readonly store: string
  /** What can be computed again: may be deleted while the node is stopped. */
  readonly views: string
  /** The recovery words of an `init` that nobody watched, until the merchant moves them away. */
  readonly words: string
  /** Files on their way in; emptied at each start. */
  readonly incoming: string
}

export function dataFolder(path: string): DataFolder {
  return {
    path,
    keys: join(path, keystoreName),
    store: join(path, 'store'),
    views: join(path, 'views'),
    words: join(path, 'recovery-words.txt'),
    incoming: join(path, 'incoming'),
  }
}

export async function isInitialised(folder: DataFolder): Promise<boolean> {
  return await exists(folder.keys)
}

/** @throws {NodeError} `not-initialised` */
export async function assertInitialised(folder: DataFolder): Promise<void> {
  if (await isInitialised(folder)) return
  throw new NodeError(
    'not-initialised',
    `There is no identity in ${folder.path}. Make one with "mosaic init", or name another folder with --data.`,
    { field: '--data', params: { folder: folder.path } },
  )
}

/**
 * For a new identity or a restored one: nothing may be there that could be lost.
 * @throws {NodeError} `already-initialised`, `folder-not-empty`
 */
export async function assertEmpty(path: string): Promise<void> {
  const folder = dataFolder(path)
  if (await isInitialised(folder))
    throw new NodeError(
      'already-initialised',
      `There is an identity in ${path} already. "mosaic start" runs it; for another one choose another folder with --data.`,
      { field: '--data', params: { folder: path } },
    )
  if ((await exists(path)) && (await readdir(path)).length > 0)
    throw new NodeError(
      'folder-not-empty',
      `${path} holds other files. Choose an empty or new folder with --data.`,
      {
        field: '--data',
        params: { folder: path },
      },
    )
}

export async function createFolders(folder: DataFolder): Promise<void> {
  await mkdir(folder.path, { recursive: true, mode: 0o700 })
  for (const own of [folder.store, folder.views]) {
    await mkdir(own, { recursive: true, mode: 0o700 })
    await chmod(own, 0o700) // the folder around them may have been there, open to others
  }
  await rm(folder.incoming, { recursive: true, force: true })
  await mkdir(folder.incoming, { mode: 0o700 })
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
