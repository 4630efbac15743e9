import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AuditFailure } from '../../src/core/audit/audit-error.ts'
import type { LimitBundle, Signed } from '../../src/core/audit/bundle.ts'
import { rawSignatureOf } from '../../src/core/audit/raw-signature.ts'
import { remembering } from '../../src/core/audit/remembering.ts'
import { type Verification, verifyBundle } from '../../src/core/audit/verify.ts'
import { canonicalText, type JsonObject } from '../../src/core/signature/canonical.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { AuditWorld, smallWorld } from './world.ts'

const encoder = new TextEncoder()
const verify = (text: string): Verification => verifyBundle(nodePrimitives, encoder.encode(text))

/** The file of a bundle that somebody signed. */
function fileOf(bundle: object): string {
  const statement = JSON.parse(canonicalText(bundle)) as JsonObject
  return `${canonicalText({ ...rawSignatureOf(nodePrimitives, statement), statement })}\n`
}

describe('a limit', () => {
  const world = smallWorld()
  const text = world.limitBundle('Anna', 'Dora', { deals: [world.deal('Ben', 'Dora')] })

  test('is what the node computed, and what the bundle gives', () => {
    const { claim } = world.limitFlow('Anna', 'Dora')
    expect(claim.limitMinor).toBe(15_000)
    expect(verify(text)).toMatchObject({ ok: true, claim })
  })

  test('says what is private, what deals there are, and who is who', () => {
    const verdict = verify(text)
    expect(verdict.ok && verdict.findings).toEqual([
      { code: 'deal', buyer: world.id('Ben'), seller: world.id('Dora'), month: '2026-10' },
      { code: 'private', to: world.id('Ben') },
      ...['Anna', 'Ben', 'Cleo']
        .map((name) => ({ code: 'name', merchant: world.id(name), name }))
        .sort((a, b) => (a.merchant < b.merchant ? -1 : 1)),
    ])
  })

  test('cut off, doubled, in another encoding it is refused', () => {
    const wrong = (bytes: Uint8Array, code: AuditFailure): void =>
      expect(verifyBundle(nodePrimitives, bytes)).toMatchObject({ ok: false, code })
    wrong(encoder.encode(text.slice(0, -1)), 'encoding')
    wrong(encoder.encode(`${text}\n`), 'encoding')
    wrong(encoder.encode(`${text}${text}`), 'encoding')
    wrong(encoder.encode(`\ufeff${text}`), 'encoding')
    wrong(encoder.encode(text.replace('\n', '\r\n')), 'not-canonical')
    wrong(new Uint8Array(Buffer.from(text, 'utf16le')), 'encoding')
    wrong(
      encoder.encode(`${JSON.stringify(JSON.parse(text), null, 1).replaceAll('\n', '')}\n`),
      'not-canonical',
    )
    wrong(new Uint8Array(0), 'encoding')
    wrong(encoder.encode('{}\n'), 'malformed')
  })

  test('arbitrary bytes never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(verifyBundle(nodePrimitives, bytes).ok).toBe(false)
      }),
    )
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (statement, claim) => {
        const bundle = { type: 'mosaic/audit-bundle', v: 1, claim, statement }
        expect(verify(`${JSON.stringify(bundle)}\n`).ok).toBe(false)
      }),
    )
  })

  /** Changes the bundle as its exporter could, and signs it anew. */
  const forged = (change: (bundle: LimitBundle) => void): Verification => {
    const { proof, ...bundle } = (JSON.parse(text) as Signed).statement as unknown as LimitBundle
    change(bundle as LimitBundle)
    const exporter = world.exporter('Anna')
    return verify(fileOf(exporter.sign(bundle)))
  }
  test.each<[string, AuditFailure, RegExp, (bundle: LimitBundle) => void]>([
    ['a greater limit', 'flow', /^paths$/, ({ claim }) => (claim.limitMinor += 1)],
    [
      'a greater limit with paths to it',
      'flow',
      /^paths\[0\]/,
      ({ claim, paths: [path] }) => {
        claim.limitMinor += 40_000
        if (path) path.amountMinor += 40_000
      },
    ],
    [
      'a smaller limit',
      'limit',
      /limitMinor/,
      ({ claim, paths }) => {
        claim.limitMinor -= paths.pop()?.amountMinor ?? 0
      },
    ],
    ['a smaller budget', 'flow', /paths/, ({ claim }) => (claim.parameters.budgetMinor = 10_000)],
    ['another time', 'head', /ageSeconds/, ({ claim }) => (claim.time += 60)],
    ['another purpose', 'flow', /paths/, ({ claim }) => (claim.purpose = { context: 'advice' })],
    ['another viewer', 'claim', /viewer/, (bundle) => (bundle.claim.viewer = world.id('Ben'))],
    ['a missing endorsement', 'flow', /paths/, ({ endorsements }) => endorsements.shift()],
    ['a missing head', 'missing', /endorsements/, ({ heads }) => heads.shift()],
    ['a missing key log', 'missing', /./, ({ keyLogs }) => keyLogs.shift()],
    ['swapped key logs', 'key-log', /keyLogs\[1\]/, ({ keyLogs }) => keyLogs.reverse()],
    ['swapped endorsements', 'endorsement', /endorsements/, ({ endorsements }) => endorsements.reverse()],
    ['swapped heads', 'head', /heads/, ({ heads }) => heads.reverse()],
    [
      'an endorsement twice',
      'endorsement',
      /endorsements\[1\]/,
      ({ endorsements }) => endorsements.unshift(endorsements[0] as never),
    ],
    [
      'the acceptance of another endorsement',
      'raw-signature',
      /acceptance/,
      ({ endorsements }) => {
        const accepted = endorsements.filter(({ acceptance }) => acceptance !== undefined)
        ;(accepted[0] as { acceptance: unknown }).acceptance = accepted[1]?.acceptance
      },
    ],
    ['a deal twice', 'extra', /deals\[1\]/, ({ deals }) => deals?.push(deals[0] as never)],
    [
      'a proof twice',
      'extra',
      /proofs\[1\]/,
      ({ heads: [head] }) => head?.proofs.push(head.proofs[0] as never),
    ],
    [
      'a member that nobody knows',
      'malformed',
      /^$/,
      (bundle) => Object.assign(bundle, { note: 'trust me' }),
    ],
    ['another kind', 'malformed', /type/, (bundle) => Object.assign(bundle, { type: 'mosaic/bundle' })],
    ['a newer version', 'version-unknown', /v/, (bundle) => Object.assign(bundle, { v: 2 })],
    ['a claim of another kind', 'malformed', /./, ({ claim }) => Object.assign(claim, { kind: 'absent' })],
  ])('forged by its exporter: %s', (_, code, where, change) => {
    expect(forged(change)).toMatchObject({ ok: false, code, where: expect.stringMatching(where) })
  })

  test('signed by another than it says', () => {
    const { proof, ...bundle } = (JSON.parse(text) as Signed).statement
    expect(verify(fileOf(world.merchant('Ben').sign(bundle)))).toMatchObject({
      ok: false,
      code: 'exporter',
    })
  })
})

