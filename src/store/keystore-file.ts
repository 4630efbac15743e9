import { randomBytes, scrypt } from 'node:crypto'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import nacl from 'tweetnacl'
import { z } from 'zod'
import { keyEventsMax } from '../core/identity/key-log.ts'
import { base64urlToBytes, bytesToBase64url } from '../core/signature/base.ts'
import { schemaMessage } from '../core/signature/schema-message.ts'
import { KeystoreError } from './keystore-error.ts'
import { nodePrimitives } from './primitives.ts'

export const keystoreName = 'keystore.json'
/** A key log of 1 MiB, quoted, and the secrets. */
export const keystoreBytesMax = 4_194_304
export const passphraseCharsMax = 1_024

/** 128 MiB and some 0.4 s for one guess. */
const scryptCost = { n: 131_072, r: 8, p: 1 } as const
/** A file that asks for more would only exhaust this machine; one that asks for less was not written by us. */
const scryptLimits = { nMin: 32_768, nMax: 262_144, r: 8, pMax: 4 } as const
/** Old sealing secrets are dropped after 30 days, so a year of them is far more than there can be. */
export const sealingKeysMax = 12

function bytesSchema(length: number) {
  return z.codec(z.string(), z.instanceof(Uint8Array), {
    decode: (text, context) => {
      const bytes = base64urlToBytes(text)
      if (bytes?.length === length) return new Uint8Array(bytes)
      context.issues.push({ code: 'custom', message: `not ${length} bytes in base64url`, input: text })
      return z.NEVER
    },
    encode: (bytes) => bytesToBase64url(bytes),
  })
}

const secretsSchema = z.strictObject({
  /** Ed25519 seed of the merchant's signing key in force. */
  signingSeed: bytesSchema(32),
  /** Ed25519 seed of the node's libp2p key. */
  nodeSeed: bytesSchema(32),
  /** X25519 secrets, newest first: the first is in force. Times in UTC seconds. */
  sealing: z
    .array(
      z.strictObject({
        secret: bytesSchema(32),
        createdAt: z.int().nonnegative(),
        replacedAt: z.int().nonnegative().optional(),
      }),
    )
    .min(1)
    .max(sealingKeysMax),
  /** Where in the current recovery words the next event key is: a hint, the words are searched otherwise. */
  nextIndex: z.int().min(0).max(999),
})
export type KeystoreSecrets = z.infer<typeof secretsSchema>

const shared = {
  type: z.literal('mosaic/keystore'),
  v: z.literal(1),
  events: z.array(z.string()).max(keyEventsMax),
}

const plainSchema = z.strictObject({ ...shared, protection: z.literal('none'), secrets: secretsSchema })

const scryptSchema = z.strictObject({
  n: z
    .int()
    .min(scryptLimits.nMin)
    .max(scryptLimits.nMax)
    .refine((n) => Number.isInteger(Math.log2(n)), { error: 'not a power of two' }),
  r: z.literal(scryptLimits.r),
  p: z.int().min(1).max(scryptLimits.pMax),
  salt: bytesSchema(32),
})

const boxedSchema = z.strictObject({
  ...shared,
  protection: z.literal('passphrase'),
  scrypt: scryptSchema,
  /** Tells a wrong passphrase from a damaged box. */
  check: bytesSchema(16),
  nonce: bytesSchema(nacl.secretbox.nonceLength),
  box: z.string(),
})

const fileSchema = z.discriminatedUnion('protection', [plainSchema, boxedSchema])

type Bytes = Uint8Array<ArrayBuffer>

/** The key that a passphrase makes, kept while the keystore is open so that a write costs no scrypt. */
export interface Lock {
  readonly scrypt: z.infer<typeof scryptSchema>
  readonly key: Bytes
  readonly check: Bytes
}

export interface KeystoreContent {
  /** The merchant's own key log, oldest first. Public. */
  readonly events: readonly string[]
  readonly secrets: KeystoreSecrets
}

/** A lock with a new salt. @throws {RangeError} if the passphrase is empty or longer than {@link passphraseCharsMax} */
export async function newLock(passphrase: string): Promise<Lock> {
  if (passphrase.length === 0 || passphrase.length > passphraseCharsMax) {
    throw new RangeError(`a passphrase has 1 to ${passphraseCharsMax} characters`)
  }
  return deriveLock(passphrase, { ...scryptCost, salt: new Uint8Array(randomBytes(32)) })
}

async function deriveLock(passphrase: string, parameters: Lock['scrypt']): Promise<Lock> {
  const { n, r, p, salt } = parameters
  const options = { N: n, r, p, maxmem: 129 * n * r + 1_048_576 }
  const derived = await new Promise<Bytes>((resolve, reject) => {
    scrypt(passphrase.normalize('NFKC'), salt, 64, options, (error, key) => {
      if (error === null) resolve(new Uint8Array(key))
      else reject(error)
    })
  })
  const check = nodePrimitives.sha256(derived.subarray(32)).subarray(0, 16)
  return { scrypt: parameters, key: derived.subarray(0, 32), check: new Uint8Array(check) }
}

