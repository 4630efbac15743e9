import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { importCatalog } from '../../src/shops/catalog.ts'
import { collect, failure, table, tableOf } from './collect.ts'

const eur = { currency: 'EUR' }
const row = (sku: string, name = 'Name', price = '1'): string[] => [sku, name, price]
const header = ['sku', 'name', 'price']

describe('formulas', () => {
  test.each([
    "=cmd|'/C calc'!A0",
    '=1+1',
    '+SUM(A1:A9)',
    "-2+3+cmd|' /C calc'!A0",
    '@SUM(1)',
    "=HYPERLINK('x')",
  ])('the title %s is refused', async (name) => {
    const { refused } = await collect(tableOf([{ sku: 'A', name, price: '1' }]), eur)
    expect(refused).toEqual([[2, 'title-formula']])
  })
  test('in a SKU they are refused, in other texts they stay what they are: texts', async () => {
    const { refused, offers } = await collect(
      tableOf([
        { sku: '=A1', name: 'A', price: '1', description: '' },
        { sku: 'B', name: 'B', price: '1', description: '=1+1' },
      ]),
      eur,
    )
    expect(refused).toEqual([[2, 'sku-formula']])
    expect(offers[0]?.description).toEqual({ en: '=1+1' })
  })
  test.each(['-20 % on hammers', '+49 Edition', '@home lamp', '- Dash', '1+1 set (blue)'])(
    '%s is none',
    async (name) => {
      expect((await collect(tableOf([{ sku: 'A', name, price: '1' }]), eur)).offers[0]?.title).toEqual({
        en: name,
      })
    },
  )
})

