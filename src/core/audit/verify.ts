import type { KeyLog } from '../identity/key-log.ts'
import { standingOf } from '../identity/standing.ts'
import { verifyEquivocation } from '../record/history.ts'
import { CanonicalError, type JsonObject, parseCanonical } from '../signature/canonical.ts'
import type { Primitives } from '../signature/primitives.ts'
import { failureMessage, verifyStatementText } from '../signature/proof.ts'
import { schemaMessage } from '../signature/schema-message.ts'
import { AuditError, type AuditFailure, fail } from './audit-error.ts'
import {
  type AbsentBundle,
  type Bundle,
  bundleBytesMax,
  bundleSchemas,
  type Claim,
  type EquivocationBundle,
  fileSchema,
  type Signed,
} from './bundle.ts'
import { expectRaw } from './expect-raw.ts'
import type { Finding } from './finding.ts'
import { Heads } from './heads.ts'
import { KeyLogs } from './key-logs.ts'
import { remembering } from './remembering.ts'
import { readTimestamp } from './timestamp.ts'
import { verifyLimitBundle } from './verify-limit.ts'

export type Verification =
  | {
      readonly ok: true
      readonly claim: Claim
      readonly bundle: Bundle
      /** What else a reader should know, the gravest first. */
      readonly findings: readonly Finding[]
    }
  | {
      readonly ok: false
      readonly code: AuditFailure
      /** The member at fault, such as `endorsements[3]`; empty: the file as such. */
      readonly where: string
      readonly message: string
    }

/**
 * Whether a bundle holds, from its bytes alone. Everything is recomputed: signatures, key logs, proofs, the flow and the limit.
 * What it cannot show is said in protocol/records/audit.md §7.
 * @param file the file as it is, with the line feed at its end. Some 0.1 ms a signature.
 */
export function verifyBundle(primitives: Primitives, file: Uint8Array): Verification {
  try {
    return verifyParts(remembering(primitives), readFile(primitives, file))
  } catch (error) {
    if (!(error instanceof AuditError)) throw error
    const { code, where, message } = error
    return { ok: false, code, where, message }
  }
}

/** The value of the file: one {@link Signed}, its parts in canonical order. */
function readFile(
  primitives: Primitives,
  file: Uint8Array,
): { readonly file: Signed; readonly bundle: Bundle } {
  if (file.length > bundleBytesMax)
    fail('too-large', '', `A bundle has at most ${bundleBytesMax} bytes, this file ${file.length}.`)
  if (!primitives.isUtf8(file)) fail('encoding', '', 'The file is not UTF-8.')
  const line = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(file)
  if (line.charCodeAt(0) === 0xfeff) fail('encoding', '', 'The file begins with a byte order mark.')
  if (line === '' || line.indexOf('\n') !== line.length - 1)
    fail('encoding', '', 'A bundle is one line with one line feed at its end.')
  let value: unknown
  try {
    value = parseCanonical(line.slice(0, -1), bundleBytesMax)
  } catch (error) {
    if (!(error instanceof CanonicalError)) throw error
    const cause = error.cause instanceof Error ? ` (${error.cause.message.slice(0, 120)})` : ''
    throw new AuditError('not-canonical', '', `${error.message}${cause}`, { cause: error })
  }
  const outer = fileSchema.safeParse(value)
  if (!outer.success) return fail('malformed', '', schemaMessage(outer.error))
  return { file: outer.data, bundle: readBundle(outer.data.statement) }
}

