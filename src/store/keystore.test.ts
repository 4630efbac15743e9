import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import nacl from 'tweetnacl'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type KeyLog, verifyKeyLog } from '../core/identity/key-log.ts'
import { verifyNodeBinding } from '../core/identity/node-binding.ts'
import { createRecoveryWords, eventKeySeed, recoverySeed } from '../core/identity/recovery-words.ts'
import { standingOf } from '../core/identity/standing.ts'
import { multibaseToPublicKey } from '../core/signature/base.ts'
import { canonicalText } from '../core/signature/canonical.ts'
import { verifyStatement } from '../core/signature/proof.ts'
import {
  createKeystore,
  type Keystore,
  newRecoveryWords,
  openKeystore,
  recoverKeystore,
  sealingKeyKeptSeconds,
  sealingKeySeconds,
} from './keystore.ts'
import { KeystoreError } from './keystore-error.ts'
import { decodeKeystore, keystoreBytesMax, passphraseCharsMax } from './keystore-file.ts'
import { nodePrimitives } from './primitives.ts'

const words = createRecoveryWords(new Uint8Array(32).fill(1))
const otherWords = createRecoveryWords(new Uint8Array(32).fill(2))
const now = 1_790_000_000
const scheduled = { reason: 'scheduled' } as const

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mosaic-keystore-'))
})
afterEach(async () => {
  await chmod(folder, 0o700)
  await rm(folder, { recursive: true })
})
const file = () => join(folder, 'keystore.json')
const code = (code: string) => expect.objectContaining({ name: 'KeystoreError', code })

/** All that a keystore can do, to compare two of them. */
function abilities(keystore: Keystore) {
  const { merchant, peerId, nodeSeed, sealingKey, log } = keystore
  return { merchant, peerId, nodeSeed, sealingKey, texts: log.texts, signed: keystore.sign({ a: 1 }) }
}

describe('a new keystore', () => {
  test('is opened as it was made, and signs with the key of its log', async () => {
    const made = await createKeystore(folder, { words, now })
    const opened = await openKeystore(folder)
    expect(abilities(opened)).toEqual(abilities(made))
    expect(opened.hasPassphrase).toBe(false)
    const verified = verifyStatement(nodePrimitives, opened.sign({ a: 1 }))
    expect(verified).toEqual({ ok: true, publicKey: opened.log.current.key })
  })

  test('lies in a file for its owner only, and nothing lies beside it', async () => {
    await createKeystore(folder, { words, now })
    expect((await stat(file())).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['keystore.json'])
  })

  test('holds neither the words nor any event key', async () => {
    const keystore = await createKeystore(folder, { words, now })
    await keystore.rotate({ words, newWords: otherWords, cause: scheduled, now })
    const text = await readFile(file(), 'utf8')
    for (const word of new Set(`${words} ${otherWords}`.split(' '))) expect(text).not.toMatch(`"${word}`)
    for (const of of [words, otherWords]) {
      for (const index of [0, 1, 2]) {
        const seed = eventKeySeed(nodePrimitives, recoverySeed(of), index)
        expect(text).not.toContain(Buffer.from(seed).toString('base64url'))
      }
    }
  })

  test('is never overwritten', async () => {
    const { merchant, log } = await createKeystore(folder, { words, now })
    await expect(createKeystore(folder, { words: otherWords, now })).rejects.toThrow(code('exists'))
    const options = { words, now, log, cause: scheduled }
    await expect(recoverKeystore(folder, options)).rejects.toThrow(code('exists'))
    expect((await openKeystore(folder)).merchant).toBe(merchant)
  })

  test('makes bindings that verify', async () => {
    const keystore = await createKeystore(folder, { words, now })
    const text = canonicalText(keystore.bindNode(now, 86_400))
    const verdict = verifyNodeBinding(nodePrimitives, text, {
      log: keystore.log,
      now,
      peerId: keystore.peerId,
    })
    expect(verdict).toMatchObject({ ok: true, binding: { sealingKey: keystore.sealingKey.publicKey } })
  })
})

