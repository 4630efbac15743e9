import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { openDatabase } from './database.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mosaic-database-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const schema = z.strictObject({ name: z.string() })

test('a batch over two tables is there after reopening', async () => {
  const first = await openDatabase(directory)
  const partners = first.table('partner', schema)
  const grants = first.table('grant', schema)
  await first.batch([partners.write('a', { name: 'Anna' }), grants.write('a/x', { name: 'X' })], {
    sync: true,
  })
  await first.close()
  const second = await openDatabase(directory)
  expect(second.table('partner', schema).get('a')).toEqual({ name: 'Anna' })
  const rows = []
  for await (const row of second.table('grant', schema).entries()) rows.push(row)
  expect(rows).toEqual([['a/x', { name: 'X' }]])
  await second.close()
})

test('a second process on one folder is refused in plain words', async () => {
  const first = await openDatabase(directory)
  await expect(openDatabase(directory)).rejects.toMatchObject({ code: 'in-use' })
  await first.close()
})

test('a row that does not fit its schema is refused on the way in and named on the way out', async () => {
  const database = await openDatabase(directory)
  const partners = database.table('partner', schema)
  await expect(async () => partners.put('a', { name: 1 } as never)).rejects.toThrow()
  await database.batch([{ key: 'partner/b', value: Buffer.from('{"name":2}') }], { sync: false })
  expect(() => partners.get('b')).toThrow(/partner\/b/)
  await database.close()
})

test('a store of a newer version is refused', async () => {
  const database = await openDatabase(directory)
  await database.batch([{ key: 'meta/version', value: Buffer.from('999') }], { sync: true })
  await database.close()
  await expect(openDatabase(directory)).rejects.toMatchObject({ code: 'too-new' })
})
