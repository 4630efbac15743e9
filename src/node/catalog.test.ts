import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Database, openDatabase } from '../store/database.ts'
import { Catalog, type CatalogChange } from './catalog.ts'

let folder: string
let database: Database
let catalog: Catalog

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mosaic-catalog-'))
  database = await openDatabase(folder)
  catalog = new Catalog(database)
})
afterEach(async () => {
  await database.close()
  await rm(folder, { recursive: true, force: true })
})

const skus = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => `S${String(from + index).padStart(5, '0')}`)

/** An import that puts these products, each with the text that `text` gives. */
async function put(
  products: readonly string[],
  text: (sku: string) => string = (sku) => `{"sku":"${sku}"}`,
  allowMany = false,
): Promise<CatalogChange> {
  const edit = catalog.edit()
  for (const sku of products) await edit.put(sku, text(sku))
  return await edit.finish(await edit.removeUnseen(allowMany))
}

describe('the catalog', () => {
  test('writes only what differs, and says what that is', async () => {
    expect(await put(skus(2_500))).toMatchObject({ added: 2_500, changed: 0, unchanged: 0, removed: 0 })
    await catalog.settled()
    const again = await put(skus(2_500))
    expect(again).toMatchObject({ added: 0, changed: 0, unchanged: 2_500, removed: 0 })
    expect(again.skus?.size).toBe(0)
    expect(catalog.isDirty).toBe(false)
    const other = await put(skus(2_499), (sku) =>
      sku === 'S00007' ? '{"sku":"S00007","stock":1}' : `{"sku":"${sku}"}`,
    )
    expect(other).toMatchObject({ added: 0, changed: 1, unchanged: 2_498, removed: 1 })
    expect([...(other.skus ?? [])].sort()).toEqual(['S00007', 'S02499'])
    expect(catalog.isDirty).toBe(true)
    expect(catalog.get('S00007')).toEqual({ sku: 'S00007', stock: 1 })
  })

  test('counts, also when it is opened again', async () => {
    await put(skus(30))
    await put(skus(29))
    expect(catalog.count).toBe(29)
    expect(new Catalog(database).count).toBe(29)
    let rows = 0
    for await (const _ of catalog.entries()) rows++
    expect(rows).toBe(29)
  })

  test('does not lose most of itself to a broken export, unless asked to', async () => {
    await put(skus(100))
    expect(await put(skus(10))).toMatchObject({ removed: 0, kept: 90 })
    expect(catalog.count).toBe(100)
    expect(await put(skus(60))).toMatchObject({ removed: 40, kept: 0 })
    expect(await put(skus(10), undefined, true)).toMatchObject({ removed: 50, kept: 0 })
    expect(catalog.count).toBe(10)
  })

  test('takes nothing of a run that was given up, and all of one that was cut off while it was applied', async () => {
    await put(skus(10))
    const given = catalog.edit()
    for (const sku of skus(1_500, 5)) await given.put(sku, '{}')
    await given.abandon()
    expect(catalog.count).toBe(10)
    const cut = catalog.edit()
    for (const sku of skus(1_500, 5)) await cut.put(sku, '{}')
    // As after a kill: staged, not said to be whole.
    await catalog.recover()
    expect([catalog.count, catalog.text('S00007')]).toEqual([10, '{"sku":"S00007"}'])
    const whole = catalog.edit()
    for (const sku of skus(1_500, 5)) await whole.put(sku, '{}')
    await database.batch([{ key: 'state/catalog-apply', value: new Uint8Array(0) }], { sync: false })
    await catalog.recover()
    expect([catalog.count, catalog.text('S00007'), catalog.isDirty]).toEqual([1_005, '{}', true])
    await catalog.recover()
    expect(catalog.count).toBe(1_005)
  })

  test('goes on behind a SKU', async () => {
    await put(['A', 'A1', 'B', 'ä'])
    const behind = async (sku: string): Promise<string[]> => {
      const found: string[] = []
      for await (const [key] of catalog.entries(sku)) found.push(key)
      return found
    }
    expect(await behind('A')).toEqual(['A1', 'B', 'ä'])
    expect(await behind('B')).toEqual(['ä'])
  })
})
