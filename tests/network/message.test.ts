import { describe, expect, test } from 'vitest'
import { answerFrame, messageProtocol, messagesUnansweredMax } from '../../src/network/message-frame.ts'
import { MessageService } from '../../src/network/message-service.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { MemoryInbox, MemoryOutbox, messageTo } from './memory-outbox.ts'
import { sessionAt, startNode, TestMerchant, type TestNode, testTime, until } from './merchants.ts'
import { outboxContract } from './outbox-contract.ts'

outboxContract('memory', async () => {
  const openWith = (messages: MemoryOutbox['messages']) => {
    const outbox = new MemoryOutbox(messages)
    return {
      outbox,
      put: async (message: Parameters<MemoryOutbox['put']>[0]) => outbox.put(message),
      reopen: async () => openWith(outbox.messages),
      [Symbol.asyncDispose]: async () => {},
    }
  }
  return openWith([])
})

interface Mailer extends AsyncDisposable {
  readonly node: TestNode
  readonly outbox: MemoryOutbox
  readonly inbox: MemoryInbox
  readonly service: MessageService
}

async function startMailer(name: string): Promise<Mailer> {
  const node = await startNode(new TestMerchant(name))
  const outbox = new MemoryOutbox()
  const inbox = new MemoryInbox()
  const service = new MessageService({
    host: node.host,
    hello: node.hello,
    primitives: nodePrimitives,
    outbox,
    inbox,
    now: () => node.self.time,
    retry: { firstMs: 10, maxMs: 50 },
  })
  await service.start()
  return {
    node,
    outbox,
    inbox,
    service,
    async [Symbol.asyncDispose]() {
      await service.stop()
      await node[Symbol.asyncDispose]()
    },
  }
}

