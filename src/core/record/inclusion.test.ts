import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TestMerchant } from '../../../tests/simulation/merchants.ts'
import { signedTree, treeOfEntries } from '../../../tests/simulation/signed-tree.ts'
import { nodePrimitives as primitives } from '../../store/primitives.ts'
import { canonicalText } from '../signature/canonical.ts'
import { digestOf } from '../signature/digest.ts'
import { verifyInclusion } from './inclusion.ts'
import { isRecordKey } from './key.ts'
import { nodeText } from './page.ts'
import { RecordError } from './record-error.ts'

const anna = new TestMerchant('Anna')
const verify = (text: string, merchant = anna) => verifyInclusion(primitives, text, merchant.log)
const proofInvalid = expect.objectContaining({ name: 'RecordError', code: 'proof-invalid' })

const entriesOf = (count: number, bytes = 0): Map<string, string> =>
  new Map(
    Array.from({ length: count }, (_, n) => {
      const sku = `SKU-${String(n * 2).padStart(6, '0')}`
      return [`offer/${sku}`, canonicalText({ sku, text: 'x'.repeat(Math.max(0, bytes - 30)) })]
    }),
  )

test('every key is shown with its value, every other one as absent', () => {
  const key = fc.string({ unit: fc.constantFrom('a', 'b', 'ü', '/', '0'), minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(fc.array(key, { maxLength: 400 }), fc.array(key, { maxLength: 20 }), (keys, others) => {
      const entries = new Map(keys.filter(isRecordKey).map((one) => [one, canonicalText({ one })]))
      const { head, prove } = signedTree(anna, treeOfEntries(entries))
      for (const one of [...keys.slice(0, 20), ...others].filter(isRecordKey))
        expect(verify(prove(one))).toEqual({ key: one, head, value: entries.get(one), underHeads: [] })
    }),
    { numRuns: 40 },
  )
})

describe('a proof', () => {
  const entries = entriesOf(6000)
  const tree = treeOfEntries(entries)
  const { prove } = signedTree(anna, tree)
  const keys = { present: 'offer/SKU-005000', absent: 'offer/SKU-005001', first: 'a', last: 'z' }
  const parsed = (key: string) =>
    JSON.parse(prove(key)) as { path: [string, string][][]; leaf: [string, object][] } & Record<
      string,
      unknown
    >

  test('has several levels', () => {
    expect(parsed(keys.present).path.length).toBeGreaterThan(2)
  })

  test.each(Object.entries(keys))('that was changed in one character proves nothing else: %s', (_, key) => {
    const text = prove(key)
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.integer({ min: 1, max: 94 }), (at, by) => {
        const unit = String.fromCharCode(32 + ((text.charCodeAt(at) - 32 + by) % 95))
        let proven: ReturnType<typeof verify>
        try {
          proven = verify(text.slice(0, at) + unit + text.slice(at + 1))
        } catch (error) {
          if (error instanceof RecordError) return
          throw error
        }
        // It asks about another key, and the same leaf answers.
        expect(proven.key).not.toBe(key)
        expect(proven.value).toBe(entries.get(proven.key))
      }),
      { numRuns: 1500 },
    )
  })

  test.each(Object.entries(keys))(
    'that lacks a level, a sibling, an entry or order is none: %s',
    (_, key) => {
      const refuse = (change: (proof: ReturnType<typeof parsed>) => void): void => {
        const proof = parsed(key)
        change(proof)
        expect(() => verify(canonicalText(proof as never))).toThrow(proofInvalid)
      }
      const levels = parsed(key).path.length
      for (let level = 0; level < levels; level++) {
        refuse(({ path }) => path.splice(level, 1))
        refuse(({ path }) => path.splice(level, 0, path[level] as never))
        refuse(({ path }) => path[level]?.splice(-1))
        if (parsed(key).path[level]?.[1] !== undefined) refuse(({ path }) => path[level]?.reverse())
        refuse(({ path }) => path[level]?.push(['zz', path[level]?.[0]?.[1] as string]))
        refuse(({ path }) => {
          ;(path[level]?.[0] as [string, string])[0] = 'Z'
        })
      }
      refuse((proof) => proof.leaf.pop())
      refuse((proof) => proof.leaf.shift())
      refuse((proof) => proof.leaf.reverse())
      refuse((proof) => proof.leaf.push(['zz', {}]))
      refuse((proof) => {
        proof.leaf = parsed('offer/SKU-009998').leaf
        proof.path = []
      })
      refuse((proof) => {
        proof.leaf = parsed(key === keys.last ? keys.first : keys.last).leaf
      })
      refuse((proof) => {
        proof.leaf = []
      })
      refuse((proof) => {
        proof.extra = 1
      })
    },
  )

  test('with another commit, or without one, is refused', () => {
    const other = signedTree(anna, treeOfEntries(entriesOf(10)))
    const commit = JSON.parse(other.prove('a')).commit
    expect(() => verify(canonicalText({ ...parsed(keys.present), commit } as never))).toThrow(proofInvalid)
    const { commit: _, ...rest } = parsed(keys.present)
    expect(() => verify(canonicalText(rest as never))).toThrow(proofInvalid)
    const unsigned = prove(keys.present).replace('"count":6000', '"count":6001')
    expect(() => verify(unsigned)).toThrow(expect.objectContaining({ code: 'commit-invalid' }))
    expect(() => verify(prove(keys.present), new TestMerchant('Ben'))).toThrow(
      expect.objectContaining({ code: 'commit-invalid' }),
    )
  })

  test('of arbitrary text is a RecordError', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
        expect(() => verify(text)).toThrow(proofInvalid)
      }),
      { numRuns: 300 },
    )
    expect(() => verify(`[${'['.repeat(60_000)}`)).toThrow(proofInvalid)
    expect(() => verify(`"${'a'.repeat(70_000)}"`)).toThrow(proofInvalid)
  })
})

