import { readFile, stat } from 'node:fs/promises'
import { type Command, InvalidArgumentError } from 'commander'
import { bookedMinorMax } from '../../core/trust/amount.ts'
import { type EvaluateQuestion, evaluate, type TargetView } from '../../core/trust/evaluate.ts'
import { limitedBy } from '../../core/trust/explanation.ts'
import { GraphFileError, graphFileBytesMax, readGraphFile } from '../../core/trust/graph-file.ts'
import { contexts, type Context as TrustContext } from '../../core/trust/purpose.ts'
import { utcSeconds } from '../../core/trust/utc.ts'
import { act, type Context, type Frame, subcommand } from '../frame.ts'
import { oneOf, wholeNumber } from '../parse.ts'
import { printable, table } from '../table.ts'
import { UsageError } from '../usage-error.ts'

interface EvaluateOptions {
  readonly graph: string
  readonly viewer: string
  readonly target?: readonly string[]
  readonly context?: TrustContext
  readonly at?: number
  readonly currency: string
  readonly budget?: number
  readonly uncapped?: boolean
}

export function trustCommand(frame: Frame, program: Command): void {
  const { trust: texts } = frame.texts
  const trust = subcommand(frame, program, 'trust', texts)
  const command = subcommand(frame, trust, 'evaluate', texts.evaluate)
    .requiredOption('--graph <file>', texts.graph)
    .requiredOption('--viewer <merchant>', texts.viewer)
    .option('--target <merchant...>', texts.target)
    .option('--context <context>', texts.context, oneOf(contexts))
    .option('--at <time>', texts.at, time)
    .option('--currency <code>', texts.currency, currency, 'EUR')
    .option('--budget <minor>', texts.budget, wholeNumber(1, bookedMinorMax))
    .option('--uncapped', texts.uncapped)
  act(frame, command, evaluateFile)
}

/** Computes on a plain graph file: no node, no data folder. Spec: protocol/trust.md §11. */
async function evaluateFile(context: Context, options: EvaluateOptions): Promise<void> {
  const { texts, output } = context
  const question = questionOf(context, options)
  const { size } = await stat(options.graph)
  if (size > graphFileBytesMax)
    throw new GraphFileError(
      'graph-too-large',
      `The graph file has ${size} bytes; ${graphFileBytesMax} at most.`,
    )
  const { targets, leftOut } = evaluate(readGraphFile(await readFile(options.graph, 'utf8')), question)
  if (leftOut.viewerUnknown) output.log(texts.trust.viewerUnknown(printable(options.viewer)))
  if (leftOut.currencies.length > 0) output.log(texts.trust.withoutRate(leftOut.currencies.join(', ')))
  output.result({ targets }, () => inWords(context, options, targets))
}

function questionOf({ texts }: Context, options: EvaluateOptions): EvaluateQuestion {
  const { viewer, target: targets, context, budget, uncapped = false } = options
  if (budget === undefined && !uncapped)
    throw new UsageError('flag-missing', texts.trust.budgetMissing, '--budget')
  if (budget !== undefined && uncapped)
    throw new UsageError(
      'usage',
      texts.errors.usage.conflictingOption('--budget', '--uncapped'),
      '--uncapped',
    )
  return {
    viewer,
    targets,
    purpose: context === undefined ? 'any' : { context },
    at: options.at ?? Math.floor(Date.now() / 1000),
    parameters: { currency: options.currency, budgetMinor: budget ?? 'uncapped' },
  }
}

function inWords(
  { texts, format, language }: Context,
  { viewer, target, currency: code }: EvaluateOptions,
  targets: Readonly<Record<string, TargetView>>,
): string {
  const rows = Object.entries(targets)
  if (rows.length === 0) return texts.trust.nobody
  const { columns } = texts.trust
  const money = (minor: number): string => format.price({ minor, currency: code })
  const numbers = table(rows, [
    { head: columns.merchant, cell: ([name]) => name, widthMax: 40 },
    { head: columns.limit, cell: ([, { limitMinor }]) => money(limitMinor), align: 'right' },
    { head: columns.disputed, cell: ([, { disputeMinor }]) => money(disputeMinor), align: 'right' },
    { head: columns.effective, cell: ([, { effectiveMinor }]) => money(effectiveMinor), align: 'right' },
    { head: columns.rank, cell: ([, { rank }]) => (rank / 1e9).toFixed(6), align: 'right' },
  ])
  if (target === undefined) return numbers
  const wording = { language, name: printable, money }
  const explained = rows.map(([name, { paths, cut }]) =>
    [
      ...paths.map(({ via, amountMinor }) =>
        printable(`${[texts.trust.you, ...via, name].join(' → ')}: ${money(amountMinor)}`),
      ),
      limitedBy(cut, { viewer, target: name }, wording),
    ].join('\n'),
  )
  return [numbers, ...explained].join('\n\n')
}

function time(text: string): number {
  const seconds = utcSeconds(text)
  if (seconds === undefined) throw new InvalidArgumentError('2026-11-21T10:00:00Z')
  return seconds
}

function currency(text: string): string {
  if (!/^[A-Z]{3}$/.test(text)) throw new InvalidArgumentError('EUR, CHF, USD')
  return text
}