describe('a passphrase', () => {
  const passphrase = 'Müsli & Käse'

  test('hides the secrets; wrong, missing and damaged are told apart', async () => {
    const made = await createKeystore(folder, { words, now, passphrase })
    const text = await readFile(file(), 'utf8')
    expect(text).not.toContain(Buffer.from(made.nodeSeed).toString('base64url'))
    expect(abilities(await openKeystore(folder, { passphrase }))).toEqual(abilities(made))
    // The same passphrase from a keyboard that composes letters otherwise.
    const decomposed = passphrase.normalize('NFD')
    expect((await openKeystore(folder, { passphrase: decomposed })).merchant).toBe(made.merchant)
    await expect(openKeystore(folder)).rejects.toThrow(code('passphrase-needed'))
    await expect(openKeystore(folder, { passphrase: 'x' })).rejects.toThrow(code('passphrase-wrong'))
    await expect(openKeystore(folder, { passphrase: '' })).rejects.toThrow(code('passphrase-wrong'))
    await expect(openKeystore(folder, { passphrase: 'x'.repeat(9999) })).rejects.toThrow(
      code('passphrase-wrong'),
    )
    const box = JSON.parse(text).box as string
    await writeFile(file(), text.replace(box, (box.startsWith('A') ? 'B' : 'A') + box.slice(1)))
    await expect(openKeystore(folder, { passphrase })).rejects.toThrow(code('damaged'))
  })

  test('is set, kept over a rotation, and taken away', async () => {
    const keystore = await createKeystore(folder, { words, now })
    await keystore.setPassphrase(passphrase)
    await keystore.rotate({ words, cause: scheduled, now })
    await expect(openKeystore(folder)).rejects.toThrow(code('passphrase-needed'))
    expect(abilities(await openKeystore(folder, { passphrase }))).toEqual(abilities(keystore))
    await keystore.setPassphrase(undefined)
    expect(abilities(await openKeystore(folder))).toEqual(abilities(keystore))
    await expect(keystore.setPassphrase('')).rejects.toThrow(RangeError)
    await expect(keystore.setPassphrase('x'.repeat(passphraseCharsMax + 1))).rejects.toThrow(RangeError)
  })
})

describe('a rotation', () => {
  test('needs the words that the log committed to, and no other', async () => {
    const keystore = await createKeystore(folder, { words, now })
    const before = abilities(keystore)
    const wrong = keystore.rotate({ words: otherWords, cause: scheduled, now })
    await expect(wrong).rejects.toThrow(code('words-wrong'))
    expect(abilities(await openKeystore(folder))).toEqual(before)

    const log = await keystore.rotate({ words, cause: scheduled, now })
    expect(log.entries.length).toBe(2)
    expect(log.current.key).not.toBe(before.signed.proof.verificationMethod.split('#')[1])
    expect(keystore.nodeSeed).toEqual(before.nodeSeed)
    expect(verifyStatement(nodePrimitives, keystore.sign({}))).toEqual({
      ok: true,
      publicKey: log.current.key,
    })
    expect(abilities(await openKeystore(folder))).toEqual(abilities(keystore))
  })

  test('may name new words; then the old ones are worth nothing, and may come back later', async () => {
    const keystore = await createKeystore(folder, { words, now })
    await keystore.rotate({ words, newWords: otherWords, cause: scheduled, now })
    await expect(keystore.rotate({ words, cause: scheduled, now })).rejects.toThrow(code('words-wrong'))
    await keystore.rotate({ words: otherWords, newWords: words, cause: scheduled, now })
    await keystore.rotate({ words, cause: scheduled, now })
    await keystore.rotate({ words, newWords: words, cause: scheduled, now })
    expect(keystore.log.entries.length).toBe(5)
  })

  test('after a theft replaces every key, and leaves standing what is under the last good commit', async () => {
    const keystore = await createKeystore(folder, { words, now })
    const stolen = abilities(keystore)
    const stolenBinding = canonicalText(keystore.bindNode(now, 86_400))
    const signedUnder = keystore.log.current.digest
    const lastGood = [{ repo: 'trust', rev: 3, digest: signedUnder }]
    const log = await keystore.rotate({ words, cause: { reason: 'compromised', lastGood }, now: now + 9 })
    expect(keystore.peerId).not.toBe(stolen.peerId)
    expect(keystore.sealingKey.publicKey).not.toBe(stolen.sealingKey.publicKey)
    // What was sealed before the theft can still be opened.
    expect(keystore.sealingKeyFor(stolen.sealingKey.publicKey)).toEqual(stolen.sealingKey)
    const binding = verifyNodeBinding(nodePrimitives, stolenBinding, { log, now: now + 9 })
    expect(binding).toMatchObject({ ok: false, reason: 'superseded' })
    expect(standingOf(log, signedUnder, lastGood[0])).toEqual({ standing: 'good' })
    const later = { repo: 'trust', rev: 4, digest: signedUnder }
    expect(standingOf(log, signedUnder, later)).toMatchObject({ standing: 'void' })
    expect(abilities(await openKeystore(folder))).toEqual(abilities(keystore))
  })

  test('works from nothing but the words and the log that partners hold', async () => {
    const lost = await createKeystore(folder, { words: otherWords, now })
    for (let count = 0; count < 3; count++) await lost.rotate({ words: otherWords, cause: scheduled, now })
    await lost.rotate({ words: otherWords, newWords: words, cause: scheduled, now })
    await rm(file())
    const log = verifyKeyLog(nodePrimitives, lost.log.texts) as KeyLog
    const recovered = await recoverKeystore(folder, { words, log, cause: { reason: 'retired' }, now })
    expect(recovered.merchant).toBe(lost.merchant)
    expect(recovered.log.extends(log)).toBe(true)
    expect(recovered.peerId).not.toBe(lost.peerId)
    await recovered.rotate({ words, cause: scheduled, now })
    expect(abilities(await openKeystore(folder))).toEqual(abilities(recovered))
  })

  test('goes on from the partners’ log where the folder is an old backup', async () => {
    const keystore = await createKeystore(folder, { words, now })
    await copyFile(file(), `${file()}.backup`)
    await keystore.rotate({ words, cause: scheduled, now })
    await copyFile(`${file()}.backup`, file())
    const restored = await openKeystore(folder)
    const log = await restored.rotate({ words, log: keystore.log, cause: { reason: 'retired' }, now })
    expect(log.extends(keystore.log)).toBe(true)
    const foreign = { words, log: restored.log, cause: scheduled, now }
    const other = await mkdtemp(join(folder, 'other-'))
    const stranger = await createKeystore(other, { words: otherWords, now })
    await expect(stranger.rotate(foreign)).rejects.toThrow(code('rotation-refused'))
  })

  test('says why a log takes no event', async () => {
    const keystore = await createKeystore(folder, { words, now })
    const lastGood = [{ repo: 'nonsense', rev: 1, digest: keystore.log.current.digest }]
    const refused = keystore.rotate({ words, cause: { reason: 'compromised', lastGood }, now })
    await expect(refused).rejects.toThrow(code('rotation-refused'))
    await expect(refused).rejects.toThrow(/lastGood\.0\.repo/)
  })
})

