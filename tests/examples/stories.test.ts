import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { withCell } from '../../examples/demo/catalog-file.ts'
import { Story } from '../../examples/demo/story.ts'

const root = resolve(import.meta.dirname, '../..')

/** Runs an example as a person would. @throws if it exits with anything but 0 */
async function run(file: string, ...args: string[]): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [resolve(root, file), ...args], {
    timeout: 55_000,
  })
  return stdout.trimEnd().split('\n')
}

test('first-partner: from nothing to a partner’s offer', async () => {
  const lines = await run('examples/first-partner.ts')
  expect(lines).toEqual([
    'Anna imported 3 products.',
    'Anna and Bert are partners.',
    'Bert sees: Sunflower seeds 500 g, 417 cents, 120 in stock, from Anna.',
  ])
})

test('price-watch: says what each change means', async () => {
  const lines = await run('examples/price-watch.ts')
  expect(lines).toEqual([
    'Lamp: costs 1800 now, I ask 2990: 39.8 % left. Fine.',
    'Stove: sold out. Take it out of the shop.',
    'Tent: costs 13000 now, I ask 15900: only 18.2 % left. Raise it.',
  ])
})

test('the demo tells its story, every step well', async () => {
  const lines = await run('examples/demo/main.ts', '--json')
  const { ok, steps } = JSON.parse(lines.at(-1) ?? '') as {
    ok: boolean
    steps: { name: string; ok: boolean; ms: number; figures: Record<string, unknown> }[]
  }
  expect(steps.filter((step) => !step.ok)).toEqual([])
  expect(ok).toBe(true)
  expect(steps.map(({ name }) => name)).toEqual([
    'start',
    'catalogs',
    'invitation',
    'assortment',
    'first-sync',
    'price-change',
    'stock-out',
    'proof',
    'invitation-reused',
    'second-partner',
    'revocation',
  ])
  const figures = Object.fromEntries(steps.map((step) => [step.name, step.figures]))
  expect(figures.start).toMatchObject({ nodes: 3 })
  expect(figures.catalogs).toMatchObject({ offers: 744, refused: 0 })
  expect(figures['first-sync']).toMatchObject({ offers: 21, price: '35.92 EUR' })
  expect(figures['price-change']).toMatchObject({ changed: 1, price: '31.92 EUR' })
  expect(figures['stock-out']).toMatchObject({ found: 1, foundInStock: 0 })
  expect(figures['invitation-reused']).toMatchObject({ refused: 2, inviterTold: true })
  expect(figures['second-partner']).toMatchObject({
    priceAtMorgenrot: '31.92 EUR',
    priceAtBankhaken: '36.71 EUR',
  })
  expect(figures.revocation).toMatchObject({ offersLeft: 0 })
})

describe('the story’s frame', () => {
  const told = (json: boolean): { story: Story; lines: string[] } => {
    const lines: string[] = []
    return { story: new Story(json, (line) => lines.push(line)), lines }
  }

  test('a step that fails ends the story and is named', async () => {
    const { story, lines } = told(true)
    await story.step('one', 'First', async () => ({ count: 1 }))
    await story.step('two', 'Second', async () => {
      throw new Error('it broke')
    })
    await story.step('three', 'Third', async () => ({}))
    const summary = story.end()
    expect(summary).toMatchObject({
      ok: false,
      steps: [
        { name: 'one', ok: true, figures: { count: 1 } },
        { name: 'two', ok: false, error: 'it broke' },
      ],
    })
    expect(summary.steps).toHaveLength(2)
    expect(JSON.parse(lines.at(-1) ?? '')).toEqual(summary)
  })

  test('for people: no JSON, lines that fit a terminal', async () => {
    const { story, lines } = told(false)
    await story.step('one', 'First', async (say) => {
      say('word '.repeat(60))
      return {}
    })
    story.end()
    expect(lines.join('\n')).toContain('1. First')
    for (const line of lines.join('\n').split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    expect(lines.some((line) => line.includes('{'))).toBe(false)
  })

  test('no step at all is no success', () => expect(told(true).story.end().ok).toBe(false))
})

test('a changed export differs in one cell and stays a table', () => {
  const csv = 'ID,Artikelnummer,Name\n1,A,"one, ""two"""\n2,B,three\n'
  expect(withCell(csv, 'B', 'Name', 'four')).toBe(
    '"ID","Artikelnummer","Name"\n"1","A","one, ""two"""\n"2","B","four"\n',
  )
  expect(() => withCell(csv, 'C', 'Name', 'x')).toThrow('no Name of C')
  expect(() => withCell(csv, 'A', 'Preis', 'x')).toThrow('no Preis of A')
})
