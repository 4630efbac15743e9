import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { KeyLog, verifyKeyLog } from '../../src/core/identity/key-log.ts'
import { crossings } from '../../src/core/trade/order-crossing.ts'
import { foldOrder } from '../../src/core/trade/order-fold.ts'
import { owedMinor } from '../../src/core/trade/order-state.ts'
import { nodePrimitives as primitives } from '../../src/store/primitives.ts'
import { arrivals, gather, type WholeOrder } from './order-logs.ts'
import { readVectors } from './vectors.ts'

interface Vectors {
  readonly logs: Readonly<Record<string, readonly string[]>>
  readonly orders: readonly WholeOrder[]
}

const { logs, orders } = readVectors<Vectors>('order-crossing')
const keyLogs = Object.values(logs).map((texts) => {
  const log = verifyKeyLog(primitives, texts)
  if (log instanceof KeyLog) return log
  throw log
})

describe('order crossing', () => {
  test.each(orders)('$comment', (whole) => {
    for (const arrival of arrivals(whole)) {
      const state = foldOrder(gather(whole, arrival, (id) => keyLogs.find(({ merchant }) => merchant === id)))
      expect({ ...state, owedMinor: owedMinor(state) }).toMatchObject(whole.state)
    }
  })

  test('the page has the table of the code, but for a cancel behind a commit that is void', () => {
    const page = readFileSync(new URL('../../protocol/records/order.md', import.meta.url), 'utf8')
    const table2 = page.split('**Table 2.**')[1]?.split(/\n\n[^|]/)[0] ?? ''
    const rows = [...table2.matchAll(/^\| `(\w+)` \| ((?:`\w+`(?:, )?)+) \| `(\w+)` \| [^|]* \|$/gm)]
    const table: Record<string, Record<string, string>> = { cancel: { expire: 'void' } }
    for (const [, buyer = '', sellers = '', outcome = ''] of rows)
      for (const [, seller = ''] of sellers.matchAll(/`(\w+)`/g)) {
        const row = table[buyer] ?? {}
        table[buyer] = row
        row[seller] = outcome
      }
    expect(crossings).toEqual(table)
  })
})
