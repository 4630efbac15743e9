import { z } from 'zod'

/** Codes of the API itself; those of what is below it pass through. */
export type ApiErrorCode =
  | 'host-refused'
  | 'cross-site'
  | 'token-missing'
  | 'not-found'
  | 'input-invalid'
  | 'request-malformed'
  | 'request-too-large'
  | 'file-too-large'
  | 'unexpected'
  | 'node-not-running'
  | 'answer-incomplete'

/** What a request that failed gets back: RFC 9457, with a stable code for programs. */
export interface Problem {
  readonly status: number
  readonly code: string
  readonly detail: string
  /** The member of the request that is at fault, e.g. `body.name`. */
  readonly field?: string
  /** What the detail speaks of, so that a client can say it in another language. */
  readonly params?: Readonly<Record<string, string>>
  /** What is behind it, for programs: the columns of a table, say. */
  readonly details?: object
}

/** The API refuses a request. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem'
  readonly status: number
  readonly code: ApiErrorCode
  readonly field: string | undefined
  constructor(status: number, code: ApiErrorCode, message: string, field?: string) {
    super(message)
    this.status = status
    this.code = code
    this.field = field
  }
}

/** Codes of errors below the API that are not simply "the request cannot be done now" (409). */
const statusByCode: Readonly<Record<string, number>> = {
  'disk-full': 507,
  'in-use': 503,
  damaged: 500,
  failed: 500,
}

/** One place that says which error becomes which answer. An unknown error is told as 500, without its insides. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiProblem) return withField(error.status, error.code, error.message, error.field)
  if (isRequestInvalid(error)) return invalidRequest(error)
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string')
    return {
      status: 500,
      code: 'unexpected',
      detail: 'The node could not answer: a fault of Mosaic. Its log says more.',
    }
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return withField(413, 'request-too-large', error.message)
  if (error.code === 'ENOSPC')
    return withField(507, 'disk-full', 'The disk is full. Nothing was changed. Make room and try again.')
  if (error.code.startsWith('FST_ERR_')) return withField(400, 'request-malformed', error.message)
  const { field, params, details } = error as Partial<Pick<Problem, 'field' | 'params' | 'details'>>
  const status = statusByCode[error.code] ?? (error.code.endsWith('-unknown') ? 404 : 409)
  return {
    ...withField(status, error.code, error.message, field),
    ...(params && { params }),
    ...(details && { details }),
  }
}

function withField(status: number, code: string, detail: string, field?: string): Problem {
  return { status, code, detail, ...(field !== undefined && { field }) }
}

/** A schema's refusal of a request; one from inside the node has no context, and is a fault. */
interface RequestInvalid extends z.ZodError {
  readonly validationContext: string
}

function isRequestInvalid(error: unknown): error is RequestInvalid {
  return error instanceof z.ZodError && 'validationContext' in error
}

function invalidRequest(error: RequestInvalid): Problem {
  const [issue] = error.issues
  const field = [error.validationContext, ...(issue?.path ?? []).map(String)].join('.')
  return withField(400, 'input-invalid', `${field}: ${issue?.message ?? 'invalid'}`, field)
}
