import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...['docs', 'protocol', 'examples'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  ),
].map((name) => join(root, name))

/** Links to files, and code that names a path from the root of the checkout. */
function pathsIn(page: string): string[] {
  const text = readFileSync(page, 'utf8')
  const links = [...text.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)]
    .map((match) => match[1] ?? '')
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => resolve(dirname(page), link))
  const named = [...text.matchAll(/`((?:src|protocol|docs|examples|tests)\/[A-Za-z0-9_./-]*)`/g)].map(
    (match) => join(root, match[1] ?? ''),
  )
  return [...links, ...named]
}

describe('what the pages name is there', () => {
  test('some pages name something', () => {
    expect(pages.length).toBeGreaterThan(10)
    expect(pages.flatMap(pathsIn).length).toBeGreaterThan(60)
  })

  test('protocol/README.md leads to every page of the protocol', () => {
    const linked = new Set(pathsIn(join(root, 'protocol/README.md')))
    const pagesOfProtocol = pages.filter((page) => page.startsWith(join(root, 'protocol/')))
    expect(pagesOfProtocol.length).toBeGreaterThan(20)
    const left = pagesOfProtocol.filter((page) => !linked.has(page) && !page.endsWith('README.md'))
    expect(left.map((page) => relative(root, page))).toEqual([])
  })

  test.each(pages.map((page) => [relative(root, page), page]))('%s', (_, page) => {
    const missing = pathsIn(page).filter((path) => !existsSync(path))
    expect(missing.map((path) => relative(root, path))).toEqual([])
  })
})