describe('what an author signs but no follower takes', () => {
  const digest = (text: string) => primitives.sha256Base64url(text)
  const sign = (root: string, count: number) => {
    const { head } = signedTree(anna, treeOfEntries(new Map()))
    const { proof: _, ...body } = head.commit
    return anna.sign({ ...body, root, count })
  }
  const proofOf = (
    root: string,
    count: number,
    path: [string, string][][],
    leaf: [string, object][],
    key = 'a',
  ) => canonicalText({ type: 'mosaic/inclusion', v: 1, key, commit: sign(root, count), path, leaf } as never)

  test('a leaf that reaches into the next one', () => {
    const [one, two] = ['a\t{}\nz\t{}\n', 'm\t{}\n']
    const path: [string, string][] = [
      ['a', digest(one)],
      ['m', digest(two)],
    ]
    const root = digest(nodeText(path.map(([firstKey, named]) => ({ firstKey, digest: named as never }))))
    const leaf: [string, object][] = [
      ['a', {}],
      ['z', {}],
    ]
    expect(() => verify(proofOf(root, 3, [path], leaf))).toThrow('out of order')
  })

  test('entries that the commit does not count, or a leaf as the root', () => {
    const leaf: [string, object][] = [['a', {}]]
    expect(() => verify(proofOf(digest('a\t{}\n'), 0, [], leaf))).toThrow(proofInvalid)
    expect(() => verify(proofOf(digest('a\t{}\n'), 1, [], leaf))).toThrow(proofInvalid)
    expect(() => verify(proofOf(digest(''), 1, [], []))).toThrow(proofInvalid)
    expect(verify(proofOf(digest(''), 0, [], []))).toMatchObject({ value: undefined })
  })
})

test('a commit that the key log voids proves nothing; one that may lie under another says which', () => {
  const owner = new TestMerchant('Owner')
  const { head, prove } = signedTree(owner, treeOfEntries(entriesOf(5)))
  const proof = prove('a')
  const last = { repo: 'public', rev: 7, digest: digestOf(primitives, '7') }
  const heads = (lastGood: (typeof last)[]) => {
    const merchant = new TestMerchant('Owner')
    merchant.rotate({ reason: 'compromised', lastGood })
    return verify(proof, merchant).underHeads
  }
  expect(heads([{ repo: 'public', rev: 1, digest: head.digest }])).toEqual([])
  expect(heads([last])).toEqual([last])
  expect(() => heads([])).toThrow(proofInvalid)
  expect(() => heads([{ ...last, rev: 1 }])).toThrow(proofInvalid)
})

describe('a proof stays small', () => {
  test.each([
    [330, 30_000],
    [3_000, 4_000],
  ])('for offers of %i bytes', (bytes, count) => {
    const tree = treeOfEntries(entriesOf(count, bytes))
    const { prove } = signedTree(anna, tree)
    const largest = Math.max(
      ...tree.pages.flatMap(({ node }) =>
        node.leaves.map(({ firstKey }) => Buffer.byteLength(prove(firstKey))),
      ),
    )
    expect(largest).toBeLessThan(20_000)
  })
})
