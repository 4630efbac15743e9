import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { mappedFields } from '../../src/shops/csv/mapping.ts'

const root = resolve(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/import.md'), 'utf8')
const source = readFileSync(join(root, 'src/shops/import-event.ts'), 'utf8')

/** The members of a union of strings, as the source has them. */
function codesOf(type: string): string[] {
  const body = source.split(`export type ${type} =`)[1]?.split(/\n\n/)[0] ?? ''
  return [...body.matchAll(/\| '([a-z-]+)'/g)].map((match) => match[1] ?? '')
}

test.each(['IgnoredReason', 'RefusedReason', 'NoteCode'])('docs/import.md explains every %s', (type) => {
  const codes = codesOf(type)
  expect(codes.length).toBeGreaterThan(5)
  expect(codes.filter((code) => !page.includes(`\`${code}\``))).toEqual([])
})

test('docs/import.md names every field of a mapping', () => {
  expect(
    mappedFields.filter((field) => !page.includes(`\`${field}\``) && !page.includes(`"${field}"`)),
  ).toEqual([])
})
