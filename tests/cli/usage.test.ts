import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mosaic } from './mosaic.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mosaic-usage-'))
})
afterAll(async () => await rm(folder, { recursive: true, force: true }))

const errorOf = (json: Readonly<Record<string, unknown>>) =>
  json.error as { code: string; message: string; field?: string }

describe('called wrongly', () => {
  test.each([
    ['an unknown command', ['inporte'], 'usage', 'inporte'],
    ['an unknown option', ['offers', '--colour', 'red'], 'usage', '--colour'],
    ['a missing argument', ['catalog', 'import'], 'usage', 'file'],
    ['a number that is none', ['catalog', 'import', 'x.csv', '--vat', '19%'], 'usage', '--vat'],
    [
      'a currency that is none',
      ['catalog', 'import', 'x.csv', '--currency', 'EURO'],
      'flag-invalid',
      '--currency',
    ],
    [
      'two price rules',
      ['assortments', 'preview', '--discount', '5%', '--markup', '5%'],
      'flag-invalid',
      '--markup',
    ],
    ['a name that nobody can be asked for', ['init'], 'flag-missing', '--name NAME'],
    ['a name without a letter', ['init', '--name', ' '], 'flag-invalid', '--name'],
  ])('%s', async (_, args, code, field) => {
    const answer = await mosaic([...args, '--data', join(folder, 'none'), '--json'])
    const error = errorOf(answer.json)
    expect(error).toMatchObject({ code, field })
    expect(answer.code).toBe(2)
    expect(answer.stdout.trimEnd().split('\n')).toHaveLength(1)
  })

  test('an error for people goes to stderr, says what to do, in their language', async () => {
    const args = ['offers', '--data', join(folder, 'none')]
    const english = await mosaic(args)
    expect(english).toMatchObject({ code: 1, stdout: '' })
    expect(english.stderr).toContain('is not running. Start it in another terminal: mosaic start --data')
    const german = await mosaic(args, { LANG: 'de_DE.UTF-8' })
    expect(german.stderr).toContain('läuft nicht. Starten Sie ihn in einem anderen Terminal')
    expect((await mosaic([...args, '--lang', 'de'])).stderr).toBe(german.stderr)
  })

  test('a variable of the environment that is wrong is named', async () => {
    const answer = await mosaic(['status', '--json'], { MOSAIC_API_PORT: 'eighty' })
    expect(errorOf(answer.json)).toMatchObject({ code: 'flag-invalid', field: 'MOSAIC_API_PORT' })
    expect(answer.code).toBe(2)
  })
})

describe('help', () => {
  test('leads from init to offers, in this order', async () => {
    const { stdout, code } = await mosaic(['--help'])
    const [meet, release] = [
      ['invite', 'join', 'invite confirm'],
      ['assortments create', 'assortments release'],
    ]
    const steps = ['init', 'start', 'catalog import', ...meet, ...release, 'offers']
    const places = steps.map((step) => stdout.indexOf(`\n  mosaic ${step} `))
    expect(places).not.toContain(-1)
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(code).toBe(0)
  })

  test('of a command has examples, in German too', async () => {
    const { stdout } = await mosaic(['assortments', 'create', '--help', '--lang', 'de'])
    expect(stdout).toContain('Aufruf: mosaic assortments create')
    expect(stdout).toContain('--discount <percent>')
    expect((await mosaic(['assortments', '--help'])).stdout).toContain('Examples:')
  })
})