describe('sealing keys', () => {
  test('are replaced after a month, and the old one is kept for another', async () => {
    const keystore = await createKeystore(folder, { words, now })
    const first = keystore.sealingKey
    expect(await keystore.tendSealingKeys(now + sealingKeySeconds - 1)).toBe(false)
    expect(keystore.sealingKey).toEqual(first)
    const replaced = now + sealingKeySeconds
    expect(await keystore.tendSealingKeys(replaced)).toBe(true)
    expect(keystore.sealingKey.publicKey).not.toBe(first.publicKey)
    expect(await keystore.tendSealingKeys(replaced + 20 * 86_400)).toBe(false)
    expect((await openKeystore(folder)).sealingKeyFor(first.publicKey)).toEqual(first)
    await keystore.tendSealingKeys(replaced + sealingKeyKeptSeconds)
    expect(keystore.sealingKeyFor(first.publicKey)).toBeUndefined()
    expect((await openKeystore(folder)).sealingKeyFor(first.publicKey)).toBeUndefined()
  })

  test('open what was sealed to their public text', async () => {
    const { sealingKey } = await createKeystore(folder, { words, now })
    const sender = nacl.box.keyPair()
    const nonce = new Uint8Array(24)
    const publicKey = new Uint8Array(multibaseToPublicKey(sealingKey.publicKey, 'x25519') ?? [])
    const box = nacl.box(new Uint8Array([1, 2, 3]), nonce, publicKey, sender.secretKey)
    expect(nacl.box.open(box, nonce, sender.publicKey, sealingKey.secretKey)).toEqual(
      new Uint8Array([1, 2, 3]),
    )
  })
})

