import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'protocol/limits.md'), 'utf8')

const rows = [...page.matchAll(/^\|[^|]*\| ([\d,]+) \|[^|]*\| `(\w+)` in `([\w/.-]+)` \|$/gm)].map(
  (match) => ({
    value: BigInt((match[1] ?? '').replaceAll(',', '')),
    name: match[2] ?? '',
    path: match[3] ?? '',
  }),
)

/** A constant that only its own file uses: a number, or a product of numbers and exported constants. */
function writtenIn(path: string, name: string, module: Record<string, unknown>): number | undefined {
  const source = readFileSync(join(root, path), 'utf8')
  const factors = new RegExp(`^const ${name} = (.+)$`, 'm').exec(source)?.[1]?.split(' * ')
  return factors
    ?.map((factor) => Number(module[factor] ?? factor.replaceAll('_', '')))
    .reduce((product, factor) => product * factor)
}

describe('protocol/limits.md', () => {
  test('every row of its tables is read', () => {
    const tableRows = page
      .split('\n')
      .filter((line) => line.startsWith('|') && !/^\| (?:what \||---)/.test(line))
    expect(rows.length).toBe(tableRows.length)
    expect(rows.length).toBeGreaterThan(60)
  })

  test.each([...new Set(rows.map(({ path }) => path))])('says what %s enforces', async (path) => {
    const module = (await import(join(root, path))) as Record<string, unknown>
    for (const { name, value } of rows.filter((row) => row.path === path))
      expect(`${name} ${module[name] ?? writtenIn(path, name, module)}`).toBe(`${name} ${value}`)
  })

  test('names every limit that the code exports', () => {
    const listed = new Set(rows.map(({ path, name }) => `${path} ${name}`))
    const missing = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .flatMap((file) => {
        const text = readFileSync(join(root, 'src', file), 'utf8')
        return [...text.matchAll(/^export const (\w+Max)\b/gm)].map((match) => `src/${file} ${match[1]}`)
      })
      .filter((limit) => !listed.has(limit))
    expect(missing).toEqual([])
  })
})
