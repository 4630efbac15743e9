import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { type IncomingHttpHeaders, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ApiClient, ApiError, connectToNode } from '../../src/api/client.ts'
import { type ServedNode, serveNode } from '../../src/api/serve.ts'
import { nodeConfig } from '../../src/node/config.ts'
import type { NodeEvent } from '../../src/node/events.ts'
import { createIdentity } from '../../src/node/init.ts'
import type { StatusView } from '../../src/node/views.ts'

let folder: string
let served: ServedNode

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mosaic-api-'))
  await createIdentity(folder, { name: 'Anna' })
  const config = { dataFolder: folder, listen: ['/ip4/127.0.0.1/tcp/0'], localDiscovery: false }
  served = await serveNode(nodeConfig.parse(config))
})
afterAll(async () => {
  await served.stop()
  await rm(folder, { recursive: true, force: true })
})

interface RawAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: { readonly code?: string; readonly field?: string; readonly detail?: string }
}

/** A request as an attacker would make it: any header, without fetch's own care. */
function raw(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: string,
): Promise<RawAnswer> {
  const { hostname, port } = new URL(served.url)
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers }, async (response) => {
      let text = ''
      for await (const chunk of response) text += String(chunk)
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: JSON.parse(text || '{}') })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

const bearer = () => ({ authorization: `Bearer ${served.token}` })
const ownHost = () => new URL(served.url).host