describe('one changed byte', () => {
  // Signatures that were not touched are not verified again for each byte.
  const primitives = remembering(nodePrimitives)
  const codeWith = (bytes: Uint8Array, at: number, by: number): string => {
    const changed = bytes.slice()
    changed[at] = (changed[at] as number) ^ by
    const verdict = verifyBundle(primitives, changed)
    if (verdict.ok) throw new Error(`byte ${at} changed by ${by} is not noticed`)
    if (verdict.message.length < 10) throw new Error(`byte ${at} changed by ${by}: ${verdict.message}`)
    return verdict.code
  }

  test('anywhere in a small bundle makes it fail, and the message names what failed', () => {
    const world = new AuditWorld()
    world.endorsePrivately('Anna', 'Ben', 10_000)
    world.endorse('Ben', 'Cleo', 10_000)
    const bytes = encoder.encode(world.limitBundle('Anna', 'Cleo'))
    const codes = new Set<string>()
    for (let at = 0; at < bytes.length; at++) codes.add(codeWith(bytes, at, 1 << (at % 7)))
    for (const code of ['encoding', 'not-canonical', 'malformed', 'raw-signature', 'key-log', 'head'])
      expect(codes).toContain(code)
    for (const code of ['endorsement', 'flow', 'exporter']) expect(codes).toContain(code)
  })

  test('anywhere, to anything, in a larger one', () => {
    const world = smallWorld()
    const bytes = encoder.encode(world.limitBundle('Anna', 'Dora', { deals: [world.deal('Ben', 'Dora')] }))
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        codeWith(bytes, at, by)
      }),
      { numRuns: 2_000 },
    )
  })

  test('in a proof of equivocation', () => {
    const bytes = encoder.encode(smallWorld().equivocationBundle('Anna', 'Ben'))
    for (let at = 0; at < bytes.length; at++) codeWith(bytes, at, 1)
  })
})

