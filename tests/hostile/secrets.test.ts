import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { apiAccess, apiAccessFile } from '../../src/api/client.ts'
import { decodeKeystore, readKeystoreFile } from '../../src/store/keystore-file.ts'
import { mosaic } from '../cli/mosaic.ts'
import { keysOf, meet, peer, realNode } from './real-node.ts'
import { SyncPeer } from './sync-peer.ts'

// Design §3: secrets reach neither logs nor errors nor others. A merchant's day, in processes; then all that was said is
// searched for all that is secret.

const launcher = resolve(import.meta.dirname, '../../src/cli/mosaic.js')
const passphrase = 'correct horse battery staple'

/** A secret of bytes as it might be written. */
function writings(secret: Uint8Array): string[] {
  const bytes = Buffer.from(secret)
  return [
    bytes.toString('base64url'),
    bytes.toString('base64'),
    bytes.toString('hex'),
    JSON.stringify([...bytes]),
  ]
}

async function keysIn(folder: string, protectedBy?: string): Promise<Uint8Array[]> {
  const { secrets } = await decodeKeystore(await readKeystoreFile(folder), protectedBy)
  return [secrets.signingSeed, secrets.nodeSeed, ...secrets.sealing.map(({ secret }) => secret)]
}

/** Three words in a row, wherever they begin. */
function rowsOf(words: string): string[] {
  const list = words.trim().split(/\s+/)
  return list.slice(2).map((_, at) => list.slice(at, at + 3).join(' '))
}

test('a merchant’s day: what the node and its commands print holds no secret', {
  timeout: 120_000,
}, async () => {
  const parent = await mkdtemp(join(tmpdir(), 'mosaic-secrets-'))
  const at = (name: string): string => join(parent, name)
  const data = at('anna')
  const said: string[] = []
  const env = { MOSAIC_PASSPHRASE: passphrase }
  const run = async (...args: string[]) => {
    const answer = await mosaic([...args, '--data', data], env)
    said.push(answer.stdout, answer.stderr)
    return answer
  }
  await run('init', '--name', 'Anna', '--words-file', at('words'), '--json')
  const node = spawn(
    process.execPath,
    [launcher, 'start', '--data', data, '--json', '--listen', '/ip4/127.0.0.1/tcp/0', '--no-local-discovery'],
    { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  for (const stream of [node.stdout, node.stderr]) stream.on('data', (chunk) => said.push(String(chunk)))
  await once(node.stdout, 'data')
  const keys = await keysIn(data, passphrase)
  const words = await readFile(at('words'), 'utf8')
  const { token } = apiAccess.parse(JSON.parse(await readFile(join(data, apiAccessFile), 'utf8')))

  // The one answer that has to hold a code is not among what was said.
  const invited = await mosaic(['invite', '--data', data, '--json', '--valid', '1h'], env)
  const { code } = (invited.json as { invitation: { code: string } }).invitation
  await writeFile(at('wrong-words'), words.trim().split(' ').toReversed().join(' '))
  await writeFile(at('stock.csv'), 'sku,title,price\nA-1,Lamp,1.00\n')
  const commands = [
    ['status'],
    ['identity'],
    ['invite', 'list'],
    ['join', code], // its own
    ['join', `${code.slice(0, -1)}${code.endsWith('q') ? 'p' : 'q'}`], // mistyped
    ['partners'],
    ['catalog', 'import', at('stock.csv'), '--currency', 'EUR', '--language', 'en'],
    ['assortments', 'create', 'public', '--replace'],
    ['repo', 'log', 'trust'],
    ['repo', 'verify'],
    ['offers', '--text', 'lamp'],
    ['start'], // a second one
    ['check'],
    ['backup', at('backup')],
    ['identity', 'rotate', '--words-file', at('wrong-words')],
  ]
  for (const [index, args] of commands.entries()) await run(...args, ...(index % 2 === 0 ? [] : ['--json']))
  const rotated = await run(
    'identity',
    'rotate',
    '--words-file',
    at('words'),
    '--new-words-file',
    at('new'),
    '--json',
  )
  expect(rotated.json).toMatchObject({ identity: { keyEvents: 2 } })
  node.kill()
  await once(node, 'close')

  const secrets = [
    ...[...keys, ...(await keysIn(data, passphrase)), keysOf(code).macKey].flatMap(writings),
    ...[...rowsOf(words), ...rowsOf(await readFile(at('new'), 'utf8'))],
    ...[token, passphrase, code, code.slice(5, 60)],
  ]
  expect(secrets.length).toBeGreaterThan(60)
  const all = said.join('\n')
  expect(all.length).toBeGreaterThan(5_000)
  expect(secrets.filter((secret) => all.includes(secret))).toEqual([])
  await rm(parent, { recursive: true, force: true })
})

test('what a node tells others: a stranger with a session gets no secret, and nothing about invitations', async () => {
  await using vera = await realNode('Vera')
  const { code } = await vera.node.invitations.create({ form: 'link', auto: true, role: 'partner' })
  await using carl = await peer('carl')
  const session = await meet(carl, vera)
  const sync = await SyncPeer.open(carl, session)
  await sync.hear('page', sync.want({ merchant: vera.merchant, repo: 'trust' }))
  const heard = Buffer.concat([
    ...sync.raw,
    Buffer.from(JSON.stringify([session.binding, session.keyLog, session.held])),
  ])
  const { id, macKey } = keysOf(code)
  const secrets = [...(await keysIn(vera.folder)), macKey, Buffer.from(vera.token, 'base64url')]
  for (const secret of [...secrets.flatMap(writings), ...secrets.map((bytes) => Buffer.from(bytes)), id])
    expect(heard.includes(secret)).toBe(false)
})

test('in a folder that others may read, what is inside is for its owner only', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mosaic-open-'))
  const data = join(folder, 'data')
  await mkdir(data)
  await chmod(data, 0o755)
  await mosaic(['init', '--name', 'Vera', '--data', data, '--json'])
  const open: string[] = []
  for (const name of await readdir(data))
    if (((await stat(join(data, name))).mode & 0o077) !== 0) open.push(name)
  await rm(folder, { recursive: true, force: true })
  expect(open).toEqual([])
})