function readBundle(statement: JsonObject): Bundle {
  const { type, v, claim } = statement
  if (type !== 'mosaic/audit-bundle') fail('malformed', 'type', 'It is no audit bundle of Mosaic.')
  if (typeof v === 'number' && v > 1)
    fail('version-unknown', 'v', `Version ${v} is newer than this program; update it.`)
  const kind = typeof claim === 'object' && 'kind' in claim ? claim.kind : undefined
  if (kind !== 'limit' && kind !== 'absent' && kind !== 'equivocation')
    return fail('malformed', 'claim.kind', 'It claims nothing that this program knows.')
  const parsed = bundleSchemas[kind].safeParse(statement)
  if (parsed.success) return parsed.data
  const path = parsed.error.issues[0]?.path ?? []
  const where = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('')
  return fail('malformed', where.replace(/^\./, ''), schemaMessage(parsed.error))
}

function verifyParts(
  primitives: Primitives,
  { file, bundle }: { readonly file: Signed; readonly bundle: Bundle },
): Verification {
  const logs = new KeyLogs(primitives, bundle.keyLogs)
  const exporter = logs.of(bundle.from, 'from')
  const findings = verifyShown(primitives, bundle, logs)
  logs.expectAllUsed()
  if (bundle.timestamp !== undefined)
    findings.push(readTimestamp(primitives, file.statement, bundle.timestamp))
  verifyExporter(primitives, file, bundle, exporter)
  return { ok: true, claim: bundle.claim, bundle, findings }
}

function verifyShown(primitives: Primitives, bundle: Bundle, logs: KeyLogs): Finding[] {
  if ('paths' in bundle) return verifyLimitBundle(primitives, bundle, logs)
  return 'chains' in bundle ? verifyChains(primitives, bundle, logs) : verifyAbsence(primitives, bundle, logs)
}

function verifyAbsence(primitives: Primitives, { claim, heads }: AbsentBundle, logs: KeyLogs): Finding[] {
  const shown = new Heads(primitives, heads, logs, claim.time)
  const [head] = heads
  const [proof] = head.proofs
  if (head.commit.statement.merchant !== claim.merchant)
    fail('claim', 'claim.merchant', 'The commit is of another merchant than the claim.')
  if (proof?.key !== claim.key) fail('claim', 'claim.key', 'The proof is for another key than the claim.')
  if (head.proofs.length > 1) fail('extra', 'heads[0].proofs[1]', 'One proof is enough.')
  if (shown.has(claim.merchant, claim.key))
    fail('claim', 'claim.key', 'The repo holds something under the key.')
  return shown.staleFindings()
}

function verifyChains(
  primitives: Primitives,
  { claim, chains }: EquivocationBundle,
  logs: KeyLogs,
): Finding[] {
  const log = logs.of(claim.merchant, 'claim.merchant')
  const texts = chains.map(({ commit, links }, at) => {
    expectRaw(primitives, commit, `chains[${at}].commit`)
    return [commit.statement, ...links].map((one) => JSON.stringify(one))
  }) as [string[], string[]]
  try {
    const stands = verifyEquivocation(primitives, log, claim.repo, { rev: claim.rev, chains: texts })
    return stands ? [] : [{ code: 'equivocation-contested', merchant: claim.merchant }]
  } catch (error) {
    return fail('claim', 'chains', (error as Error).message)
  }
}

/** The exporter's own signature, last: what it alone vouches for is all that can still be wrong. */
function verifyExporter(primitives: Primitives, file: Signed, bundle: Bundle, log: KeyLog): void {
  const verified = verifyStatementText(primitives, JSON.stringify(file.statement), bundleBytesMax)
  if (!verified.ok)
    fail(
      'exporter',
      'proof',
      `The exporter's signature over the whole: ${failureMessage(verified)} All that others signed holds: so what was changed is what the exporter alone says (claim, parameters, times, paths, choice of parts).`,
    )
  if (log.keyInForceAt(bundle.keyEvent) !== (verified as { publicKey: string }).publicKey)
    fail('exporter', 'keyEvent', 'The bundle is not signed by the key of the key event that it names.')
  if (standingOf(log, bundle.keyEvent).standing !== 'good')
    fail('exporter', 'keyEvent', "The exporter's key was declared compromised.")
  expectRaw(primitives, file, '')
}
