import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type Answer, mosaic } from './mosaic.ts'

const folder = mkdtempSync(join(tmpdir(), 'mosaic-trust-'))
afterAll(() => rmSync(folder, { recursive: true }))

function fileOf(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const graph = fileOf(
  'graph.json',
  JSON.stringify({
    endorsements: [
      {
        from: 'V',
        to: 'Anna',
        amountMinor: 50_000,
        contexts: ['delivery'],
        expiresAt: '2027-01-01T00:00:00Z',
      },
      { from: 'Anna', to: 'Bert', amountMinor: 100_000 },
      { from: 'V', to: 'Cleo', amountMinor: 4_000, introduce: false },
    ],
    disputes: [{ by: 'Cleo', against: 'Bert', amountMinor: 9_000 }],
  }),
)
const at = ['--at', '2026-12-01T00:00:00Z']
const evaluate = (...args: string[]): Promise<Answer> =>
  mosaic(['trust', 'evaluate', '--graph', graph, '--viewer', 'V', ...args])

describe('mosaic trust evaluate', () => {
  test('answers as protocol/trust.md §11 says, without a data folder', async () => {
    const { code, json, stderr } = await evaluate(
      ...at,
      '--budget',
      '100000',
      '--target',
      'Bert',
      'Zed',
      '--json',
    )
    expect([code, stderr]).toEqual([0, ''])
    expect(json).toEqual({
      targets: {
        Bert: {
          limitMinor: 40_000,
          disputeMinor: 4_000,
          effectiveMinor: 36_000,
          rank: 76_923_076,
          paths: [{ via: ['Anna'], amountMinor: 40_000 }],
          cut: [{ node: 'Anna', amountMinor: 40_000 }],
        },
        Zed: { limitMinor: 0, disputeMinor: 0, effectiveMinor: 0, rank: 0, paths: [], cut: [] },
      },
    })
  })

  test('without a target names all that can be reached; uncapped by plain flow; at its time; in its context', async () => {
    const limits = async (...args: string[]): Promise<object> => {
      const { json } = await evaluate('--json', ...args)
      const targets = json.targets as Record<string, { limitMinor: number }>
      return Object.fromEntries(Object.entries(targets).map(([name, { limitMinor }]) => [name, limitMinor]))
    }
    expect(await limits(...at, '--uncapped')).toEqual({ Anna: 50_000, Bert: 50_000, Cleo: 4_000 })
    expect(await limits(...at, '--uncapped', '--context', 'payment')).toEqual({ Cleo: 4_000 })
    expect(await limits('--at', '2027-01-01T00:00:00Z', '--uncapped')).toEqual({ Cleo: 4_000 })
  })

  test('explains itself in words, in German too', async () => {
    const { stdout } = await evaluate(...at, '--budget', '100000', '--target', 'Bert', '--lang', 'de')
    expect(stdout).toContain('Sie → Anna → Bert: 400,00')
    expect(stdout).toContain('Begrenzt durch: über Anna laufen höchstens 400,00')
  })

  test.each([
    ['neither budget nor uncapped', [], 'flag-missing'],
    ['both', ['--budget', '5', '--uncapped'], 'usage'],
    ['no budget', ['--budget', '0'], 'usage'],
    ['a budget that is no integer', ['--budget', '1.5'], 'usage'],
    ['an unknown context', ['--uncapped', '--context', 'love'], 'usage'],
    ['a time that is none', ['--uncapped', '--at', '2026-02-29T00:00:00Z'], 'usage'],
    ['a currency that is none', ['--uncapped', '--currency', 'euro'], 'usage'],
  ])('called with %s ends with 2', async (_, args, code) => {
    const answer = await evaluate(...args, '--json')
    expect(answer.code).toBe(2)
    expect(answer.json).toMatchObject({ error: { code } })
  })

  test.each([
    ['no file', '', 'enoent'],
    ['no JSON', '{', 'graph-not-json'],
    ['no graph', '{"edges":[]}', 'graph-malformed'],
    ['a negative amount', '{"endorsements":[{"from":"V","to":"A","amountMinor":-1}]}', 'graph-malformed'],
    [
      'an endorsement of oneself',
      '{"endorsements":[{"from":"V","to":"V","amountMinor":1}]}',
      'graph-self-endorsement',
    ],
  ])('of %s ends with 1 and a code', async (name, text, code) => {
    const path = name === 'no file' ? join(folder, 'missing.json') : fileOf(`${code}.json`, text)
    const answer = await mosaic([
      'trust',
      'evaluate',
      '--graph',
      path,
      '--viewer',
      'V',
      '--uncapped',
      '--json',
    ])
    expect(answer.code).toBe(1)
    expect(answer.json).toMatchObject({ error: { code } })
  })
})
