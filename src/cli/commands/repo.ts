import type { Command } from 'commander'
import type { CommitView, RepoVerification, RepoView } from '../../node/views.ts'
import { act, type Context, type Frame, subcommand } from '../frame.ts'
import { wholeNumber } from '../parse.ts'
import { table } from '../table.ts'

interface RepoOptions {
  readonly of?: string
  readonly limit?: number
}

export function repoCommand(frame: Frame, program: Command): void {
  const { repo: texts } = frame.texts
  const repo = subcommand(frame, program, 'repo', texts)
  act(frame, subcommand(frame, repo, 'list', texts.list, { isDefault: true }), listRepos)
  const log = subcommand(frame, repo, 'log', texts.log)
    .argument('<repo>', texts.repo)
    .option('--of <partner>', texts.of)
    .option('--limit <count>', texts.limit, wholeNumber(1, 1000))
  act(frame, log, showLog)
  const verify = subcommand(frame, repo, 'verify', texts.verify)
    .argument('[repo]', texts.repoOptional)
    .option('--of <partner>', texts.of)
  act(frame, verify, verifyRepos)
}

async function listRepos(context: Context): Promise<void> {
  const { texts, output, format } = context
  const client = await context.client()
  const { repos } = await client.get<{ repos: readonly RepoView[] }>('/repos')
  const words = texts.repo.columns
  output.result({ repos }, () =>
    table(repos, [
      {
        head: words.merchant,
        cell: ({ own, merchantName }) => (own ? texts.repo.mine : merchantName),
        widthMax: 30,
      },
      { head: words.repo, cell: ({ repo }) => repo },
      { head: words.rev, cell: ({ rev }) => format.number(rev), align: 'right' },
      { head: words.records, cell: ({ records }) => format.number(records), align: 'right' },
      { head: words.at, cell: ({ at }) => format.dateTime(at) },
    ]),
  )
}

function pathOf(repo: string, of: string | undefined): string {
  return `/repos/${encodeURIComponent(of ?? 'me')}/${encodeURIComponent(repo)}`
}

async function showLog(context: Context, options: RepoOptions, repo: string): Promise<void> {
  const { texts, output, format } = context
  const client = await context.client()
  const { commits } = await client.get<{ commits: readonly CommitView[] }>(
    `${pathOf(repo, options.of)}/log`,
    {
      limit: options.limit,
    },
  )
  const words = texts.repo.columns
  output.result({ commits }, () =>
    table(commits, [
      { head: words.rev, cell: ({ rev }) => format.number(rev), align: 'right' },
      { head: words.at, cell: ({ at }) => format.dateTime(at) },
      { head: words.records, cell: ({ records }) => format.number(records), align: 'right' },
      { head: words.root, cell: ({ root }) => root },
      { head: words.commit, cell: ({ digest }) => digest },
    ]),
  )
}

async function verifyRepos(context: Context, options: RepoOptions, given: string | undefined): Promise<void> {
  const { texts, output, format } = context
  const client = await context.client()
  const { repos } = await client.get<{ repos: readonly RepoView[] }>('/repos')
  const wanted =
    given === undefined
      ? repos.map(({ merchant, repo }) => ({ of: merchant as string | undefined, repo }))
      : [{ of: options.of, repo: given }]
  const results: RepoVerification[] = []
  for (const { of, repo } of wanted) {
    output.progress(`${repo} …`)
    results.push(await client.post<RepoVerification>(`${pathOf(repo, of)}/verify`))
  }
  const failed = results.filter(({ ok }) => !ok)
  output.result({ ok: failed.length === 0, repos: results }, () =>
    results
      .map(({ ok, merchantName, repo, rev, records, root, problems }) =>
        ok
          ? texts.repo.good(merchantName, repo, rev, format.number(records), root)
          : texts.repo.bad(merchantName, repo, problems.join('; ')),
      )
      .join('\n'),
  )
  if (failed.length > 0) process.exitCode = 1
}
