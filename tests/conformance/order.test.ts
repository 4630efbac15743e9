import { describe, expect, test } from 'vitest'
import { KeyLog, verifyKeyLog } from '../../src/core/identity/key-log.ts'
import { merchantIdSchema } from '../../src/core/identity/merchant-id.ts'
import { admitOrderMessage } from '../../src/core/trade/order-admission.ts'
import { dealOf } from '../../src/core/trade/order-author.ts'
import { readOrderDocument } from '../../src/core/trade/order-document.ts'
import { foldOrder } from '../../src/core/trade/order-fold.ts'
import { type LogHead, logDifference } from '../../src/core/trade/order-heads.ts'
import { linkLogs } from '../../src/core/trade/order-log.ts'
import type { Party } from '../../src/core/trade/order-message.ts'
import { readParcel } from '../../src/core/trade/order-parcel.ts'
import { owedMinor } from '../../src/core/trade/order-state.ts'
import { type OrderTerms, termsProblem } from '../../src/core/trade/order-terms.ts'
import { vatOver } from '../../src/core/trade/order-vat.ts'
import type { Vat } from '../../src/core/trade/vat.ts'
import { verifyDeal } from '../../src/core/trust/deal.ts'
import { nodePrimitives as primitives } from '../../src/store/primitives.ts'
import { arrivals, gather, type WholeOrder } from './order-logs.ts'
import { readVectors } from './vectors.ts'

interface Vectors {
  readonly order: string
  readonly now: number
  readonly logs: Readonly<Record<string, readonly string[]>>
  readonly documents: readonly string[]
  readonly messages: readonly {
    comment: string
    text: string
    reason?: string
    move?: string
    waits?: true
    log?: string
  }[]
  readonly terms: readonly { comment: string; document: object; valid: boolean }[]
  readonly vat: readonly {
    comment: string
    lines: readonly { netMinor: number; vat: Vat }[]
    shippingMinor: number
    totals?: object
    problem?: string
  }[]
  readonly orders: readonly WholeOrder[]
  readonly parcels: readonly { comment: string; text: string; valid: boolean }[]
  readonly heads: Pick<WholeOrder, 'buyer' | 'seller' | 'documents'> & {
    readonly cases: readonly {
      comment: string
      held: readonly [number, number] | null
      theirs: Readonly<Partial<Record<Party, LogHead>>>
      differences: readonly { log: Party; there?: number; here: boolean; isForked: boolean }[]
    }[]
  }
}

const vectors = readVectors<Vectors>('order')
const logs = new Map(
  Object.entries(vectors.logs).map(([name, texts]) => {
    const log = verifyKeyLog(primitives, texts)
    if (!(log instanceof KeyLog)) throw log
    return [name, log]
  }),
)
const idOf = (name: string) => merchantIdSchema.parse(logs.get(name)?.merchant)
const [anna, ben] = [idOf('anna'), idOf('ben')]
const frame = { order: vectors.order, buyer: ben, seller: anna }

describe('order', () => {
  test.each(vectors.messages)('message: $comment', ({ text, reason, move, waits, log }) => {
    const documents = vectors.documents.map((document): object => JSON.parse(document))
    const held = log === undefined ? 'ben' : log
    const admission = admitOrderMessage(primitives, undefined, text, documents, {
      ...frame,
      self: anna,
      sender: ben,
      keyLogOf: (id) => (id === ben ? logs.get(held) : id === anna ? logs.get('anna') : undefined),
      now: vectors.now,
    })
    if (reason === undefined) expect(admission).toMatchObject({ verdict: 'new', gap: waits === true })
    else
      expect(admission).toMatchObject({
        verdict: 'reject',
        reason,
        ...(move === undefined ? {} : { problem: move }),
      })
  })

  test.each(vectors.terms)('terms: $comment', ({ document, valid }) => {
    const held = readOrderDocument(primitives, document)
    const problem =
      held === undefined ? 'malformed' : termsProblem(held.document as OrderTerms, { ...frame, test: false })
    expect(problem === undefined).toBe(valid)
  })

  test.each(vectors.vat)('VAT: $comment', ({ lines, shippingMinor, totals, problem }) => {
    expect(vatOver(lines, shippingMinor)).toEqual(problem ?? totals)
  })

  test.each(vectors.orders)('fold: $comment', (whole) => {
    for (const arrival of arrivals(whole)) {
      const held = gather(whole, arrival, (id) => [...logs.values()].find(({ merchant }) => merchant === id))
      const state = foldOrder(held)
      expect({ ...state, owedMinor: owedMinor(state) }).toMatchObject(whole.state)
      const deal = dealOf(held, state)
      const [annas, bens] = [logs.get('anna'), logs.get('ben')]
      if (annas === undefined || bens === undefined) throw new Error('no key logs')
      const verified = deal === undefined ? undefined : verifyDeal(primitives, deal, [annas, bens])
      expect(verified?.ok === true ? verified.id : undefined).toBe(whole.deal)
    }
  })

  test.each(vectors.parcels)('parcel: $comment', ({ text, valid }) => {
    expect(readParcel(text).ok).toBe(valid)
  })

  test.each(vectors.heads.cases)('heads: $comment', ({ held, theirs, differences }) => {
    const { buyer, seller, documents } = vectors.heads
    const [buyers, sellers] = held ?? [0, 0]
    const some = { buyer: buyer.slice(0, buyers), seller: seller.slice(0, sellers), documents }
    const all = [...some.buyer, ...some.seller]
    const entries =
      all.length === 0
        ? ([[], []] as const)
        : gather(some, all, (id) => [...logs.values()].find(({ merchant }) => merchant === id)).entries
    const linked = linkLogs(entries)
    const found = (['buyer', 'seller'] as const).flatMap((log, side) => {
      const difference = logDifference(entries, linked, side as 0 | 1, theirs[log])
      return difference === undefined ? [] : [{ log, ...difference }]
    })
    expect(found).toEqual(differences)
  })
})
