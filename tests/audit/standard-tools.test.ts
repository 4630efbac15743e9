import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AuditWorld, smallWorld } from './world.ts'

const programs = resolve(import.meta.dirname, '../../protocol/audit')
const isThere = (tool: string, flag: string): boolean => spawnSync(tool, [flag]).status === 0
const hasOpenssl = isThere('openssl', 'version')
const hasPython = isThere('python3', '--version')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mosaic-audit-'))
})
afterAll(async () => await rm(folder, { recursive: true, force: true }))

async function run(tool: string, program: string, text: string): Promise<{ code: number; said: string }> {
  const file = join(folder, 'bundle.json')
  await writeFile(file, text)
  try {
    const { stdout } = await promisify(execFile)(tool, [join(programs, program), file])
    return { code: 0, said: stdout }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, said: stdout + stderr }
  }
}

const world = smallWorld()
world.merchant('Cleo').rotate({ reason: 'scheduled' })
const limit = world.limitBundle('Anna', 'Dora', { deals: [world.deal('Ben', 'Dora')] })
const absent = world.absentBundle('Anna', 'Ben', `endorsement/${world.id('Anna')}`)
const equivocation = world.equivocationBundle('Anna', 'Ben')
/** Another digit in the place of the first one after a member's name. */
const changed = (text: string, member: string): string => {
  if (!text.includes(member)) throw new RangeError(`no ${member}`)
  const at = text.indexOf(member) + member.length
  return `${text.slice(0, at)}${text[at] === 'A' ? 'B' : text[at] === '1' ? '2' : text[at] === 'B' ? 'A' : '1'}${text.slice(at + 1)}`
}

describe.skipIf(!hasOpenssl)('VERIFY.txt, with openssl (skipped without)', () => {
  test.each([
    ['a limit', limit],
    ['an absence', absent],
    ['an equivocation', equivocation],
  ])('finds and verifies every signature of %s', async (_, text) => {
    const count = text.split('"message":"').length - 1
    expect(await run('sh', 'VERIFY.txt', text)).toEqual({ code: 0, said: `${count} good, 0 bad\n` })
  })

  test.each([
    '"signature":"',
    '"message":"',
    '"key":"LS0tLS1CRUdJTiBQVUJMSUMgS0VZLS0tLS0KTUNvd0JRWURLMlZ3QXlFQ',
  ])('sees a change after %s', async (member) => {
    const { code, said } = await run('sh', 'VERIFY.txt', changed(limit, member))
    expect(said).toMatch(/, 1 bad\n$/)
    expect(code).toBe(1)
  })

  test('is not content with a file that holds none', async () => {
    expect(await run('sh', 'VERIFY.txt', '{}\n')).toEqual({ code: 1, said: '0 good, 0 bad\n' })
  })
})

describe.skipIf(!hasPython)('the Python programs (skipped without python3)', () => {
  test('have sixty lines or fewer', async () => {
    for (const program of ['verify.py', 'keys.py'])
      expect((await readFile(join(programs, program), 'utf8')).trimEnd().split('\n').length).toBeLessThan(61)
  })

  test.each([
    ['a limit', limit],
    ['an absence', absent],
  ])('agree about %s', async (_, text) => {
    expect(await run('python3', 'verify.py', text)).toMatchObject({ code: 0, said: /^holds: / })
    expect(await run('python3', 'keys.py', text)).toMatchObject({ code: 0, said: /^holds: / })
  })

  test('say whose commits an equivocation shows', async () => {
    expect(await run('python3', 'keys.py', equivocation)).toMatchObject({ code: 0 })
    expect(await run('python3', 'verify.py', equivocation)).toMatchObject({ code: 1 })
  })

  test.each(['"limitMinor":', '"amountMinor":', '"root":"', '"path":[[["endorsement/mer1'])(
    'verify.py sees a change after %s',
    async (member) => {
      const { code } = await run('python3', 'verify.py', changed(limit, member))
      expect(code).toBe(1)
    },
  )

  test.each(['"signature":"', '"message":"', '"proofValue":"z', '"month":"', '"next":"'])(
    'keys.py sees a change after %s',
    async (member) => {
      expect(await run('python3', 'keys.py', changed(limit, member))).toMatchObject({ code: 1 })
    },
  )

  test('compute the limits of random graphs as we do', async () => {
    const names = ['Anna', 'Ben', 'Cleo', 'Dora', 'Emil', 'Fay', 'Gus']
    let seed = 7
    const next = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % below
    }
    let compared = 0
    for (let run_ = 0; run_ < 12; run_++) {
      const one = new AuditWorld()
      for (const name of names) one.merchant(name)
      for (const from of names)
        for (const to of names)
          if (from !== to && next(3) === 0)
            one.endorse(from, to, [1, 20, 100, 500][next(4)] as number, { introduce: next(4) > 0 })
      const { claim } = one.limitFlow('Anna', 'Gus', 400)
      if (claim.limitMinor === 0) continue
      const text = one.limitBundle('Anna', 'Gus', { budgetMinor: 400 })
      const { code, said } = await run('python3', 'verify.py', text)
      expect(`${code} ${said}`).toContain(`0 holds: {"kind":"limit","limitMinor":${claim.limitMinor},`)
      compared++
    }
    expect(compared).toBeGreaterThan(5)
  })
})
