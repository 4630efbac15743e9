import { spawnSync } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ApiClient } from '../../src/api/client.ts'
import { checkDataFolder } from '../../src/node/check.ts'
import { createIdentity } from '../../src/node/init.ts'
import { StoreError } from '../../src/store/database.ts'
import { mosaic } from '../cli/mosaic.ts'
import { realNode, serve, stockUp } from './real-node.ts'

// Design §12: what is said, and what is kept, when the data folder is not what it should be.

describe('a damaged data folder', () => {
  let parent: string
  let whole: string // each test damages a copy
  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), 'mosaic-damaged-'))
    whole = join(parent, 'whole')
    await createIdentity(whole, { name: 'Vera' })
    for (const products of [200, 300]) {
      // Opened twice, so that there are tables beside the log.
      const served = await serve(whole)
      const api = new ApiClient(served)
      await stockUp({ api }, products)
      await api.post('/assortments', { id: 'public', replace: true })
      await served.stop()
    }
  })
  afterAll(() => rm(parent, { recursive: true, force: true }))

  const file = async (copy: string, ending: string): Promise<string> => {
    const names = await readdir(join(copy, 'store'))
    return join(copy, 'store', names.find((name) => name.includes(ending)) ?? `no ${ending}`)
  }
  const damages: readonly (readonly [string, (copy: string) => Promise<void>])[] = [
    ['no store at all', (copy) => rm(join(copy, 'store'), { recursive: true })],
    ['no CURRENT', async (copy) => rm(await file(copy, 'CURRENT'))],
    [
      'a CURRENT that names nothing',
      async (copy) => writeFile(await file(copy, 'CURRENT'), 'MANIFEST-999999\n'),
    ],
    ['a manifest that is gone', async (copy) => rm(await file(copy, 'MANIFEST'))],
    ['a manifest that is cut off', async (copy) => truncate(await file(copy, 'MANIFEST'), 20)],
    ['a manifest of zeros', async (copy) => writeFile(await file(copy, 'MANIFEST'), Buffer.alloc(200))],
    ['a table that is gone', async (copy) => rm(await file(copy, '.ldb'))],
    ['a table that is cut off', async (copy) => truncate(await file(copy, '.ldb'), 700)],
    ['a table of zeros', async (copy) => writeFile(await file(copy, '.ldb'), Buffer.alloc(1_729))],
    ['keys that are cut off', (copy) => truncate(join(copy, 'keystore.json'), 100)],
    ['keys of another form', (copy) => writeFile(join(copy, 'keystore.json'), '{}')],
  ]

  test.each(damages)(
    '%s: no start, but an error that says what to do; nothing is begun anew',
    async (name, damage) => {
      const copy = join(parent, name.replaceAll(' ', '-'))
      await cp(whole, copy, { recursive: true })
      await damage(copy)
      const start = await serve(copy).then(
        () => undefined,
        (error: unknown) => error,
      )
      expect(start).toMatchObject({ code: 'damaged', message: expect.stringMatching(/[Rr]estore/) })
      const check = await checkDataFolder(copy, () => {}).catch((error: unknown) => error)
      if (check instanceof StoreError) expect(check.code).toBe('damaged')
      else
        expect(check).toMatchObject({
          ok: false,
          problems: expect.arrayContaining([expect.objectContaining({ where: 'keys' })]),
        })
    },
  )

  test('as a command: the error is one line, the exit code 1, and there is no stack', async () => {
    const copy = join(parent, 'command')
    await cp(whole, copy, { recursive: true })
    await rm(await file(copy, 'CURRENT'))
    const { code, json, stderr } = await mosaic(['start', '--data', copy, '--json'])
    expect({ code, json, stderr }).toMatchObject({
      code: 1,
      json: { error: { code: 'damaged' } },
      stderr: '',
    })
  })

  test('a search that is damaged is made anew', async () => {
    const copy = join(parent, 'views')
    await cp(whole, copy, { recursive: true })
    await writeFile(join(copy, 'views', 'market.sqlite'), 'garbage'.repeat(2_000))
    const served = await serve(copy)
    expect(await new ApiClient(served).get('/offers', {})).toMatchObject({ total: 0 })
    await served.stop()
  })
})

test('a second process on one data folder: refused, and the first stays reachable', async () => {
  await using vera = await realNode('Vera')
  const access = await readFile(join(vera.folder, 'api.json'), 'utf8')
  await expect(serve(vera.folder)).rejects.toMatchObject({ code: 'in-use' })
  await expect(createIdentity(vera.folder, { name: 'Eve' })).rejects.toMatchObject({
    code: 'already-initialised',
  })
  expect(await readFile(join(vera.folder, 'api.json'), 'utf8')).toBe(access)
  expect(await vera.api.get('/status')).toMatchObject({ name: 'Vera' })
})

/** A disk of 96 MB of its own, that goes with the process. */
const smallDisk = 'mount -t tmpfs -o size=96m tmpfs "$1" && { "$2" "$3" fill "$1"; "$2" "$3" look "$1"; }'
const onSmallDisk = (...command: string[]) =>
  spawnSync('unshare', ['--map-root-user', '--mount', 'sh', '-c', smallDisk, 'sh', ...command], {
    encoding: 'utf8',
    timeout: 50_000,
  })
const isPossible =
  spawnSync('unshare', ['--map-root-user', '--mount', 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()]).status === 0
if (!isPossible)
  process.stderr.write('folder.test.ts: no namespaces on this machine, a full disk is not tested\n')

test.skipIf(!isPossible)(
  'a full disk: nothing is half done, and what was written afterwards outlives a kill',
  async () => {
    const disk = await mkdtemp(join(tmpdir(), 'mosaic-disk-'))
    const child = new URL('full-disk.child.ts', import.meta.url).pathname
    const { stdout, stderr } = onSmallDisk(disk, process.execPath, child)
    await rm(disk, { recursive: true, force: true })
    const [fill, look] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(stderr.replace(/Killed.*\n/, '')).toBe('')
    expect(fill.refused).toEqual(['disk-full', 'disk-full', 'disk-full'])
    expect(fill.full).toEqual(fill.before)
    expect(fill.before).toMatchObject({ ok: true, rev: 1 })
    expect(fill.after).toMatchObject({ ok: true, rev: 2 })
    expect(look).toMatchObject({ ...fill.after, incoming: [], checked: { ok: true, problems: [] } })
  },
)
