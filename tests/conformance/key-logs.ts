import { type KeyLog, KeyLogError, verifyKeyLog } from '../../src/core/identity/key-log.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'

export type LogTexts = Readonly<Record<string, readonly string[]>>

/** The key logs of a vectors file, by name. */
export function logsOf(texts: LogTexts): (name: string) => KeyLog {
  const logs = new Map<string, KeyLog>()
  for (const [name, events] of Object.entries(texts)) {
    const log = verifyKeyLog(nodePrimitives, events)
    if (log instanceof KeyLogError) throw log
    logs.set(name, log)
  }
  return (name) => {
    const log = logs.get(name)
    if (log === undefined) throw new RangeError(`the vectors have no key log "${name}"`)
    return log
  }
}
