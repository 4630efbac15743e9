import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import type { Signed } from '../../src/core/audit/bundle.ts'
import { imprintOf, readTimestamp } from '../../src/core/audit/timestamp.ts'
import { type Verification, verifyBundle } from '../../src/core/audit/verify.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { AuditWorld } from './world.ts'

const verify = (text: string): Verification => verifyBundle(nodePrimitives, new TextEncoder().encode(text))
const tool = 'openssl'
const world = new AuditWorld()
world.endorsePrivately('Anna', 'Ben', 10_000)

describe.skipIf(spawnSync(tool, ['version']).status !== 0)('a time stamp (skipped without openssl)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mosaic-timestamp-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const path = (name: string): string => join(folder, name)
  const openssl = (...args: readonly string[]): void => {
    execFileSync(tool, args, { stdio: 'pipe' })
  }

  writeFileSync(
    path('tsa.cnf'),
    `[req]
distinguished_name = name
[name]
[stamping]
extendedKeyUsage = critical,timeStamping
[tsa]
serial = ${path('serial')}
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
`,
  )
  writeFileSync(path('serial'), '01\n')
  openssl(
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...['-subj', '/CN=Time', '-config', path('tsa.cnf'), '-extensions', 'stamping'],
    ...['-keyout', path('tsa.key'), '-out', path('tsa.pem')],
  )

  function stamp(digest: Uint8Array): string {
    const hex = Buffer.from(digest).toString('hex')
    openssl('ts', '-query', '-digest', hex, '-sha256', '-cert', '-out', path('query'))
    openssl(
      ...['ts', '-reply', '-queryfile', path('query'), '-config', path('tsa.cnf'), '-section', 'tsa'],
      ...['-signer', path('tsa.pem'), '-inkey', path('tsa.key'), '-token_out', '-out', path('token')],
    )
    return readFileSync(path('token')).toString('base64')
  }

  const text = world.limitBundle('Anna', 'Ben', { stamp })
  const { statement } = JSON.parse(text) as Signed
  const token = statement.timestamp as string

  test('is read, and told with its time', () => {
    const verdict = verify(text)
    expect(verdict.ok && verdict.findings).toContainEqual({
      code: 'timestamp',
      time: expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    })
  })

  test('is verified by openssl, for the digest that the spec says', () => {
    writeFileSync(path('token.der'), Buffer.from(token, 'base64'))
    const hex = Buffer.from(imprintOf(nodePrimitives, statement)).toString('hex')
    const ask = [
      'ts',
      '-verify',
      '-digest',
      hex,
      '-in',
      path('token.der'),
      '-token_in',
      '-CAfile',
      path('tsa.pem'),
    ]
    expect(execFileSync(tool, ask, { stdio: 'pipe' }).toString()).toContain('Verification: OK')
  })

  test('of something else is refused', () => {
    const other = world.limitBundle('Anna', 'Ben', { stamp: () => token, time: 1_795_000_001 })
    expect(verify(other)).toMatchObject({ ok: false, code: 'timestamp' })
  })

  test('that is malformed is refused, whatever it holds', () => {
    const bytes = Buffer.from(token, 'base64')
    const read = (changed: Uint8Array): void => {
      try {
        readTimestamp(nodePrimitives, statement, Buffer.from(changed).toString('base64'))
      } catch (error) {
        expect(error).toMatchObject({ name: 'AuditError', code: 'timestamp' })
      }
    }
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const changed = Uint8Array.from(bytes)
        changed[at] = value
        read(changed)
        read(changed.subarray(0, at))
      }),
      { numRuns: 500 },
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), read))
    expect(() => readTimestamp(nodePrimitives, statement, 'AAAA')).toThrow('no time stamp token')
  })
})
