/**
 * Three merchants on this machine: they meet, release, sell out, refuse and revoke.
 *
 *   npm run demo                for people
 *   npm run demo -- --json      for programs: the last line is {"ok","steps":[{"name","ok","ms","figures"}]}
 *   npm run demo -- --keep      leaves the three nodes running and says how to look at them; with --json the line
 *                               before the last is {"nodes":[{"name","merchant","dataFolder","pid"}]}
 *
 * Exit code 0: every step went well; 1: one did not; 2: called wrongly.
 */
import { parseArgs } from 'node:util'
import { type LocalNode, LocalNodes } from '../local-nodes.ts'
import { tell } from './chapters.ts'
import { Story } from './story.ts'

interface Flags {
  readonly json: boolean
  readonly keep: boolean
}

function flagsOf(args: string[]): Flags | undefined {
  const off = { type: 'boolean', default: false } as const
  try {
    return parseArgs({ args, options: { json: off, keep: off } }).values
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\nPossible: --json, --keep.\n`)
    return undefined
  }
}

async function run({ json, keep }: Flags): Promise<boolean> {
  const story = new Story(json, (line) => process.stdout.write(`${line}\n`))
  const nodes = await LocalNodes.create({ detached: keep })
  const broken = async (): Promise<never> => {
    await nodes.stop()
    process.exit(1)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void broken())
  story.say('Mosaic: three merchants, each with a node of its own, on this machine.')
  let kept = false
  try {
    const cast = await tell(story, nodes)
    kept = keep && !story.failed
    if (kept && json) process.stdout.write(`${JSON.stringify({ nodes: cast.map(forPrograms) })}\n`)
    const { ok } = story.end()
    if (kept) story.say(howToLook(cast, nodes.folder))
    return ok
  } finally {
    if (!kept) await nodes.stop()
  }
}

const forPrograms = ({ name, merchant, dataFolder, pid }: LocalNode): object => ({
  name,
  merchant,
  dataFolder,
  pid,
})

function howToLook(cast: readonly LocalNode[], folder: string): string {
  const [first] = cast
  return [
    '\nThe nodes go on running:\n',
    ...cast.map(({ name, dataFolder, pid }) => `  ${name.padEnd(20)} process ${pid}, data in ${dataFolder}`),
    '\nLook at them, for example:\n',
    `  npx mosaic status --data ${first?.dataFolder}`,
    `  npx mosaic partners --data ${first?.dataFolder}`,
    `  npx mosaic offers --data ${cast.at(-1)?.dataFolder}`,
    '\nEnd them:\n',
    `  kill ${cast.map(({ pid }) => pid).join(' ')} && rm -r ${folder}`,
  ].join('\n')
}

const flags = flagsOf(process.argv.slice(2))
process.exitCode = flags === undefined ? 2 : (await run(flags)) ? 0 : 1
