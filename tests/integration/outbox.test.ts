import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NodeOutbox } from '../../src/node/outbox.ts'
import { openDatabase } from '../../src/store/database.ts'
import { type OutboxUnderTest, outboxContract } from '../network/outbox-contract.ts'

async function open(folder: string): Promise<OutboxUnderTest> {
  const database = await openDatabase(folder)
  const outbox = await NodeOutbox.load(database)
  let closed = false
  const close = async (): Promise<void> => {
    if (!closed) await database.close()
    closed = true
  }
  return {
    outbox,
    async put({ to, text, notAfter }) {
      const { writes, placed } = outbox.add(to, text, notAfter)
      await database.batch(writes, { sync: true })
      placed()
    },
    async reopen() {
      await close()
      return await open(folder)
    },
    async [Symbol.asyncDispose]() {
      await close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

outboxContract('level', async () => open(await mkdtemp(join(tmpdir(), 'mosaic-outbox-'))))