describe('encodings', () => {
  const text = table([header, row('A', 'Größe – 5 € ½'), row('B', 'Ä')])
  const title = async (bytes: Uint8Array, chunkBytes?: number, options = {}): Promise<unknown> =>
    (await collect(bytes, { ...eur, ...options }, chunkBytes)).offers.map((offer) => offer.title.en)
  const expected = ['Größe – 5 € ½', 'Ä']
  const utf16be = (content: string): Buffer => Buffer.from(content, 'utf16le').swap16()
  const windows1252 = Buffer.from(
    table([header, row('A', 'Größe \u0096 5 \u0080 ½'), row('B', 'Ä')]),
    'latin1',
  )

  test.each<[string, Uint8Array]>([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${text}`)],
    ['UTF-16 LE with a mark', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16 BE with a mark', utf16be(`\ufeff${text}`)],
    ['UTF-16 LE without', Buffer.from(text, 'utf16le')],
    ['UTF-16 BE without', utf16be(text)],
    ['Windows-1252', windows1252],
  ])('%s', async (_, bytes) => {
    expect(await title(bytes)).toEqual(expected)
    for (const size of [1, 3, 5]) expect(await title(bytes, size)).toEqual(expected)
  })

  test('Windows-1252 that shows only after a long beginning of ASCII', async () => {
    const rows = Array.from({ length: 40_000 }, (_, index) => row(`S${index}`))
    const bytes = Buffer.from(table([header, ...rows, row('LAST', 'Größe')]), 'latin1')
    expect(bytes.length).toBeGreaterThan(400_000)
    const { offer, summary } = await collect(bytes, eur, 70_001)
    expect(offer('LAST').title.en).toBe('Größe')
    expect(summary.assumed.encoding).toBe('windows-1252')
  })

  test('rows with bytes that are no text of the file’s encoding are refused, the others are taken', async () => {
    const bytes = Buffer.concat([
      Buffer.from(table([header, ...Array.from({ length: 9 }, (_, index) => row(`U${index}`, 'Größe'))])),
      Buffer.from('BAD,Gr\xf6\xdfe,1\n', 'latin1'),
      Buffer.from('GOOD,Größe,1\n'),
    ])
    const { refused, offer } = await collect(bytes, eur)
    expect(refused).toEqual([[11, 'encoding-invalid']])
    expect(offer('GOOD').title.en).toBe('Größe')
  })

  test('an encoding that was said', async () => {
    expect(
      await title(Buffer.from('sku,name,price\nA,Gr\u0094\u00e1e,1\n', 'latin1'), undefined, {
        encoding: 'ibm866',
      }),
    ).toEqual(['GrФсe'])
    expect(await failure('a', { encoding: 'ebcdic-?' })).toEqual({
      code: 'option-invalid',
      field: 'encoding',
    })
  })

  test.each<[string, Uint8Array | string, string]>([
    ['nothing', '', 'file-empty'],
    ['only spaces', '  \n\n', 'file-empty'],
    ['gzip', gzipSync('sku,name,price\n'), 'compressed'],
    ['zstd', zstdCompressSync('sku,name,price\n'), 'compressed'],
    ['a zip, as Excel writes', Buffer.from('504b030414000600', 'hex'), 'compressed'],
    ['a PDF', '%PDF-1.7\n', 'format-unknown'],
    ['a picture', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), 'format-unknown'],
    ['HTML', '<!DOCTYPE html><html><body>no</body></html>', 'format-unknown'],
    ['other XML', '<?xml version="1.0"?><catalog/>', 'format-unknown'],
    ['JSON', '{"sku":"A"}', 'mapping-needed'],
    ['one column', 'sku\nA\n', 'mapping-needed'],
    ['a list of categories', '# Google_Product_Taxonomy_Version: 2015-02-19\n537 - Baby\n', 'mapping-needed'],
  ])('%s is no catalog', async (_, bytes, code) => expect((await failure(bytes, eur)).code).toBe(code))
})

describe('rows', () => {
  test('with too few or too many cells are refused, trailing delimiters are not', async () => {
    const { refused, ignored, summary } = await collect(
      'sku,name,price\nA,a\nB,b,1,\nC,c,1,x\n,,\n,\nD,d,1\n',
      eur,
    )
    expect(refused).toEqual([
      [2, 'cells-count'],
      [4, 'cells-count'],
    ])
    expect(ignored).toEqual([
      [5, 'row-empty'],
      [6, 'row-empty'],
    ])
    expect(summary).toMatchObject({ rows: 6, taken: 2 })
  })

  test('with a cell of 10 MB are refused, the others are taken', async () => {
    const { refused, offers } = await collect(
      table([header, row('A'), row('B', 'x'.repeat(10_000_000)), row('C')]),
      eur,
      65_536,
    )
    expect(refused).toEqual([[3, 'cell-too-large']])
    expect(offers.map(({ sku }) => sku)).toEqual(['A', 'C'])
  })

  test('a quote that never closes ends the import with its line', async () => {
    const text = `${table([header, row('A'), row('B')])}"C,c,1\nD,d,1\n`
    expect(await failure(text, eur)).toEqual({ code: 'quote-unclosed', line: 4 })
  })

  test('a row without an end does not fill the memory', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('sku,name,price\nA,a,1\n"')
      const block = Buffer.alloc(1 << 20, 'x')
      for (let count = 0; count < 200; count++) yield block
    }
    const read = async (): Promise<void> => {
      for await (const _ of importCatalog(endless(), eur));
    }
    await expect(read()).rejects.toMatchObject({ code: 'row-too-large', details: { line: 3 } })
  })

  test('too many columns', async () => {
    const names = Array.from({ length: 2_001 }, (_, index) => `c${index}`)
    expect((await failure(table([names]), eur)).code).toBe('columns-too-many')
  })

  test('SKUs: too long, doubled, with control characters, of composed letters', async () => {
    const { refused, offers } = await collect(
      table([
        header,
        row('x'.repeat(65)),
        row('A'),
        row('A '),
        row('a'),
        row('B\u0007C'),
        row('e\u0301'),
        row('😀'),
      ]),
      eur,
    )
    expect(refused).toEqual([
      [2, 'sku-invalid'],
      [4, 'sku-duplicate'],
      [8, 'sku-invalid'],
    ])
    expect(offers.map(({ sku }) => sku)).toEqual(['A', 'a', 'B C', '\u00e9'])
  })

  test('texts beyond their limits are cut at a word, and it is noted', async () => {
    const { offers, summary } = await collect(
      tableOf([{ sku: 'A', name: 'word '.repeat(100), price: '1', description: `${'word '.repeat(1_000)}` }]),
      eur,
    )
    expect(offers[0]?.title.en).toMatch(/^(?:word )+word…$/)
    expect(offers[0]?.title.en?.length).toBeLessThanOrEqual(300)
    expect(offers[0]?.description?.en?.length).toBeLessThanOrEqual(4_000)
    expect(summary.notes).toEqual({ 'title-cut': 1, 'description-cut': 1 })
  })

  test('an offer that is too large loses the end of its description', async () => {
    const { offers, summary } = await collect(
      tableOf([{ sku: 'A', name: 'A', price: '1', description: '語'.repeat(4_000) }]),
      eur,
    )
    expect(Buffer.byteLength(JSON.stringify(offers[0]))).toBeLessThanOrEqual(12_000)
    expect(summary.notes).toEqual({ 'description-cut': 1 })
    const attributes = Array.from({ length: 30 }, (_, index) => [`a${index}`, '語'.repeat(400)])
    const mapping = {
      columns: { sku: 'sku', title: 'name', price: 'price' },
      attributes: attributes.map(([name]) => name as string),
    }
    const large = tableOf([{ sku: 'A', name: 'A', price: '1', ...Object.fromEntries(attributes) }])
    expect((await collect(large, { ...eur, mapping })).refused).toEqual([[2, 'offer-too-large']])
  })

  test('marks that turn the direction of writing around are no part of a title', async () => {
    const { offers } = await collect(tableOf([{ sku: 'A', name: 'abc\u202egpj.exe', price: '1' }]), eur)
    expect(offers[0]?.title.en).toBe('abcgpj.exe')
  })

  test('names of attributes that JavaScript or canonical JSON would trip over', async () => {
    const { offers } = await collect(
      tableOf([{ sku: 'A', name: 'A', price: '1', '12': 'x', __proto__x: 'y', constructor: 'z' }]),
      {
        ...eur,
        mapping: {
          columns: { sku: 'sku', title: 'name', price: 'price' },
          attributes: ['12', '__proto__x', 'constructor'],
        },
      },
    )
    expect(offers[0]?.attributes).toEqual({ '#12': 'x', __proto__x: 'y', constructor: 'z' })
  })
})