describe('the file', () => {
  test.skipIf(process.platform === 'win32').each([0o640, 0o604, 0o620, 0o644, 0o666])(
    'is not read with mode %o',
    async (mode) => {
      await createKeystore(folder, { words, now })
      await chmod(file(), mode)
      await expect(openKeystore(folder)).rejects.toThrow(code('mode-too-open'))
      await expect(openKeystore(folder)).rejects.toThrow(/chmod 600/)
    },
  )

  test('missing, unreadable, too large, newer', async () => {
    await expect(openKeystore(folder)).rejects.toThrow(code('missing'))
    await expect(openKeystore(join(folder, 'no', 'where'))).rejects.toThrow(code('missing'))
    await writeFile(file(), ' '.repeat(keystoreBytesMax + 1), { mode: 0o600 })
    await expect(openKeystore(folder)).rejects.toThrow(code('damaged'))
    await writeFile(file(), '{"v":2}')
    await expect(openKeystore(folder)).rejects.toThrow(code('too-new'))
    await writeFile(join(folder, 'file'), '')
    await expect(openKeystore(join(folder, 'file'))).rejects.toThrow(code('unreadable'))
  })

  test('cut off or with a key that is not the log’s is damaged', async () => {
    const keystore = await createKeystore(folder, { words, now })
    await keystore.rotate({ words, cause: scheduled, now })
    const text = await readFile(file(), 'utf8')
    for (let length = 0; length < text.length - 1; length += 97) {
      await writeFile(file(), text.slice(0, length))
      await expect(openKeystore(folder)).rejects.toThrow(code('damaged'))
    }
    const content = JSON.parse(text) as { events: string[] }
    await writeFile(file(), JSON.stringify({ ...content, events: content.events.slice(0, 1) }))
    await expect(openKeystore(folder)).rejects.toThrow(code('damaged'))
    await writeFile(file(), JSON.stringify({ ...content, events: content.events.reverse() }))
    await expect(openKeystore(folder)).rejects.toThrow(code('damaged'))
  })

  test('that cannot be written leaves all as it was, in memory and on the disk', async () => {
    const keystore = await createKeystore(folder, { words, now })
    const before = abilities(keystore)
    // A folder in the place of the temporary file: works against root too, whom no mode stops.
    await mkdir(`${file()}.tmp/x`, { recursive: true })
    await expect(keystore.rotate({ words, cause: scheduled, now })).rejects.toThrow(code('not-written'))
    expect(abilities(keystore)).toEqual(before)
    expect(abilities(await openKeystore(folder))).toEqual(before)
    await rm(`${file()}.tmp`, { recursive: true })
    await keystore.rotate({ words, cause: scheduled, now })
    expect(keystore.log.entries.length).toBe(2)
  })

  test('changes asked for at once happen one after another', async () => {
    const keystore = await createKeystore(folder, { words, now })
    const many = [1, 2, 3].map(() => keystore.rotate({ words, cause: scheduled, now }))
    await Promise.all([...many, keystore.tendSealingKeys(now + sealingKeySeconds)])
    expect(keystore.log.entries.length).toBe(4)
    expect(abilities(await openKeystore(folder))).toEqual(abilities(keystore))
  })

  test('arbitrary text gives our own error', async () => {
    const { text } = await made()
    const value = JSON.parse(text) as Record<string, unknown>
    const changed = fc
      .tuple(fc.constantFrom(...Object.keys(value), 'secrets.sealing', 'scrypt'), fc.jsonValue())
      .map(([member, by]) => JSON.stringify({ ...value, [member]: by }))
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json(), changed), async (input) => {
        const error = await decodeKeystore(input, undefined).then(
          () => undefined,
          (error: unknown) => error,
        )
        if (error !== undefined) expect(error).toBeInstanceOf(KeystoreError)
        // No error quotes what it read.
        const secret = (value as { secrets: { signingSeed: string } }).secrets.signingSeed
        if (error instanceof Error) expect(error.message).not.toContain(secret)
      }),
      { numRuns: 300 },
    )
  })

  test.each([
    ['too much memory', { n: 2 ** 30 }],
    ['too little work', { n: 1024 }],
    ['no power of two', { n: 100_000 }],
    ['too many blocks', { r: 4096 }],
    ['too many rounds', { p: 1000 }],
    ['a short salt', { salt: 'AAAA' }],
  ])('scrypt parameters out of range are refused before any work: %s', async (_, change) => {
    const bytes = (length: number) => Buffer.alloc(length).toString('base64url')
    const scrypt = { n: 131_072, r: 8, p: 1, salt: bytes(32), ...change }
    const content = { type: 'mosaic/keystore', v: 1, events: [], protection: 'passphrase', scrypt }
    const text = JSON.stringify({ ...content, check: bytes(16), nonce: bytes(24), box: bytes(40) })
    await expect(decodeKeystore(text, 'x')).rejects.toThrow(code('damaged'))
  })
})

async function made() {
  const keystore = await createKeystore(folder, { words: newRecoveryWords(), now })
  return { keystore, text: await readFile(file(), 'utf8') }
}
