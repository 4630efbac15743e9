import { describe, expect, test } from 'vitest'
import { helloProtocol } from '../../src/network/hello-message.ts'
import { jsonFrame } from '../../src/network/json-frame.ts'
import { isOpen, seedOf, sessionAt, startNode, TestMerchant, until } from './merchants.ts'

describe('hello over TCP', () => {
  test('makes a session at both ends', async () => {
    await using anna = await startNode(new TestMerchant('anna'))
    await using bert = await startNode(new TestMerchant('bert'))
    bert.port.addresses = ['/dns4/bert.example/tcp/4010']
    bert.port.held.set(anna.self.merchant, {
      repos: [{ repo: 'trust', rev: 7, digest: anna.self.keyLog.current.digest }],
      orders: [{ order: 'o-1', seq: 3 }],
    })

    const session = await anna.hello.connect(bert.address, bert.self.merchant)
    const other = await sessionAt(bert, anna.self.merchant)

    expect(session).toMatchObject({
      merchant: bert.self.merchant,
      peerId: bert.self.peerId,
      addresses: ['/dns4/bert.example/tcp/4010'],
      held: { repos: [{ repo: 'trust', rev: 7 }], orders: [{ order: 'o-1', seq: 3 }] },
    })
    expect(other).toMatchObject({
      merchant: anna.self.merchant,
      peerId: anna.self.peerId,
      held: { repos: [] },
    })
    expect(anna.port.logs.get(bert.self.merchant)?.current.digest).toBe(bert.self.keyLog.current.digest)
    expect([...anna.refusals, ...bert.refusals]).toEqual([])
  })

  test('ends the session with the connection', async () => {
    await using anna = await startNode(new TestMerchant('anna'))
    await using bert = await startNode(new TestMerchant('bert'))
    const { connection } = await anna.hello.connect(bert.address)
    await sessionAt(bert, anna.self.merchant)
    await connection.close()
    await until(() => bert.hello.sessions.of(anna.self.merchant) === undefined)
    expect(anna.hello.sessions.of(bert.self.merchant)).toBeUndefined()
  })

  test('a rotation reaches connected merchants by itself', async () => {
    await using anna = await startNode(new TestMerchant('anna'))
    await using bert = await startNode(new TestMerchant('bert'))
    await anna.hello.connect(bert.address)
    await sessionAt(bert, anna.self.merchant)
    let renewed = ''
    bert.hello.sessions.on({
      renew: ({ keyLog }) => {
        renewed = keyLog.current.key
      },
    })
    anna.self.rotate({ reason: 'compromised', lastGood: [] })
    await anna.hello.renew()
    await until(() => renewed !== '')
    expect(renewed).toBe(anna.self.keyLog.current.key)
    expect(bert.port.logs.get(anna.self.merchant)?.current.seq).toBe(1)
    expect(isOpen((await sessionAt(bert, anna.self.merchant)).connection)).toBe(true)
  })

  test('a binding that expires ends the session and its connection', async () => {
    await using anna = await startNode(new TestMerchant('anna'))
    await using bert = await startNode(new TestMerchant('bert'))
    await anna.hello.connect(bert.address)
    const { connection } = await sessionAt(bert, anna.self.merchant)
    bert.self.time += 86_399
    bert.hello.endExpired()
    expect(bert.hello.sessions.all()).toHaveLength(1)
    bert.self.time += 1
    bert.hello.endExpired()
    expect(bert.hello.sessions.all()).toEqual([])
    await until(() => !isOpen(connection))
  })

  test('two nodes that dial each other at once keep one connection', async () => {
    await using anna = await startNode(new TestMerchant('anna'))
    await using bert = await startNode(new TestMerchant('bert'))
    await Promise.all([anna.hello.connect(bert.address), bert.hello.connect(anna.address)])
    await until(() => anna.host.connections().filter(isOpen).length === 1)
    await until(() => anna.hello.sessions.all().length === 1 && bert.hello.sessions.all().length === 1)
  })

  test('another merchant than the expected one is refused by the dialer', async () => {
    await using anna = await startNode(new TestMerchant('anna'))
    await using bert = await startNode(new TestMerchant('bert'))
    await expect(anna.hello.connect(bert.address, new TestMerchant('carl').merchant)).rejects.toMatchObject({
      code: 'merchant-false',
    })
  })

  test('another node at the address is refused before any hello', async () => {
    await using anna = await startNode(new TestMerchant('anna'))
    await using bert = await startNode(new TestMerchant('bert'))
    const wrong = bert.address.replace(bert.self.peerId, new TestMerchant('carl').peerId)
    await expect(anna.hello.connect(wrong)).rejects.toMatchObject({ code: 'peer-mismatch' })
    expect(bert.hello.sessions.all()).toEqual([])
  })
})

