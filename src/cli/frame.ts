import { resolve } from 'node:path'
import { type Command, Help } from 'commander'
import type { ApiClient } from '../api/client.ts'
import { connectToNode } from '../api/client.ts'
import type { Environment } from '../node/config.ts'
import { type Ask, createAsk } from './ask.ts'
import { createFormat, type Format } from './format.ts'
import { createOutput, type Output } from './output.ts'
import type { Language, Texts } from './texts/texts.ts'

/** What every command gets. */
export interface Context {
  readonly texts: Texts
  readonly language: Language
  readonly format: Format
  readonly output: Output
  readonly ask: Ask
  readonly environment: Environment
  /** Absolute. */
  readonly dataFolder: string
  /** The running node. @throws {ApiError} `node-not-running` */
  client(): Promise<ApiClient>
}

/** What the program is built from, before a command line is read. */
export interface Frame {
  readonly texts: Texts
  readonly language: Language
  readonly environment: Environment
}

interface GlobalOptions {
  readonly data?: string
  readonly json?: boolean
}

/** The text of an option that may be given several times. */
export function several(frame: Frame, text: string): string {
  return `${text} ${frame.texts.help.severalTimes}`
}

/** Makes a command do something. Its options are those of the command and the global ones. */
export function act<Options>(
  frame: Frame,
  command: Command,
  run: (context: Context, options: Options, ...args: string[]) => Promise<void>,
): Command {
  return command.action(async (...given: unknown[]) => {
    // A phone code is read out in groups: an argument that takes several words is one text.
    const args = given.slice(0, -2).map((arg) => (Array.isArray(arg) ? arg.join(' ') : (arg as string)))
    const called = given.at(-1) as Command
    const options = called.optsWithGlobals<Options & GlobalOptions>()
    await run(contextOf(frame, options), options, ...args)
  })
}

function contextOf(frame: Frame, options: GlobalOptions): Context {
  const { texts, language, environment } = frame
  const json = options.json ?? false
  const dataFolder = resolve(options.data ?? environment.dataFolder)
  return {
    texts,
    language,
    environment,
    dataFolder,
    format: createFormat(language),
    output: createOutput(json),
    ask: createAsk(!json && process.stdin.isTTY === true && process.stdout.isTTY === true, texts),
    client: () => connectToNode(dataFolder),
  }
}

/**
 * A command under `parent`, in the words of the frame's language.
 * @param options `isDefault`: what the parent does when none of its commands is named
 */
export function subcommand(
  frame: Frame,
  parent: Command,
  usage: string,
  text: { readonly summary: string; readonly details?: string; readonly examples?: readonly string[] },
  options: { readonly isDefault?: boolean } = {},
): Command {
  const command = parent.command(usage, { isDefault: options.isDefault ?? false }).summary(text.summary)
  if (options.isDefault) defaults.set(parent, command)
  command.description(text.details ?? text.summary)
  dress(frame, command, text.examples ?? [])
  return command
}

/** What a command does when none of its own is named: its options show in the help of both. */
const defaults = new WeakMap<Command, Command>()
const plainHelp = new Help()

/** Help, headings and errors in the frame's language. */
export function dress(frame: Frame, command: Command, examples: readonly string[]): void {
  const { help } = frame.texts
  const headings: Readonly<Record<string, string>> = {
    'Usage:': help.usage,
    'Arguments:': help.arguments,
    'Options:': help.options,
    'Global Options:': help.globalOptions,
    'Commands:': help.commands,
  }
  command
    .helpOption('-h, --help', help.help)
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined }) // main.ts says what was wrong
    .configureHelp({
      showGlobalOptions: true,
      styleTitle: (title) => headings[title] ?? title,
      commandUsage: (of) =>
        plainHelp
          .commandUsage(of)
          .replace('[options]', help.optionsWord)
          .replace('[command]', help.commandWord),
      subcommandTerm: (of) => plainHelp.subcommandTerm(of).replace('[options]', help.optionsWord),
      visibleOptions(of) {
        const more = defaults.get(of)
        const own = plainHelp.visibleOptions(of)
        return more === undefined ? own : [...more.options, ...own]
      },
    })
  if (examples.length > 0)
    command.addHelpText('after', `\n${help.examples}\n${examples.map((line) => `  ${line}`).join('\n')}`)
}
