import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Problem } from './problem.ts'

/** What a running node leaves in its data folder, readable by its user only. */
export const apiAccess = z.strictObject({ url: z.url(), token: z.string().min(1), pid: z.int() })
export type ApiAccess = z.output<typeof apiAccess>
export const apiAccessFile = 'api.json'

/** The node refused, or could not be reached (`node-not-running`). */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: string
  /** The HTTP status; 0 if there was no answer. */
  readonly status: number
  readonly field: string | undefined
  readonly params: Readonly<Record<string, string>>
  /** What is behind it, for programs. */
  readonly details: unknown
  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.detail, options)
    this.code = problem.code
    this.status = problem.status
    this.field = problem.field?.replace(/^(body|querystring|params)\./, '')
    this.params = problem.params ?? {}
    this.details = problem.details
  }
}

type Query = Readonly<Record<string, string | number | boolean | undefined>>
export interface RequestOptions {
  readonly query?: Query
  readonly body?: unknown
  readonly signal?: AbortSignal
}

/** The local API of one node. Answers are trusted: it is the caller's own node. */
export class ApiClient {
  readonly url: string
  readonly #token: string
  constructor(access: { readonly url: string; readonly token: string }) {
    this.url = access.url
    this.#token = access.token
  }

  /** @throws {ApiError} */
  async get<T>(path: string, query?: Query): Promise<T> {
    return await this.request<T>('GET', path, query === undefined ? {} : { query })
  }

  /** @throws {ApiError} */
  async post<T>(path: string, body: unknown = {}): Promise<T> {
    return await this.request<T>('POST', path, { body })
  }

  /** @throws {ApiError} */
  async delete<T>(path: string): Promise<T> {
    return await this.request<T>('DELETE', path)
  }

  /** @throws {ApiError} */
  async request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const { body } = options
    const { body: _, ...rest } = options
    const json = body === undefined ? {} : { body: JSON.stringify(body), type: 'application/json' }
    const response = await this.#fetch(method, path, { ...rest, ...json })
    const text = await response.text()
    return (text === '' ? undefined : JSON.parse(text)) as T
  }

  /**
   * Long work: calls `onProgress` on the way.
   * @param content a file to send; without one, `options.body` goes as JSON
   * @throws {ApiError} also when the work fails half-way
   */
  async run<Progress, Result>(
    path: string,
    options: RequestOptions & { readonly content?: AsyncIterable<Uint8Array> },
    onProgress: (progress: Progress) => void,
  ): Promise<Result> {
    const { body, content, ...rest } = options
    const sent =
      content === undefined
        ? { body: JSON.stringify(body ?? {}), type: 'application/json' }
        : { body: ReadableStream.from(content), type: 'application/octet-stream' }
    const response = await this.#fetch('POST', path, { ...rest, ...sent })
    for await (const line of linesOf(response)) {
      const step = JSON.parse(line) as { progress?: Progress; result?: Result; error?: Problem }
      if (step.error !== undefined) throw new ApiError(step.error)
      if (step.progress !== undefined) onProgress(step.progress)
      if ('result' in step) return step.result as Result
    }
    throw brokenOff()
  }

  /** The bytes of a file, e.g. a backup. @throws {ApiError} */
  async download(path: string, options: RequestOptions = {}): Promise<AsyncIterable<Uint8Array>> {
    const { body = {}, ...rest } = options
    const sent = { body: JSON.stringify(body), type: 'application/json' }
    const response = await this.#fetch('POST', path, { ...rest, ...sent })
    if (response.body === null) throw brokenOff()
    return response.body
  }

  /**
   * What happens in the node from now on, until the signal.
   * @throws {ApiError} `node-not-running` when the node stops
   */
  async *events<Event>(options: { readonly signal?: AbortSignal } = {}): AsyncGenerator<Event> {
    const response = await this.#fetch('GET', '/events', options)
    for await (const line of linesOf(response))
      if (line.startsWith('data: ')) yield JSON.parse(line.slice('data: '.length)) as Event
  }

  async #fetch(
    method: string,
    path: string,
    options: {
      readonly query?: Query
      readonly body?: string | ReadableStream<Uint8Array>
      readonly type?: string
      readonly signal?: AbortSignal
    },
  ): Promise<Response> {
    const url = new URL(`${this.url}/api/v1${path}`)
    for (const [name, value] of Object.entries(options.query ?? {}))
      if (value !== undefined) url.searchParams.set(name, String(value))
    let response: Response
    try {
      response = await fetch(url, {
        method,
        headers: {
          authorization: `Bearer ${this.#token}`,
          ...(options.type !== undefined && { 'content-type': options.type }),
        },
        ...(options.body !== undefined && { body: options.body, duplex: 'half' }),
        ...(options.signal && { signal: options.signal }),
      })
    } catch (cause) {
      if (options.signal?.aborted) throw cause
      throw notRunning(cause)
    }
    if (response.ok) return response
    throw new ApiError(await problemIn(response))
  }
}

async function problemIn(response: Response): Promise<Problem> {
  const said = (await response.json().catch(() => ({}))) as Partial<Problem>
  return {
    status: response.status,
    code: said.code ?? 'unexpected',
    detail: said.detail ?? `The node answered ${response.status}.`,
    ...(said.field !== undefined && { field: said.field }),
    ...(said.params && { params: said.params }),
    ...(said.details && { details: said.details }),
  }
}

async function* linesOf(response: Response): AsyncGenerator<string> {
  if (response.body === null) return
  let rest = ''
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') yield line
  }
}

function notRunning(cause?: unknown, folder = ''): ApiError {
  const params = { folder }
  const detail = 'The node is not running. Start it with "mosaic start" in another terminal.'
  return new ApiError({ status: 0, code: 'node-not-running', detail, params }, { cause })
}

function brokenOff(): ApiError {
  const detail = 'The node broke the answer off. Look at its log and try again.'
  return new ApiError({ status: 0, code: 'answer-incomplete', detail })
}

/**
 * The running node of a data folder.
 * @throws {ApiError} `node-not-running` if there is none, `node-access` if its access file may not be read
 */
export async function connectToNode(dataFolder: string): Promise<ApiClient> {
  let text: string
  try {
    text = await readFile(join(dataFolder, apiAccessFile), 'utf8')
  } catch (cause) {
    throw notRunning(cause, dataFolder)
  }
  const access = apiAccess.safeParse(JSON.parse(text))
  if (!access.success) throw notRunning(access.error, dataFolder)
  return new ApiClient(access.data)
}
