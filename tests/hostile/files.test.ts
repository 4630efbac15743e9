import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, mosaic } from '../cli/mosaic.ts'

// Design §13, hostile catalog files, as a merchant meets them: `mosaic catalog import FILE --dry-run --json`.

let folder: string
const server = createServer((_, response) => void response.end('sku,title,price\nGOT-1,Fetched,1.00\n'))
let requests = 0
let origin: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mosaic-files-'))
  server.on('connection', () => requests++)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.close()
  await rm(folder, { recursive: true, force: true })
})

async function importOf(name: string, content: string | Uint8Array): Promise<Answer> {
  const path = join(folder, name)
  await writeFile(path, content)
  return await importPath(path)
}

const importPath = (path: string): Promise<Answer> =>
  mosaic(['catalog', 'import', path, '--dry-run', '--json', '--currency', 'EUR', '--language', 'en'])

test('a table with everything wrong: each row is refused by line and reason, the good ones are taken', async () => {
  const { code, json } = await importOf(
    'bad.csv',
    [
      'sku,title,price,stock,image',
      "=cmd|'/c calc'!A1,Formula,1.00,1,",
      'A-1,"=HYPERLINK(""http://evil.example"",""x"")",2.00,1,',
      'A-2,First,3.00,1,',
      'A-2,Second,4.00,1,',
      `A-3,"${'x'.repeat(10_000_000)}",5.00,1,`,
      'A-4,Short',
      'A-5,No price,,1,',
      `A-6,Good,6.00,0,${origin}/image.jpg`,
    ].join('\n'),
  )
  expect(code).toBe(0)
  expect(json).toMatchObject({ rows: 8, taken: 2, ignored: 0, refusedCount: 6 })
  expect(json.refused).toEqual([
    { line: 2, sku: "=cmd|'/c calc'!A1", reason: 'sku-formula' },
    { line: 3, sku: 'A-1', reason: 'title-formula' },
    { line: 5, sku: 'A-2', reason: 'sku-duplicate' },
    { line: 6, sku: '', reason: 'cell-too-large' },
    { line: 7, sku: '', reason: 'cells-count' },
    { line: 8, sku: 'A-5', reason: 'price-missing' },
  ])
})

describe('encodings', () => {
  const table = 'sku;title;price\nS-1;Schöne Grüße für 5 €;4,95\n'
  const swapped = (bytes: Buffer): Buffer => Buffer.from(bytes).swap16()
  const windows = Buffer.from(table.replace('€', '\u0080'), 'latin1')
  test.each<[string, Buffer]>([
    ['UTF-8', Buffer.from(table)],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${table}`)],
    ['UTF-16, low byte first', Buffer.from(`\ufeff${table}`, 'utf16le')],
    ['UTF-16, high byte first', swapped(Buffer.from(`\ufeff${table}`, 'utf16le'))],
    ['Windows-1252', windows],
  ])('%s', async (name, bytes) => {
    const { json } = await importOf(`${name}.csv`, bytes)
    expect(json).toMatchObject({ taken: 1, refusedCount: 0 })
    expect(json.offers).toMatchObject([{ title: { en: 'Schöne Grüße für 5 €' }, price: { minor: 495 } }])
  })
})

const rss = (doctype: string, title: string): string =>
  `<?xml version="1.0"?>${doctype}<rss xmlns:g="http://base.google.com/ns/1.0"><channel><item><g:id>1</g:id><title>${title}</title><g:price>1 EUR</g:price></item></channel></rss>`

describe('refused as a whole, in words', () => {
  const entities = '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">'
  test.each<[string, string | Uint8Array, string, RegExp]>([
    ['without the columns that matter', 'name;foo\nA;B\n', 'mapping-needed', /name, foo/],
    [
      'XML with a bomb of entities',
      rss(`<!DOCTYPE rss [${entities}]>`, '&b;'),
      'xml-entities',
      /fill the memory/,
    ],
    [
      'XML that reads a file',
      rss('<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>', '&x;'),
      'xml-entities',
      /read files/,
    ],
    ['a zstd bomb', zstdCompressSync(Buffer.alloc(2 ** 26)), 'compressed', /Unpack it/],
    ['a gzip bomb', gzipSync(Buffer.alloc(2 ** 24)), 'compressed', /Unpack it/],
    ['nothing but zeros', Buffer.alloc(10_000), 'format-unknown', /zero bytes/],
    ['nothing', '', 'file-empty', /empty/],
  ])('%s', async (name, content, code, says) => {
    const answer = await importOf(name, content)
    expect(answer).toMatchObject({ code: 1, json: { error: { code } } })
    expect(JSON.stringify(answer.json)).toMatch(says)
    expect(answer.stdout).not.toContain('root:')
  })
})

test('a path that is an address, a folder, or without end', async () => {
  for (const path of [`${origin}/feed.csv`, folder, '/dev/zero', '/dev/null']) {
    const { code, json } = await importPath(path)
    expect({ path, code, json }).toMatchObject({ path, code: 1, json: { error: { message: /./ } } })
  }
})

test('XML with a DTD elsewhere is read without it', async () => {
  const { json } = await importOf('dtd.xml', rss(`<!DOCTYPE rss SYSTEM "${origin}/x.dtd">`, 'Lamp'))
  expect(json).toMatchObject({ taken: 1, offers: [{ title: { en: 'Lamp' } }] })
})

test('nothing was fetched: no feed, no DTD, no image', () => expect(requests).toBe(0))
