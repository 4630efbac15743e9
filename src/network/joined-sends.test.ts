import type { ConnectionEncrypter, MessageStream } from '@libp2p/interface'
import { expect, test } from 'vitest'
import { joiningSends } from './joined-sends.ts'

test.each(['secureInbound', 'secureOutbound'] as const)(
  '%s: the pieces of a send leave as one',
  async (way) => {
    const sent: unknown[] = []
    const stream = { send: (data: unknown) => sent.push(data) > 0 } as unknown as MessageStream
    const encrypter = {
      protocol: '/plain',
      secureInbound: async (connection: MessageStream) => ({ connection }),
      secureOutbound: async (connection: MessageStream) => ({ connection }),
    } as unknown as ConnectionEncrypter
    const { connection } = await joiningSends(() => encrypter)({})[way](stream as never)
    const piece = Uint8Array.of(3)
    connection.send(piece)
    const pieces = [Uint8Array.of(0, 2), Uint8Array.of(1, 2)] // a Uint8ArrayList gives its pieces so
    connection.send(pieces as unknown as Uint8Array)
    expect(sent[0]).toBe(piece)
    expect(sent[1]).toEqual(Buffer.of(0, 2, 1, 2))
  },
)
