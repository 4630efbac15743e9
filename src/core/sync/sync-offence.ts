import { KeyLogError } from '../identity/key-log.ts'
import { RecordError, type RecordErrorCode } from '../record/record-error.ts'
import { SyncFrameError } from './frame.ts'

export type SyncOffenceCode =
  | 'unasked' // what was not wanted, or not by this side
  | 'too-many' // more wants or requests than the limit
  | 'contents-malformed'
  | 'no-progress' // answers again and again with what this side cannot build on

/** The peer broke the protocol of protocol/streams/sync.md. */
export class SyncOffence extends Error {
  override readonly name = 'SyncOffence'
  readonly code: SyncOffenceCode
  constructor(code: SyncOffenceCode, message: string) {
    super(message)
    this.code = code
  }
}

/** What a breach costs the peer, by the name of protocol/streams/framing.md §3. */
export type SyncBreach =
  | 'message-malformed'
  | 'statement-forged'
  | 'page-false'
  | 'identity-false'
  | 'rate-exceeded'

const aboutStatements: ReadonlySet<RecordErrorCode> = new Set([
  'commit-invalid',
  'history-unlinked',
  'proof-invalid',
])

/** @returns `undefined` if the error is no fault of the peer. Source: protocol/streams/sync.md §7. */
export function breachOf(error: unknown): SyncBreach | undefined {
  if (error instanceof SyncFrameError) return 'message-malformed'
  if (error instanceof KeyLogError) return 'identity-false'
  if (error instanceof RecordError) return aboutStatements.has(error.code) ? 'statement-forged' : 'page-false'
  if (!(error instanceof SyncOffence)) return undefined
  if (error.code === 'too-many') return 'rate-exceeded'
  return error.code === 'contents-malformed' ? 'page-false' : 'message-malformed'
}
