import { entropyToMnemonic, mnemonicToEntropy, mnemonicToSeedSync } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { type Digest, digestOf } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'

export const recoveryWordCount = 24
/** How many event keys of one set of words are looked at. A log cannot use more. */
export const eventKeyIndexesMax = 1_000

export type RecoveryWordsErrorCode = 'count' | 'unknown-word' | 'checksum'

/** The words as typed are no recovery words. Returned, not thrown; holds none of the words but a wrong one. */
export class RecoveryWordsError extends Error {
  override readonly name = 'RecoveryWordsError'
  readonly code: RecoveryWordsErrorCode
  /** 1 to 24, for an unknown word. */
  readonly position: number | undefined
  constructor(code: RecoveryWordsErrorCode, message: string, position?: number) {
    super(message)
    this.code = code
    this.position = position
  }
}

/** Twenty-four words of the English BIP39 list, checksum right, single spaces. Secret. */
export type RecoveryWords = string & { readonly __brand: 'RecoveryWords' }

/** @param entropy 32 random bytes. Spec: BIP39; protocol/records/key-event.md §3. */
export function createRecoveryWords(entropy: Uint8Array): RecoveryWords {
  if (entropy.length !== 32) throw new RangeError('recovery words need 32 bytes of entropy')
  return entropyToMnemonic(entropy, wordlist) as RecoveryWords
}

/** Words as a person types them: any case, any white space, numbers before them ("1. abandon") are left out. */
export function parseRecoveryWords(typed: string): RecoveryWords | RecoveryWordsError {
  const words = typed
    .slice(0, 4096)
    .normalize('NFKD')
    .toLowerCase()
    .split(/[\s,;]+/)
    .filter((word) => word !== '' && !/^\d{1,2}[.):]?$/.test(word))
  if (words.length !== recoveryWordCount) {
    return new RecoveryWordsError(
      'count',
      `Recovery words are ${recoveryWordCount}, these are ${words.length}.`,
    )
  }
  const unknown = words.findIndex((word) => !wordlist.includes(word))
  if (unknown !== -1) {
    return new RecoveryWordsError(
      'unknown-word',
      unknownWordMessage(words[unknown] ?? '', unknown + 1),
      unknown + 1,
    )
  }
  const text = words.join(' ')
  try {
    mnemonicToEntropy(text, wordlist)
  } catch {
    return new RecoveryWordsError(
      'checksum',
      'Each word is a recovery word, but not these together: one is another word, or two are swapped.',
    )
  }
  return text as RecoveryWords
}

function unknownWordMessage(word: string, position: number): string {
  const similar = wordlist.filter((known) => known.slice(0, 3) === word.slice(0, 3)).slice(0, 8)
  const hint = similar.length === 0 ? '' : ` Did you mean ${similar.join(', ')}?`
  return `Word ${position} is not in the list of recovery words.${hint}`
}

/** BIP39 without a passphrase: 64 bytes. Costs some 10 ms. */
export function recoverySeed(words: RecoveryWords): Uint8Array {
  return mnemonicToSeedSync(words)
}

/** The 32-byte seed of event key `index`. Spec: protocol/records/key-event.md §3. */
export function eventKeySeed(primitives: Primitives, seed: Uint8Array, index: number): Uint8Array {
  if (!Number.isInteger(index) || index < 0 || index >= eventKeyIndexesMax) {
    throw new RangeError(`an event key index is 0 to ${eventKeyIndexesMax - 1}`)
  }
  return primitives.hkdfSha256(seed, `mosaic/key/${index}`, 32)
}

/** What an event commits to: the digest of the raw public key of event key `index`. */
export function eventKeyDigest(primitives: Primitives, seed: Uint8Array, index: number): Digest {
  return digestOf(primitives, primitives.ed25519PublicKey(eventKeySeed(primitives, seed, index)))
}

/**
 * The index of the event key that a log's `next` names; `undefined` if these words do not hold it.
 * `first` is tried first: an index that the caller remembers. Costs up to 0.2 s.
 */
export function findEventKey(
  primitives: Primitives,
  seed: Uint8Array,
  next: Digest,
  first = 0,
): number | undefined {
  if (eventKeyDigest(primitives, seed, first) === next) return first
  for (let index = 0; index < eventKeyIndexesMax; index++) {
    if (eventKeyDigest(primitives, seed, index) === next) return index
  }
  return undefined
}