describe('hello refuses', () => {
  /** Anna dials Bert; `change` makes one of them wrong. Both must learn the same code, and who is at fault. */
  const cases: {
    name: string
    change: (anna: TestMerchantNode, bert: TestMerchantNode) => void | Promise<void>
    code: string
    offence?: string
    says?: RegExp
  }[] = [
    {
      name: 'a binding of another node',
      change: (anna) => {
        anna.port.binding = anna.self.binding(new TestMerchant('carl').peerId)
      },
      code: 'binding-wrong',
      offence: 'identity-false',
    },
    {
      name: "a node that shows another merchant's binding",
      change: (anna) => {
        anna.port.binding = new TestMerchant('carl').binding(anna.self.peerId)
      },
      code: 'binding-wrong',
      offence: 'identity-false',
    },
    {
      name: 'an expired binding',
      change: (anna) => {
        anna.port.binding = anna.self.binding(anna.self.peerId, anna.self.time - 86_400)
      },
      code: 'binding-expired',
      says: /expired/,
    },
    {
      name: 'a binding of the key before a rotation',
      change: (anna) => {
        anna.port.binding = anna.self.binding()
        anna.self.rotate()
      },
      code: 'binding-superseded',
    },
    {
      name: 'a clock an hour ahead, in words',
      change: (anna) => {
        anna.self.time += 3_600
      },
      code: 'clock-wrong',
      says: /60 min ahead of .*set both by a time server/,
    },
    {
      name: 'a clock an hour behind, in words',
      change: (anna) => {
        anna.self.time -= 3_600
      },
      code: 'clock-wrong',
      says: /60 min behind /,
    },
    {
      name: 'a merchant that was blocked',
      change: (anna, bert) => void bert.port.blocked.add(anna.self.merchant),
      code: 'merchant-refused',
    },
    {
      name: 'a frozen identity',
      change: (anna, bert) => void bert.port.frozen.add(anna.self.merchant),
      code: 'identity-frozen',
    },
    {
      name: 'a second key log of one merchant, and freezes it',
      change: (anna, bert) => {
        const twin = new TestMerchant('anna')
        twin.rotate({ reason: 'retired' })
        bert.port.logs.set(anna.self.merchant, twin.keyLog)
        anna.self.rotate({ reason: 'scheduled' })
      },
      code: 'identity-frozen',
    },
  ]
  type TestMerchantNode = Awaited<ReturnType<typeof startNode>>

  for (const { name, change, code, offence, says } of cases)
    test(name, async () => {
      await using anna = await startNode(new TestMerchant('anna'))
      await using bert = await startNode(new TestMerchant('bert'))
      await change(anna, bert)
      await expect(anna.hello.connect(bert.address)).rejects.toMatchObject({ code, by: 'them' })
      const [told] = await until(() => bert.refusals.length > 0 && bert.refusals)
      expect(told).toMatchObject({ code, by: 'us', merchant: anna.self.merchant, peerId: anna.self.peerId })
      expect(anna.refusals).toMatchObject([{ code, by: 'them', message: told?.message }])
      if (says !== undefined) expect(told?.message).toMatch(says)
      expect(bert.offences).toEqual(offence === undefined ? [] : [offence])
      expect([...anna.hello.sessions.all(), ...bert.hello.sessions.all()]).toEqual([])
      if (name.includes('freezes')) expect(bert.port.frozen.has(anna.self.merchant)).toBe(true)
    })

  test('an acceptor with an expired binding, by the dialer', async () => {
    await using anna = await startNode(new TestMerchant('anna'))
    await using bert = await startNode(new TestMerchant('bert'))
    bert.port.binding = bert.self.binding(bert.self.peerId, bert.self.time - 90_000)
    await expect(anna.hello.connect(bert.address)).rejects.toMatchObject({
      code: 'binding-expired',
      by: 'us',
    })
    await until(() => bert.refusals.length === 1)
    expect(bert.refusals).toMatchObject([{ code: 'binding-expired', by: 'them' }])
    expect([...anna.hello.sessions.all(), ...bert.hello.sessions.all()]).toEqual([])
  })

  test('a second node of the same merchant', async () => {
    await using anna = await startNode(new TestMerchant('anna'))
    await using copy = await startNode(new TestMerchant('anna', 'copy'))
    await expect(copy.hello.connect(anna.address)).rejects.toMatchObject({ code: 'same-merchant' })
  })

  test('an old copy, and gives it the key events that it lacks', async () => {
    await using anna = await startNode(new TestMerchant('anna'))
    await using bert = await startNode(new TestMerchant('bert'))
    const grown = new TestMerchant('anna')
    grown.rotate()
    grown.rotate()
    bert.port.logs.set(anna.self.merchant, grown.keyLog)
    let longer: string | undefined
    anna.hello.on({
      ownLogBehind: (log) => {
        longer = log.current.digest
      },
    })
    await expect(anna.hello.connect(bert.address)).rejects.toMatchObject({ code: 'key-log-behind' })
    expect(longer).toBe(grown.keyLog.current.digest)
  })

  test('a known merchant whose rotation comes with a wrong binding: the rotation counts', async () => {
    await using anna = await startNode(new TestMerchant('anna'))
    await using bert = await startNode(new TestMerchant('bert'))
    bert.port.logs.set(anna.self.merchant, anna.self.keyLog)
    anna.port.binding = anna.self.binding()
    anna.self.rotate()
    await expect(anna.hello.connect(bert.address)).rejects.toMatchObject({ code: 'binding-superseded' })
    expect(bert.port.logs.get(anna.self.merchant)?.current.seq).toBe(1)
  })

  test('garbage: the stream is reset, the peer is cut off at the second time and not let in again', async () => {
    await using anna = await startNode(new TestMerchant('anna'))
    await using bert = await startNode(new TestMerchant('bert'))
    const { connection } = await anna.hello.connect(bert.address)
    await sessionAt(bert, anna.self.merchant)
    for (const frame of [jsonFrame({ type: 'mosaic/hello', merchant: 'nobody' }), seedOf('noise')]) {
      const stream = await anna.host.openStream(connection, helloProtocol)
      await stream.send(frame)
      stream.flush()
      expect((await stream.closed).code).toBe('reset')
    }
    expect(bert.offences).toEqual(['message-malformed', 'message-malformed'])
    await until(() => !isOpen(connection))
    expect(bert.host.isRefused(anna.self.peerId)).toBe(true)
    await expect(anna.hello.connect(bert.address)).rejects.toThrow()
    await expect(bert.hello.connect(anna.address)).rejects.toMatchObject({ code: 'peer-refused' })
  })

  test('a peer that does not answer in time', async () => {
    await using anna = await startNode(new TestMerchant('anna'))
    await using bert = await startNode(new TestMerchant('bert'))
    await bert.host.unhandleStream(helloProtocol)
    await bert.host.handleStream(helloProtocol, () => {})
    const stream = await anna.host
      .dial(bert.address)
      .then((connection) => anna.host.openStream(connection, helloProtocol, { deadlineMs: 50 }))
    expect((await stream.closed).code).toBe('deadline')
  })
})
