import { randomBytes } from 'node:crypto'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import nacl from 'tweetnacl'
import { inceptKeyLog } from '../core/identity/key-event-author.ts'
import { type KeyLog, KeyLogError, verifyKeyLog } from '../core/identity/key-log.ts'
import type { MerchantId } from '../core/identity/merchant-id.ts'
import { type NodeBinding, signNodeBinding } from '../core/identity/node-binding.ts'
import { publicKeyToPeerId } from '../core/identity/peer-id.ts'
import {
  createRecoveryWords,
  eventKeyDigest,
  eventKeySeed,
  type RecoveryWords,
  recoverySeed,
} from '../core/identity/recovery-words.ts'
import { publicKeyToMultibase } from '../core/signature/base.ts'
import { type Statement, signStatement } from '../core/signature/proof.ts'
import { KeystoreError } from './keystore-error.ts'
import {
  damaged,
  decodeKeystore,
  encodeKeystore,
  type KeystoreContent,
  type KeystoreSecrets,
  keystoreName,
  type Lock,
  newLock,
  readKeystoreFile,
  sealingKeysMax,
  writeKeystoreFile,
} from './keystore-file.ts'
import { type RotationOptions, rotatedLog } from './keystore-rotation.ts'
import { nodePrimitives } from './primitives.ts'

export type { RotationOptions } from './keystore-rotation.ts'

/** How old the sealing key in force gets. */
export const sealingKeySeconds = 30 * 86_400
/** How long a replaced one can still open what was sealed to it. */
export const sealingKeyKeptSeconds = 30 * 86_400

/** Words for a new identity, or for {@link Keystore.rotate}: show them once, to a person, and forget them. */
export function newRecoveryWords(): RecoveryWords {
  return createRecoveryWords(new Uint8Array(randomBytes(32)))
}

/** @param options `now`: UTC seconds. @throws {KeystoreError} `exists`, `not-written` */
export async function createKeystore(
  folder: string,
  options: { readonly words: RecoveryWords; readonly now: number; readonly passphrase?: string },
): Promise<Keystore> {
  await mustNotExist(folder)
  const seed = recoverySeed(options.words)
  const secrets = { ...newSecrets(options.now), nextIndex: 1 }
  const log = inceptKeyLog(nodePrimitives, {
    eventSeed: eventKeySeed(nodePrimitives, seed, 0),
    key: publicKeyOf(secrets.signingSeed),
    next: eventKeyDigest(nodePrimitives, seed, 1),
    time: options.now,
  })
  return writeNew(folder, log, secrets, options.passphrase)
}

/**
 * @throws {KeystoreError} `missing`, `unreadable`, `mode-too-open`, `damaged`, `too-new`, `passphrase-needed`,
 *   `passphrase-wrong`
 */
export async function openKeystore(
  folder: string,
  options: { readonly passphrase?: string } = {},
): Promise<Keystore> {
  const { lock, ...content } = await decodeKeystore(await readKeystoreFile(folder), options.passphrase)
  const log = verifyKeyLog(nodePrimitives, content.events)
  if (log instanceof KeyLogError) throw damaged(log.message)
  if (publicKeyOf(content.secrets.signingSeed) !== log.current.key) {
    throw damaged('the signing key is not the one of the key log')
  }
  return new Keystore(folder, log, content.secrets, lock)
}

/**
 * The identity again, from nothing but the recovery words and its key log as partners hold it: a new signing
 * key, node key and sealing key, by a rotation.
 * @param options `log`: the longest that could be found; `words`: those that its last event committed to;
 *   `newWords`: for the time after, if not the same
 * @throws {KeystoreError} `exists`, `words-wrong`, `rotation-refused`, `not-written`
 */
export async function recoverKeystore(
  folder: string,
  options: RotationOptions & { readonly log: KeyLog; readonly passphrase?: string },
): Promise<Keystore> {
  await mustNotExist(folder)
  const fresh = newSecrets(options.now)
  const { log, nextIndex } = rotatedLog(options.log, fresh.signingSeed, options, 0)
  return writeNew(folder, log, { ...fresh, nextIndex }, options.passphrase)
}

