import { describe, expect, test } from 'vitest'
import { facts, printable, table } from './table.ts'

const rows = [
  { name: 'Drill', price: '9.90' },
  { name: 'Akkubohrschrauber mit Koffer', price: '1,249.00' },
  { name: '电钻', price: '5.00' },
]

describe('a table', () => {
  test('lines its columns up, also for wide characters, and cuts what is too long', () => {
    const text = table(rows, [
      { head: 'NAME', cell: ({ name }) => name, widthMax: 12 },
      { head: 'PRICE', cell: ({ price }) => price, align: 'right' },
    ])
    expect(text.split('\n')).toEqual([
      'NAME             PRICE',
      'Drill             9.90',
      'Akkubohrsch…  1,249.00',
      '电钻              5.00',
    ])
  })

  test('lets no text of a partner move the cursor or turn the line round', () => {
    expect(printable('a\x1b[2Jb\u202ec\nd\te')).toBe('a [2Jb c d e')
    expect(table([{ name: '\x1b]0;evil\x07' }], [{ head: 'N', cell: ({ name }) => name }])).toBe(
      'N\n ]0;evil',
    )
  })

  test('facts leave out what is not known', () => {
    expect(
      facts([
        ['SKU', 'A-1'],
        ['GTIN', undefined],
        ['Net price', '1.00'],
      ]),
    ).toBe('SKU        A-1\nNet price  1.00')
  })
})
