import type { Command } from 'commander'
import { ApiError } from '../../api/client.ts'
import type { CheckView } from '../../node/views.ts'
import { act, type Context, type Frame, subcommand } from '../frame.ts'

export function checkCommand(frame: Frame, program: Command): void {
  act(frame, subcommand(frame, program, 'check', frame.texts.check), check)
}

/** Asks the running node; without one, looks at the data folder itself. */
async function check(context: Context): Promise<void> {
  const { texts, output, format, dataFolder } = context
  const progress = (step: { what: string }): void => output.progress(texts.check.progress(step.what))
  const found = await viaNode(context, progress)
  const { checkDataFolder } = await import('../../node/check.ts')
  const result = found ?? (await checkDataFolder(dataFolder, progress))
  output.result({ ...result }, () => {
    const summary = texts.check.counts(format.number(result.repos), format.number(result.records))
    if (result.ok) return `${summary} ${texts.check.good}`
    return [
      summary,
      ...result.problems.map(({ where, message }) => `! ${where}: ${message}`),
      texts.check.bad,
    ].join('\n')
  })
  if (!result.ok) process.exitCode = 1
}

async function viaNode(
  context: Context,
  progress: (step: { what: string }) => void,
): Promise<CheckView | undefined> {
  try {
    const client = await context.client()
    return await client.run<{ what: string }, CheckView>('/check', {}, progress)
  } catch (error) {
    if (error instanceof ApiError && error.code === 'node-not-running') return undefined
    throw error
  }
}