describe('init', () => {
  test('makes an identity, says where the words are, and never prints them', async () => {
    const data = join(folder, 'anna')
    const { json, code, stdout } = await mosaic(['init', '--data', data, '--name', 'Anna', '--json'])
    expect(code).toBe(0)
    expect(json).toMatchObject({
      name: 'Anna',
      dataFolder: data,
      wordsFile: join(data, 'recovery-words.txt'),
    })
    const words = await readFile(join(data, 'recovery-words.txt'), 'utf8')
    expect(words.trim().split(' ')).toHaveLength(24)
    expect(stdout).not.toContain(words.trim().split(' ').slice(0, 2).join(' '))
    for (const file of ['recovery-words.txt', 'keystore.json'])
      expect((await stat(join(data, file))).mode & 0o777).toBe(0o600)
    expect((await stat(data)).mode & 0o777).toBe(0o700)
    const again = await mosaic(['init', '--data', data, '--name', 'Anna', '--json'])
    expect(errorOf(again.json)).toMatchObject({ code: 'already-initialised', field: '--data' })
    expect(again.code).toBe(1)
  })

  test('writes into no folder that holds something else, and overwrites no words', async () => {
    const data = join(folder, 'full')
    await mkdir(data)
    await writeFile(join(data, 'letter.txt'), 'Dear Anna')
    const full = await mosaic(['init', '--data', data, '--name', 'Bert', '--json'])
    expect(errorOf(full.json).code).toBe('folder-not-empty')
    const words = join(folder, 'words.txt')
    await writeFile(words, 'mine')
    const args = ['init', '--data', join(folder, 'carl'), '--name', 'Carl', '--words-file', words, '--json']
    expect(errorOf((await mosaic(args)).json).code).toBe('eexist')
    expect(await readFile(words, 'utf8')).toBe('mine')
  })

  test('a passphrase protects the keys: start asks for it, and refuses a wrong one', async () => {
    const data = join(folder, 'dora')
    const [right, wrong] = [join(folder, 'right'), join(folder, 'wrong')]
    await writeFile(right, 'correct horse\n')
    await writeFile(wrong, 'battery staple\n')
    const init = await mosaic([
      'init',
      '--data',
      data,
      '--name',
      'Dora',
      '--passphrase-file',
      right,
      '--json',
    ])
    expect(init.code).toBe(0)
    const silent = await mosaic(['start', '--data', data, '--json'])
    expect(errorOf(silent.json)).toMatchObject({ code: 'flag-missing', field: '--passphrase-file PATH' })
    expect(silent.code).toBe(2)
    const refused = await mosaic(['start', '--data', data, '--json', '--passphrase-file', wrong])
    expect(errorOf(refused.json).code).toBe('passphrase-wrong')
    expect(refused.code).toBe(1)
  })

  test('keys that others may read are not used', async () => {
    const data = join(folder, 'emil')
    await mosaic(['init', '--data', data, '--name', 'Emil', '--json'])
    await chmod(join(data, 'keystore.json'), 0o644)
    const answer = await mosaic(['start', '--data', data, '--json'])
    expect(errorOf(answer.json).code).toBe('mode-too-open')
  })
})

describe('catalog import --dry-run', () => {
  const csv = 'sku,title,price,stock\nA,Drill,49.90,3\nB,Saw,,1\n,Nameless,1.00,\nC,Rope,2.00,\n'

  test('needs no node and no data folder; its last line is the summary', async () => {
    const file = join(folder, 'products.csv')
    await writeFile(file, csv)
    const answer = await mosaic([
      'catalog',
      'import',
      file,
      '--dry-run',
      '--json',
      '--currency',
      'EUR',
      '--language',
      'en',
    ])
    expect(answer.code).toBe(0)
    expect(Object.keys(answer.json)).toEqual([
      'format',
      'rows',
      'products',
      'variants',
      'taken',
      'ignored',
      'refusedCount',
      'refused',
      'offers',
    ])
    expect(answer.json).toMatchObject({
      format: 'csv',
      rows: 4,
      taken: 2,
      ignored: 0,
      refusedCount: 2,
      refused: [
        { line: 3, sku: 'B', reason: 'price-missing' },
        { line: 4, sku: '', reason: 'sku-missing' },
      ],
      offers: [
        { sku: 'A', price: { minor: 4990, currency: 'EUR' }, stock: 3 },
        { sku: 'C', price: { minor: 200, currency: 'EUR' } },
      ],
    })
  })

  test('a table that nobody knows asks for a mapping, or takes one', async () => {
    const file = join(folder, 'strange.csv')
    await writeFile(file, 'Kode;Was;Wieviel\nX1;Lampe;9,90\n')
    const args = ['catalog', 'import', file, '--dry-run', '--json', '--currency', 'EUR']
    const asked = await mosaic(args)
    expect(errorOf(asked.json)).toMatchObject({ code: 'mapping-needed', field: 'sku' })
    const mapping = ['--map', 'sku=Kode', '--map', 'title=Was', '--map', 'price=Wieviel']
    const taken = await mosaic([...args, ...mapping])
    expect(taken.json).toMatchObject({
      taken: 1,
      offers: [{ sku: 'X1', price: { minor: 990, currency: 'EUR' } }],
    })
    const wrong = await mosaic([...args, '--map', 'colour=Kode'])
    expect(errorOf(wrong.json)).toMatchObject({ code: 'flag-invalid', field: '--map' })
    expect(wrong.code).toBe(2)
  })

  test('a file that is not there', async () => {
    const answer = await mosaic(['catalog', 'import', join(folder, 'nowhere.csv'), '--dry-run', '--json'])
    expect(errorOf(answer.json).code).toBe('enoent')
    expect(answer.code).toBe(1)
  })
})

test('the launcher finds a Node that is new enough by itself', async () => {
  const text = await readFile(resolve(import.meta.dirname, '../../src/cli/mosaic.js'), 'utf8')
  expect(text.startsWith('#!/usr/bin/env node\n')).toBe(true)
  expect((await mosaic(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})
