import { describe, expect, test } from 'vitest'
import { canonicalText } from '../../src/core/signature/canonical.ts'
import { dhtKey, dhtValue } from '../../src/network/dht-record.ts'
import type { Directory } from '../../src/network/directory.ts'
import { createHost, type Host } from '../../src/network/host.ts'
import { signNodeAddresses } from '../../src/network/node-addresses.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { loopback, seedOf, TestMerchant, testTime, until } from './merchants.ts'
import { Party } from './party.ts'

/** A node of the DHT that everybody knows. */
async function startHub(): Promise<Party> {
  return Party.start('hub', { dht: 'server' })
}

const startMember = async (
  name: string,
  hub: Party,
  dht: 'client' | 'server' = 'server',
): Promise<Party & { network: { directory: Directory } }> => {
  const party = await Party.start(name, { dht, bootstrap: [hub.address] })
  await until(() => party.network.directory?.hasPeers)
  return party as Party & { network: { directory: Directory } }
}

function locationOf(merchant: TestMerchant, addresses: readonly string[], time = testTime): Uint8Array {
  const { peerId, signingSeed: seed, keyLog } = merchant
  const statement = signNodeAddresses(nodePrimitives, keyLog, { peerId, addresses }, { seed, now: time })
  const value = dhtValue(keyLog, canonicalText(statement))
  if (value === undefined) throw new Error('too large')
  return value
}

const topic = seedOf('topic')

describe('the DHT', () => {
  test('finds a merchant that published where its node is', async () => {
    await using hub = await startHub()
    await using anna = await startMember('anna', hub)
    await using bert = await startMember('bert', hub)
    const taken = await anna.network.directory.publish(anna.merchant, locationOf(anna.self, [anna.address]))
    expect(taken).toBeGreaterThan(0)
    const found = await bert.network.directory.find(anna.merchant)
    expect(found?.addresses).toMatchObject({ peerId: anna.self.peerId, addresses: [anna.address] })
    expect(found?.keyLog.current.digest).toBe(anna.self.keyLog.current.digest)
    expect(await bert.network.directory.find(new TestMerchant('nobody').merchant)).toBeUndefined()
  })

  test('takes nothing that its merchant did not sign, and no older value than it has', async () => {
    await using hub = await startHub()
    await using anna = await startMember('anna', hub)
    await using mallory = await startMember('mallory', hub)
    await using bert = await startMember('bert', hub)
    const newest = locationOf(anna.self, ['/ip4/192.0.2.2/tcp/1'], testTime + 10)
    await anna.network.directory.publish(anna.merchant, newest)
    const forged = Buffer.from(Buffer.from(newest).toString().replaceAll('192.0.2.2', '192.0.2.66'))
    const old = locationOf(anna.self, ['/ip4/192.0.2.1/tcp/1'], testTime)
    for (const value of [forged, locationOf(mallory.self, ['/ip4/192.0.2.66/tcp/1']), old]) {
      // Mallory's own node holds what it likes.
      const { dht } = mallory.network.host.libp2p.services
      for await (const _ of dht?.put(dhtKey(anna.merchant), value, { signal: AbortSignal.timeout(5_000) }) ??
        []);
      expect((await bert.network.directory.find(anna.merchant))?.addresses.addresses).toEqual([
        '/ip4/192.0.2.2/tcp/1',
      ])
    }
  })

  test('a merchant whose address changed is found again by one that remembers the old one', async () => {
    await using hub = await startHub()
    await using bert = await startMember('bert', hub, 'client') // nobody learns of it by the DHT, nor dials it
    {
      await using before = await startMember('anna', hub)
      await bert.network.hello.connect(before.address)
      expect(bert.book.addressesOf(before.merchant)[0]?.addresses).toContain(before.address)
    }
    await until(() => bert.network.hello.sessions.of(new TestMerchant('anna').merchant) === undefined)
    await using anna = await startMember('anna', hub)
    await anna.network.directory.publish(anna.merchant, locationOf(anna.self, [anna.address]))
    const session = await bert.network.connector.connect(anna.merchant)
    expect(session?.connection.remoteAddr.toString()).toContain(anna.address)
  })
})

