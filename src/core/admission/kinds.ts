import type { z } from 'zod'
import { nodeAddressSchema, profileSchema } from '../identity/profile.ts'
import { type AdmitValue, keyOf } from '../record/page.ts'
import { RecordError } from '../record/record-error.ts'
import { type Checks, compileCapturingScan, compileScan, type Scan } from '../record/scan.ts'
import { recordBytesMax } from '../record/shape.ts'
import { CanonicalError, parseCanonical } from '../signature/canonical.ts'
import { isGtinAscii } from '../trade/gtin.ts'
import { offerChecks, offerSchema } from '../trade/offer.ts'

/** A kind of record: one row. Its spec page is protocol/records/<name>.md. */
interface Kind {
  /** Keys are `<name>/…`, or just the name if `idMember` is missing. */
  readonly name: string
  /** The member that the rest of the key repeats. */
  readonly idMember?: string
  readonly schema: z.ZodType
  readonly checks?: Checks
  readonly repos: readonly ('trust' | 'public' | 'assortment')[]
}

/** All that is left to ask of a SKU of plain ASCII. */
function isPrintable(text: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (text[at] === 0x7f) return false
  return true
}

const kinds: readonly Kind[] = [
  {
    name: 'offer',
    idMember: 'sku',
    schema: offerSchema,
    checks: {
      sku: { test: offerChecks.sku, testAscii: isPrintable },
      gtin: { test: offerChecks.gtin, testAscii: isGtinAscii },
    },
    repos: ['public', 'assortment'],
  },
  { name: 'profile', schema: profileSchema, repos: ['trust'] },
  { name: 'node', idMember: 'peerId', schema: nodeAddressSchema, repos: ['trust'] },
]

interface Gate {
  readonly kind: Kind
  /** The bytes that the key begins with; all of it if `captured` is missing. */
  readonly start: Uint8Array
  readonly scan: Scan
  readonly captured?: { readonly from: number; readonly to: number }
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

const gates: readonly Gate[] = kinds.map((kind) => {
  const checks = kind.checks ?? {}
  if (kind.idMember === undefined)
    return { kind, start: encoder.encode(kind.name), scan: compileScan(kind.schema, checks) }
  return {
    kind,
    start: encoder.encode(`${kind.name}/`),
    ...compileCapturingScan(kind.schema, checks, kind.idMember),
  }
})

/**
 * The one gate for the values of a repo: the kind that the key tells must be at home there, the value must be
 * canonical and fit the kind's schema, and the key must repeat its id.
 * @throws {RecordError} `key-invalid`, `record-invalid` or `record-too-large`, naming field and limit
 */
export function admitTo(repo: string): AdmitValue {
  const family = repo.startsWith('assortment/') ? 'assortment' : repo
  const own = gates.filter(({ kind }) => (kind.repos as readonly string[]).includes(family))
  return (text, keyFrom, keyTo, valueFrom) => {
    for (const gate of own) {
      if (!startsKey(text, keyFrom, keyTo, gate)) continue
      const to = gate.scan(text, valueFrom)
      if (to < 0) throw explain(gate.kind, text, keyFrom, keyTo, valueFrom)
      if (gate.captured !== undefined && !repeatsId(text, keyFrom + gate.start.length, keyTo, gate.captured))
        throw new RecordError(
          'key-invalid',
          `The key "${keyOf(text, keyFrom, keyTo)}" does not repeat the record's ${gate.kind.idMember}.`,
        )
      return to
    }
    throw new RecordError('key-invalid', `A repo "${repo}" holds no record "${keyOf(text, keyFrom, keyTo)}".`)
  }
}

function startsKey(text: Uint8Array, from: number, to: number, { start, captured }: Gate): boolean {
  if (captured === undefined ? to - from !== start.length : to - from <= start.length) return false
  for (let at = 0; at < start.length; at++) if (text[from + at] !== start[at]) return false
  return true
}

const backslash = 0x5c

function repeatsId(
  text: Uint8Array,
  from: number,
  to: number,
  captured: { from: number; to: number },
): boolean {
  let plain = to - from === captured.to - captured.from - 2
  for (let at = 0; plain && at < to - from; at++) plain = text[from + at] === text[captured.from + 1 + at]
  if (plain) return true
  for (let at = captured.from; at < captured.to; at++)
    if (text[at] === backslash)
      return JSON.parse(decoder.decode(text.subarray(captured.from, captured.to))) === keyOf(text, from, to)
  return false
}

/** What is wrong with a value that was refused: the slow way, for people. */
function explain(
  kind: Kind,
  text: Uint8Array,
  keyFrom: number,
  keyTo: number,
  valueFrom: number,
): RecordError {
  const end = text.indexOf(10, valueFrom)
  const key = keyOf(text, keyFrom, keyTo)
  try {
    const value = parseCanonical(
      decoder.decode(text.subarray(valueFrom, end < 0 ? text.length : end)),
      recordBytesMax,
    )
    const parsed = kind.schema.safeParse(value)
    const issue = parsed.error?.issues[0]
    return new RecordError(
      'record-invalid',
      `The record "${key}": ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not as its schema says'}`,
    )
  } catch (cause) {
    const code =
      cause instanceof CanonicalError && cause.code === 'too-large' ? 'record-too-large' : 'record-invalid'
    return new RecordError(code, `The record "${key}": ${(cause as Error).message}`, { cause })
  }
}