describe('XML', () => {
  const feed = (inner: string, doctype = ''): string =>
    `<?xml version="1.0"?>\n${doctype}<rss><channel>${inner}</channel></rss>`
  const item = '<item><id>A</id><title>A</title><price>1 EUR</price></item>'

  test('a bare DOCTYPE is fine, entities are refused before anything expands', async () => {
    expect((await collect(feed(item, '<!DOCTYPE rss SYSTEM "file:///etc/passwd">'))).summary.taken).toBe(1)
    const laughs = `<!DOCTYPE rss [\n<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">\n]>`
    expect(await failure(feed(item, laughs))).toMatchObject({ code: 'xml-entities' })
    expect(
      await failure(feed(item, '<!DOCTYPE rss [<!ENTITY % x SYSTEM "http://127.0.0.1/">%x;]>')),
    ).toMatchObject({ code: 'xml-entities' })
    expect(await failure(feed('<item><id>&mine;</id></item>'))).toMatchObject({ code: 'xml-malformed' })
  })

  test('malformed, cut off, too deep: an error with its line', async () => {
    expect(await failure(feed('\n<item><id>A</item>'))).toEqual({ code: 'xml-malformed', line: 3 })
    expect((await failure(feed(item).slice(0, -10))).code).toBe('xml-malformed')
    expect((await failure(feed('<a>'.repeat(100) + '</a>'.repeat(100)))).code).toBe('xml-too-deep')
  })

  test('an item that is too large is refused with its line, the others are taken', async () => {
    const large = [
      `<item><id>L</id><title>${'x'.repeat(10_000_000)}</title><price>1 EUR</price></item>`,
      `<item><id>M</id><title a="${'x'.repeat(1_100_000)}">t</title></item>`,
      `<item><id>N</id>${'<x/>'.repeat(20_001)}</item>`,
      `<item b="${'x'.repeat(1_100_000)}"><id>O</id></item>`,
    ]
    const { refused, summary } = await collect(feed(`\n${[...large, item].join('\n')}`), {}, 65_536)
    expect(refused).toEqual([3, 4, 5, 6].map((line) => [line, 'element-too-large']))
    expect(summary).toMatchObject({ rows: 5, taken: 1 })
  })

  test('a comment or a tag without an end does not fill the memory', async () => {
    for (const start of ['<!--', '<item><title>', '<!DOCTYPE rss [']) {
      async function* endless(): AsyncGenerator<Uint8Array> {
        yield Buffer.from(`<rss><channel>${start}`)
        const block = Buffer.alloc(1 << 20, 'x')
        for (let count = 0; count < 200; count++) yield block
      }
      const read = async (): Promise<void> => {
        for await (const _ of importCatalog(endless()));
      }
      await expect(read(), start).rejects.toMatchObject({
        code: expect.stringMatching(/^xml-(?:too-large|malformed)$/),
      })
    }
  })

  test('its declaration says the encoding; lines are right wherever the bytes are cut', async () => {
    const latin = Buffer.from(
      `<?xml version="1.0" encoding="ISO-8859-1"?>\n<rss><channel>\r\n<item\r\n x="1"><id>A</id><title>Größe</title><price>1 EUR</price></item>\r\n<item\n><id>B</id></item></channel></rss>`,
      'latin1',
    )
    for (const size of [1, 2, 3, 1_000]) {
      const { events, refused } = await collect(latin, {}, size)
      expect(events.find(({ type }) => type === 'offer')).toMatchObject({
        line: 3,
        offer: { title: { en: 'Größe' } },
      })
      expect(refused).toEqual([[5, 'title-missing']])
    }
    expect((await failure('<?xml version="1.0" encoding="klingon"?><rss/>')).code).toBe('format-unknown')
    const utf16 = Buffer.from(
      `\ufeff<?xml version="1.0" encoding="UTF-16"?><rss><channel>${item}</channel></rss>`,
      'utf16le',
    )
    expect((await collect(utf16)).summary.taken).toBe(1)
  })

  test('HTML in texts becomes text', async () => {
    const { offers } = await collect(
      feed(
        `<item><id>A</id><title>Schraube &lt;M6&gt; &amp;amp; Mutter</title><description><![CDATA[<script>alert(1)</script><p onclick="x">One<br/>two</p><style>p{}</style>]]></description><price>1 EUR</price></item>`,
      ),
    )
    expect(offers[0]).toMatchObject({
      title: { en: 'Schraube <M6> & Mutter' },
      description: { en: 'One\ntwo' },
    })
  })
})

