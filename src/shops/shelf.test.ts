import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Seen } from './seen.ts'
import { Shelf } from './shelf.ts'
import { TemporaryFile } from './temporary-file.ts'

test('a set of texts knows what was added, also when it has grown', () => {
  const seen = new Seen()
  for (let index = 0; index < 20_000; index++) expect(seen.add(`SKU-${index}`)).toBe(true)
  expect(seen.size).toBe(20_000)
  for (let index = 0; index < 20_000; index++) expect(seen.add(`SKU-${index}`)).toBe(false)
  expect(seen.has('SKU-19999')).toBe(true)
  expect(seen.has('SKU-20000')).toBe(false)
  expect(seen.add('')).toBe(true)
  expect(seen.has('')).toBe(true)
})

test('a set of texts is a set', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 3 })), (texts) => {
      const seen = new Seen()
      const set = new Set<string>()
      for (const text of texts) {
        expect(seen.add(text)).toBe(!set.has(text))
        set.add(text)
      }
      expect(seen.size).toBe(set.size)
    }),
  )
})

test('a shelf gives back what was put there last, from memory and from its file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mosaic-test-'))
  onTestFinished(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true, force: true })
  })
  vi.stubEnv('TMPDIR', folder)
  const shelf = new Shelf<{ readonly text: string }>()
  const text = (index: number): string => `${index} ${'ä'.repeat(5_000)}`
  for (let index = 0; index < 2_500; index++) shelf.put({ text: text(index) }, `key-${index}`)
  shelf.put({ text: 'new' }, 'key-0', '', 'other')
  expect(shelf.size).toBe(2_501)
  const made = readdirSync(folder)
  expect(made).toHaveLength(1)
  for (const key of ['key-0', 'other']) expect(shelf.get(key)).toEqual({ text: 'new' })
  for (const index of [1, 99, 1_500, 2_499, 1])
    expect(shelf.get(`key-${index}`)).toEqual({ text: text(index) })
  expect(shelf.get('key-2500')).toBeUndefined()
  expect(shelf.has('key-7')).toBe(true)
  shelf.close()
  expect(existsSync(join(folder, made[0] as string))).toBe(false)
})

test('a temporary file reads what was appended, across its blocks, from memory and from the disk', () => {
  const file = new TemporaryFile()
  const random = (index: number): Buffer => Buffer.alloc(700_001, `${index} `)
  const starts = Array.from({ length: 40 }, (_, index) => file.append(random(index)))
  expect(file.length).toBe(40 * 700_001)
  for (const [index, start] of starts.entries()) {
    expect(Buffer.compare(file.read(start, 700_001), random(index)), `${index}`).toBe(0)
    expect(Buffer.from(file.read(start + 10, 4))).toEqual(random(index).subarray(10, 14))
  }
  expect(file.read(file.length - 3, 100).length).toBe(3)
  expect(file.read(file.length, 5).length).toBe(0)
  file.close()
})
