import type { ApiErrorCode } from '../../api/problem.ts'
import type { GraphFileErrorCode } from '../../core/trust/graph-file.ts'
import type { HostErrorCode } from '../../network/host.ts'
import type { NodeEvent } from '../../node/events.ts'
import type { NodeErrorCode } from '../../node/node-error.ts'
import type { ImportErrorCode } from '../../shops/import-error.ts'
import type { RefusedReason } from '../../shops/import-event.ts'
import type { StoreErrorCode } from '../../store/database.ts'
import type { KeystoreErrorCode } from '../../store/keystore-error.ts'

/** Every code that an error may carry to the command line. */
export type ErrorCode =
  | NodeErrorCode
  | StoreErrorCode
  | KeystoreErrorCode
  | ImportErrorCode
  | HostErrorCode
  | ApiErrorCode
  | GraphFileErrorCode
  | WarningCode

/** What a status warns of, beside errors. */
type WarningCode = 'invitation-claimed' | 'equivocation' | 'message-failed'

type Params = Readonly<Record<string, string>>

export type ErrorTexts = Readonly<Partial<Record<ErrorCode, (params: Params) => string>>>
/** For a language in which errors have no message of their own: every code has to be there. */
export type AllErrorTexts = Readonly<Record<ErrorCode, (params: Params) => string>>

export type RefusalTexts = Readonly<Partial<Record<RefusedReason, string>>>
export type AllRefusalTexts = Readonly<Record<RefusedReason, string>>

export type EventTexts = {
  readonly [T in NodeEvent['type']]: (event: Extract<NodeEvent, { readonly type: T }>) => string
}
