import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Party } from '../network/party.ts'
import { becomePartners, meet, peer, type RealNode, realNode, stockUp } from './real-node.ts'
import { SyncPeer } from './sync-peer.ts'

// Specs: protocol/privacy.md §1, protocol/records/grant.md §4. What a running node tells those who may not see.

let vera: RealNode
let bert: Party
let berts: SyncPeer
beforeEach(async () => {
  vera = await realNode('Vera')
  bert = await peer('bert')
  const session = await becomePartners(bert, vera)
  await stockUp(vera, 40)
  await vera.api.post('/assortments', { id: 'garden', partners: ['bert'] })
  berts = await SyncPeer.open(bert, session)
})
afterEach(async () => {
  await bert[Symbol.asyncDispose]()
  await vera[Symbol.asyncDispose]()
})

const repo = (name: string) => ({ merchant: vera.merchant, repo: name })
const garden = () => repo('assortment/garden')

describe('an assortment that was released to another', () => {
  test.each(['partner', 'stranger'])('is, byte for byte, one that does not exist: for a %s', async (who) => {
    await using mallory = await peer('mallory')
    const session = await (who === 'partner' ? becomePartners(mallory, vera) : meet(mallory, vera))
    const asking = await SyncPeer.open(mallory, session)
    const there = asking.want(garden(), repo('assortment/never-was'), repo('trust'))
    await asking.hear('page', there + 2) // answers come in order
    expect(asking.about(there)).toHaveLength(1)
    expect(asking.about(there)).toEqual(asking.about(there + 1))
    await asking.hear('have')
    const told = asking.heard.flatMap((frame) => (frame.name === 'have' ? frame.body.repos : []))
    expect(new Set(told.map((one) => one.repo))).toEqual(new Set(['trust']))
    // The one whom it was released to gets it.
    await berts.hear('page', berts.want(garden()))
  })
})

describe('a grant that is taken back', () => {
  test('ends the flow at once: not a byte of what changes afterwards', async () => {
    const id = berts.want(garden())
    await berts.hear('page', id)
    await vera.api.delete('/assortments/garden/grants/bert')
    await berts.hear('none', id)
    const before = berts.raw.length
    await stockUp(vera, 41, 0)
    // Whoever asks afterwards gets what follows in the order of the questions.
    const again = berts.want(garden(), repo('trust'))
    await berts.hear('contents', again + 1)
    const answered = berts.heard.slice(before).flatMap(({ body }) => ('id' in body ? [body.id] : []))
    expect(new Set(answered)).toEqual(new Set([again, again + 1]))
    expect(berts.about(again)).toHaveLength(1)
  })

  test('no page of it is served any more, though the peer knows its keys', async () => {
    const id = berts.want({ ...garden(), needs: 'contents' })
    await berts.hear('contents', id)
    await vera.api.delete('/assortments/garden/grants/bert')
    await berts.hear('none', id)
    await berts.send('pages', { id, from: 'offer/P-0000', count: 1 })
    const after = berts.want(repo('trust'))
    await berts.hear('contents', after)
    expect(berts.heard.filter(({ name, body }) => name === 'page' && 'id' in body && body.id === id)).toEqual(
      [],
    )
  })

  test('a paused partnership stops it too', async () => {
    const id = berts.want(garden())
    await berts.hear('page', id)
    await vera.api.post('/partners/bert/pause')
    await berts.hear('none', id)
  })
})
