import { open } from 'node:fs/promises'
import type { Command } from 'commander'
import { type Bundle, bundleBytesMax } from '../../core/audit/bundle.ts'
import type { Finding } from '../../core/audit/finding.ts'
import { type Verification, verifyBundle } from '../../core/audit/verify.ts'
import type { Endorsement } from '../../core/trust/endorsement.ts'
import { nodePrimitives } from '../../store/primitives.ts'
import { act, type Context, type Frame, subcommand } from '../frame.ts'
import { printable } from '../table.ts'

export function auditCommand(frame: Frame, program: Command): void {
  const { audit: texts } = frame.texts
  const audit = subcommand(frame, program, 'audit', texts)
  act(frame, subcommand(frame, audit, 'verify', texts.verify).argument('<file>', texts.file), verify)
}

/** Reads one file and nothing else: no node, no network, no data folder. */
async function verify(context: Context, _: object, file: string): Promise<void> {
  const verdict = verifyBundle(nodePrimitives, await readAtMost(file, bundleBytesMax + 1))
  context.output.result(viewOf(verdict), () => inWords(context, verdict))
  if (!verdict.ok) process.exitCode = 1
}

/** A file of any size costs no more than the largest bundle. */
async function readAtMost(file: string, bytes: number): Promise<Uint8Array> {
  await using handle = await open(file)
  const chunks: Uint8Array[] = []
  let left = bytes
  for await (const chunk of handle.createReadStream({ autoClose: false, end: bytes - 1 })) {
    chunks.push(chunk as Uint8Array)
    left -= (chunk as Uint8Array).length
    if (left <= 0) break
  }
  return Buffer.concat(chunks)
}

function viewOf(verdict: Verification): Readonly<Record<string, unknown>> {
  if (!verdict.ok) return { ...verdict }
  const { claim, bundle, findings } = verdict
  return { ok: true, claim, exporter: bundle.from, exportedAt: rfc3339(bundle.time), findings }
}

function inWords(context: Context, verdict: Verification): string {
  const words = context.texts.audit
  if (!verdict.ok) {
    const where = verdict.where === '' ? '' : `${verdict.where}: `
    return `${words.fails} ${words.failures[verdict.code]}\n${printable(`${where}${verdict.message}`)}`
  }
  const { bundle, findings } = verdict
  const names = new Map(
    findings.flatMap((one) => (one.code === 'name' ? [[one.merchant as string, one.name] as const] : [])),
  )
  const nameOf = (merchant: string): string => {
    const name = names.get(merchant)
    return name === undefined ? merchant : `${printable(name)} (${merchant})`
  }
  const notes = findings.flatMap((finding) => noteOf(context, finding, nameOf))
  const exported = words.exported(nameOf(bundle.from), context.format.dateTime(rfc3339(bundle.time)))
  return [
    `${words.holds}\n${exported}`,
    claimText(context, bundle, nameOf),
    ...(notes.length === 0 ? [] : [notes.join('\n')]),
    `${words.notProvedHead}\n${words.notProved.map((line) => `- ${line}`).join('\n')}`,
  ].join('\n\n')
}

function claimText({ texts, format }: Context, bundle: Bundle, nameOf: (merchant: string) => string): string {
  const words = texts.audit
  if ('chains' in bundle) {
    const { merchant, repo, rev } = bundle.claim
    return words.equivocation(nameOf(merchant), repo, format.number(rev))
  }
  const at = format.dateTime(rfc3339(bundle.claim.time))
  if (!('paths' in bundle)) return words.absent(nameOf(bundle.claim.merchant), bundle.claim.key, at)
  const { viewer, subject, purpose, parameters, limitMinor } = bundle.claim
  const money = (minor: number, currency = parameters.currency): string => format.price({ minor, currency })
  const asked =
    purpose === 'any'
      ? purpose
      : [purpose.context, purpose.country, purpose.category].filter(Boolean).join(' ')
  const vouches = bundle.endorsements.map(({ endorsement }) => {
    const { from, to, amount, time, expiresAt } = endorsement.statement as unknown as Endorsement
    const [since, until] = [time, expiresAt].map((seconds) => format.date(rfc3339(seconds))) as [
      string,
      string,
    ]
    return words.vouches(nameOf(from), nameOf(to), money(amount.minor, amount.currency), since, until)
  })
  const ways = bundle.paths.map(
    ({ via, amountMinor }) => `${[viewer, ...via, subject].map(nameOf).join(' → ')}: ${money(amountMinor)}`,
  )
  return [
    words.limit(nameOf(viewer), nameOf(subject), money(limitMinor), asked, at),
    ...ways,
    '',
    ...vouches,
  ].join('\n')
}

function noteOf(
  { texts, format }: Context,
  finding: Finding,
  nameOf: (merchant: string) => string,
): string[] {
  const { notes } = texts.audit
  switch (finding.code) {
    case 'name':
      return []
    case 'stale':
      return [notes.stale(nameOf(finding.merchant), format.number(Math.floor(finding.ageSeconds / 86_400)))]
    case 'private':
      return [notes.private(nameOf(finding.to))]
    case 'deal':
      return [notes.deal(nameOf(finding.buyer), nameOf(finding.seller), finding.month)]
    case 'deal-contested':
      return [notes.dealContested(nameOf(finding.buyer), nameOf(finding.seller))]
    case 'equivocation-contested':
      return [notes.equivocationContested(nameOf(finding.merchant))]
    case 'timestamp':
      return [notes.timestamp(format.dateTime(finding.time))]
  }
}

function rfc3339(seconds: number): string {
  return `${new Date(seconds * 1_000).toISOString().slice(0, 19)}Z`
}
