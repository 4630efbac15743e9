import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { isSku } from '../../core/trade/offer.ts'
import type { ImportStep } from '../../node/catalog-import.ts'
import type { MosaicNode } from '../../node/node.ts'
import { importOptionsSchema } from '../../shops/import-options.ts'
import { fileBytesMax } from '../../shops/source.ts'
import { ApiProblem } from '../problem.ts'
import { sendSteps } from '../stream.ts'
import type { Api } from '../zod-types.ts'

const name = z.string().min(1).max(255)
const missing = z.enum(['remove', 'keep']).optional()
const path = z.string().min(1).max(4_096).refine(isAbsolute, 'must be an absolute path')

/** A file on the node's machine. */
const importFile = z.strictObject({
  path,
  name: name.optional(),
  options: importOptionsSchema.default({}),
  missing,
  /** Whether the node imports the file again by itself whenever it changes. */
  follow: z.boolean().default(false),
})

/** A file that is sent: options as JSON in the query. */
const uploadQuery = z.strictObject({
  name: name.default('upload'),
  options: z
    .string()
    .max(16_384)
    .default('{}')
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown
      } catch {
        context.addIssue('must be JSON')
        return z.NEVER
      }
    })
    .pipe(importOptionsSchema),
  missing,
})

const listQuery = z.strictObject({
  text: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  after: z.string().max(200).optional(),
})
const skuParam = z.strictObject({ sku: z.string().refine(isSku, 'is no SKU') })

export function catalogRoutes(api: Api, node: MosaicNode): void {
  const { imports } = node
  api.post('/catalog/imports', async (request, reply) => {
    if (request.headers['content-type']?.startsWith('application/octet-stream')) {
      const query = parsed(uploadQuery, request.query, 'querystring')
      return sendSteps(reply, upload(node, request.body as Readable, query))
    }
    const { path, follow, ...body } = parsed(importFile, request.body, 'body')
    const wanted = { ...body, name: body.name ?? path }
    if (follow) await imports.sources.follow(path, wanted)
    return sendSteps(reply, imports.file(path, wanted))
  })
  api.get('/catalog/sources', async () => ({ sources: await imports.sources.list() }))
  api.post('/catalog/sources/unfollow', { schema: { body: z.strictObject({ path }) } }, async ({ body }) => {
    await imports.sources.unfollow(body.path)
    return { unfollowed: body.path }
  })
  api.get('/catalog/products', { schema: { querystring: listQuery } }, async ({ query }) =>
    node.products(query),
  )
  api.get('/catalog/products/:sku', { schema: { params: skuParam } }, ({ params }) =>
    node.product(params.sku),
  )
}

/** The file is kept first: some formats are read twice, and a broken upload must change nothing. */
async function* upload(
  node: MosaicNode,
  content: Readable,
  query: z.output<typeof uploadQuery>,
): AsyncGenerator<ImportStep> {
  const file = join(node.folder.incoming, randomUUID())
  try {
    await pipeline(content, limited, createWriteStream(file, { mode: 0o600, flags: 'wx' }))
    yield* node.imports.run(() => createReadStream(file, { highWaterMark: 256 * 1024 }), query)
  } finally {
    await rm(file, { force: true })
  }
}

async function* limited(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > fileBytesMax)
      throw new ApiProblem(413, 'file-too-large', `The file has more than ${fileBytesMax / 1024 ** 3} GiB.`)
    yield chunk
  }
}

/** For a route that takes two kinds of body, which fastify's schemas do not know. */
function parsed<S extends z.ZodType>(schema: S, value: unknown, context: string): z.output<S> {
  const result = schema.safeParse(value ?? {})
  if (result.success) return result.data
  const [issue] = result.error.issues
  const field = [context, ...(issue?.path ?? []).map(String)].join('.')
  throw new ApiProblem(400, 'input-invalid', `${field}: ${issue?.message ?? 'invalid'}`, field)
}