const texts = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${prefix}${n}`)

function put({ outbox }: Mailer, to: Mailer, all: readonly string[], notAfter?: number): void {
  for (const text of all) outbox.put(messageTo(to.node.self.merchant, text, notAfter))
}

const connect = ({ node }: Mailer, to: Mailer) => node.hello.connect(to.node.address)

describe('the message stream', () => {
  test('delivers both ways, in order, and empties the outbox', async () => {
    await using anna = await startMailer('anna')
    await using bert = await startMailer('bert')
    put(anna, bert, texts('a', 3 * messagesUnansweredMax))
    put(bert, anna, texts('b', 5))
    await connect(anna, bert)
    await until(() => anna.outbox.messages.length + bert.outbox.messages.length === 0)
    expect(bert.inbox.deliveries).toEqual(texts('a', 3 * messagesUnansweredMax))
    expect(anna.inbox.deliveries).toEqual(texts('b', 5))
  })

  test('sends later messages on the same stream', async () => {
    await using anna = await startMailer('anna')
    await using bert = await startMailer('bert')
    const { connection } = await connect(anna, bert)
    for (const text of ['one', 'two']) {
      put(anna, bert, [text])
      anna.service.wake(bert.node.self.merchant)
      await until(() => anna.outbox.messages.length === 0)
    }
    expect(bert.inbox.deliveries).toEqual(['one', 'two'])
    expect(connection.streams.filter(({ protocol }) => protocol === messageProtocol)).toHaveLength(1)
  })

  test('keeps what is put in while nobody is there', async () => {
    await using anna = await startMailer('anna')
    await using bert = await startMailer('bert')
    put(anna, bert, ['early'])
    anna.service.wake(bert.node.self.merchant)
    await connect(bert, anna) // the other way round: who dialled does not matter
    await until(() => anna.outbox.messages.length === 0)
    expect(bert.inbox.stored).toEqual(['early'])
  })

  test('a receiver that dies between storing and answering gets the message again, with one effect', async () => {
    await using anna = await startMailer('anna')
    await using bert = await startMailer('bert')
    let died = false
    bert.inbox.decide = (text) => {
      if (died || text !== 'a2') return undefined
      died = true
      bert.inbox.stored.push(text)
      for (const connection of bert.node.host.connections()) connection.abort(new Error('power cut'))
      return undefined
    }
    put(anna, bert, texts('a', 5))
    await connect(anna, bert)
    await until(() => died && anna.node.hello.sessions.all().length === 0)
    expect(anna.outbox.messages.length).toBeGreaterThanOrEqual(3)
    await connect(anna, bert)
    await until(() => anna.outbox.messages.length === 0)
    expect(bert.inbox.stored).toEqual(texts('a', 5))
    expect(bert.inbox.deliveries.filter((text) => text === 'a2').length).toBe(2)
  })

  test('a refused message is dropped with its reason, and those behind it go on', async () => {
    await using anna = await startMailer('anna')
    await using bert = await startMailer('bert')
    const answers: string[] = []
    anna.service.on({ answer: ({ text }, { type }) => answers.push(`${text} ${type}`) })
    bert.inbox.decide = (text) =>
      text === 'bad' ? { receipt: 'refused', code: 'not-partners', message: 'No relation.' } : undefined
    put(anna, bert, ['one', 'bad', 'two'])
    await connect(anna, bert)
    await until(() => anna.outbox.messages.length === 0)
    expect(anna.outbox.ends).toEqual(['one stored', 'bad not-partners', 'two stored'])
    expect(answers).toEqual(['one mosaic/stored', 'bad mosaic/refused', 'two mosaic/stored'])
    expect(bert.inbox.stored).toEqual(['one', 'two'])
  })

  test('"later" stops the lane, which begins again with that message', async () => {
    await using anna = await startMailer('anna')
    await using bert = await startMailer('bert')
    let full = true
    bert.inbox.decide = (text) => (full && text === 'a1' ? { receipt: 'later', seconds: 1 } : undefined)
    put(anna, bert, texts('a', 4))
    await connect(anna, bert)
    await until(() => bert.inbox.deliveries.includes('a1'))
    full = false
    await until(() => anna.outbox.messages.length === 0)
    expect(bert.inbox.stored).toEqual(texts('a', 4))
    expect(bert.inbox.deliveries).toEqual(['a0', 'a1', 'a1', 'a2', 'a3'])
  })

  test('an inbox that throws loses nothing', async () => {
    await using anna = await startMailer('anna')
    await using bert = await startMailer('bert')
    bert.inbox.decide = () => {
      throw new Error('disk full')
    }
    put(anna, bert, ['kept'])
    const { connection } = await connect(anna, bert)
    await until(() => bert.inbox.deliveries.length === 1)
    bert.inbox.decide = () => undefined
    await connection.close() // a new session does not wait for the pause that was asked for
    await until(() => anna.node.hello.sessions.all().length === 0)
    await connect(anna, bert)
    await until(() => anna.outbox.messages.length === 0)
    expect(bert.inbox.stored).toEqual(['kept'])
  })

  test('a message whose time is over is not sent, visibly', async () => {
    await using anna = await startMailer('anna')
    await using bert = await startMailer('bert')
    const expired: string[] = []
    anna.service.on({ expired: ({ text }) => expired.push(text) })
    put(anna, bert, ['late', 'late too'], testTime - 1)
    put(anna, bert, ['in time'], testTime)
    await anna.service.expireOverdue() // nobody is connected
    expect(expired).toEqual(['late', 'late too'])
    put(anna, bert, ['late'], testTime - 1)
    await connect(anna, bert)
    await until(() => anna.outbox.messages.length === 0)
    expect(expired).toEqual(['late', 'late too', 'late'])
    expect(bert.inbox.deliveries).toEqual(['in time'])
  })

  test('no more than the limit is unanswered', async () => {
    await using anna = await startMailer('anna')
    await using bert = await startMailer('bert')
    await bert.service.stop()
    let received = 0
    await bert.node.hello.handleStream(messageProtocol, (stream) => stream.onFrame(() => void received++), {})
    put(anna, bert, texts('a', 100))
    await connect(anna, bert)
    await until(() => received === messagesUnansweredMax)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(received).toBe(messagesUnansweredMax)
    expect(anna.outbox.messages.length).toBe(100)
  })

  test('an answer to another statement costs its sender and removes nothing', async () => {
    await using anna = await startMailer('anna')
    await using bert = await startMailer('bert')
    await bert.service.stop()
    await bert.node.hello.handleStream(
      messageProtocol,
      (stream) =>
        stream.onFrame(async () => {
          await stream.send(
            answerFrame(messageTo(anna.node.self.merchant, 'other').id, { receipt: 'stored' }),
          )
        }),
      {},
    )
    put(anna, bert, ['one'])
    await connect(anna, bert)
    await until(() => anna.node.offences.length > 0)
    expect(anna.node.offences[0]).toBe('message-malformed')
    expect(anna.outbox.messages.length).toBe(1)
  })

  test('a stream before the hello is not answered', async () => {
    await using anna = await startMailer('anna')
    await using bert = await startMailer('bert')
    bert.node.port.blocked.add(anna.node.self.merchant)
    await expect(connect(anna, bert)).rejects.toMatchObject({ code: 'merchant-refused' })
    const [connection] = anna.node.host.connections()
    if (connection === undefined) throw new Error('the connection stays')
    const stream = await anna.node.host.openStream(connection, messageProtocol)
    await stream.send(Buffer.from('{}'))
    expect((await stream.closed).code).toBe('reset')
    expect(bert.inbox.deliveries).toEqual([])
  })

  test('a forged statement cuts its sender off', async () => {
    await using anna = await startMailer('anna')
    await using bert = await startMailer('bert')
    bert.inbox.decide = () => ({ receipt: 'refused', code: 'forged', message: 'The signature is wrong.' })
    put(anna, bert, ['forged'])
    await connect(anna, bert)
    await until(() => bert.node.offences.length > 0)
    expect(bert.node.offences).toEqual(['statement-forged'])
    await until(() => bert.node.hello.sessions.all().length === 0)
    expect(bert.node.host.isRefused(anna.node.self.peerId)).toBe(true)
  })

  test('what a stranger sends is a stranger’s: the inbox learns the merchant of the session', async () => {
    await using anna = await startMailer('anna')
    await using bert = await startMailer('bert')
    const senders: string[] = []
    bert.inbox.decide = (_, from) => {
      senders.push(from)
      return undefined
    }
    put(anna, bert, ['one'])
    await connect(anna, bert)
    await until(() => senders.length > 0)
    await sessionAt(bert.node, anna.node.self.merchant)
    expect(senders).toEqual([anna.node.self.merchant])
  })
})
