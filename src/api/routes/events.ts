import { PassThrough } from 'node:stream'
import type { MosaicNode } from '../../node/node.ts'
import type { Api } from '../zod-types.ts'

/** A listener that does not read is let go beyond this. */
const backlogBytesMax = 1_048_576
const heartbeatMs = 15_000

/** Server-sent events: what happens from now on. */
export function eventRoutes(api: Api, node: MosaicNode): void {
  api.get('/events', (_request, reply) => {
    const stream = new PassThrough({ highWaterMark: backlogBytesMax })
    const send = (text: string): void => {
      if (!stream.write(text)) stream.destroy()
    }
    const off = node.events.on('any', (event) =>
      send(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`),
    )
    const heartbeat = setInterval(() => send(': still here\n\n'), heartbeatMs)
    stream.on('close', () => {
      off()
      clearInterval(heartbeat)
    })
    // The first line tells the client that it listens: what happens from here on reaches it.
    send(': listening\n\n')
    return reply.type('text/event-stream').header('cache-control', 'no-store').send(stream)
  })
}
