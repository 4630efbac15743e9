import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalText } from '../../src/core/signature/canonical.ts'
import { dealCommitBody, dealConfirmBody } from '../../src/core/trade/order-deal.ts'
import type { OrderTerms } from '../../src/core/trade/order-terms.ts'
import { contentDigest, readDeal, verifyDeal } from '../../src/core/trust/deal.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { TestMerchant } from '../simulation/merchants.ts'
import { type LogTexts, logsOf } from './key-logs.ts'
import { bytesOfHex, readVectors } from './vectors.ts'

interface Vectors {
  readonly logs: LogTexts
  readonly cases: readonly {
    comment: string
    deal: object
    logs: readonly [string, string]
    id?: string
    contested?: true
    reason?: string
  }[]
  readonly contents: readonly { comment: string; salt: string; content: object; digest: string }[]
}

const { logs, cases, contents } = readVectors<Vectors>('deal')
const logOf = logsOf(logs)

describe('deal', () => {
  test.each(cases)('$comment', ({ deal, id, contested = false, reason, ...one }) => {
    const read = readDeal(canonicalText(deal))
    const verdict = read.ok
      ? verifyDeal(nodePrimitives, read.deal, [logOf(one.logs[0]), logOf(one.logs[1])])
      : read
    expect(verdict).toMatchObject(reason === undefined ? { ok: true, id, contested } : { ok: false, reason })
  })

  test('as orders make it is good', () => {
    const [buyer, seller] = [new TestMerchant('Ben'), new TestMerchant('Anna')]
    const keyEvent = (merchant: TestMerchant) => ({
      from: merchant.id,
      keyEvent: merchant.log.current.digest,
    })
    const salt = 'A'.repeat(43)
    const terms = { salt, lines: [] } as unknown as OrderTerms
    const about = { ...keyEvent(buyer), to: seller.id, time: 1_795_000_000 }
    const commit = buyer.sign(dealCommitBody(nodePrimitives, about, terms))
    const confirm = seller.sign(
      dealConfirmBody(nodePrimitives, { ...keyEvent(seller), to: buyer.id }, commit),
    )
    const read = readDeal(canonicalText({ commit, confirm }))
    expect(read.ok && verifyDeal(nodePrimitives, read.deal, [buyer.log, seller.log])).toMatchObject({
      ok: true,
      buyer: buyer.id,
      seller: seller.id,
      month: '2026-11',
    })
    expect(commit.content).toBe(contentDigest(nodePrimitives, new Uint8Array(32), { lines: [] }))
  })

  test('of any text is read or refused', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => !readDeal(text).ok))
    expect(readDeal(`"${'a'.repeat(4_095)}"`)).toMatchObject({ ok: false, reason: 'malformed' })
  })

  test.each(contents)('content: $comment', ({ salt, content, digest }) => {
    expect(contentDigest(nodePrimitives, bytesOfHex(salt), content)).toBe(digest)
  })
})
