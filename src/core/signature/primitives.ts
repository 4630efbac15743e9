/**
 * What the pure core needs from outside: digests, signatures, inflating. Node binds `node:crypto` and
 * `node:zlib` (src/store/primitives.ts); a browser binds a JavaScript implementation. All synchronous: a
 * digest of a few kilobytes costs less than a promise.
 */
export interface Primitives {
  /** SHA-256, 32 bytes. A string is hashed as UTF-8. */
  sha256(data: Uint8Array | string): Uint8Array
  /** The same as base64url without padding, 43 characters: the form in which digests are signed and stored. */
  sha256Base64url(data: Uint8Array | string): string
  /** HMAC-SHA-256, 32 bytes. */
  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array
  /** HKDF-SHA-256 (RFC 5869) with an empty salt. `length` in bytes. */
  hkdfSha256(secret: Uint8Array, info: string, length: number): Uint8Array
  /** The 32-byte Ed25519 public key of a 32-byte seed. */
  ed25519PublicKey(seed: Uint8Array): Uint8Array
  /** A 64-byte Ed25519 signature (RFC 8032) by the key of a 32-byte seed. */
  ed25519Sign(seed: Uint8Array, message: Uint8Array): Uint8Array
  /** Call only after the checks of protocol/signatures.md: implementations differ on malformed keys and signatures. */
  ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  /** Whether the bytes are well-formed UTF-8. */
  isUtf8(bytes: Uint8Array): boolean
  /**
   * One zstd frame of exactly `rawLength` bytes.
   * @param into where the result goes, of `rawLength` bytes or more; new memory if it is missing
   * @throws RangeError if it is malformed or of another length; memory stays within `rawLength`
   */
  zstdDecompress(bytes: Uint8Array, rawLength: number, into?: Uint8Array): Uint8Array
  /** zstd, level 1. */
  zstdCompress(bytes: Uint8Array): Uint8Array
}