export function encodeKeystore(content: KeystoreContent, lock: Lock | undefined): string {
  const head = { type: 'mosaic/keystore' as const, v: 1 as const, events: [...content.events] }
  const secrets = z.encode(secretsSchema, content.secrets)
  if (lock === undefined) return `${JSON.stringify({ ...head, protection: 'none', secrets }, null, 2)}\n`
  const nonce = new Uint8Array(randomBytes(nacl.secretbox.nonceLength))
  const box = nacl.secretbox(new TextEncoder().encode(JSON.stringify(secrets)), nonce, lock.key)
  const file = z.encode(boxedSchema, {
    ...head,
    protection: 'passphrase',
    scrypt: lock.scrypt,
    check: lock.check,
    nonce,
    box: bytesToBase64url(box),
  })
  return `${JSON.stringify(file, null, 2)}\n`
}

/**
 * What the text of a keystore holds.
 * @throws {KeystoreError} `damaged`, `too-new`, `passphrase-needed`, `passphrase-wrong`; nothing else, whatever the text
 */
export async function decodeKeystore(
  text: string,
  passphrase: string | undefined,
): Promise<KeystoreContent & { readonly lock: Lock | undefined }> {
  const file = parse(fileSchema, parseJson(text))
  if (file.protection === 'none') return { events: file.events, secrets: file.secrets, lock: undefined }
  if (passphrase === undefined) {
    throw new KeystoreError('passphrase-needed', 'The keys are protected by a passphrase: give it.')
  }
  const wrong = new KeystoreError('passphrase-wrong', 'The passphrase is wrong.')
  if (passphrase.length > passphraseCharsMax) throw wrong
  const lock = await deriveLock(passphrase, file.scrypt)
  if (!nacl.verify(lock.check, file.check)) throw wrong
  const box = base64urlToBytes(file.box)
  const opened = box === undefined ? null : nacl.secretbox.open(new Uint8Array(box), file.nonce, lock.key)
  if (opened === null) throw damaged('the box with the secrets was changed')
  const secrets = parse(secretsSchema, parseJson(new TextDecoder().decode(opened)))
  return { events: file.events, secrets, lock }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The cause would quote the text, which may hold secrets.
    throw damaged('it is not JSON')
  }
}

function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const version = typeof value === 'object' && value !== null && 'v' in value ? value.v : 1
  if (typeof version === 'number' && version > 1) {
    throw new KeystoreError(
      'too-new',
      `${keystoreName} was written by a newer Mosaic (version ${version}): update.`,
    )
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw damaged(schemaMessage(parsed.error))
  return parsed.data
}

export function damaged(why: string): KeystoreError {
  return new KeystoreError(
    'damaged',
    `${keystoreName} is damaged (${why}). Restore it from a backup, or recover the identity with the recovery words.`,
  )
}

/** @throws {KeystoreError} `missing`, `unreadable`, `mode-too-open`, `damaged` if it is too large */
export async function readKeystoreFile(folder: string): Promise<string> {
  const path = join(folder, keystoreName)
  let file: FileHandle
  try {
    file = await open(path, 'r')
  } catch (cause) {
    if (isErrno(cause, 'ENOENT')) {
      throw new KeystoreError('missing', `There is no identity in ${folder}: \`mosaic init\` makes one.`, {
        cause,
      })
    }
    throw new KeystoreError('unreadable', `${path} cannot be read: ${messageOf(cause)}`, { cause })
  }
  try {
    const { mode, size } = await file.stat()
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      const octal = (mode & 0o777).toString(8).padStart(4, '0')
      throw new KeystoreError(
        'mode-too-open',
        `${path} holds private keys, and others on this machine may read or change it (mode ${octal}). Run: chmod 600 ${path}`,
      )
    }
    if (size > keystoreBytesMax) throw damaged(`it has more than ${keystoreBytesMax} bytes`)
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

/**
 * Replaces the file in one step: after a crash at any moment it is the old one or the new one, and after the
 * promise has resolved it is the new one even if the power fails.
 * @throws {KeystoreError} `not-written`: the old file is as it was, unless the disk failed to sync the folder at last
 */
export async function writeKeystoreFile(folder: string, text: string): Promise<void> {
  const path = join(folder, keystoreName)
  // One name, so that what a crash leaves behind is overwritten by the next write.
  const temporary = `${path}.tmp`
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await rm(temporary, { force: true })
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
    await syncFolder(folder)
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw new KeystoreError('not-written', `${path} could not be written: ${messageOf(cause)}`, { cause })
  }
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return // a folder cannot be opened there; NTFS journals the rename
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
