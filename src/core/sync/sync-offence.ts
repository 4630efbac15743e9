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
