import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { problemOf } from './problem.ts'

/** How long a stream may say nothing: then a line without content keeps client and proxies from giving up. */
const heartbeatMs = 10_000

/** What long work says on the way, and at last. */
export type Step<Progress, Result> = { readonly progress: Progress } | { readonly result: Result }

/**
 * Answers with one JSON object a line: `{"progress": …}` any number of times, then `{"result": …}` or
 * `{"error": problem}`. The work ends when the caller goes away: its iterator is returned.
 */
export function sendSteps(reply: FastifyReply, steps: AsyncIterable<Step<unknown, unknown>>): FastifyReply {
  return reply.type('application/x-ndjson').send(Readable.from(lines(steps), { objectMode: false }))
}

async function* lines(steps: AsyncIterable<Step<unknown, unknown>>): AsyncGenerator<string> {
  const iterator = steps[Symbol.asyncIterator]()
  try {
    let next = iterator.next()
    for (;;) {
      const step = await orHeartbeat(next)
      if (step === 'heartbeat') {
        yield '{}\n'
        continue
      }
      if (step.done) return
      yield `${JSON.stringify(step.value)}\n`
      next = iterator.next()
    }
  } catch (error) {
    yield `${JSON.stringify({ error: problemOf(error) })}\n`
  } finally {
    await iterator.return?.()
  }
}

async function orHeartbeat<T>(next: Promise<T>): Promise<T | 'heartbeat'> {
  let timer: NodeJS.Timeout | undefined
  const beat = new Promise<'heartbeat'>((resolve) => {
    timer = setTimeout(() => resolve('heartbeat'), heartbeatMs)
  })
  try {
    return await Promise.race([next, beat])
  } finally {
    clearTimeout(timer)
  }
}