describe('what counts at the time of the claim', () => {
  const chain = (): AuditWorld => {
    const world = new AuditWorld()
    world.endorsePrivately('Anna', 'Ben', 10_000)
    world.endorse('Ben', 'Cleo', 10_000)
    return world
  }

  test('a head older than seven days is told', () => {
    const world = chain()
    world.ages.set('Ben', 8 * 86_400)
    const verdict = verify(world.limitBundle('Anna', 'Cleo'))
    expect(verdict.ok && verdict.findings).toContainEqual({
      code: 'stale',
      merchant: world.id('Ben'),
      ageSeconds: 8 * 86_400,
    })
  })

  test('distances come with the bundle: a nearer way to an introducer is shown though nothing flows there', () => {
    const world = new AuditWorld()
    for (const [from, to, minor] of [
      ['Anna', 'Ben', 50_000],
      ['Ben', 'Cleo', 50_000],
      ['Cleo', 'Dora', 50_000],
      ['Anna', 'Dora', 1],
      ['Dora', 'Emil', 50_000],
    ] as const)
      world.endorse(from, to, minor)
    const text = world.limitBundle('Anna', 'Emil')
    expect(verify(text)).toMatchObject({ ok: true, claim: { limitMinor: 20_001 } })
    expect(verify(world.limitBundle('Anna', 'Emil', { budgetMinor: 'uncapped' }))).toMatchObject({
      ok: true,
      claim: { limitMinor: 50_000 },
    })
  })

  test('endorsements survive a scheduled rotation, and a compromise if they lay under the last good commit', () => {
    const world = chain()
    world.merchant('Ben').rotate({ reason: 'scheduled' })
    expect(verify(world.limitBundle('Anna', 'Cleo'))).toMatchObject({ ok: true })
    const fallen = chain()
    fallen.merchant('Ben').rotate({ reason: 'compromised', lastGood: [] })
    expect(verify(fallen.limitBundle('Anna', 'Cleo'))).toMatchObject({ ok: false, code: 'endorsement' })
    const kept = chain()
    kept.loseKey('Ben')
    expect(verify(kept.limitBundle('Anna', 'Cleo'))).toMatchObject({ ok: true })
  })
})

describe('random graphs', () => {
  const names = ['Anna', 'Ben', 'Cleo', 'Dora', 'Emil', 'Fay']
  const edge = fc.record({
    from: fc.nat(names.length - 1),
    to: fc.nat(names.length - 1),
    minor: fc.constantFrom(1, 5, 20, 100, 500),
    introduce: fc.boolean(),
  })

  test('what the bundle says equals what the node computed', () => {
    fc.assert(
      fc.property(fc.array(edge, { minLength: 4, maxLength: 14 }), (edges) => {
        const world = new AuditWorld()
        const pairs = new Set<string>()
        for (const name of names) world.merchant(name)
        for (const { from, to, minor, introduce } of edges) {
          if (from === to || pairs.has(`${from} ${to}`)) continue
          pairs.add(`${from} ${to}`)
          world.endorse(names[from] as string, names[to] as string, minor, { introduce })
        }
        const { claim } = world.limitFlow('Anna', 'Fay', 300)
        if (claim.limitMinor === 0) return
        expect(verify(world.limitBundle('Anna', 'Fay', { budgetMinor: 300 }))).toMatchObject({
          ok: true,
          claim,
        })
      }),
      { numRuns: 60 },
    )
  })
})

describe('non-endorsement', () => {
  const world = smallWorld()
  const key = `endorsement/${world.id('Anna')}`

  test('as of a head is shown by what is not in its tree', () => {
    const verdict = verify(world.absentBundle('Anna', 'Ben', key))
    expect(verdict).toMatchObject({ ok: true, claim: { kind: 'absent', key } })
  })

  test('is not what it says where there is one, or where another key is shown', () => {
    const there = `endorsement/${world.id('Dora')}`
    expect(verify(world.absentBundle('Anna', 'Ben', there))).toMatchObject({ ok: false, code: 'claim' })
    expect(verify(world.absentBundle('Anna', 'Ben', key, 'dispute'))).toMatchObject({
      ok: false,
      code: 'claim',
    })
  })
})

describe('equivocation', () => {
  const world = smallWorld()
  const text = world.equivocationBundle('Anna', 'Ben')

  test('verifies alike', () => {
    expect(verify(text)).toMatchObject({ ok: true, claim: { kind: 'equivocation', rev: 1 }, findings: [] })
  })
})