describe('meeting by phone code', () => {
  test('over the DHT, when both know one node', async () => {
    await using hub = await startHub()
    await using anna = await startMember('anna', hub)
    await using bert = await startMember('bert', hub)
    const keys = anna.invite('phone', { form: 'phone', auto: true })
    expect(await anna.network.rendezvous.announce(topic)).toEqual({
      lan: 'off',
      dht: 'somebody',
      canMeet: true,
    })
    const met = await bert.network.rendezvous.meet(topic, (session) =>
      bert.network.pairing.join(session, keys),
    )
    expect(met).toMatchObject({ end: 'met', join: { end: 'partner' }, session: { merchant: anna.merchant } })
    expect([anna.stateTo(bert), bert.stateTo(anna)]).toEqual(['partner', 'partner'])
  })

  test('somebody else under the topic is passed over', async () => {
    await using hub = await startHub()
    await using anna = await startMember('anna', hub)
    await using mallory = await startMember('mallory', hub)
    await using bert = await startMember('bert', hub)
    const keys = anna.invite('phone', { form: 'phone', auto: true })
    for (const party of [mallory, anna]) await party.network.directory.announce(topic)
    const met = await bert.network.rendezvous.meet(topic, (session) =>
      bert.network.pairing.join(session, keys),
    )
    expect(met).toMatchObject({ end: 'met', session: { merchant: anna.merchant } })
    expect(bert.stateTo(mallory)).toBe('none')
  })

  test('both are told at once where neither LAN nor DHT can lead to anybody', async () => {
    await using anna = await Party.start('anna', { dht: 'server' })
    await using bert = await Party.start('bert')
    expect(await anna.network.rendezvous.announce(topic)).toEqual({
      lan: 'off',
      dht: 'nobody',
      canMeet: false,
    })
    let asked = false
    const met = await bert.network.rendezvous.meet(topic, async () => {
      asked = true
      return { end: 'broken' }
    })
    expect(met).toEqual({ end: 'cannot-meet', prospects: { lan: 'off', dht: 'off', canMeet: false } })
    expect(asked).toBe(false)
  })

  test('an inviter that is alone is found once the DHT has a node', async () => {
    await using anna = await Party.start('anna', { dht: 'server' })
    const keys = anna.invite('phone', { form: 'phone', auto: true })
    expect((await anna.network.rendezvous.announce(topic)).canMeet).toBe(false)
    await using bert = await startMember('bert', anna) // the inviter itself is the node that bert knows
    const met = await bert.network.rendezvous.meet(topic, (session) =>
      bert.network.pairing.join(session, keys),
    )
    expect(met).toMatchObject({ end: 'met', join: { end: 'partner' } })
  })

  test('nobody under the topic: not found, after the time that the joiner gives', async () => {
    await using hub = await startHub()
    await using bert = await startMember('bert', hub)
    const met = await bert.network.rendezvous.meet(
      topic,
      async () => ({ end: 'broken' }),
      AbortSignal.timeout(200),
    )
    expect(met).toEqual({ end: 'not-found', tried: 0 })
  })
})

describe('the connector', () => {
  test('keeps a session with those it wants, also after the other was away', async () => {
    await using bert = await Party.start('bert')
    const { connector, hello } = bert.network
    let port = ''
    {
      await using anna = await Party.start('anna')
      port = /tcp\/(\d+)/.exec(anna.address)?.[1] ?? ''
      bert.book.remember(anna.merchant, { peerId: anna.self.peerId, addresses: [anna.address] })
      connector.want(anna.merchant)
      await until(() => hello.sessions.of(anna.merchant))
    }
    const anna = new TestMerchant('anna').merchant
    await until(() => hello.sessions.of(anna) === undefined)
    await using again = await Party.start('anna', { listen: [`/ip4/127.0.0.1/tcp/${port}`] })
    await until(() => hello.sessions.of(again.merchant))
    connector.unwant(again.merchant)
    for (const connection of bert.network.host.connections()) await connection.close()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(hello.sessions.all()).toEqual([])
  })

  test('never dials an address for anybody but the node that it was named for', async () => {
    await using anna = await Party.start('anna')
    await using bert = await Party.start('bert')
    const { merchant, peerId } = new TestMerchant('carl')
    const bare = anna.address.replace(/\/p2p\/.*/, '')
    bert.book.remember(merchant, { peerId, addresses: ['not an address', anna.address, bare] })
    expect(await bert.network.connector.connect(merchant)).toBeUndefined()
    expect(bert.network.hello.sessions.all()).toEqual([])
  })
})

describe('ways to reach a node', () => {
  async function reach(
    options: Parameters<typeof createHost>[0],
    addressOf: (host: Host) => string | undefined,
  ) {
    const there = await createHost(options)
    const here = await createHost({
      nodeSeed: seedOf('here'),
      listen: [],
      webSocket: true,
      relay: 'client',
    })
    try {
      const connection = await here.dial(addressOf(there) ?? '')
      return connection.remoteAddr.toString()
    } finally {
      await here.stop()
      await there.stop()
    }
  }

  test('WebSocket', async () => {
    const options = { nodeSeed: seedOf('there'), listen: [`${loopback}/ws`], webSocket: true }
    expect(await reach(options, (host) => host.addresses()[0])).toContain('/ws')
  })

  test('a relay, for a node that nobody can dial', async () => {
    await using relay = await Party.start('relay', { relay: 'server' })
    await using hidden = await Party.start('hidden', {
      listen: [`${relay.address}/p2p-circuit`],
      relay: 'client',
    })
    await using bert = await Party.start('bert', { relay: 'client' })
    const address = await until(() =>
      hidden.network.host.addresses().find((each) => each.includes('p2p-circuit')),
    )
    const session = await bert.network.hello.connect(address, hidden.merchant)
    expect(session.connection.limits).toBeDefined()
    const keys = hidden.invite('code', { auto: true })
    expect(await bert.network.pairing.join(session, keys)).toEqual({ end: 'partner' })
  })
})