describe('images', () => {
  test('only web addresses are taken; nothing is fetched', async () => {
    const { offers, summary } = await collect(
      tableOf([
        {
          sku: 'A',
          name: 'A',
          price: '1',
          images:
            'javascript:alert(1)|file:///etc/passwd|/a.jpg|//cdn.example/b.jpg|https://x.example/ä"<>.jpg|ftp://x/y.jpg',
        },
      ]),
      eur,
    )
    expect(offers[0]?.images).toEqual([
      { url: 'https://cdn.example/b.jpg' },
      { url: 'https://x.example/%C3%A4%22%3C%3E.jpg' },
    ])
    expect(summary.notes).toEqual({ 'image-dropped': 1 })
  })
})

describe('the source', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  test('that breaks is an error of its own', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('sku,name,price\n')
      throw new Error('disk gone')
    }
    const read = async (): Promise<void> => {
      for await (const _ of importCatalog(broken(), eur));
    }
    await expect(read()).rejects.toMatchObject({ name: 'ImportError', code: 'source-failed' })
  })

  test('is closed, and its copy removed, when the caller stops or aborts', async () => {
    const woo = tableOf(
      Array.from({ length: 2_000 }, (_, index) => ({
        Type: 'simple',
        SKU: `${index}`,
        Name: 'x'.repeat(12_000),
        Published: '1',
        'Regular price': '1',
      })),
    )
    let closed = 0
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        const bytes = Buffer.from(woo)
        for (let at = 0; at < bytes.length; at += 1 << 20) yield bytes.subarray(at, at + (1 << 20))
      } finally {
        closed++
      }
    }
    const folder = mkdtempSync(join(tmpdir(), 'mosaic-test-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    vi.stubEnv('TMPDIR', folder)
    const copies = (): number => readdirSync(folder).length
    let during = 0
    for await (const event of importCatalog(source(), eur)) {
      if (event.type !== 'offer') continue
      during = copies()
      break
    }
    expect(during).toBe(1)
    expect(copies()).toBe(0)
    expect(closed).toBe(1)

    const controller = new AbortController()
    const read = async (): Promise<void> => {
      for await (const event of importCatalog(source(), { ...eur, signal: controller.signal }))
        if (event.type === 'offer') controller.abort()
    }
    await expect(read()).rejects.toMatchObject({ name: 'AbortError' })
    expect(copies()).toBe(0)

    vi.stubEnv('TMPDIR', join(folder, 'not-there'))
    const readAll = async (): Promise<void> => {
      for await (const _ of importCatalog(source(), eur));
    }
    await expect(readAll()).rejects.toMatchObject({ name: 'ImportError', code: 'spool-failed' })
  })

  test.each([
    ['currency', { currency: 'euro' }],
    ['currency', { currency: 'QQQ' }],
    ['language', { language: 'german' }],
    ['vatBasisPoints', { vatBasisPoints: 19.5 }],
    ['mapping.columns.colour', { mapping: { columns: { colour: 'x' } } as never }],
  ])('an option that is not valid is named: %s', async (field, options) => {
    expect(await failure('sku,name,price\n', options)).toMatchObject({ code: 'option-invalid' })
    if (!field.includes('.')) expect(await failure('sku,name,price\n', options)).toMatchObject({ field })
  })
})
