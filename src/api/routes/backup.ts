import { Readable } from 'node:stream'
import type { MosaicNode } from '../../node/node.ts'
import { sendSteps } from '../stream.ts'
import type { Api } from '../zod-types.ts'

export function backupRoutes(api: Api, node: MosaicNode): void {
  api.post('/backup', async (_request, reply) =>
    reply.type('application/octet-stream').send(Readable.from(node.backup(), { objectMode: false })),
  )
  api.get('/restore', () => node.restoring.view())
  api.post('/restore/confirm', async () => {
    await node.restoring.confirm()
    return node.restoring.view()
  })
  api.post('/check', (_request, reply) => sendSteps(reply, node.check()))
}
