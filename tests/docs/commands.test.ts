import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const page = (name: string): string => readFileSync(join(root, name), 'utf8')

/** `mosaic …` as the pages tell people to type it, without comments. */
const commands = ['README.md', 'docs/import.md']
  .flatMap((name) => [...page(name).matchAll(/(?:^npx |`(?:npx )?)(mosaic [^`#\n]+)/gm)])
  .map((match) => (match[1] ?? '').trim())

describe('commands in the pages', () => {
  test('there are some', () => expect(commands.length).toBeGreaterThan(8))

  test.each([...new Set(commands)])('%s', async (command) => {
    const words = command.split(' ').slice(1)
    const names = words.filter((word, index) => /^[a-z]+$/.test(word) && words.slice(0, index).every(isName))
    const help = await helpOf(names)
    for (const flag of words.filter((word) => word.startsWith('--'))) expect(help).toContain(flag)
  })

  const isName = (word: string): boolean => /^[a-z]+$/.test(word)

  /** Of the longest beginning that is a command: what follows may be an argument. */
  async function helpOf(names: readonly string[]): Promise<string> {
    for (let count = names.length; count > 0; count--) {
      const args = [...names.slice(0, count), '--help']
      const { stdout } = await promisify(execFile)(process.execPath, [
        join(root, 'src/cli/mosaic.js'),
        ...args,
      ])
      if (stdout.startsWith(`Usage: mosaic ${names.slice(0, count).join(' ')}`)) return stdout
    }
    throw new Error(`There is no command "${names.join(' ')}".`)
  }
})

test('npm scripts that the pages name are there', () => {
  const { scripts } = JSON.parse(page('package.json')) as { scripts: Record<string, string> }
  const named = ['README.md', 'CONTRIBUTING.md', 'examples/README.md'].flatMap((name) =>
    [...page(name).matchAll(/npm (?:run )?([a-z]+)/g)].map((match) => match[1] ?? ''),
  )
  const builtIn = new Set(['ci', 'i', 'run'])
  expect([...new Set(named)].filter((name) => !builtIn.has(name) && !(name in scripts))).toEqual([])
})
