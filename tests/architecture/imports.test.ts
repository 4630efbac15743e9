import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { describe, expect, test } from 'vitest'

/** What each room of the house may import, beside itself. Source: docs/architecture.md. */
const signature: string[] = []
const identity = [...signature, 'core/signature']
const record = [...identity, 'core/identity']
const noun = [...record, 'core/record'] // trust, partner, trade, knowledge: not each other
const gate = [...noun, 'core/trust', 'core/partner', 'core/trade', 'core/knowledge'] // audit, admission: not each other
const sync = [...gate, 'core/audit', 'core/admission']
const edge = [...sync, 'core/sync'] // store, network, shops: not each other
const node = [...edge, 'store', 'network', 'shops']
const api = [...node, 'node']
const cli = [...api, 'api']

const allowed: Readonly<Record<string, readonly string[]>> = {
  'core/signature': signature,
  'core/identity': identity,
  'core/record': record,
  'core/trust': noun,
  'core/partner': noun,
  'core/trade': noun,
  'core/knowledge': noun,
  'core/audit': gate,
  'core/admission': gate,
  'core/sync': sync,
  store: edge,
  network: edge,
  shops: edge,
  node,
  api,
  cli,
}

/** Packages that the pure core may use: all of them are pure themselves. */
const pureCorePackages = new Set(['zod', 'canonicalize', '@scure/base', '@scure/bip39', 'tweetnacl'])

const source = resolve(import.meta.dirname, '../../src')

interface Import {
  readonly file: string
  readonly room: string
  readonly target: string
}

function roomOf(path: string): string {
  const parts = relative(source, path).split(sep)
  return parts[0] === 'core' ? `core/${parts[1]}` : (parts[0] ?? '')
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8')
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\b[^'"\n]*?(?:\n[^'"]*?)?from\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)import\s+['"]([^'"]+)['"]/g,
  )
  return [...found].map((match) => ({
    file,
    room: roomOf(file),
    target: match[1] ?? match[2] ?? match[3] ?? '',
  }))
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name))
  .map((name) => join(source, name))
  .filter((file) => relative(source, file).includes(sep)) // src/index.ts is the door, it sees every room

const imports = files.flatMap(importsOf)

describe('the import table', () => {
  test('sees the code', () => {
    expect(files.length).toBeGreaterThan(10)
    expect(imports.length).toBeGreaterThan(files.length)
  })

  test('imports go one way', () => {
    const wrong = imports.filter(({ file, room, target }) => {
      if (!target.startsWith('.')) return false
      const to = roomOf(resolve(dirname(file), target))
      return to !== room && !(allowed[room] ?? []).includes(to)
    })
    expect(wrong.map(({ file, target }) => `${relative(source, file)} → ${target}`)).toEqual([])
  })

  test('every room is in the table', () => {
    expect([...new Set(files.map(roomOf))].filter((room) => !(room in allowed))).toEqual([])
  })

  test('core does no I/O: no Node module, no package that has any', () => {
    const wrong = imports.filter(
      ({ room, target }) =>
        room.startsWith('core/') &&
        !target.startsWith('.') &&
        !pureCorePackages.has(
          target
            .split('/')
            .slice(0, target.startsWith('@') ? 2 : 1)
            .join('/'),
        ),
    )
    expect(wrong.map(({ file, target }) => `${relative(source, file)} → ${target}`)).toEqual([])
  })

  test('no drawers', () => {
    expect(
      files.filter((file) =>
        /(^|\/)(utils?|helpers?|common|misc|shared)(\/|\.tsx?$)/.test(relative(source, file)),
      ),
    ).toEqual([])
  })
})
