import type { Command } from 'commander'
import { nodeConfig } from '../../node/config.ts'
import { assertInitialised, dataFolder as dataFolderOf } from '../../node/data-folder.ts'
import type { NodeEvent } from '../../node/events.ts'
import { guardProcess } from '../../node/guard.ts'
import { inSmallHeap } from '../../node/small-heap.ts'
import { act, type Context, type Frame, several, subcommand } from '../frame.ts'
import { collect, oneOf, wholeNumber } from '../parse.ts'
import { facts } from '../table.ts'
import { passphraseIn } from './init.ts'

interface StartOptions {
  readonly listen?: readonly string[]
  readonly announce?: readonly string[]
  readonly bootstrap?: readonly string[]
  /** commander: false for --no-local-discovery */
  readonly localDiscovery: boolean
  readonly relay?: (typeof relays)[number]
  readonly apiPort?: number
  readonly passphraseFile?: string
}

const relays = ['off', 'client', 'server'] as const

export function startCommand(frame: Frame, program: Command): void {
  const { start: texts } = frame.texts
  const command = subcommand(frame, program, 'start', texts)
    .option('--listen <address>', several(frame, texts.listen), collect)
    .option('--announce <address>', several(frame, texts.announce), collect)
    .option('--bootstrap <address>', several(frame, texts.bootstrap), collect)
    .option('--no-local-discovery', texts.noLocalDiscovery)
    .option('--relay <role>', texts.relay, oneOf(relays))
    .option('--api-port <port>', texts.apiPort, wholeNumber(0, 65_535))
    .option('--passphrase-file <path>', texts.passphraseFile)
  act(frame, command, start)
}

async function start(context: Context, options: StartOptions): Promise<void> {
  const { texts, output, dataFolder, environment } = context
  const { listen, announce, bootstrap, relay, apiPort } = options
  const config = nodeConfig.parse({
    ...environment.config,
    dataFolder,
    ...(listen && { listen }),
    ...(announce && { announce }),
    ...(bootstrap && { bootstrap }),
    ...(relay && { relay }),
    ...(apiPort !== undefined && { apiPort }),
    ...(!options.localDiscovery && { localDiscovery: false }),
  })
  await assertInitialised(dataFolderOf(dataFolder))
  const stopped = stopSignal()
  const running = await inSmallHeap(async () => {
    // Loaded here, not above: the other commands do without libp2p.
    const { serveNode } = await import('../../api/serve.ts')
    return await serveNode(config, { passphrase: () => passphraseOf(context, options) })
  })
  const { node, url } = running
  guardProcess((error) =>
    output.log(
      `${texts.events.warning({ type: 'warning', code: 'libp2p', message: error.message, at: '' })}`,
    ),
  )
  const status = await node.status()
  node.events.on('any', (event) => tell(context, event))
  const { merchant, name, peerId, addresses } = status
  output.event({ event: 'ready', url, merchant, name, peerId, addresses, dataFolder }, () =>
    [
      texts.start.ready(name),
      facts([
        [texts.start.merchant, merchant],
        [texts.start.addresses, addresses[0]],
        ...addresses.slice(1).map((address): [string, string] => ['', address]),
        [texts.start.api, url],
        [texts.start.folder, dataFolder],
      ]),
      texts.start.next,
    ].join('\n'),
  )
  void node.warmUp()
  await stopped
  output.log(texts.start.stopping)
  await running.stop()
  output.result({ event: 'stopped' }, () => texts.start.stopped)
  // A timer of libp2p would keep the process for another second.
  process.stdout.write('', () => process.exit(0))
}

async function passphraseOf(context: Context, options: StartOptions): Promise<string> {
  if (options.passphraseFile !== undefined) return await passphraseIn(options.passphraseFile)
  const { environment, ask, texts } = context
  return (
    environment.passphrase ?? (await ask.secret(texts.start.passphraseQuestion, '--passphrase-file PATH'))
  )
}

/** A second signal does no more than the first: a terminal's Ctrl-C reaches launcher and node alike. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve())
  })
}

/** What happens while the node runs, as far as a person at its terminal wants to know. */
function tell({ texts, output, format }: Context, event: NodeEvent): void {
  const words: Readonly<Record<string, (event: never) => string>> = texts.events
  const said = words[event.type]
  const { type, ...rest } = event
  output.event({ event: type, ...rest }, () => {
    const time = format.dateTime(event.at)
    return said === undefined ? '' : `${time}  ${said(event as never)}`
  })
}
