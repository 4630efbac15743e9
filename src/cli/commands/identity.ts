import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { ApiClient } from '../../api/client.ts'
import type { RepoHead } from '../../core/identity/repo-head.ts'
import type { CommitView, IdentityView } from '../../node/views.ts'
import { act, type Context, type Frame, several, subcommand } from '../frame.ts'
import { collect, oneOf } from '../parse.ts'
import { facts } from '../table.ts'
import { UsageError } from '../usage-error.ts'
import { showWords } from './init.ts'

const reasons = ['scheduled', 'retired', 'compromised'] as const

interface RotateOptions {
  readonly reason?: (typeof reasons)[number]
  readonly wordsFile?: string
  readonly newWordsFile?: string
  readonly newWords?: boolean
  readonly lastGood?: readonly string[]
  readonly repair?: readonly string[]
  readonly skipWordsCheck?: boolean
}

export function identityCommand(frame: Frame, program: Command): void {
  const { identity: texts } = frame.texts
  const identity = subcommand(frame, program, 'identity', texts)
  act(frame, subcommand(frame, identity, 'show', texts.show, { isDefault: true }), showIdentity)
  const rotate = subcommand(frame, identity, 'rotate', texts.rotate).option(
    '--reason <reason>',
    texts.reason,
    oneOf(reasons),
  )
  act(frame, wordsOptions(frame, rotate), (context, options: RotateOptions) =>
    rotateIdentity(context, options, options.reason ?? 'scheduled'),
  )
  const recover = subcommand(frame, identity, 'recover', texts.recover).option(
    '--last-good <repo@rev>',
    several(frame, texts.lastGood),
    collect,
  )
  act(frame, wordsOptions(frame, recover), (context, options: RotateOptions) =>
    rotateIdentity(context, options, 'compromised'),
  )
}

function wordsOptions(frame: Frame, command: Command): Command {
  const { identity: texts, init } = frame.texts
  return command
    .option('--words-file <path>', texts.wordsFile)
    .option('--repair <repo@rev>', several(frame, texts.repair), collect)
    .option('--new-words', texts.newWords)
    .option('--new-words-file <path>', texts.newWordsFile)
    .option('--skip-words-check', init.skipWordsCheck)
}

async function showIdentity(context: Context): Promise<void> {
  const { texts, output, format } = context
  const client = await context.client()
  const identity = await client.get<IdentityView>('/identity')
  const words = texts.identity
  output.result({ identity }, () =>
    facts([
      [texts.status.name, identity.name],
      [texts.status.merchant, identity.merchant],
      [words.key, identity.key],
      [words.keyEvents, format.number(identity.keyEvents)],
      [words.head, identity.keyEventDigest],
      [words.node, identity.peerId],
      [words.protected, identity.encrypted ? words.withPassphrase : words.withoutPassphrase],
      ...(identity.frozen ? [['!', words.frozen] as const] : []),
    ]),
  )
}

/** The node needs the words for one signature and forgets them; they go over loopback only. */
async function rotateIdentity(
  context: Context,
  options: RotateOptions,
  reason: (typeof reasons)[number],
): Promise<void> {
  const { texts, output, ask } = context
  const client = await context.client()
  const words =
    options.wordsFile === undefined
      ? await ask.secret(texts.identity.wordsQuestion, '--words-file PATH')
      : await readFile(options.wordsFile, 'utf8')
  const newWords = await newWordsOf(context, options)
  const identity = await client.post<IdentityView>('/identity/rotations', {
    words,
    reason,
    ...(newWords !== undefined && { newWords }),
    ...(options.lastGood && { lastGood: await headsAt(client, options.lastGood, '--last-good') }),
    ...(options.repair && { repairs: await headsAt(client, options.repair, '--repair') }),
  })
  output.result({ identity }, () =>
    texts.identity.rotated(texts.identity.reasons[reason], identity.keyEvents),
  )
}

/** New words are with the merchant before the node knows them. */
async function newWordsOf(context: Context, options: RotateOptions): Promise<string | undefined> {
  const { newWordsFile } = options
  if (newWordsFile === undefined && options.newWords !== true) return undefined
  const { newRecoveryWords } = await import('../../store/keystore.ts')
  const words = newRecoveryWords()
  if (newWordsFile !== undefined) await (await import('../../node/init.ts')).writeWords(newWordsFile, words)
  else if (context.ask.possible) await showWords(context, words, options.skipWordsCheck ?? false)
  else throw new UsageError('flag-missing', context.texts.identity.newWordsNeedFile, '--new-words-file')
  return words
}

/** "trust@12" as the commit that the node holds at that rev. */
async function headsAt(client: ApiClient, given: readonly string[], flag: string): Promise<RepoHead[]> {
  const heads: RepoHead[] = []
  for (const text of given) {
    const [, repo = '', rev = ''] = /^([a-z0-9/-]+)@(\d+)$/.exec(text) ?? []
    if (repo === '') throw new UsageError('flag-invalid', `${flag} "${text}": trust@12`, flag)
    const path = `/repos/me/${encodeURIComponent(repo)}/log`
    const { commits } = await client.get<{ commits: readonly CommitView[] }>(path, {
      before: Number(rev) + 1,
      limit: 1,
    })
    const [commit] = commits
    if (commit?.rev !== Number(rev)) throw new UsageError('flag-invalid', `${flag} "${text}": ?`, flag)
    heads.push({ repo, rev: commit.rev, digest: commit.digest as RepoHead['digest'] })
  }
  return heads.sort((a, b) => (a.repo < b.repo ? -1 : 1))
}
