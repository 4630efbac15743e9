import { timingSafeEqual } from 'node:crypto'
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { MosaicNode } from '../node/node.ts'
import { ApiProblem, problemOf } from './problem.ts'
import { routes } from './routes/routes.ts'
import type { ZodTypes } from './zod-types.ts'

export interface ApiOptions {
  /** Loopback only, unless somebody puts a reverse proxy before it on purpose. @default '127.0.0.1' */
  readonly host?: string
  /** @default 0: any free port */
  readonly port?: number
  /** What a caller must show as `Authorization: Bearer …`. */
  readonly token: string
  /** Host names beside those of loopback under which the API answers. */
  readonly hosts?: readonly string[]
}

export interface RunningApi {
  /** e.g. `http://127.0.0.1:40123` */
  readonly url: string
  close(): Promise<void>
}

/** Bytes of a JSON request; files are streamed and have their own limit. */
export const requestBytesMax = 1_048_576
const loopbackNames = ['127.0.0.1', 'localhost', '[::1]']

/** The local HTTP API. Every request passes the Host, Origin and token checks before anything is looked at. */
export async function startApi(node: MosaicNode, options: ApiOptions): Promise<RunningApi> {
  const app = fastify({
    bodyLimit: requestBytesMax,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 512 },
    logger: false,
  }).withTypeProvider<ZodTypes>()
  const allowed: AllowedHosts = {
    names: new Set([...loopbackNames, ...(options.hosts ?? [])]),
    port: undefined,
  }
  app.addHook('onRequest', async (request) => {
    checkHost(request, allowed)
    checkSameSite(request, allowed)
    checkToken(request, options.token)
  })
  speakZod(app)
  app.setErrorHandler((error, _request, reply) => {
    const problem = problemOf(error)
    return reply.status(problem.status).type('application/problem+json').send(problem)
  })
  app.setNotFoundHandler((request) => {
    throw new ApiProblem(
      404,
      'not-found',
      `There is no ${request.method} ${request.url.split('?')[0]} in this API.`,
    )
  })
  // A file comes as it is: the handler reads the stream, bounded by the importer.
  app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload))
  await app.register(
    (scope, _options, done) => {
      routes(scope.withTypeProvider<ZodTypes>(), node)
      done()
    },
    { prefix: '/api/v1' },
  )
  const url = await app.listen({ host: options.host ?? '127.0.0.1', port: options.port ?? 0 })
  allowed.port = new URL(url).port
  return { url, close: () => app.close() }
}

interface AllowedHosts {
  readonly names: ReadonlySet<string>
  port: string | undefined
}

/** A page that had its name point to 127.0.0.1 (DNS rebinding) still sends its own name. */
function checkHost(request: FastifyRequest, allowed: AllowedHosts): void {
  const host = request.headers.host ?? ''
  const [, name = '', port = '80'] = /^(\[[0-9a-f:.]+\]|[^:]+)(?::(\d+))?$/i.exec(host) ?? []
  if (allowed.names.has(name.toLowerCase()) && (loopbackNames.includes(name) ? port === allowed.port : true))
    return
  throw new ApiProblem(
    403,
    'host-refused',
    `This API does not answer under the name "${host.slice(0, 100)}".`,
  )
}

/** Another site's page may make a browser send a request; the browser says so in these headers. */
function checkSameSite(request: FastifyRequest, allowed: AllowedHosts): void {
  const { origin } = request.headers
  const site = request.headers['sec-fetch-site']
  const siteAllowed = site === undefined || site === 'same-origin' || site === 'none'
  if (siteAllowed && (origin === undefined || isOwnOrigin(origin, request, allowed))) return
  throw new ApiProblem(403, 'cross-site', 'Requests from other sites are refused.')
}

function isOwnOrigin(origin: string, request: FastifyRequest, allowed: AllowedHosts): boolean {
  try {
    const { host, hostname } = new URL(origin)
    return host === request.headers.host && allowed.names.has(hostname)
  } catch {
    return false // "null", or no URL
  }
}

function checkToken(request: FastifyRequest, token: string): void {
  const [scheme, given = ''] = (request.headers.authorization ?? '').split(' ')
  const right = Buffer.from(token)
  const shown = Buffer.from(given)
  if (scheme?.toLowerCase() === 'bearer' && shown.length === right.length && timingSafeEqual(shown, right))
    return
  throw new ApiProblem(
    401,
    'token-missing',
    'A valid token is needed: "Authorization: Bearer …" with the token in api.json in the data folder.',
  )
}

function speakZod(app: FastifyInstance): void {
  app.setValidatorCompiler<z.ZodType>(({ schema }) => (data) => {
    const result = schema.safeParse(data)
    return result.success ? { value: result.data } : { error: result.error }
  })
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
}
