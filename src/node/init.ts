import { open } from 'node:fs/promises'
import { profileSchema } from '../core/identity/profile.ts'
import type { RecoveryWords } from '../core/identity/recovery-words.ts'
import { openDatabase } from '../store/database.ts'
import { createKeystore, newRecoveryWords } from '../store/keystore.ts'
import { nodePrimitives } from '../store/primitives.ts'
import { RepoStore } from '../store/repo-store.ts'
import { systemClock } from './clock.ts'
import { assertEmpty, createFolders, dataFolder } from './data-folder.ts'
import { Identity } from './identity.ts'
import { OwnProfile } from './profile.ts'
import { Publish } from './publish.ts'

export { assertEmpty as assertNotInitialised }

export interface NewIdentityOptions {
  readonly name: string
  readonly passphrase?: string | undefined
  /** Shows the words to a person before anything is written; if it throws, nothing is. */
  readonly onWords?: (words: string) => Promise<void>
  /** Where the words go if nobody sees them: a new file of mode 0600. @default `recovery-words.txt` in the folder */
  readonly wordsFile?: string | undefined
}

export interface NewIdentity {
  readonly merchant: string
  readonly name: string
  readonly peerId: string
  /** Where the recovery words are, unless a person saw them. */
  readonly wordsFile?: string
}

/**
 * A new merchant: keys, store and the first commit of `trust`, which holds the name.
 * @throws {NodeError} `already-initialised`, `folder-not-empty`
 */
export async function createIdentity(path: string, options: NewIdentityOptions): Promise<NewIdentity> {
  await assertEmpty(path)
  const folder = dataFolder(path)
  const profile = profileSchema.parse({ name: options.name })
  const words = newRecoveryWords()
  await options.onWords?.(words)
  await createFolders(folder)
  const wordsFile = options.onWords === undefined ? (options.wordsFile ?? folder.words) : undefined
  // Before the keys: an identity whose words nobody has must not come about.
  if (wordsFile !== undefined) await writeWords(wordsFile, words)
  const { passphrase } = options
  const keystore = await createKeystore(path, {
    words,
    now: systemClock.nowSeconds(),
    ...(passphrase !== undefined && { passphrase }),
  })
  const database = await openDatabase(folder.store)
  try {
    const identity = new Identity(keystore, systemClock)
    const publish = new Publish(new RepoStore(database, nodePrimitives), identity, systemClock)
    await new OwnProfile(publish, identity).setProfile(profile)
  } finally {
    await database.close()
  }
  return {
    merchant: keystore.merchant,
    name: profile.name,
    peerId: keystore.peerId,
    ...(wordsFile !== undefined && { wordsFile }),
  }
}

/** Into a file that was not there before, for its owner only. */
export async function writeWords(path: string, words: RecoveryWords): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(`${words}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
}
