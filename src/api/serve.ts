import { randomBytes } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { NodeConfig } from '../node/config.ts'
import { MosaicNode, type NodeOptions } from '../node/node.ts'
import { type ApiAccess, apiAccessFile } from './client.ts'
import { startApi } from './server.ts'

export interface ServedNode {
  readonly node: MosaicNode
  /** Of the local API, e.g. `http://127.0.0.1:40123`. */
  readonly url: string
  /** What a client has to show. */
  readonly token: string
  /** Within two seconds. */
  stop(): Promise<void>
}

/** A merchant's node with its local API. Url and token go to `api.json` in the data folder, mode 0600. */
export async function serveNode(config: NodeConfig, options: NodeOptions = {}): Promise<ServedNode> {
  const node = await MosaicNode.start(config, options)
  const token = randomBytes(32).toString('base64url')
  const file = join(config.dataFolder, apiAccessFile)
  try {
    const api = await startApi(node, { port: config.apiPort, hosts: config.apiHosts, token })
    await writePrivate(file, { url: api.url, token, pid: process.pid })
    return {
      node,
      url: api.url,
      token,
      async stop() {
        await rm(file, { force: true })
        await api.close()
        await node.stop()
      },
    }
  } catch (error) {
    await node.stop()
    throw error
  }
}

/** In one step: a client never sees half of it. */
async function writePrivate(file: string, access: ApiAccess): Promise<void> {
  const temporary = `${file}.new`
  await rm(temporary, { force: true })
  const handle = await open(temporary, 'wx', 0o600)
  try {
    await handle.writeFile(JSON.stringify(access))
  } finally {
    await handle.close()
  }
  await rename(temporary, file)
}
