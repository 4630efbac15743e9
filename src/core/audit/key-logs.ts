import { type KeyLog, KeyLogError, verifyKeyLog } from '../identity/key-log.ts'
import type { Primitives } from '../signature/primitives.ts'
import { AuditError, fail } from './audit-error.ts'
import type { Signed } from './bundle.ts'
import { expectRaw } from './expect-raw.ts'

/** The key logs of a bundle: one for each merchant whose signature it shows, by merchant id, and no other. */
export class KeyLogs {
  readonly #logs = new Map<string, KeyLog>()
  readonly #used = new Set<string>()

  /** @throws {AuditError} `key-log`, `raw-signature` */
  constructor(primitives: Primitives, shown: readonly (readonly Signed[])[]) {
    let before = ''
    for (const [at, events] of shown.entries()) {
      const where = `keyLogs[${at}]`
      const log = verifyKeyLog(
        primitives,
        events.map(({ statement }) => JSON.stringify(statement)),
      )
      if (log instanceof KeyLogError) {
        const merchant = events[0]?.statement.merchant
        throw new AuditError(
          'key-log',
          log.index === undefined ? where : `${where}[${log.index}]`,
          `The key log of ${typeof merchant === 'string' ? merchant : 'a merchant'}: ${log.message}`,
          { cause: log },
        )
      }
      for (const [index, event] of events.entries()) expectRaw(primitives, event, `${where}[${index}]`)
      if (log.merchant <= before) fail('key-log', where, 'Key logs are in order of merchants, each once.')
      before = log.merchant
      this.#logs.set(log.merchant, log)
    }
  }

  /** The log of a merchant. @throws {AuditError} `missing` */
  of(merchant: unknown, where: string): KeyLog {
    const log = typeof merchant === 'string' ? this.#logs.get(merchant) : undefined
    if (log === undefined) return fail('missing', where, `The key log of ${String(merchant)} is missing.`)
    this.#used.add(log.merchant)
    return log
  }

  /** @throws {AuditError} `extra` */
  expectAllUsed(): void {
    const unused = [...this.#logs.keys()].findIndex((merchant) => !this.#used.has(merchant))
    if (unused >= 0) fail('extra', `keyLogs[${unused}]`, 'Nothing in the bundle is signed by this merchant.')
  }
}
