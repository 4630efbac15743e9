import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parties } from '../../src/core/trade/order-message.ts'
import { moves } from '../../src/core/trade/order-moves.ts'
import { newOrder, type OrderPhase } from '../../src/core/trade/order-state.ts'
import { readVectors } from './vectors.ts'

interface Vectors {
  readonly kinds: readonly string[]
  readonly phases: Readonly<Record<string, Readonly<Record<'buyer' | 'seller', readonly string[]>>>>
}

const { kinds, phases } = readVectors<Vectors>('order-moves')

describe('order moves', () => {
  test('every phase is in the table', () => {
    expect(Object.keys(moves).sort()).toEqual(Object.keys(phases).sort())
    expect(newOrder.phase).toBe('none')
  })

  test.each(Object.keys(phases))('%s', (phase) => {
    for (const by of parties)
      for (const kind of kinds) {
        const allowed = phases[phase]?.[by].includes(kind)
        const is = (moves[phase as OrderPhase][by] as readonly string[]).includes(kind)
        expect(`${by} ${kind} ${is}`).toBe(`${by} ${kind} ${allowed}`)
      }
  })

  test('the page has the same table', () => {
    const page = readFileSync(new URL('../../protocol/records/order.md', import.meta.url), 'utf8')
    const table1 = page.split('**Table 1.**')[1]?.split(/\n\n[^|]/)[0] ?? ''
    const rows = [...table1.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|([^|]*)\|([^|]*)\|[^|]*\|$/gm)]
    const words = (cell = ''): string[] => [...cell.matchAll(/`([\w-]+)`/g)].map(([, word]) => word ?? '')
    const table = new Map(
      rows.flatMap(([, names, buyer, seller]) =>
        words(names).map((phase) => [phase, { buyer: words(buyer), seller: words(seller) }] as const),
      ),
    )
    for (const [phase, row] of Object.entries(phases)) expect(table.get(phase)).toEqual(row)
  })
})
