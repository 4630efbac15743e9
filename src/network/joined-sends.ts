import type { ConnectionEncrypter, MessageStream } from '@libp2p/interface'

/**
 * libp2p's TCP gives each piece of a send to the kernel by a call of its own, and Noise sends a length and a
 * message as two pieces. Joined, a send is one call, and wakes the other side once.
 */
export function joiningSends<Components>(
  create: (components: Components) => ConnectionEncrypter,
): (components: Components) => ConnectionEncrypter {
  return (components) => {
    const encrypter = create(components)
    const { secureInbound, secureOutbound } = encrypter
    encrypter.secureInbound = (connection, options) =>
      secureInbound.call(encrypter, joined(connection), options) as never
    encrypter.secureOutbound = (connection, options) =>
      secureOutbound.call(encrypter, joined(connection), options) as never
    return encrypter
  }
}

function joined<Stream extends MessageStream>(connection: Stream): Stream {
  const send = connection.send.bind(connection)
  connection.send = (data) => send(data instanceof Uint8Array ? data : Buffer.concat([...data]))
  return connection
}