export interface SealingKey {
  /** Multibase, as in the node binding. */
  readonly publicKey: string
  /** 32 bytes for NaCl box. */
  readonly secretKey: Uint8Array
}

/** A merchant's keys and own key log, as they lie in `keystore.json`. One at a time a data folder. */
export class Keystore {
  readonly folder: string
  #log: KeyLog
  #secrets: KeystoreSecrets
  #lock: Lock | undefined
  #writing: Promise<unknown> = Promise.resolve()

  /** Use {@link openKeystore}, {@link createKeystore} or {@link recoverKeystore}. */
  constructor(folder: string, log: KeyLog, secrets: KeystoreSecrets, lock: Lock | undefined) {
    this.folder = folder
    this.#log = log
    this.#secrets = secrets
    this.#lock = lock
  }

  get merchant(): MerchantId {
    return this.#log.merchant
  }

  get log(): KeyLog {
    return this.#log
  }

  get hasPassphrase(): boolean {
    return this.#lock !== undefined
  }

  /** 32 bytes: the seed of the node's libp2p key. */
  get nodeSeed(): Uint8Array {
    return this.#secrets.nodeSeed
  }

  get peerId(): string {
    return publicKeyToPeerId(nodePrimitives.ed25519PublicKey(this.#secrets.nodeSeed))
  }

  /** Signs with the key in force; costs some 50 µs. The body names `keyEvent` itself where its kind has one. */
  sign<T extends object>(body: T): Statement<T> {
    const { signingSeed } = this.#secrets
    return signStatement(nodePrimitives, body, { seed: signingSeed, publicKey: this.#log.current.key })
  }

  /** What commits are signed with: the key in force. Not to be kept beyond one commit. */
  get signer(): { readonly seed: Uint8Array; readonly publicKey: string } {
    return { seed: this.#secrets.signingSeed, publicKey: this.#log.current.key }
  }

  /** A binding of this node, its sealing key in force and the key event in force. */
  bindNode(now: number, lifetimeSeconds: number): Statement<NodeBinding> {
    const node = { peerId: this.peerId, sealingKey: this.sealingKey.publicKey }
    const { signingSeed: seed } = this.#secrets
    return signNodeBinding(nodePrimitives, this.#log, node, { seed, now, lifetimeSeconds })
  }

  /** The one that the next node binding names. */
  get sealingKey(): SealingKey {
    return sealingKeyOf(this.#secrets.sealing[0]?.secret ?? new Uint8Array(32))
  }

  /** The key to open what was sealed to `publicKey`; `undefined` if it is not ours or was dropped. */
  sealingKeyFor(publicKey: string): SealingKey | undefined {
    return this.#secrets.sealing
      .map(({ secret }) => sealingKeyOf(secret))
      .find((key) => key.publicKey === publicKey)
  }

  /**
   * Replaces the sealing key when it is {@link sealingKeySeconds} old, and drops replaced ones after
   * {@link sealingKeyKeptSeconds}. Call daily.
   * @returns whether there is a new one: then the node needs a new binding
   */
  async tendSealingKeys(now: number): Promise<boolean> {
    return this.#change(() => {
      const kept = this.#secrets.sealing.filter(
        ({ replacedAt }) => replacedAt === undefined || now - replacedAt < sealingKeyKeptSeconds,
      )
      const isDue = now - (kept[0]?.createdAt ?? 0) >= sealingKeySeconds
      if (!isDue && kept.length === this.#secrets.sealing.length) return { result: false }
      const sealing = isDue ? withNewSealingKey(kept, now) : kept
      return { secrets: { ...this.#secrets, sealing }, result: isDue }
    })
  }

  /**
   * A new signing key, by an event that the recovery words sign. After a theft (`compromised`) the node key
   * and the sealing key are new too: the thief has them. Node bindings have to be signed again.
   * @returns the log to send to everybody
   * @throws {KeystoreError} `words-wrong`, `rotation-refused`, `not-written`
   */
  async rotate(options: RotationOptions): Promise<KeyLog> {
    return this.#change(() => {
      const signingSeed = randomSeed()
      const base = options.log ?? this.#log
      if (base.head.digest !== this.#log.head.digest && !base.extends(this.#log)) {
        throw new KeystoreError('rotation-refused', 'The other key log does not begin with this one.')
      }
      const { log, nextIndex } = rotatedLog(base, signingSeed, options, this.#secrets.nextIndex)
      const secrets = { ...this.#secrets, signingSeed, nextIndex }
      if (options.cause.reason !== 'compromised') return { log, secrets, result: log }
      const stolen = this.#secrets.sealing
      const renewed = { ...secrets, nodeSeed: randomSeed(), sealing: withNewSealingKey(stolen, options.now) }
      return { log, secrets: renewed, result: log }
    })
  }

  /** Sets, changes or (with `undefined`) takes away the passphrase. @throws {KeystoreError} `not-written` */
  async setPassphrase(passphrase: string | undefined): Promise<void> {
    const lock = passphrase === undefined ? undefined : await newLock(passphrase)
    await this.#change(() => ({ lock, secrets: this.#secrets, result: undefined }))
  }

  /** One change after another; it holds in memory once it is on the disk. */
  #change<T>(make: () => Change<T>): Promise<T> {
    const change = this.#writing.then(async () => {
      const made = make()
      if (made.secrets === undefined) return made.result
      const log = made.log ?? this.#log
      const lock = 'lock' in made ? made.lock : this.#lock
      await write(this.folder, { events: log.texts, secrets: made.secrets }, lock)
      this.#log = log
      this.#secrets = made.secrets
      this.#lock = lock
      return made.result
    })
    this.#writing = change.catch(() => undefined)
    return change
  }
}

interface Change<T> {
  /** Absent: nothing to write. */
  readonly secrets?: KeystoreSecrets
  readonly log?: KeyLog
  readonly lock?: Lock | undefined
  readonly result: T
}

async function writeNew(
  folder: string,
  log: KeyLog,
  secrets: KeystoreSecrets,
  passphrase: string | undefined,
) {
  const lock = passphrase === undefined ? undefined : await newLock(passphrase)
  await write(folder, { events: log.texts, secrets }, lock)
  return new Keystore(folder, log, secrets, lock)
}

async function write(folder: string, content: KeystoreContent, lock: Lock | undefined): Promise<void> {
  await writeKeystoreFile(folder, encodeKeystore(content, lock))
}

async function mustNotExist(folder: string): Promise<void> {
  const path = join(folder, keystoreName)
  const exists = await access(path).then(
    () => true,
    () => false,
  )
  if (exists) throw new KeystoreError('exists', `${path} holds an identity already: it is never overwritten.`)
}

function newSecrets(now: number): Omit<KeystoreSecrets, 'nextIndex'> {
  return { signingSeed: randomSeed(), nodeSeed: randomSeed(), sealing: withNewSealingKey([], now) }
}

function withNewSealingKey(sealing: KeystoreSecrets['sealing'], now: number): KeystoreSecrets['sealing'] {
  const replaced = sealing.map((key) => ({ ...key, replacedAt: key.replacedAt ?? now }))
  return [{ secret: randomSeed(), createdAt: now }, ...replaced].slice(0, sealingKeysMax)
}

function sealingKeyOf(secret: Uint8Array): SealingKey {
  const { publicKey, secretKey } = nacl.box.keyPair.fromSecretKey(secret)
  return { publicKey: publicKeyToMultibase(publicKey, 'x25519'), secretKey }
}

function publicKeyOf(seed: Uint8Array): string {
  return publicKeyToMultibase(nodePrimitives.ed25519PublicKey(seed))
}

function randomSeed(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(randomBytes(32))
}
