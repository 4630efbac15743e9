import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { act, type Context, type Frame, subcommand } from '../frame.ts'
import { UsageError } from '../usage-error.ts'

interface InitOptions {
  readonly name?: string
  readonly wordsFile?: string
  readonly passphraseFile?: string
  /** commander: false for --no-passphrase */
  readonly passphrase: boolean
  readonly skipWordsCheck?: boolean
}

const nameLengthMax = 100
const wordsAsked = 3

export function initCommand(frame: Frame, program: Command): void {
  const { init: texts } = frame.texts
  const command = subcommand(frame, program, 'init', texts)
    .option('--name <name>', texts.name)
    .option('--words-file <path>', texts.wordsFile)
    .option('--passphrase-file <path>', texts.passphraseFile)
    .option('--no-passphrase', texts.noPassphrase)
    .option('--skip-words-check', texts.skipWordsCheck)
  act(frame, command, init)
}

async function init(context: Context, options: InitOptions): Promise<void> {
  const { texts, output, dataFolder } = context
  const { createIdentity, assertNotInitialised } = await import('../../node/init.ts')
  await assertNotInitialised(dataFolder)
  const name = await nameOf(context, options)
  const passphrase = await newPassphrase(context, options)
  const shown = context.ask.possible && options.wordsFile === undefined
  const created = await createIdentity(dataFolder, {
    name,
    passphrase,
    // At a terminal the words are seen and asked back before anything is written.
    ...(shown
      ? { onWords: (words) => showWords(context, words, options.skipWordsCheck ?? false) }
      : { wordsFile: options.wordsFile }),
  })
  const { wordsFile } = created
  output.result({ ...created, dataFolder }, () =>
    [
      texts.init.written(name, dataFolder),
      ...(wordsFile === undefined ? [] : [texts.init.wordsIn(wordsFile)]),
      texts.init.next,
    ].join('\n'),
  )
}

async function nameOf({ texts, ask }: Context, options: InitOptions): Promise<string> {
  const check = (name: string): string | undefined =>
    name.trim() === '' || name.trim().length > nameLengthMax ? texts.init.nameWrong : undefined
  const name = options.name ?? (await ask.text(texts.init.nameQuestion, '--name NAME', check))
  const wrong = check(name)
  if (wrong !== undefined) throw new UsageError('flag-invalid', wrong, '--name')
  return name.trim().normalize('NFC')
}

async function newPassphrase(context: Context, options: InitOptions): Promise<string | undefined> {
  const { texts, ask, environment } = context
  if (!options.passphrase) return undefined
  if (options.passphraseFile !== undefined) return await passphraseIn(options.passphraseFile)
  if (environment.passphrase !== undefined || !ask.possible) return environment.passphrase
  const passphrase = await ask.secret(texts.init.passphraseQuestion, '--passphrase-file PATH')
  if (passphrase === '') return undefined
  if (passphrase !== (await ask.secret(texts.init.passphraseAgain, '--passphrase-file PATH')))
    throw new UsageError('flag-invalid', texts.init.passphraseDiffers, '--passphrase-file')
  return passphrase
}

/** The first line of a file, as editors leave a line feed at its end. */
export async function passphraseIn(path: string): Promise<string> {
  return ((await readFile(path, 'utf8')).split(/\r?\n/)[0] ?? '').normalize('NFC')
}

/** Shows new recovery words once and asks some of them back. */
export async function showWords(context: Context, words: string, skipCheck: boolean): Promise<void> {
  const { texts, output, ask } = context
  const list = words.split(' ')
  const numbered = list.map((word, index) => `${String(index + 1).padStart(2)}. ${word.padEnd(10)}`)
  const rows = Array.from({ length: Math.ceil(list.length / 4) }, (_, row) =>
    numbered.slice(row * 4, row * 4 + 4).join('  '),
  )
  output.note(`\n${texts.init.wordsHead}\n\n${rows.join('\n')}\n`)
  if (skipCheck) return
  const { randomInt } = await import('node:crypto')
  const positions = new Set<number>()
  while (positions.size < wordsAsked) positions.add(randomInt(list.length))
  for (const position of [...positions].sort((a, b) => a - b))
    await ask.text(texts.init.wordAsked(position + 1), '--skip-words-check', (answer) =>
      answer.trim().toLowerCase() === list[position] ? undefined : texts.init.wordWrong(position + 1),
    )
}
