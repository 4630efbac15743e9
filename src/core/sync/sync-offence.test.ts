import { expect, test } from 'vitest'
import { KeyLogError } from '../identity/key-log.ts'
import { RecordError, type RecordErrorCode } from '../record/record-error.ts'
import { SyncFrameError } from './frame.ts'
import { breachOf, type SyncBreach, SyncOffence, type SyncOffenceCode } from './sync-offence.ts'

/** Source: protocol/streams/sync.md §7. */
const ofRecords: Readonly<Record<RecordErrorCode, SyncBreach>> = {
  'commit-invalid': 'statement-forged',
  'history-unlinked': 'statement-forged',
  'proof-invalid': 'statement-forged',
  'key-invalid': 'page-false',
  'key-order': 'page-false',
  'record-invalid': 'page-false',
  'record-too-large': 'page-false',
  'text-invalid': 'page-false',
  'shape-invalid': 'page-false',
  'digest-mismatch': 'page-false',
  'root-mismatch': 'page-false',
}
const ofSync: Readonly<Record<SyncOffenceCode, SyncBreach>> = {
  unasked: 'message-malformed',
  'no-progress': 'message-malformed',
  'too-many': 'rate-exceeded',
  'contents-malformed': 'page-false',
}

test('what the peer did wrong has its price; what went wrong here costs it nothing', () => {
  for (const [code, breach] of Object.entries(ofRecords))
    expect(breachOf(new RecordError(code as RecordErrorCode, ''))).toBe(breach)
  for (const [code, breach] of Object.entries(ofSync))
    expect(breachOf(new SyncOffence(code as SyncOffenceCode, ''))).toBe(breach)
  expect(breachOf(new SyncFrameError(''))).toBe('message-malformed')
  expect(breachOf(new KeyLogError('signature', ''))).toBe('identity-false')
  for (const own of [new Error('ENOSPC'), new TypeError(), undefined]) expect(breachOf(own)).toBeUndefined()
})
