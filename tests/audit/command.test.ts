import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mosaic } from '../cli/mosaic.ts'
import { smallWorld } from './world.ts'

const world = smallWorld()
const text = world.limitBundle('Anna', 'Dora', { deals: [world.deal('Ben', 'Dora')] })

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mosaic-audit-'))
})
afterAll(async () => await rm(folder, { recursive: true, force: true }))

async function verify(contents: string, ...flags: readonly string[]) {
  const file = join(folder, 'bundle.json')
  await writeFile(file, contents)
  // A data folder that is not there: none is looked for.
  return await mosaic(['audit', 'verify', file, '--data', join(folder, 'none'), ...flags])
}

describe('mosaic audit verify', () => {
  test('says what the node computed, for programs', async () => {
    const { claim } = world.limitFlow('Anna', 'Dora')
    const { json, code } = await verify(text, '--json')
    expect(json).toMatchObject({
      ok: true,
      claim,
      exporter: world.id('Anna'),
      exportedAt: '2026-11-18T11:06:40Z',
    })
    expect(code).toBe(0)
  })

  test('and for people, with what is not proved, in their language', async () => {
    const { stdout } = await verify(text)
    expect(stdout).toContain('may risk up to €150.00 with')
    expect(stdout).toMatch(/Ben \(mer1\w+\) vouches for mer1\w+ up to €50.00/)
    expect(stdout).toContain('What it does not prove:\n- that nothing was withdrawn')
    const german = await verify(text, '--lang', 'de')
    expect(german.stdout).toContain('Was sie nicht beweist:\n- dass später nichts zurückgezogen')
  })

  test('of another claim', async () => {
    const absent = await verify(world.absentBundle('Anna', 'Ben', `endorsement/${world.id('Anna')}`))
    expect(absent.stdout).toContain('published nothing under "endorsement/mer1')
    const forked = await verify(world.equivocationBundle('Anna', 'Ben'))
    expect(forked.stdout).toContain('signed two different commits as number 1 of public.')
  })

  test('names what failed, with exit code 1', async () => {
    const changed = text.replace('"limitMinor":15000', '"limitMinor":15001')
    const { json, code } = await verify(changed, '--json')
    expect(json).toMatchObject({ ok: false, code: 'flow', where: 'paths' })
    expect(code).toBe(1)
    const { stdout } = await verify(changed)
    expect(stdout).toContain('The file does NOT hold. The amounts do not flow as it says.\npaths: ')
  })

  test('a file that is not there', async () => {
    const { json, code } = await mosaic(['audit', 'verify', join(folder, 'nowhere.json'), '--json'])
    expect(json).toMatchObject({ error: { code: 'enoent' } })
    expect(code).toBe(1)
  })
})
