import { isUtf8 } from 'node:buffer'
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  hash,
  hkdfSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import type { Primitives } from '../core/signature/primitives.ts'
import { zstdCompress, zstdDecompress } from './zstd.ts'

const pkcs8Head = Buffer.from('302e020100300506032b657004220420', 'hex')
const spkiHead = Buffer.from('302a300506032b6570032100', 'hex')
const cachedKeysMax = 4096

/** Importing a key costs as much as using it: keep the recent ones. Bounded, oldest out first. */
class KeyCache {
  readonly #keys = new Map<string, KeyObject>()
  readonly #create: (raw: Uint8Array) => KeyObject
  constructor(create: (raw: Uint8Array) => KeyObject) {
    this.#create = create
  }
  get(raw: Uint8Array): KeyObject {
    const id = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('latin1')
    let key = this.#keys.get(id)
    if (key === undefined) {
      key = this.#create(raw)
      if (this.#keys.size >= cachedKeysMax) this.#keys.delete(this.#keys.keys().next().value as string)
      this.#keys.set(id, key)
    }
    return key
  }
}

const publicKeys = new KeyCache((raw) =>
  createPublicKey({ key: Buffer.concat([spkiHead, raw]), format: 'der', type: 'spki' }),
)
const privateKeyOf = (seed: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([pkcs8Head, seed]), format: 'der', type: 'pkcs8' })
const privateKeys = new KeyCache(privateKeyOf)

/** The primitives of Node: OpenSSL and zlib. */
export const nodePrimitives: Primitives = {
  sha256: (data) => hash('sha256', data, 'buffer'),
  sha256Base64url: (data) => hash('sha256', data, 'base64url'),
  hmacSha256: (key, data) => createHmac('sha256', key).update(data).digest(),
  hkdfSha256: (secret, info, length) =>
    new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), info, length)),
  ed25519PublicKey: (seed) =>
    createPublicKey(privateKeyOf(seed)).export({ format: 'der', type: 'spki' }).subarray(-32),
  ed25519Sign: (seed, message) => sign(null, message, privateKeys.get(seed)),
  ed25519Verify: (publicKey, message, signature) =>
    verify(null, message, publicKeys.get(publicKey), signature),
  isUtf8: (bytes) => isUtf8(bytes),
  zstdDecompress,
  zstdCompress,
}
