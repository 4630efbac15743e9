import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { helloFrame, helloProtocol } from '../../src/network/hello-message.ts'
import { isOpen, seedOf, TestMerchant, until } from '../network/merchants.ts'
import type { Party } from '../network/party.ts'
import { becomePartners, isLetIn, meet, peer, type RealNode, realNode } from './real-node.ts'

// Specs: protocol/streams/hello.md §3, protocol/records/key-event.md. A running node and who claims to be somebody.

let vera: RealNode
beforeEach(async () => {
  vera = await realNode('Vera')
})
afterEach(() => vera[Symbol.asyncDispose]())

/** A node of its own that shows the identity of another merchant. */
async function thief(name: string, binding: (self: TestMerchant, peerId: string) => string): Promise<Party> {
  const party = await peer(name, { nodeSeed: seedOf(`${name}'s thief`) })
  party.hello.binding = binding(party.self, party.network.host.peerId)
  return party
}

describe('a node that claims another merchant', () => {
  test.each<[string, (self: TestMerchant, peerId: string) => string]>([
    ['by a binding that it saw', (self) => self.binding()],
    ['by a binding of its own', (_, peerId) => new TestMerchant('mallory').binding(peerId)],
  ])(
    '%s: refused with the reason, cut off at once, and the merchant itself is let in',
    async (_, binding) => {
      await using mallory = await thief('anna', binding)
      await expect(meet(mallory, vera)).rejects.toMatchObject({ code: 'binding-wrong', by: 'them' })
      await until(() => mallory.network.host.connections().length === 0)
      expect(await isLetIn(mallory, vera)).toBe(false)
      await using anna = await peer('anna')
      expect((await meet(anna, vera)).merchant).toBe(vera.merchant)
    },
  )

  test('in the session of another: cut off at once', async () => {
    await using mallory = await peer('mallory')
    const { connection } = await meet(mallory, vera)
    const carl = new TestMerchant('carl')
    const stream = await mallory.network.host.openStream(connection, helloProtocol)
    const { peerId } = mallory.network.host
    const hello = { merchant: carl.merchant, keyEvents: 1, binding: carl.binding(peerId), addresses: [] }
    await stream.send(helloFrame({ type: 'mosaic/hello', clock: mallory.self.time, ...hello }))
    for (const text of carl.keyLog.texts) await stream.send(Buffer.from(text))
    await until(() => !isOpen(connection))
    expect(await isLetIn(mallory, vera)).toBe(false)
  })
})

describe('a stolen signing key', () => {
  test('opens the door until its owner has rotated; then not any more, and who is inside has to leave', async () => {
    await using anna = await peer('anna')
    await becomePartners(anna, vera)
    await using mallory = await thief('anna', (self, peerId) => self.binding(peerId))
    const inside = await meet(mallory, vera)
    anna.self.rotate({ reason: 'compromised', lastGood: [] })
    await anna.network.hello.renew()
    await until(() => vera.node.merchants.keyLogOf(anna.merchant)?.current.seq === 1)
    await until(() => !isOpen(inside.connection))
    await expect(meet(mallory, vera)).rejects.toMatchObject({ code: 'key-log-behind' })
    expect(await isLetIn(anna, vera)).toBe(true)
  })
})

describe('two key logs of one merchant', () => {
  test('freeze it: nobody of that name is let in, who is inside has to leave, and a person is told', async () => {
    await using anna = await peer('anna')
    const { connection } = await becomePartners(anna, vera)
    anna.self.rotate({ reason: 'scheduled' })
    await anna.network.hello.renew()
    await until(() => vera.node.merchants.keyLogOf(anna.merchant)?.current.seq === 1)
    await using twin = await thief('anna', (self, peerId) => self.binding(peerId))
    twin.self.rotate({ reason: 'retired' })
    twin.hello.binding = twin.self.binding(twin.network.host.peerId)
    await expect(meet(twin, vera)).rejects.toMatchObject({ code: 'identity-frozen' })
    await until(() => !isOpen(connection))
    await expect(meet(anna, vera)).rejects.toMatchObject({ code: 'identity-frozen' })
    expect(vera.events).toContainEqual(
      expect.objectContaining({ type: 'identity-frozen', merchant: anna.merchant }),
    )
  })
})

describe('a clock an hour off', () => {
  test.each([3_600, -3_600])(
    'of a peer, by %i s: refused in words, at no cost, and let in once it is set',
    async (off) => {
      await using anna = await peer('anna')
      anna.self.time += off
      const side = off > 0 ? 'ahead of' : 'behind'
      await expect(meet(anna, vera)).rejects.toMatchObject({
        code: 'clock-wrong',
        message: expect.stringMatching(
          new RegExp(`60 min ${side} .*${vera.node.identity.peerId}.* set both`),
        ),
      })
      anna.self.time -= off
      expect(await isLetIn(anna, vera)).toBe(true)
    },
  )

  test('of the node itself: whoever uses a code there reads why it cannot be', async () => {
    await using late = await realNode('Late', hourBehind)
    const { code } = await vera.node.invitations.create({ form: 'link', auto: true, role: 'partner' })
    const join = async () => {
      for await (const _ of late.node.join(code, 0));
    }
    await expect(join()).rejects.toMatchObject({
      code: 'inviter-unreachable',
      message: expect.stringMatching(/60 min behind .* set both by a time server/),
    })
    expect(vera.node.invitations.list()).toMatchObject([{ state: 'open' }])
  })
})

const hourBehind = {
  nowMs: () => Date.now() - 3_600_000,
  nowSeconds: () => Math.floor(Date.now() / 1000) - 3_600,
}