describe('who may ask', () => {
  test.each([
    ['nobody without a token', {}],
    ['nobody with another token', { authorization: `Bearer ${'A'.repeat(43)}` }],
    ['nobody with the beginning of the token', { authorization: 'Bearer A' }],
    ['nobody by another scheme', { authorization: 'Basic QTpC' }],
  ])('%s', async (_, headers) => {
    for (const path of ['/api/v1/status', '/api/v1/nothing', '/']) {
      const answer = await raw('GET', path, headers)
      expect(answer).toMatchObject({ status: 401, body: { code: 'token-missing' } })
      expect(answer.headers['content-type']).toContain('application/problem+json')
    }
  })

  test.each([
    ['another name', 'evil.example'],
    ['another name with the port', 'evil.example:PORT'],
    ['another port', '127.0.0.1:1'],
    ['no port', '127.0.0.1'],
    ['a name that begins well', 'localhost.evil.example:PORT'],
    ['credentials before the name', 'localhost:PORT@evil.example'],
    ['half an address', '[::1'],
  ])('Host: %s', async (_, host) => {
    const named = host.replace('PORT', new URL(served.url).port)
    const answer = await raw('GET', '/api/v1/status', { ...bearer(), host: named })
    expect(answer).toMatchObject({ status: 403, body: { code: 'host-refused' } })
  })

  test.each([
    ['a foreign page', { origin: 'https://evil.example' }],
    ['a sandboxed page', { origin: 'null' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:1' }],
    ['a cross-site request', { 'sec-fetch-site': 'cross-site' }],
    ['another name of the same site', { 'sec-fetch-site': 'same-site' }],
  ])('Origin: %s', async (_, headers) => {
    const body = '{"name":"x"}'
    const json = { 'content-type': 'application/json' }
    const answer = await raw('POST', '/api/v1/invitations', { ...bearer(), ...json, ...headers }, body)
    expect(answer).toMatchObject({ status: 403, body: { code: 'cross-site' } })
    const preflight = { ...headers, 'access-control-request-method': 'POST' }
    const asked = await raw('OPTIONS', '/api/v1/invitations', preflight)
    expect(asked.status).toBe(403)
    expect(asked.headers).not.toHaveProperty('access-control-allow-origin')
  })

  test('the own page, and programs, with the token', async () => {
    const { port } = new URL(served.url)
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`])
      expect((await raw('GET', '/api/v1/status', { ...bearer(), host })).status).toBe(200)
    const same = { ...bearer(), origin: `http://${ownHost()}`, 'sec-fetch-site': 'same-origin' }
    expect((await raw('GET', '/api/v1/status', same)).status).toBe(200)
  })
})

describe('what is asked', () => {
  const json = () => ({ ...bearer(), 'content-type': 'application/json' })

  test.each([
    ['not JSON', '{', 'request-malformed', undefined],
    ['a wrong value', '{"form":"fax"}', 'input-invalid', 'body.form'],
    ['an unknown member', '{"colour":"red"}', 'input-invalid', 'body'],
    ['a number beyond its limit', '{"validSeconds":1e9}', 'input-invalid', 'body.validSeconds'],
    ['a prototype', '{"__proto__":{"auto":true}}', 'request-malformed', undefined],
  ])('%s is refused, naming what is wrong', async (_, body, code, field) => {
    const answer = await raw('POST', '/api/v1/invitations', json(), body)
    expect(answer.status).toBe(400)
    expect(answer.body.code).toBe(code)
    expect(answer.body.field).toBe(field)
  })

  test('too much of it', async () => {
    const answer = await raw(
      'POST',
      '/api/v1/invitations',
      json(),
      JSON.stringify({ note: 'x'.repeat(2_000_000) }),
    )
    expect(answer).toMatchObject({ status: 413, body: { code: 'request-too-large' } })
  })

  test('what is not there', async () => {
    expect(await raw('GET', '/api/v1/nothing', bearer())).toMatchObject({
      status: 404,
      body: { code: 'not-found' },
    })
    for (const [path, code] of [
      ['/partners/nobody', 'partner-unknown'],
      ['/assortments/nothing', 'assortment-unknown'],
      ['/catalog/products/NOTHING', 'product-unknown'],
      ['/repos/me/public/log', 'repo-unknown'],
    ])
      expect(await raw('GET', `/api/v1${path}`, bearer())).toMatchObject({ status: 404, body: { code } })
  })
})

describe('the client', () => {
  test('finds the running node by its data folder', async () => {
    const client = await connectToNode(folder)
    expect(client.url).toBe(served.url)
    expect(await client.get<StatusView>('/status')).toMatchObject({ name: 'Anna', products: 0 })
    expect(JSON.parse(await readFile(join(folder, 'api.json'), 'utf8'))).toMatchObject({ pid: process.pid })
  })

  test('says so when none runs', async () => {
    const nowhere = connectToNode(join(folder, 'nowhere'))
    await expect(nowhere).rejects.toMatchObject({ name: 'ApiError', code: 'node-not-running', status: 0 })
    const dead = new ApiClient({ url: 'http://127.0.0.1:1', token: 'x' })
    await expect(dead.get('/status')).rejects.toBeInstanceOf(ApiError)
  })

  test('sends a file, hears of progress and events, and gets the result', async () => {
    const client = await connectToNode(folder)
    const stop = new AbortController()
    const events = client.events<NodeEvent>({ signal: stop.signal })
    const heard = events.next()
    const query = { name: 'a.csv', options: JSON.stringify({ currency: 'EUR', language: 'en' }) }
    const sendFile = async (text: string): Promise<unknown> => {
      const content = Readable.from([Buffer.from(text)])
      return await client.run('/catalog/imports', { query, content }, () => {})
    }
    expect(await sendFile('sku,title,price\nA,Drill,49.90\n')).toMatchObject({ taken: 1, added: 1 })
    // The listener may not have been there yet: another price is another event.
    let event: NodeEvent | undefined
    void heard.then(({ value }) => {
      event = value
    })
    for (let price = 1; event === undefined; price++) await sendFile(`sku,title,price\nA,Drill,${price}.00\n`)
    expect(event).toMatchObject({ type: 'catalog-imported', file: 'a.csv' })
    stop.abort()
    await events.return(undefined).catch(() => undefined)
    await expect(sendFile('')).rejects.toMatchObject({ code: 'file-empty' })
  })
})
