import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pairingMessageBytesMax } from '../../src/core/partner/pairing-message.ts'
import { frameBytesMax, lengthPrefix } from '../../src/network/frame.ts'
import { helloFrameBytesMax, helloProtocol } from '../../src/network/hello-message.ts'
import { messageFrameBytesMax, messageProtocol } from '../../src/network/message-frame.ts'
import { pairingProtocol } from '../../src/network/pairing-service.ts'
import { syncProtocol } from '../../src/network/sync-driver.ts'
import { isOpen, seedOf, until } from '../network/merchants.ts'
import type { Party } from '../network/party.ts'
import { becomePartners, isLetIn, meet, peer, type RealNode, realNode, sendRaw } from './real-node.ts'

// Specs: protocol/streams/framing.md §1 and §3. A running node, and peers that passed hello and then break the rules.

let vera: RealNode
let bert: Party // a partner, all the time connected
beforeAll(async () => {
  vera = await realNode('Vera')
  bert = await peer('bert')
  await becomePartners(bert, vera)
})
afterAll(async () => {
  const problems = await checkOf(vera)
  const bertIsHere = bert.network.hello.sessions.of(vera.merchant) !== undefined
  await bert[Symbol.asyncDispose]()
  await vera[Symbol.asyncDispose]()
  expect({ problems, bertIsHere }).toEqual({ problems: [], bertIsHere: true })
})

async function checkOf({ node }: RealNode): Promise<unknown> {
  for await (const step of node.check()) if ('result' in step) return step.result.problems
  return 'no result'
}

const protocols: readonly (readonly [protocol: string, bytesMax: number])[] = [
  [helloProtocol, helloFrameBytesMax],
  [pairingProtocol, pairingMessageBytesMax],
  [messageProtocol, messageFrameBytesMax],
  [syncProtocol, frameBytesMax],
]
const breaches: readonly (readonly [name: string, bytes: (bytesMax: number) => Uint8Array])[] = [
  ['a length of five bytes', () => Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x01)],
  ['a length that is not the shortest', () => Uint8Array.of(0x81, 0x00, 0x7b)],
  ['a frame without bytes', () => Uint8Array.of(0)],
  ['a frame above the limit, told by its length alone', (bytesMax) => lengthPrefix(bytesMax + 1, 2 ** 27)],
  ['a frame that is no message', () => framed(seedOf('noise'))],
]

describe.each(protocols)('%s', (protocol, bytesMax) => {
  test.each(breaches)('%s: reset, the second time cut off and not let in again', async (name, bytes) => {
    await using mallory = await peer(`mallory ${protocol} ${name}`)
    const { connection } = await meet(mallory, vera)
    for (let times = 1; times <= 2; times++) {
      const stream = await sendRaw(connection, protocol, bytes(bytesMax))
      await until(() => stream.status !== 'open')
      expect(stream.status).toBe('reset')
    }
    await until(() => !isOpen(connection))
    expect(await isLetIn(mallory, vera)).toBe(false)
  })

  test('a frame that is cut off is no offence, and means nothing', async () => {
    await using carl = await peer(`carl ${protocol}`)
    const { connection } = await meet(carl, vera)
    for (let times = 1; times <= 3; times++) {
      const stream = await sendRaw(connection, protocol, framed(seedOf('cut off')).subarray(0, 20))
      await stream.close()
    }
    expect(await isLetIn(carl, vera)).toBe(true)
    expect(isOpen(connection)).toBe(true)
  })
})

test.each(protocols.filter(([protocol]) => protocol !== helloProtocol))(
  '%s before hello: not answered',
  async (protocol) => {
    await using carl = await peer(`early ${protocol}`)
    await carl.network.hello.stop() // else it would speak first
    const connection = await carl.network.host.dial(vera.address)
    const stream = await connection.newStream(protocol)
    await until(() => stream.status !== 'open')
    expect(stream.status).toBe('reset')
  },
)

function framed(content: Uint8Array): Uint8Array {
  return Buffer.concat([lengthPrefix(content.length), content])
}
