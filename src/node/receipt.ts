import type { PairStatementFailure } from '../core/partner/pair-statement.ts'
import type { MessageRefusalCode, Receipt } from '../network/message-frame.ts'

const codes: Readonly<Record<Exclude<PairStatementFailure, 'key-event-unknown'>, MessageRefusalCode>> = {
  malformed: 'malformed',
  'version-unknown': 'unknown-type',
  signature: 'forged',
  pair: 'not-yours',
  void: 'forged',
}

/** What the sender of a statement that does not verify is told. */
export function refusedOf(failure: {
  readonly reason: PairStatementFailure
  readonly message: string
}): Receipt {
  const { reason, message } = failure
  // The longer key log comes with the next hello: until then nobody is at fault.
  if (reason === 'key-event-unknown') return { receipt: 'later', seconds: 60 }
  return { receipt: 'refused', code: codes[reason], message }
}
