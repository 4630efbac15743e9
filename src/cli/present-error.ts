import { CommanderError } from 'commander'
import { z } from 'zod'
import type { Output } from './output.ts'
import type { Texts } from './texts/texts.ts'
import { Cancelled, UsageError } from './usage-error.ts'

interface Problem {
  readonly code: string
  readonly message: string
  readonly field?: string | undefined
}

/**
 * Says what went wrong: with --json as the last line of stdout, else on stderr.
 * @returns the exit code
 */
export function presentError(error: unknown, texts: Texts, output: Output): 0 | 1 | 2 {
  if (error instanceof CommanderError && error.exitCode === 0) return 0 // --help, --version
  const problem = problemOf(error, texts)
  const { code, message, field } = problem
  if (output.json)
    output.result({ error: { code, message, ...(field !== undefined && { field }) } }, () => '')
  else output.log(`${texts.errors.prefix} ${message}`)
  if (code === 'unexpected' && error instanceof Error) output.log(error.stack ?? '')
  return isUsage(error) ? 2 : 1
}

function isUsage(error: unknown): boolean {
  return error instanceof CommanderError || error instanceof UsageError || error instanceof z.ZodError
}

function problemOf(error: unknown, texts: Texts): Problem {
  if (error instanceof CommanderError) return usageProblem(error, texts)
  if (error instanceof UsageError) return { code: error.code, message: error.message, field: error.field }
  if (error instanceof Cancelled) return { code: 'cancelled', message: error.message }
  if (error instanceof z.ZodError) {
    const [issue] = error.issues
    const field = issue?.path.join('.') ?? ''
    return { code: 'flag-invalid', message: texts.errors.valueInvalid(field, issue?.message ?? ''), field }
  }
  if (error instanceof Error && 'code' in error && typeof error.code === 'string')
    return codedProblem(error, error.code, texts)
  const message = error instanceof Error ? error.message : String(error)
  return { code: 'unexpected', message: texts.errors.unexpected(message) }
}

/** An error of Mosaic's own, or of the system. Its code chooses the words; without any, its own message stands. */
function codedProblem(error: Error, code: string, texts: Texts): Problem {
  const said = error as Partial<Record<'field' | 'params' | 'details' | 'path', unknown>>
  const path = typeof said.path === 'string' ? said.path : ''
  if (/^E[A-Z]+$/.test(code))
    return { code: code.toLowerCase(), message: texts.errors.system(code, path, error.message) }
  const params = { ...textsIn(said.details), ...textsIn(said.params), message: error.message }
  const field = typeof said.field === 'string' ? said.field : textsIn(said.details).field
  const words: Readonly<Record<string, ((params: Readonly<Record<string, string>>) => string) | undefined>> =
    texts.codes
  return { code, message: words[code]?.(params) ?? error.message, field }
}

function textsIn(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]): [string, string][] => {
      if (typeof one === 'string' || typeof one === 'number') return [[key, String(one)]]
      return Array.isArray(one) ? [[key, one.slice(0, 30).join(', ')]] : []
    }),
  )
}

/** Commander says in English what is wrong; its code and the quoted name are enough to say it again. */
function usageProblem(error: CommanderError, texts: Texts): Problem {
  const quoted = [...error.message.matchAll(/'([^']*)'/g)].map((match) => match[1] ?? '')
  const field = /--[a-z-]+/.exec(error.message)?.[0] ?? quoted[0]
  const { usage } = texts.errors
  const said: Readonly<Record<string, string>> = {
    'commander.unknownOption': usage.unknownOption(quoted[0] ?? ''),
    'commander.unknownCommand': usage.unknownCommand(quoted[0] ?? ''),
    'commander.missingArgument': usage.missingArgument(quoted[0] ?? ''),
    'commander.optionMissingArgument': usage.optionMissingArgument(quoted[0] ?? ''),
    'commander.missingMandatoryOptionValue': usage.missingOption(quoted[0] ?? ''),
    'commander.excessArguments': usage.excessArguments,
    'commander.conflictingOption': usage.conflictingOption(quoted[0] ?? '', quoted[1] ?? ''),
    'commander.invalidArgument': usage.invalidArgument(
      quoted[0] ?? '',
      quoted[1] ?? '',
      error.message.split('. ').at(-1) ?? '',
    ),
    'commander.help': usage.noCommand,
  }
  const message = said[error.code] ?? error.message
  return { code: 'usage', message: `${message} ${usage.seeHelp}`, field }
}
