import { z } from 'zod'
import { amountMinorMax, currencySchema } from './amount.ts'
import { endorsementsPerAuthorMax, forever, TrustGraph } from './graph.ts'
import { contexts, contextsSchema } from './purpose.ts'
import { aheadSeconds } from './trust-statement.ts'
import { utcSeconds } from './utc.ts'

/** A graph file, in bytes of UTF-8. */
export const graphFileBytesMax = 268_435_456
export const graphFileEndorsementsMax = 2_000_000
export const graphFileDisputesMax = 200_000
/** A merchant's name in a graph file, in UTF-16 units. */
export const graphFileNameMax = 128

export type GraphFileErrorCode =
  | 'graph-too-large'
  | 'graph-not-json'
  | 'graph-malformed' // a member missing, unknown or out of range
  | 'graph-self-endorsement'
  | 'graph-self-dispute'
  | 'graph-author-limit'

/** The file is no graph of protocol/trust.md §11. */
export class GraphFileError extends Error {
  override readonly name = 'GraphFileError'
  readonly code: GraphFileErrorCode
  constructor(code: GraphFileErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

const nameSchema = z
  .string()
  .min(1)
  .max(graphFileNameMax)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u)
const amountMinorSchema = z.int().min(0).max(amountMinorMax)
const timeSchema = z.string().refine((text) => utcSeconds(text) !== undefined, {
  error: 'not a time as in 2026-11-21T10:00:00Z',
})

const graphFileSchema = z.strictObject({
  endorsements: z
    .array(
      z.strictObject({
        from: nameSchema,
        to: nameSchema,
        amountMinor: amountMinorSchema,
        currency: currencySchema.exactOptional(), // absent: the viewer's
        introduce: z.boolean().default(true),
        contexts: contextsSchema.default([...contexts]),
        issuedAt: timeSchema.exactOptional(), // absent: in force since ever
        expiresAt: timeSchema.exactOptional(), // absent: for ever
      }),
    )
    .max(graphFileEndorsementsMax),
  disputes: z
    .array(z.strictObject({ by: nameSchema, against: nameSchema, amountMinor: amountMinorSchema }))
    .max(graphFileDisputesMax)
    .default([]),
})
export type GraphFile = z.infer<typeof graphFileSchema>
type FileEndorsement = GraphFile['endorsements'][number]

/** @throws {GraphFileError} naming the member that is wrong, and how */
export function readGraphFile(text: string): GraphFile {
  if (text.length > graphFileBytesMax)
    throw new GraphFileError('graph-too-large', `The graph file is larger than ${graphFileBytesMax} bytes.`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new GraphFileError('graph-not-json', `The graph file is not JSON: ${(cause as Error).message}.`, {
      cause,
    })
  }
  const parsed = graphFileSchema.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const member = issue?.path.join('.') ?? ''
    throw new GraphFileError(
      'graph-malformed',
      `The graph file: ${member === '' ? '' : `${member}: `}${issue?.message}.`,
    )
  }
  for (const [index, { from, to }] of parsed.data.endorsements.entries())
    if (from === to)
      throw new GraphFileError('graph-self-endorsement', `endorsements.${index}: "${from}" endorses itself.`)
  for (const [index, { by, against }] of parsed.data.disputes.entries())
    if (by === against)
      throw new GraphFileError('graph-self-dispute', `disputes.${index}: "${by}" disputes itself.`)
  return parsed.data
}

/**
 * The graph as it is at a time.
 * @param at UTC seconds @param currency of amounts that name none
 * @throws {GraphFileError} `graph-author-limit`
 */
export function graphOf(file: GraphFile, at: number, currency: string): TrustGraph {
  const graph = new TrustGraph(file.endorsements.length)
  const perAuthor = new Map<string, number>()
  for (const endorsement of inForce(file.endorsements, at)) {
    const { from, to, amountMinor, introduce, contexts: named, expiresAt } = endorsement
    const count = (perAuthor.get(from) ?? 0) + 1
    if (count > endorsementsPerAuthorMax)
      throw new GraphFileError(
        'graph-author-limit',
        `"${from}" endorses more than ${endorsementsPerAuthorMax} merchants: the most that one merchant can.`,
      )
    perAuthor.set(from, count)
    graph.setHead(from, forever)
    graph.endorse(from, to, {
      minor: amountMinor,
      currency: endorsement.currency ?? currency,
      contexts: named,
      introduce,
      expiresAt: expiresAt === undefined ? forever : Math.min(utcSeconds(expiresAt) ?? 0, forever),
    })
  }
  for (const [index, { by, against, amountMinor }] of file.disputes.entries()) {
    graph.setHead(by, forever)
    graph.dispute(by, against, String(index), { minor: amountMinor, currency, expiresAt: forever })
  }
  return graph
}

/** For each pair the endorsement issued last, of those issued by `at`. */
function inForce(endorsements: readonly FileEndorsement[], at: number): Iterable<FileEndorsement> {
  const newest = new Map<string, FileEndorsement>()
  for (const endorsement of endorsements) {
    if (issued(endorsement) > at + aheadSeconds) continue
    const pair = JSON.stringify([endorsement.from, endorsement.to])
    const held = newest.get(pair)
    if (held === undefined || supersedes(endorsement, held)) newest.set(pair, endorsement)
  }
  return newest.values()
}

/** A later one; of several with one time the one that counts least, so that the order in the file does not matter. */
function supersedes(endorsement: FileEndorsement, held: FileEndorsement): boolean {
  const [a, b] = [endorsement, held].map((one) => [
    -issued(one),
    one.amountMinor,
    one.introduce ? 1 : 0,
    one.contexts.length,
    expires(one),
    one.contexts.join(),
    one.currency ?? '',
  ])
  for (const [index, mine] of (a ?? []).entries()) {
    const theirs = b?.[index] as typeof mine
    if (mine !== theirs) return mine < theirs
  }
  return false
}

function issued({ issuedAt }: FileEndorsement): number {
  return issuedAt === undefined ? 0 : (utcSeconds(issuedAt) ?? 0)
}

function expires({ expiresAt }: FileEndorsement): number {
  return expiresAt === undefined ? forever : (utcSeconds(expiresAt) ?? 0)
}
