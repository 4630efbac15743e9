export type SyncOffenceCode = 'unasked' | 'too-many' | 'contents-malformed'

/** The peer broke the protocol of protocol/streams/sync.md. */
export class SyncOffence extends Error {
  override readonly name = 'SyncOffence'
  readonly code: SyncOffenceCode
  constructor(code: SyncOffenceCode, message: string) {
    super(message)
    this.code = code
  }
}
